"""Property filters as conditions of HogQL. A condition is never NULL."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant
from posthog_lite.query.context import QueryContext
from posthog_lite.query.elements import element_condition
from posthog_lite.query.errors import ParseError, UnsupportedQuery
from posthog_lite.query.moments import Moment, read_moment
from posthog_lite.query.nodes.properties import (
    FilterLogicalOperator,
    Operator,
    PropertyFilter,
    PropertyGroup,
    PropertyKind,
    read_filter,
)
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.patterns import is_pattern, literal_pattern
from posthog_lite.query.properties import PropertyPath, expression_of, number_of, text_of, type_of
from posthog_lite.query.trees import (
    FALSE,
    TRUE,
    all_of,
    any_of,
    compared,
    instant,
    is_not_null,
    is_null,
    one_of,
)
from posthog_lite.query.versions import OPERATORS as VERSION_OPERATORS
from posthog_lite.query.versions import version_condition

COHORTS = (PropertyKind.COHORT, PropertyKind.STATIC_COHORT, PropertyKind.PRECALCULATED_COHORT)
UNIX_FRACTION = r"^(\d{9,10})\.\d+$"


def properties_condition(member: PropertyFilter | PropertyGroup, context: QueryContext) -> ast.Expr:
    """The condition of a group of filters, or of a member of one; an empty group is true."""
    if isinstance(member, PropertyFilter):
        return filter_condition(member, context)
    found = tuple(properties_condition(inner, context) for inner in member.members)
    if not found or member.operator is FilterLogicalOperator.AND:
        return all_of(found)
    return any_of(found)


def test_account_condition(context: QueryContext) -> ast.Expr:
    """The condition of the project's filters of test accounts."""
    found = enumerate(context.test_account_filters)
    readers = (Reader(item, f"test_account_filters[{at}]") for at, item in found)
    return all_of(filter_condition(read_filter(reader), context) for reader in readers)


vars(test_account_condition)["__test__"] = False  # pytest takes it for a test


