"""Days and labels of buckets, as clients print them."""

from __future__ import annotations

from datetime import datetime, timedelta

from posthog_lite.query.dates import CLOCK_INTERVALS, QueryDateRange
from posthog_lite.query.moments import iso
from posthog_lite.query.nodes.common import Interval

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def days_of(dates: QueryDateRange) -> list[str]:
    """The start of every bucket as `2026-01-09`, with the clock where they are shorter."""
    if dates.interval in CLOCK_INTERVALS:
        return [start.strftime("%Y-%m-%d %H:%M:%S") for start in dates.starts]
    return [start.date().isoformat() for start in dates.starts]


def moments_of(dates: QueryDateRange) -> list[str]:
    """The start of every bucket as an instant."""
    return [iso(start) for start in dates.starts]


def labels_of(dates: QueryDateRange) -> list[str]:
    """The label of every bucket."""
    return [label_of(start, dates) for start in dates.starts]


def label_of(start: datetime, dates: QueryDateRange) -> str:
    """The label of the bucket with this start."""
    if dates.interval in CLOCK_INTERVALS:
        clock = "%H:%M:%S" if dates.interval is Interval.SECOND else "%H:%M"
        return f"{start.day}-{start:%b} {start:{clock}}"
    if dates.interval is Interval.WEEK:
        return week_label(start, dates)
    if dates.interval is Interval.MONTH:
        return f"{start:%b %Y}"
    return day_label(start)


def day_label(day: datetime) -> str:
    """A day as `9-Jan-2026`."""
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"


def week_label(start: datetime, dates: QueryDateRange) -> str:
    """The days of a week that lie in the range."""
    first = max(start, dates.date_from)
    last = min(start + timedelta(days=6), dates.date_to)
    if first.date() == last.date():
        return day_label(first)
    if first.year != last.year:
        return f"{day_label(first)} – {day_label(last)}"  # noqa: RUF001 - the wire's dash
    if first.month != last.month:
        return f"{first.day}-{first:%b} – {last.day}-{last:%b}"  # noqa: RUF001
    return f"{first.day}–{last.day} {first:%b}"  # noqa: RUF001
