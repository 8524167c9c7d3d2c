"""Compute a TrendsQuery: one statement for all series and both periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.query.breakdowns import Bins, BreakdownColumns, bins_of, edges_query
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import QueryDateRange, previous_dates, resolve_dates
from posthog_lite.query.errors import InvalidQuery, NoSeries, UnsupportedQuery
from posthog_lite.query.nodes.common import NO_COMPARISON, Interval
from posthog_lite.query.nodes.trends import Display, TrendsQuery
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.runners.trends_rows import Counted, part_counted, rows_of
from posthog_lite.query.runners.trends_statements import Part, marked, statement
from posthog_lite.query.trees import union_all

UNSUPPORTED = frozenset(
    {Display.CALENDAR, Display.HEATMAP, Display.BOX_PLOT, Display.SLOPE, Display.METRIC}
)
MAX_POINTS = 2_000_000


def compute(query: TrendsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a trends query."""
    query = checked(query)
    periods = periods_of(query, context, ask)
    _bound(query, periods)
    parts = [Part(query, context, series, dates) for series in query.series for dates in periods]
    counted = _counted(split(parts, ask), ask)
    by_series = [counted[at : at + len(periods)] for at in range(0, len(counted), len(periods))]
    rows, has_more = rows_of(query, context, by_series)
    return {
        "results": rows,
        "hasMore": has_more,
        "resolved_date_range": periods[0].resolved,
    }


def checked(query: TrendsQuery) -> TrendsQuery:
    """The query without what cannot be counted; a series whose action is gone has no rows."""
    if not query.series:
        raise NoSeries("Trends")
    if query.display in UNSUPPORTED:
        raise UnsupportedQuery(
            f"The display {query.display} is not supported.", attr="query.trendsFilter.display"
        )
    if query.base.date_range.date_from == "all":
        query = replace(query, compare=NO_COMPARISON)
    return query


def periods_of(query: TrendsQuery, context: QueryContext, ask: Ask) -> list[QueryDateRange]:
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
    # The interval of a total has no buckets, but decides how far a comparison moves back.
    compared = replace(current, interval=query.interval)
    previous = previous_dates(compared, query.compare.compare_to, context)
    return [current, replace(previous, interval=current.interval)]


def _bound(query: TrendsQuery, periods: Sequence[QueryDateRange]) -> None:
    if query.display.is_total:
        return
    values = (query.breakdown.limit or 25) + 1 if query.breakdown.breakdowns else 1
    points = len(query.series) * values * sum(len(dates.starts) for dates in periods)
    if points > MAX_POINTS:
        raise InvalidQuery(
            f"The answer would have {points} numbers, of {MAX_POINTS} at most."
            " Choose a longer interval or a shorter range.",
            attr="query.interval",
        )


def split(parts: list[Part], ask: Ask) -> list[Part]:
    """The parts with their breakdown: bins lie between the numbers that a part has."""
    breakdown = parts[0].query.breakdown
    if not breakdown.breakdowns:
        return parts
    bins: dict[int, tuple[Bins | None, ...]] = {}
    if any(column.bin_count for column in breakdown.breakdowns):
        queries = [
            _numbered(at, edges_query(breakdown.breakdowns, [part.counted], part.context))
            for at, part in enumerate(parts)
            if part.is_known
        ]
        rows = ask(union_all(queries)) if queries else ()
        bins = {row[0]: bins_of(breakdown.breakdowns, row[1:]) for row in rows}
    no_bins = (None,) * len(breakdown.breakdowns)
    return [
        replace(part, columns=BreakdownColumns(breakdown, bins.get(at, no_bins)))
        for at, part in enumerate(parts)
    ]


def _numbered(at: int, query: ast.SelectQuery) -> ast.SelectQuery:
    return replace(query, select=(ast.Alias("part", ast.Constant(at)), *query.select))


def _counted(parts: list[Part], ask: Ask) -> list[Counted]:
    """The numbers of each part."""
    known = [(at, statement(part)) for at, part in enumerate(parts) if part.is_known]
    found: dict[int, list[Sequence[Any]]] = {}
    for at, *row in ask(union_all(marked(known))) if known else ():
        found.setdefault(at, []).append(row)
    return [part_counted(part, found.get(at, [])) for at, part in enumerate(parts)]
