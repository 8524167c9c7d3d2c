"""Comparisons, which are never NULL: `null = null` holds, `null = 2` does not, `null < 2` neither.

Where neither side can be NULL the plain operator is printed, which indexes understand. In the
condition of a JOIN operators are always plain: the engine finds the keys of the join by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.types import BOOLEAN, NUMBER, Printed
from posthog_lite.hogql.values import constant_moment

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import Printer

_ORDERED = {"<": "less", "<=": "lessOrEquals", ">": "greater", ">=": "greaterOrEquals"}
_NEGATIONS = {
    "!=": "==",
    "not like": "like",
    "not ilike": "ilike",
    "!~": "=~",
    "!~*": "=~*",
    "not in": "in",
}


def compare(printer: Printer, node: ast.CompareOperation, *, is_plain: bool = False) -> Printed:
    """Return the comparison; `is_plain` within the condition of a JOIN."""
    if node.op in ("in cohort", "not in cohort"):
        raise QueryError("Cohorts are not supported.", start=node.start, end=node.end)
    if node.op in _NEGATIONS:
        return _negated(_positive(printer, node, _NEGATIONS[node.op], is_plain=is_plain))
    if node.op in _ORDERED:
        return _ordered(printer, node, is_plain=is_plain)
    return _positive(printer, node, node.op, is_plain=is_plain)


def between(printer: Printer, node: ast.BetweenExpr) -> Printed:
    """Return `expr BETWEEN low AND high`: both ends count, and a NULL anywhere gives 0."""
    expr, low, high = node.expr, node.low, node.high
    if any(_is_null(part) for part in (expr, low, high)):
        result = Printed("0", BOOLEAN)
    else:
        above = _ordered(printer, ast.CompareOperation(">=", expr, low), is_plain=False)
        below = _ordered(printer, ast.CompareOperation("<=", expr, high), is_plain=False)
        result = Printed(f"and({above.sql}, {below.sql})", BOOLEAN)
    return _negated(result) if node.negated else result


def _negated(printed: Printed) -> Printed:
    opposites = {"0": "1", "1": "0"}
    return Printed(opposites.get(printed.sql) or f"not({printed.sql})", BOOLEAN)


def _positive(printer: Printer, node: ast.CompareOperation, op: str, *, is_plain: bool) -> Printed:
    if op == "in":
        return _contained(printer, node, is_plain=is_plain)
    if _is_null(node.left) or _is_null(node.right):
        return _with_null(printer, node)
    left, right = _alike(printer, node)
    if op == "==":
        return _equal(left, right, is_plain=is_plain)
    pattern = f"concat('(?i)', {right.sql})" if op == "=~*" else right.sql
    function = "match" if op.startswith("=~") else op
    sql = f"{function}({left.sql}, {pattern})"
    if not is_plain and left.type.nullable and right.type.nullable:
        return Printed(f"ifNull({sql}, and(isNull({left.sql}), isNull({right.sql})))", BOOLEAN)
    return _never_null(sql, left, right, is_plain=is_plain)


def _with_null(printer: Printer, node: ast.CompareOperation) -> Printed:
    if _is_null(node.left) and _is_null(node.right):
        return Printed("1", BOOLEAN)
    other = node.right if _is_null(node.left) else node.left
    printed = printer.expr(other)
    if not printed.type.nullable:
        return Printed("0", BOOLEAN)
    return Printed(f"isNull({printed.sql})", BOOLEAN)


def _equal(left: Printed, right: Printed, *, is_plain: bool) -> Printed:
    if not is_plain and left.type.nullable and right.type.nullable:
        return Printed(f"isNotDistinctFrom({left.sql}, {right.sql})", BOOLEAN)
    return _never_null(f"equals({left.sql}, {right.sql})", left, right, is_plain=is_plain)


def _ordered(printer: Printer, node: ast.CompareOperation, *, is_plain: bool) -> Printed:
    if _is_null(node.left) or _is_null(node.right):
        return Printed("0", BOOLEAN)
    left, right = _alike(printer, node)
    sql = f"{_ORDERED[node.op]}({left.sql}, {right.sql})"
    return _never_null(sql, left, right, is_plain=is_plain)


def _never_null(sql: str, left: Printed, right: Printed, *, is_plain: bool) -> Printed:
    may_be_null = left.type.nullable or right.type.nullable
    return Printed(f"ifNull({sql}, 0)" if may_be_null and not is_plain else sql, BOOLEAN)


def _contained(printer: Printer, node: ast.CompareOperation, *, is_plain: bool) -> Printed:
    left = printer.expr(node.left)
    items = _items(node.right)
    if items is None:
        right = printer.expr(_rows_of_name(printer, node.right))
        function = "has" if right.type.kind == "Array" else "in"
        pair = (right.sql, left.sql) if function == "has" else (left.sql, right.sql)
        return _never_null(f"{function}({', '.join(pair)})", left, left, is_plain=is_plain)
    wanted = [item for item in items if not _is_null(item)]
    found = "0"
    if wanted:
        values = ", ".join(_item(printer, left, item).sql for item in wanted)
        sql = f"in({left.sql}, tuple({values}))"
        found = _never_null(sql, left, left, is_plain=is_plain).sql
    if len(wanted) < len(items) and left.type.nullable:
        return Printed(f"or(isNull({left.sql}), {found})", BOOLEAN)
    return Printed(found, BOOLEAN)


def _rows_of_name(printer: Printer, node: ast.Expr) -> ast.Expr:
    """Return `x IN name` as `x IN (SELECT * FROM name)` where WITH gives the name to a subquery."""
    is_name = isinstance(node, ast.Field) and len(node.chain) == 1
    name = str(node.chain[0]) if isinstance(node, ast.Field) else ""
    if not is_name or printer.scope.subquery(name) is None:
        return node
    return ast.SelectQuery(
        select=(ast.Field(("*",)),), select_from=ast.JoinExpr(ast.Field((name,)))
    )


def _items(node: ast.Expr) -> list[ast.Expr] | None:
    """Return the members of a list that is written out, None for other right-hand sides."""
    if isinstance(node, ast.Tuple | ast.Array):
        return list(node.exprs)
    if isinstance(node, ast.Constant):
        value = node.value
        many = value if isinstance(value, list | tuple) else [value]
        return [ast.Constant(item) for item in many]
    return None


def _item(printer: Printer, left: Printed, item: ast.Expr) -> Printed:
    if left.type.kind == "String" and isinstance(item, ast.Constant):
        return printer.expr(ast.Constant(_as_text(item.value)))
    if left.type.kind == "DateTime" and isinstance(item, ast.Constant):
        return _moment_like(printer, item) or printer.expr(item)
    return printer.expr(item)


def _as_text(value: object) -> object:
    """Return the text a property has for this number or boolean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    return value


