"""Dates as clients write them: `2026-01-31`, ISO 8601 with a time, or relative like `-7d`."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

RELATIVE = re.compile(r"(?:-(?P<number>\d{1,6}))?(?P<unit>[hdwmqy])(?P<edge>Start|End)?")
MONTHS = {"m": 1, "q": 3, "y": 12}


def parse_moment(text: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment meant, None for `all`. Raises ValueError for what is not a date.

    Relative days and longer begin at midnight in `zone`; so do dates without a time.
    """
    if text == "all":
        return None
    match = RELATIVE.fullmatch(text)
    if match is None or (match["number"] is None and match["edge"] is None):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return _relative(
            now.astimezone(zone), int(match["number"] or 0), match["unit"], match["edge"]
        )
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error


def _relative(now: datetime, number: int, unit: str, edge: str | None) -> datetime:
    if unit == "h":
        return _edge_of_hour(now - timedelta(hours=number), edge)
    if unit in MONTHS:
        day = _months_back(now.date(), number * MONTHS[unit])
    else:
        day = now.date() - timedelta(days=number * (7 if unit == "w" else 1))
    start = _start_of(day, unit) if edge else day
    midnight = datetime.combine(start, datetime.min.time(), now.tzinfo)
    if edge != "End":
        return midnight
    following = datetime.combine(_next(start, unit), datetime.min.time(), now.tzinfo)
    return following - timedelta(microseconds=1)


def _edge_of_hour(moment: datetime, edge: str | None) -> datetime:
    if edge is None:
        return moment
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start if edge == "Start" else start + timedelta(hours=1, microseconds=-1)


def _months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _start_of(day: date, unit: str) -> date:
    match unit:
        case "w":
            return day - timedelta(days=(day.weekday() + 1) % 7)  # weeks begin on Sunday
        case "m":
            return day.replace(day=1)
        case "q":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "y":
            return day.replace(month=1, day=1)
    return day


def _next(start: date, unit: str) -> date:
    if unit in MONTHS:
        return _months_back(start, -MONTHS[unit])
    return start + timedelta(days=7 if unit == "w" else 1)
