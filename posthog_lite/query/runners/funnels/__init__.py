"""FunnelsQuery: one statement for each, whatever its view."""

from __future__ import annotations

from typing import Any

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import resolve_dates
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.funnels import FunnelsQuery, FunnelView
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.steps import step_results
from posthog_lite.query.runners.funnels.times import time_results
from posthog_lite.query.runners.funnels.trend import trend_results
from posthog_lite.query.runners.funnels.validation import check


def compute(query: FunnelsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """The rows of a funnel."""
    check(query)
    funnel = funnel_of(query, context, ask)
    results: Any
    if query.view is FunnelView.TIME_TO_CONVERT:
        results = time_results(funnel, ask)
    elif query.view is FunnelView.TRENDS:
        results = trend_results(funnel, ask)
    else:
        results = step_results(funnel, ask)
    return {"results": results, "isUdf": True, "resolved_date_range": funnel.dates.resolved}


def funnel_of(query: FunnelsQuery, context: QueryContext, ask: Ask) -> Funnel:
    """The funnel with its range; only the trends view has buckets."""
    interval = query.interval if query.view is FunnelView.TRENDS else Interval.DAY
    earliest = earliest_of(query.base, query.series, context, ask)
    dates = resolve_dates(query.base.date_range, interval, context, earliest=earliest)
    return Funnel(query, context, dates)
