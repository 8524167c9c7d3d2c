"""Arrays of a row, and rows of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant

Join = Literal["ARRAY JOIN", "LEFT ARRAY JOIN"]


def element(array: ast.Expr, index: ast.Expr | int) -> ast.Expr:
    """An element, counted from 1, or from the end when below 0; the type's default outside."""
    return call("arrayElement", array, constant(index) if isinstance(index, int) else index)


def unfolded(
    rows: ast.SelectQuery,
    name: str,
    array: ast.Expr,
    columns: Mapping[str, ast.Expr],
    *,
    join: Join = "ARRAY JOIN",
) -> ast.SelectQuery:
    """A row for each element of an array of the rows; columns may use it by its name."""
    return ast.SelectQuery(
        select=tuple(ast.Alias(column, expr) for column, expr in columns.items()),
        select_from=ast.JoinExpr(rows, alias="inner"),
        array_join_op=join,
        array_join_list=(ast.Alias(name, array),),
    )
