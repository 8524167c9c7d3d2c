"""The limits of filters and variables: what is beyond them is refused in words."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from dashboards.queries.kinds import INTERVALS
from dashboards.queries.properties import as_text, is_group
from posthog_lite.domain import DomainError
from posthog_lite.hogql.tables import GROUP_TYPES
from posthog_lite.query.moments import FIRST_YEAR, LAST_YEAR
from posthog_lite.query.nodes.common import read_breakdown_filter
from posthog_lite.query.nodes.properties import Operator, PropertyKind
from posthog_lite.query.nodes.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.queries.properties import JSON

MOST_BYTES = 64 * 1024
MOST_LEAVES = 250
DEEPEST = 10
LONGEST_SHOWN = 60
PROPERTY_KINDS = frozenset(kind.value for kind in PropertyKind)
RELATIVE_DATE = re.compile(r"-?\d{0,6}[hdwmqysHDWMQYS](Start|End)?")
LOOSE_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?P<time>[T ].*)?")
OPERATORS = frozenset(operator.value for operator in Operator)


class InvalidFilters(DomainError):
    """Filters that could not hold, or more of them than a dashboard may carry."""


def check_filters(filters: JSON) -> None:
    """Raise InvalidFilters unless a dashboard could be filtered like this.

    Keys that no filter has are the client's own.
    """
    check_size(filters)
    for name, (is_fine, wanted) in _FIELDS.items():
        value = filters.get(name)
        if value is not None and value != "" and not is_fine(value):
            raise InvalidFilters(f"{name} must be {wanted}, not {_shown(value)}.")
    _check_breakdown(filters)
    properties = filters.get("properties")
    if properties is not None and properties != {}:
        _Properties().check(properties, "properties", depth=1)


def _check_breakdown(filters: JSON) -> None:
    try:
        read_breakdown_filter(Reader(filters), "breakdown_filter")
    except DomainError as error:
        raise InvalidFilters(error.detail.removeprefix("query.")) from error


def check_size(values: Any) -> None:
    """Raise InvalidFilters for more JSON than filters, variables or the like may take."""
    if len(orjson.dumps(values)) > MOST_BYTES:
        raise InvalidFilters(f"May take at most {MOST_BYTES // 1024} kB.")


class _Properties:
    """Counts the comparisons while it looks at them."""

    def __init__(self) -> None:
        self._leaves = 0

    def check(self, value: Any, path: str, *, depth: int) -> None:
        if isinstance(value, dict):
            if not is_group(value):
                raise InvalidFilters(f"{path}.type must be AND or OR.")
            value, path = value.get("values"), f"{path}.values"
        if not isinstance(value, list):
            raise InvalidFilters(f"{path} must be a list.")
        if depth > DEEPEST:
            raise InvalidFilters(f"properties may nest at most {DEEPEST} groups.")
        for index, item in enumerate(value):
            self._check_item(item, f"{path}.{index}", depth)

    def _check_item(self, item: Any, path: str, depth: int) -> None:
        if not isinstance(item, dict):
            raise InvalidFilters(f"{path} must be an object.")
        if is_group(item):
            self.check(item, path, depth=depth + 1)
            return
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            raise InvalidFilters(f"properties may hold at most {MOST_LEAVES} filters.")
        _check_leaf(item, path)


def _check_leaf(leaf: JSON, path: str) -> None:
    kind, operator = leaf.get("type"), leaf.get("operator")
    if as_text(leaf.get("key")) is None and kind != "cohort":
        raise InvalidFilters(f"{path}.key must name a property.")
    if kind is not None and not isinstance(kind, str):
        raise InvalidFilters(f"{path}.type must be a string.")
    if kind and kind not in PROPERTY_KINDS:
        raise InvalidFilters(f"{path}.type: {_shown(kind)} is not a kind of property.")
    index = leaf.get("group_type_index")
    if index is not None and (type(index) is not int or index not in range(GROUP_TYPES)):
        raise InvalidFilters(f"{path}.group_type_index must be a number from 0 to 4.")
    if operator is not None and not (isinstance(operator, str) and operator in OPERATORS):
        raise InvalidFilters(f"{path}.operator: {_shown(operator)} is not an operator.")
    values = leaf.get("value")
    for value in values if isinstance(values, list) else [values]:
        if value is not None and as_text(value) is None:
            raise InvalidFilters(f"{path}.value must be a string, a number or a list of them.")


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return value == "all" or RELATIVE_DATE.fullmatch(value) is not None or _is_moment(value)


def _is_moment(text: str) -> bool:
    match = LOOSE_DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = (int(match[part]) for part in (1, 2, 3))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return False
    try:
        datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}{match['time'] or ''}")
    except ValueError:
        return False
    return True


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_interval(value: Any) -> bool:
    return isinstance(value, str) and value in INTERVALS


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


_DATE = (_is_date, 'a date like 2026-01-31, a relative one like -7d, or "all"')
_SWITCH = (_is_switch, "true or false")
_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "date_from": _DATE,
    "date_to": _DATE,
    "explicitDate": _SWITCH,
    "filterTestAccounts": _SWITCH,
    "breakdown_filter": (_is_object, "an object"),
    "interval": (_is_interval, f"one of {', '.join(sorted(INTERVALS))}"),
}
