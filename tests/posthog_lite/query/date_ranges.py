"""Ranges and compared periods, asked for in few words."""

from __future__ import annotations

from datetime import datetime

from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange, previous_dates, resolve_dates
from posthog_lite.query.nodes.common import DateRange, Interval

DAY_END = "T23:59:59.999999"


def context(now: str, timezone: str = "UTC", week_start: int = 0) -> QueryContext:
    return QueryContext(1, datetime.fromisoformat(now), timezone, week_start)


def resolved(
    date_from: str | None,
    date_to: str | None,
    interval: str,
    now: str,
    *,
    timezone: str = "UTC",
    week_start: int = 0,
    exact: bool = False,
    explicit: bool = False,
    exclude_incomplete: bool = False,
) -> QueryDateRange:
    typed = DateRange(date_from, date_to, explicit, exclude_incomplete)
    where = context(now, timezone, week_start)
    return resolve_dates(typed, Interval(interval), where, exact=exact)


def previous(
    date_from: str | None,
    date_to: str | None,
    interval: str,
    now: str,
    compare_to: str | None = None,
    *,
    exact: bool = False,
) -> QueryDateRange:
    current = resolved(date_from, date_to, interval, now, exact=exact)
    return previous_dates(current, compare_to, context(now))


def bounds(found: QueryDateRange) -> tuple[str, str]:
    return (
        found.date_from.replace(tzinfo=None).isoformat(),
        found.date_to.replace(tzinfo=None).isoformat(),
    )
