"""Expressions to SQL. Every node is printed anew; nothing of the user's text is kept as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from posthog_lite.hogql import ast, calls, comparisons, names
from posthog_lite.hogql.context import HogQLContext
from posthog_lite.hogql.errors import QueryError, ResolutionError
from posthog_lite.hogql.output import Output
from posthog_lite.hogql.printing import Printer
from posthog_lite.hogql.scope import Scope
from posthog_lite.hogql.types import (
    ARRAY,
    BOOLEAN,
    NUMBER,
    TUPLE,
    UNKNOWN,
    Printed,
    ValueType,
)
from posthog_lite.hogql.values import printed_constant

_OPERATORS = {"+": "plus", "-": "minus", "*": "multiply", "/": "divide", "%": "modulo"}
_CAST_TYPES = {
    "int": "Int64", "integer": "Int64", "bigint": "Int64", "smallint": "Int16", "int8": "Int8",
    "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8", "uint16": "UInt16",
    "uint32": "UInt32", "uint64": "UInt64", "float": "Float64", "double": "Float64",
    "real": "Float32", "float32": "Float32", "float64": "Float64", "string": "String",
    "text": "String", "varchar": "String", "char": "String", "bool": "Bool", "boolean": "Bool",
    "date": "Date", "datetime": "DateTime64(6)", "timestamp": "DateTime64(6)", "uuid": "UUID",
    "decimal": "Decimal(38, 10)", "numeric": "Decimal(38, 10)",
}  # fmt: skip
_WRAPPED = re.compile(r"(?:nullable|lowcardinality)\((.*)\)", re.DOTALL)
_ARRAY_OF = re.compile(r"array\((.*)\)", re.DOTALL)


class ExpressionPrinter:
    """Prints one query for one project."""

    def __init__(self, context: HogQLContext, output: Output) -> None:
        self.context = context
        self.output = output
        self.scope = Scope()

    def expr(self, node: ast.Expr) -> Printed:
        """Return the SQL of an expression, and its type."""
        printed = _PRINTERS.get(type(node))
        if printed is None:
            raise QueryError(
                f"Unsupported: {type(node).__name__} here.", start=node.start, end=node.end
            )
        result = printed(self, node)
        self.output.checked(result.sql)
        return result

    def select(self, node: ast.Select) -> str:
        """Return the SQL of a subquery in an expression; printers of SELECTs can."""
        raise NotImplementedError

    def many(self, nodes: Iterable[ast.Expr]) -> str:
        """Return expressions separated by commas."""
        return ", ".join(self.expr(node).sql for node in nodes)

    def condition_of_join(self, node: ast.Expr) -> str:
        """Return the condition of a JOIN, with plain operators."""
        if isinstance(node, ast.And | ast.Or):
            parts = [self.condition_of_join(part) for part in node.exprs]
            return _joined("and" if isinstance(node, ast.And) else "or", parts, "1")
        if isinstance(node, ast.CompareOperation):
            return comparisons.compare(self, node, is_plain=True).sql
        return self.expr(node).sql

    def alias(self, name: str, node: ast.Node) -> Printed:
        """Return the use of an alias of this SELECT."""
        entry = self.scope.aliases[name]
        if entry.printed is None:
            if entry.is_open:
                raise ResolutionError(
                    f"The alias `{name}` refers to itself.", start=node.start, end=node.end
                )
            entry.is_open = True
            with self.scope.columns_first():
                entry.printed = self.expr(entry.expr)
            entry.is_open = False
        return Printed(entry.sql_name, entry.printed.type)

    def order(self, nodes: Iterable[ast.OrderExpr]) -> str:
        """Return keys of ORDER BY."""
        return ", ".join(self._order_key(node) for node in nodes)

    def _order_key(self, node: ast.OrderExpr) -> str:
        sql = f"{self.expr(node.expr).sql} {'DESC' if node.order == 'DESC' else 'ASC'}"
        if node.nulls is not None:
            sql += " NULLS FIRST" if node.nulls == "FIRST" else " NULLS LAST"
        if node.fill is None:
            return sql
        sql += " WITH FILL"
        fill = node.fill
        for word, value in (
            ("FROM", fill.from_value),
            ("TO", fill.to_value),
            ("STEP", fill.step_value),
        ):
            sql += f" {word} {self.expr(value).sql}" if value is not None else ""
        return sql

    def window(self, node: ast.WindowFunction) -> str:
        """Return what stands behind OVER."""
        if node.over_identifier is None:
            return f"({self.window_expr(node.over_expr or ast.WindowExpr())})"
        known = self.scope.windows.get(node.over_identifier)
        if known is None:
            raise ResolutionError(
                f"Unknown window `{node.over_identifier}`.", start=node.start, end=node.end
            )
        return known

    def window_expr(self, node: ast.WindowExpr) -> str:
        """Return partition, order and frame of a window."""
        parts = []
        if node.partition_by:
            parts.append(f"PARTITION BY {self.many(node.partition_by)}")
        if node.order_by:
            parts.append(f"ORDER BY {self.order(node.order_by)}")
        if node.frame_method and node.frame_start:
            method = "RANGE" if node.frame_method == "RANGE" else "ROWS"
            start = _frame(node.frame_start)
            end = node.frame_end
            both = start if end is None else f"BETWEEN {start} AND {_frame(end)}"
            parts.append(f"{method} {both}")
        return " ".join(parts)

    def is_aggregate(self, name: str) -> bool:
        """Return True for the name of an aggregate."""
        return calls.is_aggregate(name)


def _frame(node: ast.WindowFrame) -> str:
    if node.type == "CURRENT ROW":
        return "CURRENT ROW"
    value = "UNBOUNDED" if node.value is None else str(int(node.value))
    return f"{value} {'PRECEDING' if node.type == 'PRECEDING' else 'FOLLOWING'}"


def _joined(function: str, parts: list[str], empty: str) -> str:
    if len(parts) > 1:
        return f"{function}({', '.join(parts)})"
    return parts[0] if parts else empty


def _and(printer: Printer, node: ast.And) -> Printed:
    return _logical(printer, "and", node.exprs, "1")


def _or(printer: Printer, node: ast.Or) -> Printed:
    return _logical(printer, "or", node.exprs, "0")


def _logical(printer: Printer, function: str, nodes: tuple[ast.Expr, ...], empty: str) -> Printed:
    parts = [printer.expr(node) for node in nodes]
    nullable = any(part.type.nullable for part in parts)
    sql = _joined(function, [part.sql for part in parts], empty)
    return Printed(sql, ValueType("Boolean", nullable))


def _not(printer: Printer, node: ast.Not) -> Printed:
    printed = printer.expr(node.expr)
    return Printed(f"not({printed.sql})", ValueType("Boolean", printed.type.nullable))


def _arithmetic(printer: Printer, node: ast.ArithmeticOperation) -> Printed:
    left, right = printer.expr(node.left), printer.expr(node.right)
    kinds = {left.type.kind, right.type.kind}
    nullable = left.type.nullable or right.type.nullable
    type_ = ValueType("Number" if kinds == {"Number"} else "Unknown", nullable)
    return Printed(f"{_OPERATORS[node.op]}({left.sql}, {right.sql})", type_)


def _alias(printer: Printer, node: ast.Alias) -> Printed:
    """Return an alias within an expression: `(expr AS name)` where it is first defined."""
    entry = printer.scope.aliases.get(node.alias)
    if entry is None or entry.expr is not node.expr:
        return printer.expr(node.expr)
    use = printer.alias(node.alias, node)
    assert entry.printed is not None  # noqa: S101  # `alias` prints it
    return Printed(f"({entry.printed.sql} AS {entry.sql_name})", use.type)


def _lambda(printer: Printer, node: ast.Lambda) -> Printed:
    known = {name: printer.output.name(name) for name in node.args}
    with printer.scope.within_lambda(known):
        body = printer.expr(node.expr)
    return Printed(f"({', '.join(known.values())}) -> {body.sql}", UNKNOWN)


def _dict(printer: Printer, node: ast.Dict) -> Printed:
    parts = (part for item in node.items for part in item)
    return Printed(f"map({printer.many(parts)})", UNKNOWN)


def _cast(printer: Printer, node: ast.TypeCast) -> Printed:
    name = node.type_name.strip().lower()
    while (wrapped := _WRAPPED.fullmatch(name)) is not None:
        name = wrapped[1].strip()
    array = _ARRAY_OF.fullmatch(name)
    known = _CAST_TYPES.get(array[1].strip() if array else name)
    if known is None:
        raise QueryError(
            f"Unsupported type in a cast: {node.type_name[:50]}.", start=node.start, end=node.end
        )
    value = printer.expr(node.expr)
    if array:
        return Printed(f"CAST({value.sql}, 'Array({known})')", ARRAY)
    is_id = value.type.kind == "UUID" and known not in ("String", "UUID")
    sql = f"toString({value.sql})" if is_id else value.sql
    return Printed(f"accurateCastOrNull({sql}, '{known}')", _cast_result(known))


def _cast_result(engine_type: str) -> ValueType:
    if engine_type.startswith(("Int", "UInt", "Float", "Decimal")):
        return NUMBER.or_null()
    if engine_type == "String":
        return ValueType("String")
    if engine_type.startswith("DateTime"):
        return ValueType("DateTime")
    return BOOLEAN.or_null() if engine_type == "Bool" else UNKNOWN


def _constant(printer: Printer, node: ast.Constant) -> Printed:
    return printed_constant(node.value, printer.output, printer.context.timezone)


def _subquery(printer: Printer, node: ast.Select) -> Printed:
    return Printed(f"({printer.select(node)})", UNKNOWN)


def _placeholder(_: Printer, node: ast.Placeholder) -> Printed:
    name = node.expr
    text = ".".join(str(part) for part in name.chain) if isinstance(name, ast.Field) else "…"
    raise QueryError(f"Unresolved placeholder: {{{text}}}", start=node.start, end=node.end)


_PRINTERS: dict[type[ast.Expr], Callable[[Printer, Any], Printed]] = {
    ast.Constant: _constant,
    ast.Field: names.print_field,
    ast.ArrayAccess: names.print_access,
    ast.TupleAccess: names.print_access,
    ast.And: _and,
    ast.Or: _or,
    ast.Not: _not,
    ast.ArithmeticOperation: _arithmetic,
    ast.CompareOperation: comparisons.compare,
    ast.BetweenExpr: comparisons.between,
    ast.Call: calls.print_call,
    ast.WindowFunction: calls.print_window_function,
    ast.Alias: _alias,
    ast.Lambda: _lambda,
    ast.Array: lambda printer, node: Printed(f"[{printer.many(node.exprs)}]", ARRAY),
    ast.Tuple: lambda printer, node: Printed(f"tuple({printer.many(node.exprs)})", TUPLE),
    ast.Dict: _dict,
    ast.TypeCast: _cast,
    ast.SelectQuery: _subquery,
    ast.SelectSetQuery: _subquery,
    ast.Placeholder: _placeholder,
}
