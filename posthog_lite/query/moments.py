"""Read one date of a query: an absolute date, or a form relative to now such as `-1mStart`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import ParseError

ABSOLUTE = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ]+(.+))?")
RELATIVE = re.compile(r"-?(\d{1,5})?([hdwmqyHDWQYMs])(Start|End)?")
LAST_MICROSECOND = timedelta(microseconds=1)
FIRST_YEAR, LAST_YEAR = 1900, 2299  # that the engine can store; what is laid around fits as well


class Unit(StrEnum):
    """A unit of a relative date."""

    SECOND = "s"
    MINUTE = "M"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    QUARTER = "q"
    YEAR = "y"

    @property
    def is_clock(self) -> bool:
        """True for units shorter than a day, which are elapsed time rather than calendar days."""
        return self in (Unit.SECOND, Unit.MINUTE, Unit.HOUR)


@dataclass(frozen=True)
class Moment:
    """A date of a query on the project's clock.

    `unit` and `number` are those of a relative form; an absolute date has none.
    """

    at: datetime
    unit: Unit | None = None
    number: int = 0
    position: str | None = None

    @property
    def is_relative(self) -> bool:
        """True when the date depends on now."""
        return self.unit is not None


def read_moment(text: str, context: QueryContext, *, attr: str = "query.dateRange") -> Moment:
    """Read a date of a query."""
    text = text.strip()
    if found := RELATIVE.fullmatch(text):
        return _relative(found, context, attr)
    return _absolute(text, context, attr)


def _absolute(text: str, context: QueryContext, attr: str) -> Moment:
    found = ABSOLUTE.fullmatch(text)
    if not found:
        raise ParseError(f"`{text[:50]}` is not a date.", attr=attr)
    year, month, day, clock = found.groups()
    padded = f"{year}-{int(month):02}-{int(day or 1):02}" + (f"T{clock}" if clock else "")
    try:
        at = datetime.fromisoformat(padded)
        at = at.replace(tzinfo=context.zone) if at.tzinfo is None else at
        at = at.astimezone(context.zone)
    except (ValueError, OverflowError):
        raise ParseError(f"`{text[:50]}` is not a date.", attr=attr) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ParseError(
            f"`{text[:50]}` is not in the years {FIRST_YEAR} to {LAST_YEAR}.", attr=attr
        )
    return Moment(at)


def _relative(found: re.Match[str], context: QueryContext, attr: str) -> Moment:
    digits, letter, position = found.groups()
    unit = Unit(letter if letter in ("M", "s") else letter.lower())
    number = int(digits or 0)
    try:
        at = shifted(context.local_now, unit, -number)
        at = placed(at, unit, position, context.week_start_day)
        is_in_range = at.year >= FIRST_YEAR
    except (ValueError, OverflowError):
        is_in_range = False
    if not is_in_range:
        raise ParseError(f"`{found[0]}` is too long ago.", attr=attr)
    return Moment(at, unit, number, position)


def shifted(at: datetime, unit: Unit, number: int) -> datetime:
    """A local time moved by calendar units, or by elapsed time for hours and less."""
    if unit.is_clock:
        seconds = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600}[unit] * number
        return (at.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(at.tzinfo)
    if unit in (Unit.DAY, Unit.WEEK):
        return at + timedelta(days=number * (7 if unit is Unit.WEEK else 1))
    return shifted_months(at, number * {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[unit])


def shifted_months(at: datetime, months: int) -> datetime:
    """A local time moved by months, on the last day where the month is shorter."""
    years, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=years, month=month + 1, day=min(day, at.day))
        except ValueError:
            continue
    raise OverflowError


def placed(at: datetime, unit: Unit, position: str | None, week_start_day: int) -> datetime:
    """The start or end of the unit that holds a local time; the time itself without position."""
    if position is None:
        return at
    start = unit_start(at, unit, week_start_day)
    return start if position == "Start" else shifted(start, unit, 1) - LAST_MICROSECOND


def unit_start(at: datetime, unit: Unit, week_start_day: int) -> datetime:
    """The start of the unit that holds a local time."""
    if unit is Unit.SECOND:
        return at.replace(microsecond=0)
    if unit is Unit.MINUTE:
        return at.replace(second=0, microsecond=0)
    if unit is Unit.HOUR:
        return at.replace(minute=0, second=0, microsecond=0)
    day = midnight(at)
    if unit is Unit.DAY:
        return day
    if unit is Unit.WEEK:
        return day - timedelta(days=(at.isoweekday() - week_start_day) % 7)
    month = {Unit.MONTH: at.month, Unit.QUARTER: (at.month - 1) // 3 * 3 + 1, Unit.YEAR: 1}[unit]
    return day.replace(month=month, day=1)


def midnight(at: datetime) -> datetime:
    """The start of the day of a local time."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def day_end(at: datetime) -> datetime:
    """The last instant of the day of a local time."""
    return midnight(at) + timedelta(days=1) - LAST_MICROSECOND


def instant(at: datetime) -> str:
    """Return a moment as an instant: ISO 8601 in UTC, whatever zone it is in."""
    return iso(at.astimezone(UTC))


def iso(at: datetime) -> str:
    """ISO 8601 with the zone's offset, `Z` for UTC."""
    return at.isoformat().replace("+00:00", "Z")
