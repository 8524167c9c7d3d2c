"""Arrays of a row, and rows of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant

Join = Literal["ARRAY JOIN", "LEFT ARRAY JOIN"]
ZERO = constant(0)
IS_THERE = ast.Lambda(("one",), call("notEquals", ast.field("one"), ZERO))


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


def mapped(body: ast.Expr, **arrays: ast.Expr) -> ast.Expr:
    """The array of `body`, which knows the elements of the arrays by their names."""
    return call("arrayMap", ast.Lambda(tuple(arrays), body), *arrays.values())


def is_there(value: ast.Expr) -> ast.Expr:
    """True for what is not 0, which stands for nothing."""
    return call("notEquals", value, ZERO)


def filled(array: ast.Expr) -> ast.Expr:
    """The last element that is there, up to each place."""
    return call("arrayFill", IS_THERE, array)


def one_later(array: ast.Expr) -> ast.Expr:
    """The elements, each one place later; nothing at the first."""
    return call("arrayPopBack", call("arrayPushFront", array, ZERO))


def one_earlier(array: ast.Expr, last: ast.Expr = ZERO) -> ast.Expr:
    """The elements, each one place earlier."""
    return call("arrayPopFront", call("arrayPushBack", array, last))
