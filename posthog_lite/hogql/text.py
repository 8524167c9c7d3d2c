"""Tree back to HogQL: the names of columns, and the query as it was understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from posthog_lite.hogql import ast

_PLAIN_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)


def hogql(node: ast.Node) -> str:
    """Return the HogQL of a tree."""
    return _TEXTS[type(node)](node)


def _many(nodes: Iterable[ast.Node]) -> str:
    return ", ".join(hogql(node) for node in nodes)


def _name(name: str | int) -> str:
    text = str(name)
    if isinstance(name, int) or text == "*" or _PLAIN_NAME.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("`", "``")
    return f"`{escaped}`"


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"toDateTime('{value.astimezone(UTC).isoformat().replace('+00:00', 'Z')}')"
    if isinstance(value, str | date):
        escaped = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    if isinstance(value, list | tuple):
        inner = ", ".join(_value(part) for part in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return str(value)


def _compare(node: ast.CompareOperation) -> str:
    op = {"==": "=", "like": "LIKE"}.get(node.op, node.op.upper())
    return f"{_nested(node.left)} {op} {_nested(node.right)}"


_WRAPPED = (ast.And, ast.Or, ast.CompareOperation, ast.Not, ast.BetweenExpr, ast.Lambda, ast.Alias)


def _nested(node: ast.Expr) -> str:
    text = hogql(node)
    return f"({text})" if isinstance(node, (*_WRAPPED, ast.ArithmeticOperation)) else text


def _call(node: ast.Call) -> str:
    params = "" if node.params is None else f"({_many(node.params)})"
    order = f" ORDER BY {_many(node.order_by)}" if node.order_by else ""
    distinct = "DISTINCT " if node.distinct else ""
    where = "" if node.filter_expr is None else f" FILTER (WHERE {hogql(node.filter_expr)})"
    return f"{_name(node.name)}{params}({distinct}{_many(node.args)}{order}){where}"


def _window_function(node: ast.WindowFunction) -> str:
    params = "" if node.params is None else f"({_many(node.params)})"
    over = _name(node.over_identifier) if node.over_identifier else f"({_window(node.over_expr)})"
    return f"{_name(node.name)}{params}({_many(node.args)}) OVER {over}"


def _window(node: ast.WindowExpr | None) -> str:
    if node is None:
        return ""
    parts = []
    if node.partition_by:
        parts.append(f"PARTITION BY {_many(node.partition_by)}")
    if node.order_by:
        parts.append(f"ORDER BY {_many(node.order_by)}")
    if node.frame_method and node.frame_start:
        end = f" AND {_frame(node.frame_end)}" if node.frame_end else ""
        word = "BETWEEN " if node.frame_end else ""
        parts.append(f"{node.frame_method} {word}{_frame(node.frame_start)}{end}")
    return " ".join(parts)


def _frame(node: ast.WindowFrame) -> str:
    if node.type == "CURRENT ROW":
        return node.type
    return f"{'UNBOUNDED' if node.value is None else node.value} {node.type}"


def _between(node: ast.BetweenExpr) -> str:
    word = "NOT BETWEEN" if node.negated else "BETWEEN"
    return f"{_nested(node.expr)} {word} {_nested(node.low)} AND {_nested(node.high)}"


def _lambda(node: ast.Lambda) -> str:
    names = ", ".join(_name(name) for name in node.args)
    return f"({names}) -> {hogql(node.expr)}"


def _dict(node: ast.Dict) -> str:
    return f"{{{', '.join(f'{hogql(key)}: {hogql(value)}' for key, value in node.items)}}}"


def _columns(node: ast.ColumnsExpr) -> str:
    if node.regex is not None:
        return f"COLUMNS({_value(node.regex)})"
    return f"* EXCLUDE ({', '.join(_name(name) for name in node.exclude)})"


def _order(node: ast.OrderExpr) -> str:
    fill = ""
    if node.fill is not None:
        pairs = zip(
            ("FROM", "TO", "STEP"),
            (node.fill.from_value, node.fill.to_value, node.fill.step_value),
            strict=True,
        )
        words = (f" {word} {hogql(value)}" for word, value in pairs if value is not None)
        fill = f" WITH FILL{''.join(words)}"
    nulls = "" if node.nulls is None else f" NULLS {node.nulls}"
    return f"{hogql(node.expr)} {node.order}{nulls}{fill}"


def _join(node: ast.JoinExpr) -> str:
    table = hogql(node.table)
    if isinstance(node.table, ast.SelectQuery | ast.SelectSetQuery):
        table = f"({table.removeprefix('(').removesuffix(')')})" if table[0] == "(" else table
    text = table + ("" if node.table_args is None else f"({_many(node.table_args)})")
    if node.alias:
        text += f" AS {_name(node.alias)}"
    if node.column_aliases:
        text += f"({', '.join(_name(name) for name in node.column_aliases)})"
    if node.constraint:
        text += f" {node.constraint.constraint_type} {hogql(node.constraint.expr)}"
    if node.next_join:
        text += f" {node.next_join.join_type or 'JOIN'} {_join(node.next_join)}"
    return text


def _cte(node: ast.CTE) -> str:
    name = _name(node.name)
    if node.cte_type == "column":
        return f"{hogql(node.expr)} AS {name}"
    columns = f"({', '.join(_name(column) for column in node.columns)})" if node.columns else ""
    return f"{name}{columns} AS {hogql(node.expr)}"


def _select(node: ast.SelectQuery) -> str:
    return f"({select_text(node)})"


def select_text(node: ast.Select) -> str:
    """Return the HogQL of a query, without brackets around it."""
    if isinstance(node, ast.SelectSetQuery):
        return _set_text(node)
    parts = [f"WITH {', '.join(_cte(cte) for cte in node.ctes)}"] if node.ctes else []
    parts.append(f"SELECT {'DISTINCT ' if node.distinct else ''}{_many(node.select)}")
    if node.select_from is not None:
        parts.append(f"FROM {_join(node.select_from)}")
    if node.array_join_list:
        parts.append(f"{node.array_join_op} {_many(node.array_join_list)}")
    for word, clause in (("PREWHERE", node.prewhere), ("WHERE", node.where)):
        parts += [f"{word} {hogql(clause)}"] if clause is not None else []
    parts += _grouping(node)
    parts += [f"ORDER BY {_many(node.order_by)}"] if node.order_by else []
    parts += _limits(node)
    return " ".join(parts)


def _grouping(node: ast.SelectQuery) -> list[str]:
    parts = []
    if node.group_by_mode == "all":
        parts.append("GROUP BY ALL")
    elif node.group_by:
        mode = node.group_by_mode
        keys = _many(node.group_by)
        parts.append(f"GROUP BY {f'{mode.upper()}({keys})' if mode else keys}")
    if node.having is not None:
        parts.append(f"HAVING {hogql(node.having)}")
    if node.window_exprs:
        windows = (f"{_name(name)} AS ({_window(window)})" for name, window in node.window_exprs)
        parts.append(f"WINDOW {', '.join(windows)}")
    if node.qualify is not None:
        parts.append(f"QUALIFY {hogql(node.qualify)}")
    return parts


def _limits(node: ast.SelectQuery) -> list[str]:
    parts = []
    if node.limit_by is not None:
        by = node.limit_by
        offset = "" if by.offset_value is None else f" OFFSET {hogql(by.offset_value)}"
        parts.append(f"LIMIT {hogql(by.n)}{offset} BY {_many(by.exprs)}")
    if node.limit is not None:
        parts.append(f"LIMIT {hogql(node.limit)}{' WITH TIES' if node.limit_with_ties else ''}")
    if node.offset is not None:
        parts.append(f"OFFSET {hogql(node.offset)}")
    return parts


def _set_text(node: ast.SelectSetQuery) -> str:
    parts = [_member(node.initial_select_query)]
    for following in node.subsequent_select_queries:
        parts += [following.set_operator, _member(following.select_query)]
    if node.order_by:
        parts.append(f"ORDER BY {_many(node.order_by)}")
    parts += [f"LIMIT {hogql(node.limit)}"] if node.limit is not None else []
    parts += [f"OFFSET {hogql(node.offset)}"] if node.offset is not None else []
    return " ".join(parts)


def _member(node: ast.Select) -> str:
    return f"({select_text(node)})"


_TEXTS: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Constant: lambda node: _value(node.value),
    ast.Field: lambda node: ".".join(_name(part) for part in node.chain),
    ast.Placeholder: lambda node: f"{{{hogql(node.expr)}}}",
    ast.Alias: lambda node: f"{_nested(node.expr)} AS {_name(node.alias)}",
    ast.And: lambda node: " AND ".join(_nested(expr) for expr in node.exprs) or "true",
    ast.Or: lambda node: " OR ".join(_nested(expr) for expr in node.exprs) or "false",
    ast.Not: lambda node: f"NOT {_nested(node.expr)}",
    ast.ArithmeticOperation: lambda node: f"{_nested(node.left)} {node.op} {_nested(node.right)}",
    ast.CompareOperation: _compare,
    ast.BetweenExpr: _between,
    ast.TypeCast: lambda node: f"CAST({hogql(node.expr)} AS {node.type_name})",
    ast.Array: lambda node: f"[{_many(node.exprs)}]",
    ast.Tuple: lambda node: f"({_many(node.exprs)}{',' if len(node.exprs) == 1 else ''})",
    ast.Dict: _dict,
    ast.ArrayAccess: lambda node: f"{_nested(node.array)}[{hogql(node.property)}]",
    ast.TupleAccess: lambda node: f"{_nested(node.tuple)}.{node.index}",
    ast.Lambda: _lambda,
    ast.Call: _call,
    ast.WindowFunction: _window_function,
    ast.ColumnsExpr: _columns,
    ast.OrderExpr: _order,
    ast.SelectQuery: _select,
    ast.SelectSetQuery: lambda node: f"({_set_text(node)})",
}