def filter_condition(prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    """The condition of one filter."""
    if prop.kind is PropertyKind.HOGQL:
        return expression_of(prop.key)
    if prop.kind in COHORTS:
        raise UnsupportedQuery("Cohorts are not supported.", attr="query.properties")
    if not _says_something(prop):
        return TRUE
    if prop.kind is PropertyKind.ELEMENT:
        return element_condition(prop)
    path = PropertyPath(prop.kind, prop.key, prop.group_type_index)
    if prop.operator in VERSION_OPERATORS:
        return version_condition(text_of(path, context), prop)
    negated = NEGATED.get(prop.operator)
    if negated is not None:
        return ast.Not(negated(path, prop, context))
    build = CONDITIONS.get(prop.operator)
    if build is None:
        raise UnsupportedQuery(
            f"The operator {prop.operator} is not supported.", attr="query.properties"
        )
    return build(path, prop, context)


def _says_something(prop: PropertyFilter) -> bool:
    if prop.kind in (PropertyKind.EMPTY, PropertyKind.FLAG):
        return False
    if prop.kind is PropertyKind.GROUP and prop.group_type_index is None:
        return False
    set_or_not = prop.operator in (Operator.IS_SET, Operator.IS_NOT_SET)
    return set_or_not or any(value is not None for value in prop.values)


def text_form(value: Any) -> str:
    """A value as the text that properties are compared with."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _texts(prop: PropertyFilter) -> list[str]:
    return [text_form(value) for value in prop.values if value is not None]


def _exact(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    if type_of(path, context) == "DateTime":
        return _date_exact(path, prop, context)
    numbers = [_number(value) for value in prop.values if value is not None]
    if type_of(path, context) == "Numeric" and None not in numbers:
        return one_of(number_of(path, context), numbers)
    return one_of(text_of(path, context), _texts(prop))


def _contains(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    return _like(path, prop, context, "%{}%")


def _like(path: PropertyPath, prop: PropertyFilter, context: QueryContext, form: str) -> ast.Expr:
    text = text_of(path, context)
    patterns = (form.format(literal_pattern(value)) for value in _texts(prop))
    return any_of(compared(text, "ilike", pattern) for pattern in patterns)


def _starts_with(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    return _like(path, prop, context, "{}%")


def _ends_with(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    return _like(path, prop, context, "%{}")


def _matches(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    text = text_of(path, context)
    return any_of(compared(text, "=~", pattern) for pattern in _texts(prop) if is_pattern(pattern))


def _does_not_match(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    if not all(map(is_pattern, _texts(prop))):
        return FALSE
    return ast.Not(_matches(path, prop, context))


def _comparison(op: ast.CompareOperator) -> Condition:
    def build(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
        return any_of(
            _ordered(path, op, value, context) for value in prop.values if value is not None
        )

    return build


def _ordered(
    path: PropertyPath, op: ast.CompareOperator, value: Any, context: QueryContext
) -> ast.Expr:
    bound = _number(value)
    if bound is not None:
        return compared(number_of(path, context), op, bound)
    if type_of(path, context) == "DateTime":
        return compared(_date_of(path, context), op, instant(_date_value(value, context).at))
    return compared(text_of(path, context), op, text_form(value))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None  # a word among the values of properties, never 1 or 0
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _between(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    low, high = _bounds(prop)
    number = number_of(path, context)
    return ast.And((compared(number, ">=", low), compared(number, "<=", high)))


def _not_between(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    low, high = _bounds(prop)
    number = number_of(path, context)
    return ast.Or((compared(number, "<", low), compared(number, ">", high)))


def _bounds(prop: PropertyFilter) -> tuple[float, float]:
    numbers = [_number(value) for value in prop.values if value is not None]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        raise ParseError(
            f"The filter of {prop.key} needs two numbers as bounds.", attr="query.properties"
        )
    if numbers[0] > numbers[1]:
        raise ParseError(
            f"The first bound of {prop.key} must not be greater than the second.",
            attr="query.properties",
        )
    return numbers[0], numbers[1]


def _is_set(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    return is_not_null(text_of(path, context))


def _is_not_set(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    return is_null(text_of(path, context))


def _date_of(path: PropertyPath, context: QueryContext) -> ast.Expr:
    """Return the property as a moment, else null; unix times may have fractions."""
    text = text_of(path, context)
    whole = call("replaceRegexpOne", text, constant(UNIX_FRACTION), constant(r"\1"))
    return call("toDateTime", whole)


def _date_value(value: Any, context: QueryContext) -> Moment:
    return read_moment(text_form(value), context, attr="query.properties")


def _date_exact(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
    date = _date_of(path, context)
    return any_of(
        compared(date, "==", instant(_date_value(value, context).at))
        for value in prop.values
        if value is not None
    )


def _date_comparison(op: ast.CompareOperator) -> Condition:
    def build(path: PropertyPath, prop: PropertyFilter, context: QueryContext) -> ast.Expr:
        value = next(value for value in prop.values if value is not None)
        return compared(_date_of(path, context), op, instant(_date_value(value, context).at))

    return build


Condition = Callable[[PropertyPath, PropertyFilter, QueryContext], ast.Expr]

NEGATED: Mapping[Operator, Condition] = {
    Operator.IS_NOT: _exact,
    Operator.NOT_IN: _exact,
    Operator.NOT_ICONTAINS: _contains,
    Operator.NOT_ICONTAINS_MULTI: _contains,
}
CONDITIONS: Mapping[Operator, Condition] = {
    Operator.EXACT: _exact,
    Operator.IN: _exact,
    Operator.IS_CLEANED_PATH_EXACT: _exact,
    Operator.ICONTAINS: _contains,
    Operator.ICONTAINS_MULTI: _contains,
    Operator.STARTS_WITH: _starts_with,
    Operator.ENDS_WITH: _ends_with,
    Operator.REGEX: _matches,
    Operator.NOT_REGEX: _does_not_match,
    Operator.GT: _comparison(">"),
    Operator.GTE: _comparison(">="),
    Operator.MIN: _comparison(">="),
    Operator.LT: _comparison("<"),
    Operator.LTE: _comparison("<="),
    Operator.MAX: _comparison("<="),
    Operator.BETWEEN: _between,
    Operator.NOT_BETWEEN: _not_between,
    Operator.IS_SET: _is_set,
    Operator.IS_NOT_SET: _is_not_set,
    Operator.IS_DATE_EXACT: _date_exact,
    Operator.IS_DATE_BEFORE: _date_comparison("<"),
    Operator.IS_DATE_AFTER: _date_comparison(">"),
}
