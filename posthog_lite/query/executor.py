"""Trees to rows: compiled for the project, run by the engine, values as the wire has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from posthog_lite.clickhouse.errors import EngineRefused
from posthog_lite.hogql import ast
from posthog_lite.hogql.compiler import compile_query
from posthog_lite.hogql.context import CompiledSQL
from posthog_lite.query.context import QueryContext, Rows, Table
from posthog_lite.query.wire_values import as_wire_rows, shown_type

SETTINGS: Mapping[str, Any] = {"join_use_nulls": 1, "transform_null_in": 0}
TABLE_SETTINGS: Mapping[str, Any] = {
    "date_time_output_format": "iso",
    "output_format_json_named_tuples_as_objects": 0,
}
# Behind this the engine prints the statement, which is not the caller's.
STATEMENT = re.compile(r":?\s*(?:In (?:scope|query)|While processing|while executing).*", re.DOTALL)
GENERATED = re.compile(r"`?\b_[A-Za-z0-9_]*__\d+\b`?")


class Result(Protocol):
    """The answer of the engine."""

    @property
    def types(self) -> list[str]:
        """The engine's type of each column."""

    @property
    def rows(self) -> list[list[Any]]:
        """The rows as JSON values."""


Execute = Callable[..., Result]


@dataclass(frozen=True)
class Executor:
    """Runs trees within the project of `context`. `execute` takes SQL, parameters and settings."""

    context: QueryContext
    execute: Execute

    def __call__(self, tree: ast.Select) -> Rows:
        """Return the rows of a tree that a runner has built, without a limit of ours."""
        compiled = compile_query(tree, self.context.hogql())
        return self._run(compiled, SETTINGS).rows

    def table(
        self, tree: ast.Select, *, default_limit: int | None = None, most_rows: int | None = None
    ) -> Table:
        """Return rows with their columns; one row more than `default_limit` tells of more."""
        compiled = compile_query(
            tree, self.context.hogql(default_limit=default_limit, most_rows=most_rows)
        )
        result = self._run(compiled, {**SETTINGS, **TABLE_SETTINGS})
        rows = as_wire_rows(result.rows, result.types, self.context.zone)
        limit = compiled.limit
        return Table(
            columns=compiled.columns,
            types=[shown_type(name) for name in result.types],
            rows=rows if limit is None else rows[:limit],
            limit=limit,
            has_more=limit is not None and len(rows) > limit,
        )

    def _run(self, compiled: CompiledSQL, settings: Mapping[str, Any]) -> Result:
        given = dict(settings) | {"session_timezone": self.context.timezone}
        try:
            return self.execute(compiled.sql, compiled.parameters, settings=given)
        except EngineRefused as error:
            detail = in_words_of_query(error.detail, compiled.names)
            raise EngineRefused(detail, name=error.code, number=error.number) from error


def in_words_of_query(detail: str, names: Mapping[str, str]) -> str:
    """Return a message of the engine with the names of the query, and without the statement."""

    def name(found: re.Match[str]) -> str:
        generated = found[0].strip("`")
        return f"`{names[generated]}`" if generated in names else found[0]

    words = STATEMENT.sub("", detail)
    return GENERATED.sub(name, words).strip() or "The query cannot be run."
