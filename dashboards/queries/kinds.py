"""Kinds of queries, and the parts of them that a dashboard's filters reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INSIGHT_KINDS = frozenset(
    {
        "TrendsQuery",
        "FunnelsQuery",
        "RetentionQuery",
        "PathsQuery",
        "StickinessQuery",
        "LifecycleQuery",
    }
)
WEB_KINDS = frozenset(
    {
        "WebOverviewQuery",
        "WebStatsTableQuery",
        "WebGoalsQuery",
        "WebExternalClicksTableQuery",
        "WebVitalsQuery",
        "WebVitalsPathBreakdownQuery",
    }
)
SQL_KIND = "HogQLQuery"
EVENTS_KIND = "EventsQuery"
# Those that are computed or filtered here; others are stored and given back whatever they are.
SOURCE_KINDS = INSIGHT_KINDS | WEB_KINDS | {SQL_KIND, EVENTS_KIND}
# Which wrapper shows a source that comes without one.
WRAPPER_OF = dict.fromkeys(INSIGHT_KINDS, "InsightVizNode") | {SQL_KIND: "DataVisualizationNode"}
INTERVALS = frozenset({"second", "minute", "hour", "day", "week", "month"})


@dataclass(frozen=True, slots=True)
class Reach:
    """The filters of a dashboard that a kind takes, and in which form."""

    dates: Literal["range", "bounds"] = "range"
    properties: Literal["group", "list"] = "group"
    breakdown: bool = False
    interval: bool = False


# SQL is not here: its filters live in an object of their own.
REACH = {
    "TrendsQuery": Reach(breakdown=True, interval=True),
    "FunnelsQuery": Reach(breakdown=True, interval=True),
    "RetentionQuery": Reach(breakdown=True),
    "PathsQuery": Reach(),
    "StickinessQuery": Reach(interval=True),
    "LifecycleQuery": Reach(interval=True),
    "CalendarHeatmapQuery": Reach(),
    EVENTS_KIND: Reach(dates="bounds", properties="list"),
    "TracesQuery": Reach(properties="list"),
    **dict.fromkeys(WEB_KINDS, Reach(properties="list")),
}
