"""TrendsQuery: counts over time or as one number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.nodes.common import (
    NO_BREAKDOWN,
    NO_COMPARISON,
    BreakdownFilter,
    CompareFilter,
    InsightBase,
    Interval,
    read_breakdown_filter,
    read_compare_filter,
    read_insight_base,
)
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.series import Series, read_series

MAX_FORMULAS = 20
MAX_SMOOTHING = 1_000


class Display(StrEnum):
    """The chart of a trend."""

    LINE = "ActionsLineGraph"
    BAR = "ActionsBar"
    UNSTACKED_BAR = "ActionsUnstackedBar"
    STACKED_BAR = "ActionsStackedBar"
    AREA = "ActionsAreaGraph"
    CUMULATIVE = "ActionsLineGraphCumulative"
    NUMBER = "BoldNumber"
    PIE = "ActionsPie"
    BAR_VALUE = "ActionsBarValue"
    TABLE = "ActionsTable"
    WORLD_MAP = "WorldMap"
    CALENDAR = "CalendarHeatmap"
    HEATMAP = "TwoDimensionalHeatmap"
    BOX_PLOT = "BoxPlot"
    SLOPE = "SlopeGraph"
    METRIC = "Metric"
    AUTO = "Auto"

    @property
    def is_total(self) -> bool:
        """True when the whole range is one number."""
        return self in TOTALS


TOTALS = frozenset(
    {Display.NUMBER, Display.PIE, Display.BAR_VALUE, Display.TABLE, Display.WORLD_MAP}
)


@dataclass(frozen=True)
class Formula:
    """An arithmetic expression over the series, which are A, B, C and so on."""

    text: str
    custom_name: str | None = None


@dataclass(frozen=True)
class TrendsQuery:
    """Series counted by interval, or over the whole range."""

    base: InsightBase
    series: tuple[Series, ...]
    interval: Interval = Interval.DAY
    display: Display = Display.LINE
    breakdown: BreakdownFilter = NO_BREAKDOWN
    compare: CompareFilter = NO_COMPARISON
    formulas: tuple[Formula, ...] = ()
    smoothing: int = 1

    kind = "TrendsQuery"


def read_trends(query: Reader) -> TrendsQuery:
    """A TrendsQuery."""
    shown = query.child("trendsFilter")
    return TrendsQuery(
        base=read_insight_base(query),
        series=read_series(query),
        interval=query.choice("interval", Interval, Interval.DAY),
        display=shown.choice("display", Display, Display.LINE),
        breakdown=read_breakdown_filter(query),
        compare=read_compare_filter(query),
        formulas=_read_formulas(shown),
        smoothing=shown.integer("smoothingIntervals", maximum=MAX_SMOOTHING) or 1,
    )


def _read_formulas(shown: Reader) -> tuple[Formula, ...]:
    nodes = shown.items("formulaNodes", _read_formula, most=MAX_FORMULAS)
    texts = shown.texts("formulas", most=MAX_FORMULAS) or (shown.text("formula") or "",)
    return nodes or tuple(Formula(text) for text in texts if text.strip())


def _read_formula(item: Reader) -> Formula:
    return Formula(item.text("formula") or "", item.text("custom_name") or None)
