"""Property filters on people, as conditions for the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import Case, FloatField, Func, Q, TextField, Value, When
from django.db.models.functions import Cast

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from posthog_lite.events.models import Person

MOST_FILTERS = 50
MOST_VALUES = 100
LONGEST_KEY = 400
LONGEST_PATTERN = 200
# What is read as a number; anything else compares with none.
NUMBER = r"^[-+]?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,2})?$"
VALUES_LESS = ("is_set", "is_not_set")


class WrongPersonFilter(DomainError):
    """The filter is malformed, or names what people cannot be filtered by."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, attr="properties")


def filter_persons(persons: QuerySet[Person], filters: Any) -> QuerySet[Person]:
    """The people who meet all filters. Raises WrongPersonFilter."""
    if not isinstance(filters, list) or len(filters) > MOST_FILTERS:
        raise WrongPersonFilter(f"Give a list of at most {MOST_FILTERS} property filters.")
    for number, given in enumerate(filters):
        name = f"property_{number}"
        key, condition = _read(name, given)
        # Not as Django does it, which takes a name of digits for a place in a list.
        text = Func(
            "properties",
            Value(key),
            function="jsonb_extract_path_text",
            output_field=TextField(),
        )
        persons = persons.alias(**{name: text})
        is_number = Q(**{f"{name}__regex": NUMBER})
        as_number = Case(When(is_number, then=Cast(name, FloatField())))
        persons = persons.alias(**{f"{name}_number": as_number}).filter(condition)
    return persons


def _read(name: str, given: Any) -> tuple[str, Q]:
    if not isinstance(given, dict) or given.get("type", "person") != "person":
        raise WrongPersonFilter("People are filtered by properties of the type person.")
    key, operator = given.get("key"), given.get("operator") or "exact"
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or "\0" in key:
        raise WrongPersonFilter("A filter names the property as its key.")
    make = CONDITIONS.get(operator) if isinstance(operator, str) else None
    if make is None:
        raise WrongPersonFilter(f"An operator is one of {', '.join(CONDITIONS)}.")
    values = [] if operator in VALUES_LESS else _values(given.get("value"))
    return key, make(name, values)


def _values(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= MOST_VALUES:
        raise WrongPersonFilter(f"A filter has 1 to {MOST_VALUES} values.")
    texts = [each if isinstance(each, str) else orjson.dumps(each).decode() for each in values]
    if any("\0" in text for text in texts):
        raise WrongPersonFilter("Values hold no NUL characters.")
    return texts


def _exact(name: str, values: list[str]) -> Q:
    return Q(**{f"{name}__in": values})


def _contains(name: str, values: list[str]) -> Q:
    found = Q()
    for value in values:
        found |= Q(**{f"{name}__icontains": value})
    return found


def _matches(name: str, values: list[str]) -> Q:
    pattern = values[0]
    try:
        if len(pattern) > LONGEST_PATTERN:
            raise WrongPersonFilter(f"A pattern has at most {LONGEST_PATTERN} characters.")
        re.compile(pattern)
    except re.error as error:
        raise WrongPersonFilter(f"This is not a regular expression: {error}.") from error
    return Q(**{f"{name}__regex": pattern})


def _is_set(name: str, values: list[str]) -> Q:
    return Q(**{f"{name}__isnull": False})


def _compared(lookup: str) -> Callable[[str, list[str]], Q]:
    def compare(name: str, values: list[str]) -> Q:
        if not re.fullmatch(NUMBER[1:-1], values[0], re.ASCII):
            raise WrongPersonFilter("A comparison needs a number.")
        return Q(**{f"{name}_number__{lookup}": float(values[0])})

    return compare


def _not(make: Callable[[str, list[str]], Q]) -> Callable[[str, list[str]], Q]:
    """The opposite, which people without the property meet too."""
    return lambda name, values: ~make(name, values) | Q(**{f"{name}__isnull": True})


CONDITIONS: dict[str, Callable[[str, list[str]], Q]] = {
    "exact": _exact,
    "is_not": _not(_exact),
    "icontains": _contains,
    "not_icontains": _not(_contains),
    "regex": _matches,
    "not_regex": _not(_matches),
    "gt": _compared("gt"),
    "gte": _compared("gte"),
    "lt": _compared("lt"),
    "lte": _compared("lte"),
    "is_set": _is_set,
    "is_not_set": lambda name, values: Q(**{f"{name}__isnull": True}),
}
