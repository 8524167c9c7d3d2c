"""Scopes of names: one for each SELECT, and the search through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import ResolutionError
from posthog_lite.hogql.sources import Column, Source
from posthog_lite.hogql.suggestions import closest
from posthog_lite.hogql.types import Printed, ValueType

MOST_SUGGESTED_FROM = 500


@dataclass(slots=True)
class AliasEntry:
    """An alias of this SELECT: what it stands for, printed when it is first needed."""

    expr: ast.Expr
    sql_name: str
    printed: Printed | None = None
    is_open: bool = False


@dataclass(slots=True)
class NamedSubquery:
    """`name AS (SELECT …)`: its name in the SQL, its columns, and the tables each use reads."""

    sql_name: str
    columns: list[Column]
    tables: int


@dataclass(slots=True)
class Scope:
    """The names of one SELECT. Those of WITH are seen by subqueries too, no others are."""

    parent: Scope | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    aliases: dict[str, AliasEntry] = field(default_factory=dict)
    unfolded: dict[str, Printed] = field(default_factory=dict)  # by ARRAY JOIN
    values: dict[str, Printed] = field(default_factory=dict)  # WITH expr AS name
    subqueries: dict[str, NamedSubquery] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)
    lambda_names: list[dict[str, str]] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)  # columns of USING
    aliases_first: bool = False

    def subquery(self, name: str) -> NamedSubquery | None:
        """Return the subquery of that name from the nearest WITH."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.subqueries:
                return scope.subqueries[name]
            scope = scope.parent
        return None

    def value(self, name: str) -> Printed | None:
        """Return the value of that name from the nearest WITH."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return None

    def lambda_argument(self, name: str) -> Printed | None:
        """Return the argument of the nearest lambda that has one of that name."""
        for names in reversed(self.lambda_names):
            if name in names:
                return Printed(names[name], ValueType("Unknown"))
        return None

    @contextmanager
    def within_lambda(self, names: dict[str, str]) -> Iterator[None]:
        """Let the arguments of a lambda be seen inside it."""
        self.lambda_names.append(names)
        try:
            yield
        finally:
            self.lambda_names.pop()

    @contextmanager
    def columns_first(self) -> Iterator[None]:
        """Let columns hide aliases, as they do within the SELECT list."""
        before, self.aliases_first = self.aliases_first, False
        try:
            yield
        finally:
            self.aliases_first = before

    def add_source(self, name: str, source: Source, node: ast.Node) -> None:
        """Take a table or subquery under its name."""
        if name in self.sources:
            raise ResolutionError(
                f'Already have joined a table called "{name}". Cannot join another one with the '
                "same name.",
                start=node.start,
                end=node.end,
            )
        self.sources[name] = source

    def source_of(self, name: str, node: ast.Node) -> Source | None:
        """Return the one source that has a column or a join of that name, or None."""
        found = [source for source in self.sources.values() if name in source.names()]
        if len(found) > 1 and name not in self.shared:
            raise ResolutionError(
                f"Ambiguous query. Found multiple sources for field: {name}",
                start=node.start,
                end=node.end,
            )
        return found[0] if found else None

    def unresolved(self, node: ast.Field) -> ResolutionError:
        """Return the error for a name that nothing has."""
        name = ".".join(str(part) for part in node.chain)
        known: list[str] = [*self.aliases, *self.sources]
        for source in self.sources.values():
            known.extend(source.names())
        close = closest(name, known[:MOST_SUGGESTED_FROM])
        hint = f". Did you mean: {close}?" if close else ""
        return ResolutionError(
            f"Unable to resolve field: {name}{hint}", start=node.start, end=node.end
        )
