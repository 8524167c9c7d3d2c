"""Placeholders in SQL: values, variables, and filters, which depend on the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.placeholders import placeholder_name, transform
from posthog_lite.hogql.tables import EVENTS
from posthog_lite.query.context import QueryContext
from posthog_lite.query.filters import properties_condition, test_account_condition
from posthog_lite.query.matching import action_condition
from posthog_lite.query.moments import midnight, read_moment
from posthog_lite.query.nodes.properties import PropertyGroup, PropertyKind
from posthog_lite.query.nodes.sql import HogQLQuery
from posthog_lite.query.trees import TRUE, all_of, compared, instant

# The tables that filters know, and the moment by which each is cut.
MOMENTS = {"events": "timestamp", "sessions": "$start_timestamp", "groups": "created_at"}
EVENT_NAMES = frozenset({*EVENTS.columns, *EVENTS.joins})
FROM, TO = "filters.dateRange.from", "filters.dateRange.to"
SUPPORTED = f"{{filters}}, {{{FROM}}}, {{{TO}}}"


def fill_placeholders(tree: ast.Select, query: HogQLQuery, context: QueryContext) -> ast.Select:
    """Return the tree with everything in braces replaced."""
    filling = _Filling(query, context)
    if isinstance(tree, ast.SelectQuery):
        return filling.within(tree)
    return transform(tree, lambda node: filling.change(node, None))


def moment_of(text: str | None, context: QueryContext) -> datetime | None:
    """Return the moment of a bound: of relative days the start of the day; None without one."""
    if text is None or text == "all":
        return None
    moment = read_moment(text, context, attr="query.filters.dateRange")
    is_days = moment.unit is not None and not moment.unit.is_clock and not moment.position
    return midnight(moment.at) if is_days else moment.at


@dataclass(frozen=True)
class _Filling:
    query: HogQLQuery
    context: QueryContext

    def within(self, select: ast.SelectQuery) -> ast.SelectQuery:
        """Return a SELECT with its own placeholders and its subqueries' replaced."""
        return transform(select, lambda node: None if node is select else self.change(node, select))

    def change(self, node: ast.Node, select: ast.SelectQuery | None) -> ast.Node | None:
        """Return what takes the place of a node of `select`, None for the node itself."""
        if isinstance(node, ast.SelectQuery):
            return self.within(node)
        if isinstance(node, ast.CompareOperation) and self._is_open(node):
            return TRUE
        if isinstance(node, ast.Call) and node.name == "matchesAction":
            return self._matches_action(node, select)
        if not isinstance(node, ast.Placeholder):
            return None
        if isinstance(node.expr, ast.Field):
            return self._value(node, select)
        return transform(node.expr, lambda part: self._part(part, select))

    def _part(self, node: ast.Node, select: ast.SelectQuery | None) -> ast.Node | None:
        """Return what stands for a part of an expression in braces.

        Names are placeholders there, and columns only within `sql(…)`.
        """
        if isinstance(node, ast.Field):
            return self._value(ast.Placeholder(node, start=node.start, end=node.end), select)
        if isinstance(node, ast.Call) and node.name == "sql" and len(node.args) == 1:
            return transform(node.args[0], lambda part: self.change(part, select))
        return None

    def _matches_action(self, node: ast.Call, select: ast.SelectQuery | None) -> ast.Expr:
        """Return the condition that an event is one of an action, given by its id or name."""
        tables = [] if select is None else list(_tables(select))
        alias = next((name for name, table in tables if table == "events"), None)
        if alias is None or len(node.args) != 1 or not isinstance(node.args[0], ast.Constant):
            raise QueryError(
                "matchesAction takes the id or the name of an action, in a SELECT from events.",
                start=node.start,
                end=node.end,
            )
        wanted = node.args[0].value
        for action in self.context.actions.values():
            if wanted == (action.name if isinstance(wanted, str) else action.id):
                return _qualified(action_condition(action, self.context), alias, "events")
        raise QueryError(f"There is no action {wanted!r}.", start=node.start, end=node.end)

    def _is_open(self, node: ast.CompareOperation) -> bool:
        """Return True for a comparison with a date that is not set: it filters nothing."""
        sides = (side for side in (node.left, node.right) if isinstance(side, ast.Placeholder))
        names = [placeholder_name(side) for side in sides if isinstance(side.expr, ast.Field)]
        return any(name in (FROM, TO) and self._bound(name) is None for name in names)

    def _bound(self, name: str) -> datetime | None:
        dates = self.query.filters.date_range
        return moment_of(dates.date_from if name == FROM else dates.date_to, self.context)

    def _value(self, node: ast.Placeholder, select: ast.SelectQuery | None) -> ast.Expr:
        name = placeholder_name(node)
        if name in self.query.values:
            return _constant(self.query.values[name])
        if name == "filters" and select is not None:
            return self._filters(select)
        if name.startswith("variables."):
            return self._variable(name.removeprefix("variables."))
        if name in (FROM, TO) and (bound := self._bound(name)) is not None:
            return instant(bound)
        raise QueryError(self._problem(name), start=node.start, end=node.end)

    def _problem(self, name: str) -> str:
        if name in (FROM, TO):
            return (
                f"The `{{{name}}}` placeholder must be used directly in a comparison (e.g. "
                f"`timestamp > {{{name}}}`), not nested inside a function call, when the date "
                "range is not set."
            )
        if name.startswith("filters."):
            return (
                f"Unsupported filters placeholder `{{{name}}}`. "
                f"Supported filters placeholders are: {SUPPORTED}"
            )
        if not self.query.values:
            return f"Unresolved placeholder: {{{name}}}"
        known = ", ".join(self.query.values)
        return (
            f"Placeholder {{{name}}} is not available in this context. "
            f"You can use the following: {known}"
        )

    def _variable(self, name: str) -> ast.Expr:
        variables = self.query.variables
        if name in variables:
            return _constant(variables[name])
        close = get_close_matches(name[:100], list(variables), n=3)
        hint = f". Did you mean: {', '.join(close)}?" if close else ""
        raise QueryError(f"Variable {name} is missing from query{hint}")

    def _filters(self, select: ast.SelectQuery) -> ast.Expr:
        """Return the condition for the first table of a SELECT that filters know."""
        for name, table in _tables(select):
            if table in MOMENTS:
                return _qualified(all_of(self._conditions(table)), name, table)
        raise QueryError(
            "Cannot use 'filters' placeholder in a SELECT clause that does not select from the "
            "events, sessions, logs, traces or groups table."
        )

    def _conditions(self, table: str) -> Iterator[ast.Expr]:
        filters, moment = self.query.filters, ast.field(MOMENTS[table])
        if (first := self._bound(FROM)) is not None:
            yield compared(moment, ">=", instant(first))
        if (end := self._bound(TO)) is not None:
            yield compared(moment, "<", instant(end))
        if table == "sessions":
            _check_session_filters(filters.properties)
        yield properties_condition(filters.properties, self.context)
        if filters.filter_test_accounts and table == "events":
            yield test_account_condition(self.context)


