"""The intervals in which cohorts begin, and the columns of the intervals after them."""

from __future__ import annotations

from datetime import datetime

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import UNITS, QueryDateRange
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.moments import LAST_MICROSECOND, read_moment, shifted, unit_start
from posthog_lite.query.nodes.retention import RetentionQuery
from posthog_lite.query.runners.earliest import earliest_of

MAX_ROWS = 1_000
MAX_CELLS = 50_000


class TooManyCells(InvalidQuery):
    """The table would be larger than an answer may be."""

    code = "too_many_intervals"

    def __init__(self) -> None:
        super().__init__(
            f"Retention has at most {MAX_ROWS} intervals and {MAX_CELLS} cells. "
            "Choose a longer period or a shorter range.",
            attr="query.retentionFilter.totalIntervals",
        )


def rows_range(query: RetentionQuery, context: QueryContext, ask: Ask) -> QueryDateRange:
    """The range that begins with the first row's interval and ends with the last one's."""
    unit = UNITS[query.interval]
    last = unit_start(_end(query, context), unit, context.week_start_day)
    start = _start(query, context, ask)
    if start is None:
        first = shifted(last, unit, 1 - query.total_intervals)
    else:
        first = unit_start(start, unit, context.week_start_day)
    found = QueryDateRange(
        date_from=first,
        date_to=shifted(last, unit, 1) - LAST_MICROSECOND,
        interval=query.interval,
        week_start_day=context.week_start_day,
    )
    rows = len(found.starts)
    if rows > MAX_ROWS or rows * width(query) > MAX_CELLS:
        raise TooManyCells
    return found


def _end(query: RetentionQuery, context: QueryContext) -> datetime:
    text = query.base.date_range.date_to
    if text is None or text == "all":
        return context.local_now
    return read_moment(text, context, attr="query.dateRange.date_to").at


def _start(query: RetentionQuery, context: QueryContext, ask: Ask) -> datetime | None:
    text = query.base.date_range.date_from
    if text is None:
        return None
    if text == "all":
        return earliest_of(query.base, (query.start,), context, ask) or context.local_now
    return read_moment(text, context, attr="query.dateRange.date_from").at


def width(query: RetentionQuery) -> int:
    """The number of columns, the cohort's own interval included."""
    return len(query.brackets) + 1 if query.brackets else query.total_intervals


def columns_by_distance(query: RetentionQuery) -> dict[int, int]:
    """Return for each number of intervals since the start the column it belongs to."""
    lengths = query.brackets or (1,) * (query.total_intervals - 1)
    found = [column for column, length in enumerate(lengths, 1) for _ in range(length)]
    return dict(enumerate(found, 1))


def column_labels(query: RetentionQuery) -> list[str]:
    """The labels of the columns: `Day 0`, `Day 1`, or `Day 2-4` for several intervals."""
    period = query.period
    spans: dict[int, list[int]] = {}
    for distance, column in columns_by_distance(query).items():
        spans.setdefault(column, []).append(distance)
    labels = [f"{period} {_span(distances)}" for distances in spans.values()]
    return [f"{period} 0", *labels]


def _span(distances: list[int]) -> str:
    first, last = distances[0], distances[-1]
    return str(first) if first == last else f"{first}-{last}"
