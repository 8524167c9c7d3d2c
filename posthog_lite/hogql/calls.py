"""Calls: the allow-list, aggregates, windows, and functions that mean something of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.functions.aggregate import AGGREGATES, WINDOW_FUNCTIONS, aggregate
from posthog_lite.hogql.functions.scalar import SCALARS
from posthog_lite.hogql.functions.spec import Function
from posthog_lite.hogql.functions.special import SPECIAL
from posthog_lite.hogql.suggestions import closest
from posthog_lite.hogql.types import STRING, UNKNOWN, Printed, ValueType

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import Printer

MOST_PARAMETERS = 100
_LISTS = frozenset(
    (
        "JSONExtractArrayRaw", "JSONExtractKeys", "JSONExtractKeysAndValues",
        "JSONExtractKeysAndValuesRaw",
    )
)  # fmt: skip
# They know no fractions of seconds.
_IN_SECONDS = ("windowFunnel", "sequence")
_WINDOWS = ("tumble", "hop")
_STAR = (ast.Field(("*",)),)
_CHOICES = frozenset(("if", "multiIf", "ifNull", "coalesce", "assumeNotNull"))


def _by_lower_case() -> dict[str, str]:
    names = [*WINDOW_FUNCTIONS, *AGGREGATES, *SCALARS, *SPECIAL]
    return {name.lower(): name for name in names}


_ANY_CASE = _by_lower_case()


def print_call(printer: Printer, node: ast.Call) -> Printed:
    """Return the SQL of a call."""
    node = _rewritten(_with_known_name(node))
    if (special := SPECIAL.get(node.name)) is not None:
        _refuse_extras(node)
        _check_arguments(node, special.least, special.most, "Function")
        return special.printed(printer, node)
    function = SCALARS.get(node.name)
    if function is None:
        if (found := aggregate(node.name)) is None:
            raise _unknown(node)
        return _aggregate(printer, node, found)
    if node.params is not None or node.distinct or node.order_by or node.filter_expr:
        raise QueryError(
            f"Function '{node.name}' is not an aggregate: "
            "it takes neither parameters nor DISTINCT.",
            start=node.start,
            end=node.end,
        )
    _check(node, function, "Function")
    arguments = [printer.expr(argument) for argument in node.args]
    if node.name.startswith(_WINDOWS) and arguments[0].type.kind == "DateTime":
        arguments[0] = _whole_seconds(arguments[0])
    if _gives_a_list(node) and arguments[0].type.nullable:  # no list can be NULL: it is empty
        arguments[0] = _never_null(arguments[0])
    return Printed(_called(function, arguments), _result(function, arguments))


def print_window_function(printer: Printer, node: ast.WindowFunction) -> Printed:
    """Return the SQL of a function over a window."""
    call = _with_known_name(ast.Call(node.name, node.args, node.params, start=node.start))
    function = WINDOW_FUNCTIONS.get(call.name) or aggregate(call.name)
    if function is None:
        raise _no_window_function(call)
    call = _without_star(call)
    _check(call, function, "Function")
    parts = [printer.expr(argument).sql for argument in call.args]
    if call.name in ("lag", "lead"):  # NULL beyond the first and the last row, not 0 or ""
        parts[::2] = [f"toNullable({part})" for part in parts[::2]]
    arguments = ", ".join(parts)
    over = printer.window(node)
    return Printed(
        f"{function.engine_name}{_parameters(printer, call)}({arguments}) OVER {over}", UNKNOWN
    )


def is_aggregate(name: str) -> bool:
    """Return True for the name of an aggregate in any spelling that a query may use."""
    return aggregate(name) is not None or aggregate(_ANY_CASE.get(name.lower(), name)) is not None


def _with_known_name(node: ast.Call) -> ast.Call:
    """Return the call under the listed name, whatever case it was written in."""
    name = node.name
    if name in SPECIAL or name in SCALARS or name in WINDOW_FUNCTIONS or aggregate(name):
        return node
    known = _ANY_CASE.get(name.lower())
    return node if known is None else replace(node, name=known)


def _rewritten(node: ast.Call) -> ast.Call:
    """Return the call with FILTER as the combinator If, and `count(*)` without its star."""
    node = _without_star(node)
    if node.filter_expr is None:
        return node
    args = (*node.args, node.filter_expr)
    return replace(node, name=f"{node.name}If", args=args, filter_expr=None)


def _without_star(node: ast.Call) -> ast.Call:
    is_star = node.args == _STAR
    return replace(node, args=()) if is_star and node.name == "count" else node


def _aggregate(printer: Printer, node: ast.Call, function: Function) -> Printed:
    if node.order_by:
        raise QueryError(
            "Unsupported: ORDER BY within an aggregate. Use arraySort, argMin or argMax.",
            start=node.start,
            end=node.end,
        )
    _check(node, function, "Aggregation")
    arguments = [printer.expr(argument) for argument in node.args]
    if node.name.startswith(_IN_SECONDS) and arguments[0].type.kind == "DateTime":
        arguments[0] = _whole_seconds(arguments[0])
    distinct = "DISTINCT " if node.distinct and arguments else ""
    inner = distinct + ", ".join(argument.sql for argument in arguments)
    type_ = UNKNOWN
    if function.is_strict:
        type_ = ValueType("Unknown", nullable=False)
    return Printed(f"{function.engine_name}{_parameters(printer, node)}({inner})", type_)


def _parameters(printer: Printer, node: ast.Call) -> str:
    if node.params is None:
        return ""
    if len(node.params) > MOST_PARAMETERS:
        raise QueryError(f"A function may have at most {MOST_PARAMETERS} parameters.")
    for parameter in node.params:
        if not _is_constant(parameter):
            raise QueryError(
                f"Parameters of '{node.name}' must be constants.",
                start=parameter.start,
                end=parameter.end,
            )
    return f"({', '.join(printer.expr(parameter).sql for parameter in node.params)})"


def _refuse_extras(node: ast.Call) -> None:
    if node.params is not None or node.distinct or node.order_by:
        raise QueryError(
            f"Unsupported: parameters, DISTINCT or ORDER BY in '{node.name}'.",
            start=node.start,
            end=node.end,
        )


def _is_constant(node: ast.Expr) -> bool:
    """Return True for a constant, also one to be reckoned, like 7 * 24."""
    if isinstance(node, ast.ArithmeticOperation):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(node, ast.Constant)


def _gives_a_list(node: ast.Call) -> bool:
    """Return True for a call that reads a list from JSON."""
    if node.name != "JSONExtract":
        return node.name in _LISTS
    type_ = node.args[-1]
    return isinstance(type_, ast.Constant) and str(type_.value).startswith(("Array(", "Map("))


def _whole_seconds(argument: Printed) -> Printed:
    return argument._replace(sql=f"toDateTime({argument.sql})")


def _never_null(argument: Printed) -> Printed:
    return Printed(f"ifNull({argument.sql}, '')", STRING)


def _called(function: Function, arguments: Sequence[Printed]) -> str:
    return f"{function.engine_name}({', '.join(argument.sql for argument in arguments)})"


def _result(function: Function, arguments: Sequence[Printed]) -> ValueType:
    if function.name in _CHOICES:
        return _chosen(function.name, arguments)
    nullable = not function.is_strict or any(argument.type.nullable for argument in arguments)
    return ValueType(function.result, nullable)


def _chosen(name: str, arguments: Sequence[Printed]) -> ValueType:
    """Return the type of a function that gives one of its arguments."""
    if name in ("if", "multiIf"):
        results = [*arguments[1:-1:2], arguments[-1]]
        nullable = any(result.type.nullable for result in results)
    else:
        results = list(arguments)
        nullable = name != "assumeNotNull" and arguments[-1].type.nullable
    kinds = {result.type.kind for result in results}
    return ValueType(kinds.pop() if len(kinds) == 1 else "Unknown", nullable)


def _check(node: ast.Call, function: Function, noun: str) -> None:
    if not function.takes(len(node.args)):
        raise QueryError(
            f"{noun} '{node.name}' requires {function.expects()}, found {len(node.args)}",
            start=node.start,
            end=node.end,
        )


def _check_arguments(node: ast.Call, least: int, most: int | None, noun: str) -> None:
    _check(node, Function(node.name, node.name, least, most), noun)


def _no_window_function(node: ast.Call) -> QueryError:
    if node.name not in SCALARS and node.name not in SPECIAL:
        return _unknown(node)
    return QueryError(
        f"Function '{node.name}' is neither an aggregate nor a window function; it takes no OVER.",
        start=node.start,
        end=node.end,
    )


def _unknown(node: ast.Call) -> QueryError:
    close = closest(node.name, sorted(_ANY_CASE.values()))
    hint = f" Perhaps you meant '{close}(...)'?" if close else ""
    return QueryError(
        f"Unsupported function call '{node.name[:100]}(...)'.{hint}",
        start=node.start,
        end=node.end,
    )
