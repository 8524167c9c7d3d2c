"""Which query kinds there are and which of their parts a dashboard's filters reach."""

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
# Stored and given back as they are: nothing here computes them.
OTHER_KINDS = frozenset(
    {
        "ActionsNode",
        "ActorsQuery",
        "CalendarHeatmapQuery",
        "ErrorTrackingQuery",
        "EventsNode",
        "ExperimentExposureQuery",
        "ExperimentQuery",
        "FunnelCorrelationQuery",
        "FunnelsActorsQuery",
        "GroupsQuery",
        "InsightActorsQuery",
        "LogsQuery",
        "MarketingAnalyticsAggregatedQuery",
        "MarketingAnalyticsTableQuery",
        "PersonsNode",
        "RecordingsQuery",
        "RevenueAnalyticsGrossRevenueQuery",
        "RevenueAnalyticsMetricsQuery",
        "RevenueAnalyticsMRRQuery",
        "RevenueAnalyticsOverviewQuery",
        "RevenueAnalyticsTopCustomersQuery",
        "RevenueExampleEventsQuery",
        "SessionAttributionExplorerQuery",
        "SessionsQuery",
        "SessionsTimelineQuery",
        "StickinessActorsQuery",
        "TraceQuery",
        "TracesQuery",
        "UsageMetricsQuery",
        "WebPageURLSearchQuery",
    }
)
SQL_KIND = "HogQLQuery"
EVENTS_KIND = "EventsQuery"
SOURCE_KINDS = INSIGHT_KINDS | WEB_KINDS | OTHER_KINDS | {SQL_KIND, EVENTS_KIND}

# What each wrapper may hold in `source`.
WRAPPER_SOURCES = {
    "InsightVizNode": INSIGHT_KINDS | {"CalendarHeatmapQuery"},
    "DataTableNode": SOURCE_KINDS,
    "DataVisualizationNode": frozenset({SQL_KIND}),
}
# Which wrapper shows a source that comes without one.
WRAPPER_OF = dict.fromkeys(INSIGHT_KINDS, "InsightVizNode") | {SQL_KIND: "DataVisualizationNode"}
INTERVALS = frozenset({"second", "minute", "hour", "day", "week", "month"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a dashboard's filters a source kind takes, and in which form."""

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
