"""RetentionQuery: one statement, whatever its type, breakdown and aggregation."""

from __future__ import annotations

from typing import Any

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.nodes.retention import AggregationType, RetentionQuery, TimeWindow
from posthog_lite.query.runners.retention.cells import statement
from posthog_lite.query.runners.retention.intervals import rows_range
from posthog_lite.query.runners.retention.people import Retention
from posthog_lite.query.runners.retention.table import table_rows


def compute(query: RetentionQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """The table of a retention query."""
    retention = retention_of(query, context, ask)
    if not retention.dates.starts:
        return {"results": []}
    return {"results": table_rows(retention, ask(statement(retention)))}


def retention_of(query: RetentionQuery, context: QueryContext, ask: Ask) -> Retention:
    """The query with its intervals; refuses what cannot be counted."""
    _check(query)
    return Retention(query, context, rows_range(query, context, ask))


def _check(query: RetentionQuery) -> None:
    if query.is_cumulative and query.time_window is TimeWindow.ROLLING:
        raise InvalidQuery("Cumulative retention is not supported for 24 hour windows.")
    if query.aggregation is not AggregationType.COUNT and query.aggregation_property is None:
        raise InvalidQuery(
            "An aggregation needs a property.", attr="query.retentionFilter.aggregationProperty"
        )
