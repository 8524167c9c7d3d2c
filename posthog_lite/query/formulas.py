"""Formulas over series: `A + 2 * B`, where letters are series in order."""

from __future__ import annotations

import ast as python
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from posthog_lite.query.errors import InvalidQuery

FIELD = "query.trendsFilter.formula"
MAX_LENGTH = 1_000
MAX_DEPTH = 50
Number = Callable[[Sequence[float]], float]


def compile_formula(text: str, series_count: int) -> Number:
    """Return the function of the series' values that a formula describes."""
    if len(text) > MAX_LENGTH:
        raise InvalidQuery(f"A formula has at most {MAX_LENGTH} characters.", attr=FIELD)
    try:
        tree = python.parse(text.strip().replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidQuery(f"`{text[:100]}` is not a formula.", attr=FIELD) from None
    return _function(tree.body, series_count, 0)


def _function(node: python.expr, series_count: int, depth: int) -> Number:
    if depth > MAX_DEPTH:
        raise InvalidQuery("The formula is nested too deeply.", attr=FIELD)
    if isinstance(node, python.Constant):
        return _constant(node.value)
    if isinstance(node, python.Name):
        return _series(node.id, series_count)
    if isinstance(node, python.UnaryOp) and type(node.op) in SIGNS:
        inner = _function(node.operand, series_count, depth + 1)
        sign = SIGNS[type(node.op)]
        return lambda values: sign * inner(values)
    if isinstance(node, python.BinOp) and type(node.op) in OPERATORS:
        left = _function(node.left, series_count, depth + 1)
        right = _function(node.right, series_count, depth + 1)
        return _operation(OPERATORS[type(node.op)], left, right)
    raise InvalidQuery("A formula has letters, numbers, + - * / and brackets.", attr=FIELD)


def _constant(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidQuery("A formula has letters, numbers, + - * / and brackets.", attr=FIELD)
    try:
        number = float(value)
    except OverflowError:
        raise InvalidQuery("A number of the formula is too large.", attr=FIELD) from None
    return lambda values: number


def _series(name: str, series_count: int) -> Number:
    at = ord(name.upper()) - ord("A") if len(name) == 1 else -1
    if not 0 <= at < series_count:
        raise InvalidQuery(f"The formula names {name[:20]}, which is not a series.", attr=FIELD)
    return lambda values: values[at]


def _operation(apply: Callable[[Any, Any], Any], left: Number, right: Number) -> Number:
    def number(values: Sequence[float]) -> float:
        try:
            found = apply(left(values), right(values))
        except (ZeroDivisionError, OverflowError):
            return 0.0
        finite = isinstance(found, float) and math.isfinite(found)
        return found if finite else 0.0

    return number


SIGNS: Mapping[type[python.unaryop], int] = {python.USub: -1, python.UAdd: 1}
OPERATORS: Mapping[type[python.operator], Callable[[Any, Any], Any]] = {
    python.Add: operator.add,
    python.Sub: operator.sub,
    python.Mult: operator.mul,
    python.Div: operator.truediv,
    python.Mod: operator.mod,
    python.Pow: operator.pow,
}
