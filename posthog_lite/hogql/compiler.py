"""Tree to SQL: the door of this room."""

from __future__ import annotations

from dataclasses import replace

from posthog_lite.hogql import ast
from posthog_lite.hogql.context import CompiledSQL, HogQLContext
from posthog_lite.hogql.errors import QueryTooComplex
from posthog_lite.hogql.output import Output
from posthog_lite.hogql.selects import SelectPrinter, whole_number


def compile_query(tree: ast.Select, context: HogQLContext) -> CompiledSQL:
    """Return the SQL that answers `tree` for the project of `context` alone."""
    limited, limit = with_limits(
        tree, default_limit=context.default_limit, most_rows=context.most_rows
    )
    output = Output()
    try:
        printed = SelectPrinter(context, output).query(limited)
    except RecursionError:
        raise QueryTooComplex("The query is nested too deeply.") from None
    return CompiledSQL(
        sql=printed.sql,
        parameters=dict(output.parameters),
        columns=[column.title for column in printed.columns],
        names=output.names,
        limit=limit,
    )


def with_limits(
    tree: ast.Select, *, default_limit: int | None, most_rows: int | None
) -> tuple[ast.Select, int | None]:
    """Return the tree with the LIMIT that its rows need, and the limit that was added.

    A plain SELECT without a LIMIT asks for one row more than it shows, so that its reader knows
    whether there are more. Each SELECT of a UNION has a limit of its own.
    """
    if isinstance(tree, ast.SelectSetQuery):
        return _limited_set(tree, default_limit, most_rows), None
    if tree.limit is None and default_limit is not None:
        return replace(tree, limit=ast.Constant(default_limit + 1)), default_limit
    return replace(tree, limit=_lowered(tree.limit, most_rows)), None


def _limited_set(
    tree: ast.SelectSetQuery, default_limit: int | None, most_rows: int | None
) -> ast.SelectSetQuery:
    return replace(
        tree,
        initial_select_query=_limited_member(tree.initial_select_query, default_limit, most_rows),
        subsequent_select_queries=tuple(
            replace(node, select_query=_limited_member(node.select_query, default_limit, most_rows))
            for node in tree.subsequent_select_queries
        ),
        limit=_lowered(tree.limit, most_rows),
    )


def _limited_member(
    tree: ast.Select, default_limit: int | None, most_rows: int | None
) -> ast.Select:
    if isinstance(tree, ast.SelectSetQuery):
        return _limited_set(tree, default_limit, most_rows)
    if tree.limit is None and default_limit is not None:
        return replace(tree, limit=ast.Constant(default_limit))
    return replace(tree, limit=_lowered(tree.limit, most_rows))


def _lowered(limit: ast.Expr | None, most_rows: int | None) -> ast.Expr | None:
    """Return the limit, at most what an answer may have; what is not a number is refused later."""
    number = None if limit is None else whole_number(limit)
    if number is None or most_rows is None:
        return limit
    return ast.Constant(min(number, most_rows))