def _alike(printer: Printer, node: ast.CompareOperation) -> tuple[Printed, Printed]:
    """Return both sides, a constant on one of them in the manner of the other."""
    if isinstance(node.right, ast.Constant) and not isinstance(node.left, ast.Constant):
        return _fitted(printer, printer.expr(node.left), node.right)
    if isinstance(node.left, ast.Constant) and not isinstance(node.right, ast.Constant):
        right, left = _fitted(printer, printer.expr(node.right), node.left)
        return left, right
    left, right = printer.expr(node.left), printer.expr(node.right)
    if left.type.kind == right.type.kind == "DateTime":
        return _bare(left), _bare(right)
    return left, right


def _fitted(printer: Printer, value: Printed, node: ast.Constant) -> tuple[Printed, Printed]:
    if value.type.kind == "String" and isinstance(node.value, bool):
        return value, printer.expr(ast.Constant(_as_text(node.value)))
    if value.type.kind == "String" and isinstance(node.value, int | float):
        number = Printed(f"toFloat64OrNull({value.sql})", NUMBER.or_null())
        return number, printer.expr(node)
    if value.type.kind == "DateTime":
        return _bare(value), _bare(_moment_like(printer, node) or printer.expr(node))
    return value, printer.expr(node)


def _moment_like(printer: Printer, node: ast.Constant) -> Printed | None:
    if not isinstance(node.value, str):
        return None
    return constant_moment(node.value, printer.context.timezone)


def _bare(value: Printed) -> Printed:
    return Printed(value.instant or value.sql, value.type)


def _is_null(node: ast.Expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
