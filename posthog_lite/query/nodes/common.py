"""Parts that insight queries share: dates, breakdowns, comparison."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.nodes.properties import Properties, read_properties
from posthog_lite.query.nodes.reading import Reader

MAX_BREAKDOWNS = 3
DEFAULT_BREAKDOWN_LIMIT = 25
MAX_BREAKDOWN_LIMIT = 1_000
MAX_BINS = 1_000


class Interval(StrEnum):
    """The length of one bucket."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class DateRange:
    """The range of a query as typed: dates, relative forms such as `-7d`, or `all`."""

    date_from: str | None = None
    date_to: str | None = None
    explicit: bool = False
    exclude_incomplete: bool = False


def read_date_range(query: Reader) -> DateRange:
    """The date range of a query."""
    dates = query.child("dateRange")
    return DateRange(
        date_from=dates.text("date_from") or None,
        date_to=dates.text("date_to") or None,
        explicit=dates.flag("explicitDate"),
        exclude_incomplete=dates.flag("excludeIncompletePeriods"),
    )


class BreakdownKind(StrEnum):
    """Whose value a breakdown reads."""

    EVENT = "event"
    PERSON = "person"
    EVENT_METADATA = "event_metadata"
    SESSION = "session"
    GROUP = "group"
    HOGQL = "hogql"
    COHORT = "cohort"
    DATA_WAREHOUSE = "data_warehouse"
    DATA_WAREHOUSE_PERSON_PROPERTY = "data_warehouse_person_property"
    REVENUE_ANALYTICS = "revenue_analytics"


@dataclass(frozen=True)
class Breakdown:
    """One column by which results are split."""

    property: str
    kind: BreakdownKind = BreakdownKind.EVENT
    group_type_index: int | None = None
    bin_count: int | None = None
    normalize_url: bool = False


@dataclass(frozen=True)
class BreakdownFilter:
    """The breakdown of a query; `is_list` tells the newer form, whose values are lists."""

    breakdowns: tuple[Breakdown, ...] = ()
    is_list: bool = False
    limit: int | None = None
    hide_other: bool = False


NO_BREAKDOWN = BreakdownFilter()


def read_breakdown_filter(query: Reader, key: str = "breakdownFilter") -> BreakdownFilter:
    """The breakdown of a query, in its older or its newer form."""
    found = query.child(key)
    columns = found.items("breakdowns", _read_breakdown, most=MAX_BREAKDOWNS)
    return BreakdownFilter(
        breakdowns=columns or _read_single(found),
        is_list=bool(columns) or isinstance(found.get("breakdown"), list),
        limit=found.integer("breakdown_limit", minimum=1, maximum=MAX_BREAKDOWN_LIMIT),
        hide_other=found.flag("breakdown_hide_other_aggregation"),
    )


def _read_breakdown(item: Reader) -> Breakdown:
    prop = item.get("property")
    if isinstance(prop, int) and not isinstance(prop, bool):
        prop = str(prop)
    else:
        prop = item.text("property")
    if not prop:
        raise item.refuse("property", "this field is required.")
    return Breakdown(
        property=prop,
        kind=item.choice("type", BreakdownKind, BreakdownKind.EVENT),
        group_type_index=item.integer("group_type_index", maximum=4),
        bin_count=item.integer("histogram_bin_count", minimum=1, maximum=MAX_BINS),
        normalize_url=item.flag("normalize_url"),
    )


def _read_single(found: Reader) -> tuple[Breakdown, ...]:
    value = found.get("breakdown")
    if value is None or value in ("", []):
        return ()
    texts = [value] if isinstance(value, str | int) else found.list("breakdown", most=3)
    if not all(isinstance(text, str | int) and not isinstance(text, bool) for text in texts):
        raise found.refuse("breakdown", "a property name or a list of them is expected.")
    return tuple(_older_breakdown(found, str(text)) for text in texts)


def _older_breakdown(found: Reader, prop: str) -> Breakdown:
    return Breakdown(
        property=prop,
        kind=found.choice("breakdown_type", BreakdownKind, BreakdownKind.EVENT),
        group_type_index=found.integer("breakdown_group_type_index", maximum=4),
        bin_count=found.integer("breakdown_histogram_bin_count", minimum=1, maximum=MAX_BINS),
        normalize_url=found.flag("breakdown_normalize_url"),
    )


@dataclass(frozen=True)
class CompareFilter:
    """Comparison with an earlier period; `compare_to` is a shift such as `-1w`."""

    compare: bool = False
    compare_to: str | None = None


NO_COMPARISON = CompareFilter()


def read_compare_filter(query: Reader) -> CompareFilter:
    """The comparison of a query."""
    found = query.child("compareFilter")
    return CompareFilter(found.flag("compare"), found.text("compare_to") or None)


@dataclass(frozen=True)
class InsightBase:
    """The fields of every insight query."""

    date_range: DateRange
    properties: Properties
    filter_test_accounts: bool
    aggregation_group_type_index: int | None


def read_insight_base(query: Reader) -> InsightBase:
    """The parts that every insight query has."""
    return InsightBase(
        date_range=read_date_range(query),
        properties=read_properties(query),
        filter_test_accounts=query.flag("filterTestAccounts"),
        aggregation_group_type_index=query.integer("aggregation_group_type_index", maximum=4),
    )
