"""Short forms for the HogQL trees that runners build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field

TRUE = ast.Constant(True)
FALSE = ast.Constant(False)


def all_of(conditions: Iterable[ast.Expr]) -> ast.Expr:
    """The conjunction of conditions, without needless nesting."""
    needed = tuple(condition for condition in conditions if condition != TRUE)
    if not needed:
        return TRUE
    return needed[0] if len(needed) == 1 else ast.And(needed)


def any_of(conditions: Iterable[ast.Expr]) -> ast.Expr:
    """The disjunction of conditions, false when there are none."""
    found = tuple(conditions)
    if not found:
        return FALSE
    return found[0] if len(found) == 1 else ast.Or(found)


def equals(left: ast.Expr, value: Any) -> ast.Expr:
    """`left = value`, where the value may be a tree."""
    return ast.CompareOperation("==", left, _expr(value))


def one_of(left: ast.Expr, values: Iterable[Any]) -> ast.Expr:
    """`left IN (values)`."""
    found = tuple(constant(value) for value in values)
    if len(found) == 1:
        return ast.CompareOperation("==", left, found[0])
    return ast.CompareOperation("in", left, ast.Tuple(found))


def compared(left: ast.Expr, op: ast.CompareOperator, right: Any) -> ast.Expr:
    """`left op right`, where the right side may be a plain value."""
    return ast.CompareOperation(op, left, _expr(right))


def arithmetic(left: ast.Expr, op: ast.ArithmeticOperator, right: Any) -> ast.Expr:
    """`left op right`, where the right side may be a plain number."""
    return ast.ArithmeticOperation(op, left, _expr(right))


def is_null(expr: ast.Expr) -> ast.Expr:
    """`expr IS NULL`."""
    return call("isNull", expr)


def is_not_null(expr: ast.Expr) -> ast.Expr:
    """`expr IS NOT NULL`."""
    return call("isNotNull", expr)


def instant(at: datetime) -> ast.Expr:
    """A moment as a constant of the engine."""
    return constant(at.astimezone(UTC))


def within(timestamp: ast.Expr, start: datetime, end: datetime) -> ast.Expr:
    """`start <= timestamp <= end`."""
    return ast.And(
        (compared(timestamp, ">=", instant(start)), compared(timestamp, "<=", instant(end)))
    )


def array(values: Iterable[Any]) -> ast.Expr:
    """An array of plain values or trees."""
    return ast.Array(tuple(_expr(value) for value in values))


def select(
    columns: Mapping[str, ast.Expr],
    source: str | ast.Select,
    *,
    where: Iterable[ast.Expr] = (),
    group_by: Iterable[str] = (),
    having: ast.Expr | None = None,
) -> ast.SelectQuery:
    """SELECT named columns from a table or a subquery; groups by names of columns."""
    condition = all_of(where)
    table = field(source) if isinstance(source, str) else source
    return ast.SelectQuery(
        select=tuple(ast.Alias(name, expr) for name, expr in columns.items()),
        select_from=ast.JoinExpr(table, alias=None if isinstance(source, str) else "inner"),
        where=None if condition == TRUE else condition,
        group_by=tuple(field(name) for name in group_by) or None,
        having=having,
    )


def union_all(queries: Iterable[ast.SelectQuery]) -> ast.Select:
    """The rows of all queries."""
    first, *others = queries
    if not others:
        return first
    return ast.SelectSetQuery(
        first, tuple(ast.SelectSetNode("UNION ALL", other) for other in others)
    )


def _expr(value: Any) -> ast.Expr:
    return value if isinstance(value, ast.Expr) else constant(value)
