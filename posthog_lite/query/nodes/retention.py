"""RetentionQuery: who comes back, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.nodes.common import (
    NO_BREAKDOWN,
    BreakdownFilter,
    InsightBase,
    Interval,
    read_breakdown_filter,
    read_insight_base,
)
from posthog_lite.query.nodes.properties import read_properties
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.series import ActionsNode, EventsNode

DEFAULT_INTERVALS = 8
MAX_INTERVALS = 1_000
MAX_BRACKETS = 100
PAGEVIEW = EventsNode(event="$pageview")


class RetentionPeriod(StrEnum):
    """The length of one interval."""

    HOUR = "Hour"
    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


PERIODS = {
    RetentionPeriod.HOUR: Interval.HOUR,
    RetentionPeriod.DAY: Interval.DAY,
    RetentionPeriod.WEEK: Interval.WEEK,
    RetentionPeriod.MONTH: Interval.MONTH,
}


class RetentionType(StrEnum):
    """The start events of a person that count."""

    RECURRING = "retention_recurring"
    FIRST_TIME = "retention_first_time"
    FIRST_EVER = "retention_first_ever_occurrence"


class TimeWindow(StrEnum):
    """Intervals of the calendar, or counted from each person's own start."""

    CALENDAR = "strict_calendar_dates"
    ROLLING = "24_hour_windows"


class AggregationType(StrEnum):
    """The value that a cell computes beside the number of persons."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"


class AggregationPropertyKind(StrEnum):
    """Whose property is aggregated."""

    EVENT = "event"
    PERSON = "person"


@dataclass(frozen=True)
class RetentionQuery:
    """A start event, a return event, and the intervals between them."""

    base: InsightBase
    start: EventsNode | ActionsNode = PAGEVIEW
    returning: EventsNode | ActionsNode = PAGEVIEW
    period: RetentionPeriod = RetentionPeriod.DAY
    total_intervals: int = DEFAULT_INTERVALS
    type: RetentionType = RetentionType.RECURRING
    brackets: tuple[int, ...] = ()
    is_cumulative: bool = False
    minimum_occurrences: int = 1
    time_window: TimeWindow = TimeWindow.CALENDAR
    aggregation: AggregationType = AggregationType.COUNT
    aggregation_property: str | None = None
    aggregation_kind: AggregationPropertyKind = AggregationPropertyKind.EVENT
    breakdown: BreakdownFilter = NO_BREAKDOWN

    kind = "RetentionQuery"

    @property
    def interval(self) -> Interval:
        """The period as an interval."""
        return PERIODS[self.period]


def read_retention(query: Reader) -> RetentionQuery:
    """A RetentionQuery."""
    shown = query.child("retentionFilter")
    limit = MAX_INTERVALS
    return RetentionQuery(
        base=read_insight_base(query),
        start=_read_entity(shown, "targetEntity"),
        returning=_read_entity(shown, "returningEntity"),
        period=shown.choice("period", RetentionPeriod, RetentionPeriod.DAY),
        total_intervals=shown.integer("totalIntervals", maximum=limit) or DEFAULT_INTERVALS,
        type=shown.choice("retentionType", RetentionType, RetentionType.RECURRING),
        brackets=_read_brackets(shown),
        is_cumulative=shown.flag("cumulative"),
        minimum_occurrences=shown.integer("minimumOccurrences") or 1,
        time_window=shown.choice("timeWindowMode", TimeWindow, TimeWindow.CALENDAR),
        aggregation=shown.choice("aggregationType", AggregationType, AggregationType.COUNT),
        aggregation_property=shown.text("aggregationProperty") or None,
        aggregation_kind=shown.choice(
            "aggregationPropertyType", AggregationPropertyKind, AggregationPropertyKind.EVENT
        ),
        breakdown=read_breakdown_filter(query),
    )


def _read_entity(shown: Reader, key: str) -> EventsNode | ActionsNode:
    """An entity in its older form, `{id, type}`; `$pageview` where there is none."""
    if not shown.has(key):
        return PAGEVIEW
    entity = shown.child(key)
    filters = read_properties(entity)
    if entity.text("type") == "actions" or entity.text("kind") == "ActionsNode":
        action = entity.integer("id", also_text=True)
        if action is None:
            raise entity.refuse("id", "this field is required.")
        return ActionsNode(name=entity.text("name"), properties=filters, id=action)
    event = entity.text("id") if entity.has("id") else entity.text("event")
    return EventsNode(name=entity.text("name"), properties=filters, event=event)


def _read_brackets(shown: Reader) -> tuple[int, ...]:
    found = shown.list("retentionCustomBrackets", most=MAX_BRACKETS)
    for length in found:
        is_number = isinstance(length, int | float) and not isinstance(length, bool)
        if not is_number or not 1 <= length <= MAX_INTERVALS:
            raise shown.refuse("retentionCustomBrackets", "a list of lengths is expected.")
    return tuple(int(length) for length in found)
