"""FunnelsQuery: how many do one step after another."""

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
from posthog_lite.query.nodes.reading import MAX_INTEGER, Reader
from posthog_lite.query.nodes.series import (
    ActionsNode,
    EventsNode,
    Series,
    read_entity,
    read_series,
)

DEFAULT_WINDOW = 14
MAX_WINDOW_SECONDS = 100 * 366 * 86_400
MAX_BIN_COUNT = 90
MAX_EXCLUSIONS = 20


class FunnelView(StrEnum):
    """The view of a funnel that is shown."""

    STEPS = "steps"
    TIME_TO_CONVERT = "time_to_convert"
    TRENDS = "trends"
    FLOW = "flow"


class FunnelOrder(StrEnum):
    """The order of the steps, and the events allowed between them."""

    ORDERED = "ordered"
    STRICT = "strict"
    UNORDERED = "unordered"


class Attribution(StrEnum):
    """The event whose value a breakdown reads."""

    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    ALL_EVENTS = "all_events"
    STEP = "step"


class WindowUnit(StrEnum):
    """The unit of the time that a conversion may take."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


SECONDS = {
    WindowUnit.SECOND: 1,
    WindowUnit.MINUTE: 60,
    WindowUnit.HOUR: 3_600,
    WindowUnit.DAY: 86_400,
    WindowUnit.WEEK: 7 * 86_400,
    WindowUnit.MONTH: 31 * 86_400,
}


@dataclass(frozen=True)
class Exclusion:
    """An event that must not happen between two steps, which are counted from 0."""

    entity: EventsNode | ActionsNode
    from_step: int
    to_step: int


@dataclass(frozen=True)
class FunnelsQuery:
    """Steps, and the time within which they must follow each other."""

    base: InsightBase
    series: tuple[Series, ...]
    interval: Interval = Interval.DAY
    view: FunnelView = FunnelView.STEPS
    order: FunnelOrder = FunnelOrder.ORDERED
    window_seconds: int = DEFAULT_WINDOW * 86_400
    exclusions: tuple[Exclusion, ...] = ()
    attribution: Attribution = Attribution.FIRST_TOUCH
    attribution_step: int | None = None
    bin_count: int | None = None
    from_step: int | None = None
    to_step: int | None = None
    aggregate_by: str | None = None
    breakdown: BreakdownFilter = NO_BREAKDOWN

    kind = "FunnelsQuery"

    @property
    def first(self) -> int:
        """The step from which rates and times are counted."""
        return self.from_step or 0

    @property
    def last(self) -> int:
        """The step up to which rates and times are counted."""
        return len(self.series) - 1 if self.to_step is None else self.to_step


def read_funnels(query: Reader) -> FunnelsQuery:
    """A FunnelsQuery."""
    shown = query.child("funnelsFilter")
    return FunnelsQuery(
        base=read_insight_base(query),
        series=read_series(query),
        interval=query.choice("interval", Interval, Interval.DAY),
        view=shown.choice("funnelVizType", FunnelView, FunnelView.STEPS),
        order=shown.choice("funnelOrderType", FunnelOrder, FunnelOrder.ORDERED),
        window_seconds=_read_window(shown),
        exclusions=shown.items("exclusions", _read_exclusion, most=MAX_EXCLUSIONS),
        attribution=shown.choice("breakdownAttributionType", Attribution, Attribution.FIRST_TOUCH),
        attribution_step=shown.integer("breakdownAttributionValue"),
        bin_count=shown.integer("binCount", minimum=1, maximum=MAX_BIN_COUNT),
        from_step=_read_step(shown, "funnelFromStep"),
        to_step=_read_step(shown, "funnelToStep"),
        aggregate_by=shown.text("funnelAggregateByHogQL") or None,
        breakdown=read_breakdown_filter(query),
    )


def _read_window(shown: Reader) -> int:
    unit = shown.choice("funnelWindowIntervalUnit", WindowUnit, WindowUnit.DAY)
    most = MAX_WINDOW_SECONDS
    length = shown.integer("funnelWindowInterval", minimum=-most, maximum=most) or DEFAULT_WINDOW
    seconds = (length if length > 0 else DEFAULT_WINDOW) * SECONDS[unit]
    return min(seconds, MAX_WINDOW_SECONDS)


def _read_step(shown: Reader, key: str) -> int | None:
    # Out of bounds is said in the words of the funnel, not of the schema.
    return shown.integer(key, minimum=-MAX_INTEGER)


def _read_exclusion(item: Reader) -> Exclusion:
    first, last = _read_step(item, "funnelFromStep"), _read_step(item, "funnelToStep")
    if first is None or last is None:
        missing = "funnelFromStep" if first is None else "funnelToStep"
        raise item.refuse(missing, "this field is required.")
    return Exclusion(read_entity(item), first, last)
