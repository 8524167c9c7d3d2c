"""Buckets of a range as the engine counts them: whole numbers, so that no zone is lost."""

from __future__ import annotations

from datetime import datetime

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.dates import CLOCK_INTERVALS, SECONDS, QueryDateRange
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.trees import arithmetic, instant

TIMESTAMP = field("timestamp")
CLOCK_STARTS = {
    Interval.SECOND: "toStartOfSecond",
    Interval.MINUTE: "toStartOfMinute",
    Interval.HOUR: "toStartOfHour",
}
DAY_STARTS = {
    Interval.MONTH: "toStartOfMonth",
    Interval.QUARTER: "toStartOfQuarter",
    Interval.YEAR: "toStartOfYear",
}


def bucket_of(dates: QueryDateRange, timestamp: ast.Expr = TIMESTAMP) -> ast.Expr:
    """The key of the bucket of a timestamp: unix seconds of its start, or its day as 20260109."""
    if dates.interval in CLOCK_INTERVALS:
        return call("toUnixTimestamp", call(CLOCK_STARTS[dates.interval], timestamp))
    return call("toYYYYMMDD", start_of(dates, timestamp))


def start_of(dates: QueryDateRange, timestamp: ast.Expr = TIMESTAMP) -> ast.Expr:
    """The start of the bucket of a timestamp, as the engine's date or time."""
    if dates.interval is Interval.DAY:
        return timestamp
    if dates.interval is Interval.WEEK:
        return call("toStartOfWeek", timestamp, constant(week_mode(dates.week_start_day)))
    return call(DAY_STARTS[dates.interval], timestamp)


def week_mode(week_start_day: int) -> int:
    """The engine's mode for weeks that start on Monday (1) or on Sunday (0)."""
    return 1 if week_start_day == 1 else 0


def key_of(start: datetime, interval: Interval) -> int:
    """The key of the bucket with this start."""
    if interval in CLOCK_INTERVALS:
        return int(start.timestamp())
    return start.year * 10_000 + start.month * 100 + start.day


def keys_of(dates: QueryDateRange) -> dict[int, int]:
    """The index of every bucket by its key."""
    return {key_of(start, dates.interval): at for at, start in enumerate(dates.starts)}


def passed_since(start: datetime, unit: str, timestamp: ast.Expr = TIMESTAMP) -> ast.Expr:
    """The number of borders of a unit between a local time and a timestamp."""
    return call("dateDiff", constant(unit), instant(start), timestamp, constant(str(start.tzinfo)))


def index_of(dates: QueryDateRange, timestamp: ast.Expr = TIMESTAMP) -> ast.Expr:
    """The number of whole buckets between the first one and a timestamp in the range."""
    first = dates.floor(dates.date_from)
    if dates.interval in CLOCK_INTERVALS:
        elapsed = arithmetic(call("toUnixTimestamp", timestamp), "-", int(first.timestamp()))
        return call("intDiv", elapsed, constant(SECONDS[dates.unit]))
    unit = "day" if dates.interval is Interval.WEEK else str(dates.interval)
    passed = passed_since(first, unit, timestamp)
    return call("intDiv", passed, constant(7)) if dates.interval is Interval.WEEK else passed
