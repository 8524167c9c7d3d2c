"""Compute a TrendsQuery: one statement for all series and both periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.query.breakdowns import BreakdownColumns, bins_of, edges_query
from posthog_lite.query.buckets import TIMESTAMP
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import QueryDateRange, previous_dates, resolve_dates
from posthog_lite.query.errors import InvalidQuery, NoSeries, UnsupportedQuery
from posthog_lite.query.matching import base_condition, is_known, series_condition
from posthog_lite.query.nodes.common import NO_COMPARISON, Interval
from posthog_lite.query.nodes.trends import Display, TrendsQuery
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.runners.trends_rows import Counted, rows_of, series_counted
from posthog_lite.query.runners.trends_statements import Part, marked, statement
from posthog_lite.query.trees import FALSE, any_of, union_all, within

UNSUPPORTED = frozenset(
    {Display.CALENDAR, Display.HEATMAP, Display.BOX_PLOT, Display.SLOPE, Display.METRIC}
)
MAX_POINTS = 2_000_000


def compute(query: TrendsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a trends query."""
    query = _checked(query, context)
    periods = _periods(query, context, ask)
    _bound(query, periods)
    columns = _columns(query, periods, context, ask)
    parts = [
        [Part(query, context, series, dates, found) for dates in periods]
        for series, found in zip(query.series, columns, strict=True)
    ]
    counted = _counted(parts, ask)
    rows, has_more = rows_of(query, context, counted)
    return {
        "results": rows,
        "hasMore": has_more,
        "resolved_date_range": periods[0].resolved,
    }


def _checked(query: TrendsQuery, context: QueryContext) -> TrendsQuery:
    """The query without what cannot be counted; a series whose action is gone has no rows."""
    if not query.series:
        raise NoSeries("Trends")
    if query.display in UNSUPPORTED:
        raise UnsupportedQuery(
            f"The display {query.display} is not supported.", attr="trendsFilter.display"
        )
    if query.base.date_range.date_from == "all":
        query = replace(query, compare=NO_COMPARISON)
    return query


def _periods(query: TrendsQuery, context: QueryContext, ask: Ask) -> list[QueryDateRange]:
    """The range of the query and the one it is compared with."""
    current = resolve_dates(
        query.base.date_range,
        Interval.DAY if query.display.is_total else query.interval,
        context,
        exact=query.display is Display.NUMBER,
        earliest=earliest_of(query.base, query.series, context, ask),
    )
    if not query.compare.compare:
        return [current]
    return [current, previous_dates(current, query.compare.compare_to, context)]


def _bound(query: TrendsQuery, periods: Sequence[QueryDateRange]) -> None:
    if query.display.is_total:
        return
    values = (query.breakdown.limit or 25) + 1 if query.breakdown.breakdowns else 1
    points = len(query.series) * values * sum(len(dates.starts) for dates in periods)
    if points > MAX_POINTS:
        raise InvalidQuery(
            f"The answer would have {points} numbers, of {MAX_POINTS} at most."
            " Choose a longer interval or a shorter range.",
            attr="interval",
        )


def _columns(
    query: TrendsQuery, periods: Sequence[QueryDateRange], context: QueryContext, ask: Ask
) -> list[BreakdownColumns | None]:
    """The breakdown of each series: bins lie between the numbers that the series has in range."""
    breakdowns = query.breakdown.breakdowns
    if not breakdowns:
        return [None] * len(query.series)
    if not any(breakdown.bin_count for breakdown in breakdowns):
        plain = BreakdownColumns(query.breakdown, (None,) * len(breakdowns))
        return [plain] * len(query.series)
    in_range = any_of(within(TIMESTAMP, dates.counted_from, dates.date_to) for dates in periods)
    base = base_condition(query.base, context)
    found = ask(
        union_all(
            _numbered(at, edges_query(breakdowns, [condition, base, in_range], context))
            for at, condition in enumerate(_conditions(query, context))
        )
    )
    rows = {row[0]: row[1:] for row in found}
    return [
        BreakdownColumns(query.breakdown, bins_of(breakdowns, rows[at]))
        for at in range(len(query.series))
    ]


def _conditions(query: TrendsQuery, context: QueryContext) -> list[ast.Expr]:
    return [
        series_condition(series, context) if is_known(series, context) else FALSE
        for series in query.series
    ]


def _numbered(at: int, query: ast.SelectQuery) -> ast.SelectQuery:
    return replace(query, select=(ast.Alias("series", ast.Constant(at)), *query.select))


def _counted(parts: list[list[Part]], ask: Ask) -> list[list[Counted]]:
    """The numbers of each series in each period."""
    known = [
        (series, period, statement(part))
        for series, periods in enumerate(parts)
        for period, part in enumerate(periods)
        if is_known(part.series, part.context)
    ]
    rows = ask(union_all(marked(known))) if known else ()
    found: dict[tuple[int, int], list[Sequence[Any]]] = {}
    for series, period, *row in rows:
        found.setdefault((series, period), []).append(row)
    return [
        [series_counted(part, found.get((series, period), [])) for period, part in enumerate(row)]
        for series, row in enumerate(parts)
    ]
