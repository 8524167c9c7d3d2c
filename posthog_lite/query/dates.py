"""The range of a query, its buckets, and the period it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import ParseError, TooManyIntervals
from posthog_lite.query.moments import (
    LAST_MICROSECOND,
    Moment,
    Unit,
    day_end,
    iso,
    midnight,
    read_moment,
    shifted,
    unit_start,
)
from posthog_lite.query.nodes.common import DateRange, Interval

DEFAULT_DATE_FROM = "-7d"
MAX_INTERVALS = 50_000
CLOCK_INTERVALS = (Interval.HOUR, Interval.MINUTE, Interval.SECOND)
SHORT_INTERVALS = (Interval.MINUTE, Interval.SECOND)
UNITS = {
    Interval.SECOND: Unit.SECOND,
    Interval.MINUTE: Unit.MINUTE,
    Interval.HOUR: Unit.HOUR,
    Interval.DAY: Unit.DAY,
    Interval.WEEK: Unit.WEEK,
    Interval.MONTH: Unit.MONTH,
    Interval.QUARTER: Unit.QUARTER,
    Interval.YEAR: Unit.YEAR,
}
# Units whose running one is compared with the whole of the one before.
CALENDAR_UNITS = frozenset({Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR})
SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600}
# Shortest possible length in days, for an estimate from above of the number of buckets.
DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 28, Unit.QUARTER: 90, Unit.YEAR: 365}


@dataclass(frozen=True)
class QueryDateRange:
    """A resolved range on the project's clock; both bounds are inclusive.

    `shift` is the length of whole weeks given in days (`-14d` is 14), by which a comparison by
    days moves back; `calendar_unit` is that of a range from the start of the running one until now.
    """

    date_from: datetime
    date_to: datetime
    interval: Interval
    week_start_day: int = 0
    shift: int | None = None
    calendar_unit: Unit | None = None
    is_exact: bool = False
    is_explicit: bool = False

    @property
    def unit(self) -> Unit:
        """The unit of one bucket."""
        return UNITS[self.interval]

    @property
    def counted_from(self) -> datetime:
        """The first instant that counts: months and longer are counted whole, if not explicit."""
        whole = self.interval in (Interval.MONTH, Interval.QUARTER, Interval.YEAR)
        return self.floor(self.date_from) if whole and not self.is_explicit else self.date_from

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """The start of every bucket, in order."""
        first = self.floor(self.date_from)
        self._bound(first)
        found = []
        at, end = first, self.date_to.astimezone(UTC)
        while at.astimezone(UTC) <= end:
            found.append(at)
            at = self.following(first, len(found))
        return tuple(found)

    def floor(self, at: datetime) -> datetime:
        """The start of the bucket that holds a local time."""
        return unit_start(at, self.unit, self.week_start_day)

    def following(self, start: datetime, count: int) -> datetime:
        """The start of the bucket that lies so many buckets after one."""
        return shifted(start, self.unit, count)

    def end_of(self, start: datetime) -> datetime:
        """The last instant of the bucket with this start."""
        return self.following(start, 1) - LAST_MICROSECOND

    def _bound(self, first: datetime) -> None:
        span = self.date_to.astimezone(UTC) - first.astimezone(UTC)
        seconds = SECONDS.get(self.unit) or DAYS[self.unit] * 86_400
        if span.total_seconds() / seconds > MAX_INTERVALS:
            raise TooManyIntervals(MAX_INTERVALS)

    @property
    def resolved(self) -> dict[str, str]:
        """The bounds as the wire names them."""
        return {"date_from": iso(self.date_from), "date_to": iso(self.date_to)}


def resolve_dates(
    date_range: DateRange,
    interval: Interval,
    context: QueryContext,
    *,
    exact: bool = False,
    earliest: datetime | None = None,
) -> QueryDateRange:
    """Resolve a range at the query's moment.

    `exact` keeps the clock of relative bounds; `earliest` is the first matching event, from which
    `all` starts.
    """
    bounds = _Bounds(date_range, interval, context, exact)
    found = QueryDateRange(
        date_from=bounds.start(earliest),
        date_to=bounds.end(),
        interval=interval,
        week_start_day=context.week_start_day,
        shift=bounds.shift,
        calendar_unit=bounds.calendar_unit,
        is_exact=exact,
        is_explicit=date_range.explicit,
    )
    return _without_incomplete(found, context) if date_range.exclude_incomplete else found


@dataclass(frozen=True)
class _Bounds:
    date_range: DateRange
    interval: Interval
    context: QueryContext
    exact: bool

    @cached_property
    def from_moment(self) -> Moment | None:
        if self.date_range.date_from == "all":
            return None
        text = self.date_range.date_from or DEFAULT_DATE_FROM
        return read_moment(text, self.context, attr="query.dateRange.date_from")

    @property
    def shift(self) -> int | None:
        moment = self.from_moment
        if moment is None or moment.unit is not Unit.DAY or moment.number % 7:
            return None
        end = self.date_range.date_to
        is_until_a_date = end is None or not read_moment(end, self.context).is_relative
        return moment.number or None if is_until_a_date else None

    @property
    def calendar_unit(self) -> Unit | None:
        moment = self.from_moment
        if moment is None or moment.number or moment.position != "Start" or self.date_range.date_to:
            return None
        return moment.unit if moment.unit in CALENDAR_UNITS else None

    def start(self, earliest: datetime | None) -> datetime:
        moment = self.from_moment
        if moment is None:
            first = min(earliest or self.context.now, self.context.now)
            return midnight(first.astimezone(self.context.zone))
        if self.date_range.explicit or (self.exact and moment.is_relative):
            return moment.at
        if self.interval in CLOCK_INTERVALS:
            return self._clock_start(moment)
        is_clock = moment.unit is not None and moment.unit.is_clock
        return moment.at if is_clock else midnight(moment.at)

    def _clock_start(self, moment: Moment) -> datetime:
        if moment.unit is not None and not moment.unit.is_clock:
            return midnight(moment.at)
        return unit_start(moment.at, UNITS[self.interval], self.context.week_start_day)

    def end(self) -> datetime:
        text = self.date_range.date_to
        if text is None or text == "all":
            return self._open_end()
        moment = read_moment(text, self.context, attr="query.dateRange.date_to")
        is_clock = moment.unit is not None and moment.unit.is_clock
        # A day as the end is whole, also where the clock of the start is kept.
        if self.date_range.explicit or (self.exact and is_clock):
            return moment.at
        if self.interval in CLOCK_INTERVALS:
            return self._clock_end(moment.at) if moment.is_relative else moment.at
        return day_end(moment.at)

    def _open_end(self) -> datetime:
        now = self.context.local_now
        if self.exact or self.date_range.explicit:
            return now
        return self._clock_end(now) if self.interval in CLOCK_INTERVALS else day_end(now)

    def _clock_end(self, at: datetime) -> datetime:
        unit = UNITS[self.interval]
        return shifted(unit_start(at, unit, 0), unit, 1) - LAST_MICROSECOND


def _without_incomplete(found: QueryDateRange, context: QueryContext) -> QueryDateRange:
    """Cut the running interval and the first broken one, unless nothing would be left."""
    running = found.floor(context.local_now)
    first = found.floor(found.date_from)
    start = first if first == found.date_from else found.following(first, 1)
    end = min(found.date_to, running - LAST_MICROSECOND)
    return found if end <= start else replace(found, date_from=start, date_to=end)


def previous_dates(
    current: QueryDateRange, compare_to: str | None, context: QueryContext
) -> QueryDateRange:
    """The period that a range is compared with."""
    if compare_to:
        return _compared_to(current, compare_to, context)
    if current.calendar_unit:
        start = shifted(current.date_from, current.calendar_unit, -1)
        return replace(current, date_from=start, date_to=current.date_from - LAST_MICROSECOND)
    if current.shift and (current.is_exact or current.interval is Interval.DAY):
        return _moved(current, Unit.DAY, current.shift)
    span = current.date_to - current.date_from
    days = (current.date_from.date() - (current.date_from - span).date()).days
    if days and current.interval not in SHORT_INTERVALS:
        return _moved(current, Unit.DAY, days)
    if current.interval in CLOCK_INTERVALS:
        return _moved(current, current.unit, span // timedelta(seconds=SECONDS[current.unit]) + 1)
    end = current.date_from - LAST_MICROSECOND
    return replace(current, date_from=current.date_from - span, date_to=end)


def _compared_to(current: QueryDateRange, compare_to: str, context: QueryContext) -> QueryDateRange:
    moment = read_moment(compare_to, context, attr="query.compareFilter.compare_to")
    if moment.unit is None:
        raise ParseError(
            f"`{compare_to[:50]}` is not a shift such as -1w.",
            attr="query.compareFilter.compare_to",
        )
    start = shifted(current.date_from, moment.unit, -moment.number)
    return replace(current, date_from=start, date_to=start + (current.date_to - current.date_from))


def _moved(current: QueryDateRange, unit: Unit, number: int) -> QueryDateRange:
    return replace(
        current,
        date_from=shifted(current.date_from, unit, -number),
        date_to=shifted(current.date_to, unit, -number),
    )
