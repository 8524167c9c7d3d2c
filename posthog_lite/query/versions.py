"""Filters that compare versions like 1.10.2 number by number.

Only values that are whole versions are compared; anything else passes none of these filters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call
from posthog_lite.query.errors import ParseError
from posthog_lite.query.nodes.properties import Operator, PropertyFilter
from posthog_lite.query.trees import all_of, any_of, compared

WHOLE = r"^\s*v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+]\S*)?\s*$"
NUMBER = r"(0|[1-9][0-9]{0,8})"
GIVEN = re.compile(rf"\s*v?{NUMBER}(?:\.{NUMBER})?(?:\.{NUMBER}([-+]\S*)?)?\s*")
# From where the stars begin only: a long text of them is looked through once.
WILD = re.compile(r"(?<!\.\*)(\.\*)+\s*$")
Version = tuple[int, ...]
Range = tuple[Version, Version]

COMPARED: Mapping[Operator, ast.CompareOperator] = {
    Operator.SEMVER_EQ: "==",
    Operator.SEMVER_NEQ: "!=",
    Operator.SEMVER_GT: ">",
    Operator.SEMVER_GTE: ">=",
    Operator.SEMVER_LT: "<",
    Operator.SEMVER_LTE: "<=",
}


def version_condition(text: ast.Expr, prop: PropertyFilter) -> ast.Expr:
    """Return the condition of a filter on a property whose text is a version."""
    numbers = call("sortableSemVer", text)
    conditions = (
        all_of(_conditions(numbers, prop, value)) for value in prop.values if value is not None
    )
    return all_of((compared(text, "=~", WHOLE), any_of(conditions)))


def _conditions(numbers: ast.Expr, prop: PropertyFilter, value: Any) -> Iterator[ast.Expr]:
    op = COMPARED.get(prop.operator)
    if op is not None:
        yield compared(numbers, op, list(_whole(prop, value)))
        return
    low, high = RANGES[prop.operator](prop, value)
    yield compared(numbers, ">=", list(low))
    yield compared(numbers, "<", list(high))


def _whole(prop: PropertyFilter, value: Any) -> Version:
    version = _given(prop, value)
    if len(version) < 3:
        raise _refusal(prop)
    return version


def _given(prop: PropertyFilter, value: Any) -> Version:
    """Return the numbers that the value has: one, two or three."""
    found = GIVEN.fullmatch(str(value))
    if found is None:
        raise _refusal(prop)
    return tuple(int(part) for part in found.groups()[:3] if part is not None)


def _refusal(prop: PropertyFilter) -> ParseError:
    example = "1.2.*" if prop.operator is Operator.SEMVER_WILDCARD else "1.2.3"
    detail = f"The filter of {prop.key} needs a version like {example}."
    return ParseError(detail, attr="query.properties")


def _tilde(prop: PropertyFilter, value: Any) -> Range:
    """`~1.2.3` is 1.2.3 to before 1.3.0, `~1` is 1.0.0 to before 2.0.0."""
    return _within(_given(prop, value), 2)


def _caret(prop: PropertyFilter, value: Any) -> Range:
    """`^1.2.3` is 1.2.3 to before 2.0.0; the first number that is not 0 stays."""
    version = _given(prop, value)
    kept = next((at + 1 for at, number in enumerate(version) if number), len(version))
    return _within(version, kept)


def _wildcard(prop: PropertyFilter, value: Any) -> Range:
    """`1.2.*` is 1.2.0 to before 1.3.0."""
    text, wild = WILD.subn("", str(value))
    if not wild:
        raise _refusal(prop)
    version = _given(prop, text)
    return _within(version, len(version))


def _within(version: Version, kept: int) -> Range:
    """Return the range of versions that share the first numbers, from this one on."""
    shared = version[:kept]
    return _filled(version), _filled((*shared[:-1], shared[-1] + 1))


def _filled(version: Version) -> Version:
    return (*version, 0, 0)[:3]


RANGES: Mapping[Operator, Callable[[PropertyFilter, Any], Range]] = {
    Operator.SEMVER_TILDE: _tilde,
    Operator.SEMVER_CARET: _caret,
    Operator.SEMVER_WILDCARD: _wildcard,
}
OPERATORS = frozenset({*COMPARED, *RANGES})
