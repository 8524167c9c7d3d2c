"""Property filters of a query: leaves and AND/OR groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from posthog_lite.query.nodes.reading import MAX_TEXT, Reader

MAX_DEPTH = 10
MAX_VALUES = 1_000


class PropertyKind(StrEnum):
    """The type of a property filter: the owner of its value."""

    EVENT = "event"
    PERSON = "person"
    ELEMENT = "element"
    EVENT_METADATA = "event_metadata"
    PERSON_METADATA = "person_metadata"
    FEATURE = "feature"
    SESSION = "session"
    GROUP = "group"
    HOGQL = "hogql"
    COHORT = "cohort"
    STATIC_COHORT = "static-cohort"
    PRECALCULATED_COHORT = "precalculated-cohort"
    RECORDING = "recording"
    LOG_ENTRY = "log_entry"
    DATA_WAREHOUSE = "data_warehouse"
    DATA_WAREHOUSE_PERSON_PROPERTY = "data_warehouse_person_property"
    FLAG = "flag"
    EMPTY = "empty"


class Operator(StrEnum):
    """The operator of a filter."""

    EXACT = "exact"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    ICONTAINS = "icontains"
    NOT_ICONTAINS = "not_icontains"
    ICONTAINS_MULTI = "icontains_multi"
    NOT_ICONTAINS_MULTI = "not_icontains_multi"
    REGEX = "regex"
    NOT_REGEX = "not_regex"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    MIN = "min"
    MAX = "max"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    IS_DATE_EXACT = "is_date_exact"
    IS_DATE_BEFORE = "is_date_before"
    IS_DATE_AFTER = "is_date_after"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_CLEANED_PATH_EXACT = "is_cleaned_path_exact"
    FLAG_EVALUATES_TO = "flag_evaluates_to"
    SEMVER_EQ = "semver_eq"
    SEMVER_NEQ = "semver_neq"
    SEMVER_GT = "semver_gt"
    SEMVER_GTE = "semver_gte"
    SEMVER_LT = "semver_lt"
    SEMVER_LTE = "semver_lte"
    SEMVER_TILDE = "semver_tilde"
    SEMVER_CARET = "semver_caret"
    SEMVER_WILDCARD = "semver_wildcard"


class FilterLogicalOperator(StrEnum):
    """The connector of the members of a group."""

    AND = "AND"
    OR = "OR"


@dataclass(frozen=True)
class PropertyFilter:
    """One condition. `value` is a scalar, a tuple of scalars, or None."""

    key: str
    kind: PropertyKind = PropertyKind.EVENT
    operator: Operator = Operator.EXACT
    value: Any = None
    group_type_index: int | None = None

    @property
    def values(self) -> tuple[Any, ...]:
        """The values to compare with, always as a tuple; empty when there is none."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class PropertyGroup:
    """Conditions that hold together (AND) or one for all (OR)."""

    operator: FilterLogicalOperator = FilterLogicalOperator.AND
    members: tuple[PropertyFilter | PropertyGroup, ...] = ()

    @property
    def filters(self) -> Iterator[PropertyFilter]:
        """The conditions themselves, those of inner groups included."""
        for member in self.members:
            if isinstance(member, PropertyGroup):
                yield from member.filters
            else:
                yield member


Properties = PropertyGroup
NO_FILTERS = PropertyGroup()


def read_properties(query: Reader, key: str = "properties") -> Properties:
    """The filters below a key: a list (AND), a group, or nothing."""
    value = query.get(key)
    if isinstance(value, dict):
        return _read_group(query.child(key), 1)
    return PropertyGroup(
        FilterLogicalOperator.AND, query.items(key, lambda item: _read_member(item, 1))
    )


def _read_group(group: Reader, depth: int) -> PropertyGroup:
    if depth > MAX_DEPTH:
        raise group.refuse("values", f"groups nest at most {MAX_DEPTH} deep.")
    members = group.items("values", lambda item: _read_member(item, depth + 1))
    return PropertyGroup(
        group.choice("type", FilterLogicalOperator, FilterLogicalOperator.AND), members
    )


def _read_member(item: Reader, depth: int) -> PropertyFilter | PropertyGroup:
    return _read_group(item, depth) if "values" in item.values else read_filter(item)


def read_filter(item: Reader) -> PropertyFilter:
    """One property filter; one without a key filters nothing."""
    key = _read_key(item)
    kind = item.choice("type", PropertyKind, PropertyKind.EVENT)
    return PropertyFilter(
        key=key or "",
        kind=PropertyKind.EMPTY if key is None else kind,
        operator=item.choice("operator", Operator, Operator.EXACT),
        value=_read_value(item),
        group_type_index=item.integer("group_type_index", maximum=4),
    )


def _read_key(item: Reader) -> str | None:
    key = item.get("key")
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else item.text("key")


def _read_value(item: Reader) -> Any:
    value = item.get("value")
    if not isinstance(value, list):
        return _read_scalar(item, value)
    if len(value) > MAX_VALUES:
        raise item.refuse("value", f"at most {MAX_VALUES} values are allowed.")
    return tuple(_read_scalar(item, entry) for entry in value)


def _read_scalar(item: Reader, value: Any) -> Any:
    if value is not None and not isinstance(value, str | int | float | bool):
        raise item.refuse("value", "a string, a number, true, false or a list is expected.")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise item.refuse("value", f"at most {MAX_TEXT} characters are allowed.")
    return value
