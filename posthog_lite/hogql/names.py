"""Fields: a chain of names to a column, a property, a joined table, an alias or a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError, ResolutionError
from posthog_lite.hogql.output import literal
from posthog_lite.hogql.sources import Source
from posthog_lite.hogql.types import TUPLE, UNKNOWN, Printed, ValueType

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import Printer

Part: TypeAlias = str | int
_WHOLE_PERSON = ("id", "created_at", "properties")


def print_field(printer: Printer, node: ast.Field) -> Printed:
    """Return the SQL of a field."""
    printed = _found(printer, node)
    if printed is None:
        raise printer.scope.unresolved(node)
    return printed


def print_access(printer: Printer, node: ast.ArrayAccess | ast.TupleAccess) -> Printed:
    """Return `a[1]`, `a['b']` or `a.1`; a path into JSON however it is written."""
    chain = _chain(node)
    if chain is not None:
        printed = _found(printer, ast.Field(chain, start=node.start, end=node.end))
        if printed is not None:
            return printed
    if isinstance(node, ast.TupleAccess):
        _check_index(node.index, "array.1", node)
        return _stepped(printer, printer.expr(node.tuple), [node.index])
    if isinstance(node.property, ast.Constant) and isinstance(node.property.value, int):
        _check_index(node.property.value, "array[1]", node)
    array, key = printer.expr(node.array), printer.expr(node.property)
    return Printed(f"arrayElement({array.sql}, {key.sql})", UNKNOWN)


def _chain(node: ast.Expr) -> tuple[Part, ...] | None:
    """Return the names and keys of a path that ends in a field, None for other expressions."""
    if isinstance(node, ast.Field):
        return node.chain
    if isinstance(node, ast.TupleAccess):
        _check_index(node.index, "array.1", node)
        inner = _chain(node.tuple)
        return None if inner is None else (*inner, node.index)
    if isinstance(node, ast.ArrayAccess) and isinstance(node.property, ast.Constant):
        key = node.property.value
        if isinstance(key, bool) or not isinstance(key, str | int):
            return None
        _check_index(key, "array[1]", node)
        inner = _chain(node.array)
        return None if inner is None else (*inner, key)
    return None


def _check_index(key: object, example: str, node: ast.Expr) -> None:
    if key == 0 and not isinstance(key, bool):
        raise QueryError(
            f"SQL indexes start from one, not from zero. E.g: {example}",
            start=node.start,
            end=node.end,
        )


def _found(printer: Printer, node: ast.Field) -> Printed | None:
    chain, scope = node.chain, printer.scope
    name = str(chain[0])
    if (argument := scope.lambda_argument(name) or scope.unfolded.get(name)) is not None:
        return _stepped(printer, argument, chain[1:])
    if scope.aliases_first and name in scope.aliases:
        return _stepped(printer, printer.alias(name, node), chain[1:])
    if name in scope.sources and len(chain) > 1:
        return _of_source(printer, scope.sources[name], chain[1:], node)
    if (source := scope.source_of(name, node)) is not None:
        return _of_source(printer, source, chain, node)
    if name in scope.aliases:
        return _stepped(printer, printer.alias(name, node), chain[1:])
    if (value := scope.value(name)) is not None:
        return _stepped(printer, value, chain[1:])
    return None


def _of_source(
    printer: Printer, source: Source, chain: Sequence[Part], node: ast.Field
) -> Printed | None:
    name, rest = str(chain[0]), chain[1:]
    joined = source.joined(name)
    if joined is not None:
        return _of_source(printer, joined, rest, node) if rest else _whole(joined, node)
    if rest and (extracted := _extracted(printer, source, name, rest)) is not None:
        return extracted
    column = source.column(name)
    return None if column is None else _stepped(printer, column, rest)


def _whole(source: Source, node: ast.Field) -> Printed:
    columns = [source.column(name) for name in _WHOLE_PERSON]
    if not all(columns):
        raise ResolutionError(
            f"A column of `{node.chain[-1]}` must be named, like {node.chain[-1]}.properties.",
            start=node.start,
            end=node.end,
        )
    return Printed(f"tuple({', '.join(column.sql for column in columns if column)})", TUPLE)


def _stepped(printer: Printer, base: Printed, path: Sequence[Part]) -> Printed:
    """Return a path into a value: numbers go into tuples and arrays, names into JSON and maps."""
    if not path:
        return base
    if base.type.kind == "Json":
        return _json(printer, base, path)
    sql = base.sql
    for part in path:
        if isinstance(part, int):
            is_array = base.type.kind == "Array"
            sql = f"{'arrayElement' if is_array else 'tupleElement'}({sql}, {part})"
        else:
            sql = f"arrayElement({sql}, {printer.output.text(part)})"
    return Printed(sql, UNKNOWN)


def _extracted(printer: Printer, source: Source, name: str, path: Sequence[Part]) -> Printed | None:
    path_sql = ", ".join(_step(printer, part) for part in path)
    label = ".".join(str(part) for part in (name, *path))
    extracted = source.extracted(name, label, path_sql)
    if extracted is None:
        return None
    return _as_defined(printer, extracted, extracted.type.owner, path)


def _json(printer: Printer, base: Printed, path: Sequence[Part]) -> Printed:
    path_sql = ", ".join(_step(printer, part) for part in path)
    sql = f"JSONExtract({base.sql}, {path_sql}, 'Nullable(String)')"
    return _as_defined(printer, Printed(sql, ValueType("String")), base.type.owner, path)


def _step(printer: Printer, part: Part) -> str:
    return str(part) if isinstance(part, int) else printer.output.text(part)


def _as_defined(
    printer: Printer, text: Printed, owner: str | None, path: Sequence[Part]
) -> Printed:
    """Return the property as what its definition says it is; it is text without one."""
    if len(path) != 1 or owner is None:
        return text
    defined = printer.context.property_types.get((owner, str(path[0])))
    if defined == "Numeric":
        return Printed(f"accurateCastOrNull({text.sql}, 'Float64')", ValueType("Number"))
    if defined == "Boolean":
        sql = f"toBool(transform({text.sql}, ['true', 'false'], [1, 0], NULL))"
        return Printed(sql, ValueType("Boolean"))
    if defined == "DateTime":
        zone = literal(printer.context.timezone)
        sql = f"parseDateTime64BestEffortOrNull({text.sql}, 6, {zone})"
        return Printed(sql, ValueType("DateTime"))
    return text
