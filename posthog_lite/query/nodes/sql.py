"""HogQLQuery: SQL as a person typed it, with values, variables and filters for its braces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posthog_lite.query.nodes.common import DateRange, read_date_range
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import MAX_TEXT, Reader

MAX_SQL = 64_000
MAX_VALUES = 100


@dataclass(frozen=True)
class SQLFilters:
    """The values of `{filters}`; None for a date that is not set."""

    date_range: DateRange = field(default_factory=DateRange)
    properties: Properties = NO_FILTERS
    filter_test_accounts: bool = False


@dataclass(frozen=True)
class HogQLQuery:
    """A SELECT in text; `variables` are by the name that stands in the text.

    Those in `unset` are listed without a value, which is their default then.
    """

    query: str
    values: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    filters: SQLFilters = field(default_factory=SQLFilters)
    unset: frozenset[str] = frozenset()

    kind = "HogQLQuery"


def read_sql(query: Reader) -> HogQLQuery:
    """Return a HogQLQuery."""
    text = query.get("query")
    if not isinstance(text, str):
        raise query.refuse("query", "a string is expected.")
    if len(text) > MAX_SQL:
        raise query.refuse("query", f"at most {MAX_SQL} characters are allowed.")
    entries = _entries(query)
    return HogQLQuery(
        text,
        _values(query),
        {name: None if is_null else value for name, value, is_null in entries},
        _filters(query.child("filters")),
        frozenset(name for name, value, is_null in entries if value is None and not is_null),
    )


def _values(query: Reader) -> Mapping[str, Any]:
    values = query.child("values")
    if len(values.values) > MAX_VALUES:
        raise query.refuse("values", f"at most {MAX_VALUES} entries are allowed.")
    return {name: _value(values, name, value) for name, value in values.values.items()}


def _entries(query: Reader) -> list[tuple[str, Any, bool]]:
    """Return the name and the value of each variable, and whether it is set to NULL."""
    variables = query.child("variables")
    if len(variables.values) > MAX_VALUES:
        raise query.refuse("variables", f"at most {MAX_VALUES} entries are allowed.")
    entries = [variables.child(key) for key in variables.values]
    return [
        (name, _value(entry, "value"), entry.flag("isNull"))
        for entry in entries
        if (name := entry.text("code_name"))
    ]


def is_constant(value: Any) -> bool:
    """Return whether a value can stand in SQL: text, a number, true, false, or a list of them."""
    items = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, str | int | float | bool) for item in items)


def _value(reader: Reader, key: str, value: Any = None) -> Any:
    """Return a constant: text, a number, true, false, null, or a list of them."""
    value = reader.get(key) if value is None else value
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_VALUES * 10:
        raise reader.refuse(key, f"at most {MAX_VALUES * 10} values are allowed.")
    for item in items:
        if item is not None and not isinstance(item, str | int | float | bool):
            raise reader.refuse(key, "text, a number, true, false or a list of them is expected.")
        if isinstance(item, str) and len(item) > MAX_TEXT:
            raise reader.refuse(key, f"at most {MAX_TEXT} characters are allowed.")
    return value


def _filters(filters: Reader) -> SQLFilters:
    return SQLFilters(
        read_date_range(filters),
        read_properties(filters),
        filters.flag("filterTestAccounts"),
    )