def _check_session_filters(group: PropertyGroup) -> None:
    if any(found.kind is not PropertyKind.SESSION for found in group.filters):
        raise QueryError(
            "Can only use session properties in a filter when selecting from only the "
            "sessions table."
        )


def _tables(select: ast.SelectQuery) -> Iterator[tuple[str, str]]:
    """Yield the alias and the name of each table that a SELECT reads."""
    join = select.select_from
    while join is not None:
        if isinstance(join.table, ast.Field):
            name = str(join.table.chain[0])
            yield join.alias or name, name
        join = join.next_join


def _qualified(condition: ast.Expr, alias: str, table: str) -> ast.Expr:
    """Return the condition with names that can belong to no other table of the SELECT."""

    def change(node: ast.Node) -> ast.Node | None:
        if not isinstance(node, ast.Field):
            return None
        head, *rest = node.chain
        if table == "events":
            return replace(node, chain=(alias, *node.chain)) if head in EVENT_NAMES else None
        is_own = head == "session" or str(head).startswith("group_")
        return replace(node, chain=(alias, *(rest if is_own else node.chain)))

    return transform(condition, change)


def _constant(value: Any) -> ast.Expr:
    if isinstance(value, list):
        return ast.Array(tuple(ast.constant(item) for item in value))
    return ast.constant(value)
