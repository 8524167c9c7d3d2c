"""Events in memory and calendars counted day by day: plain, and without product code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.support.asking import Json

START = datetime(2020, 2, 20, tzinfo=UTC)
ZONES = ("UTC", "US/Pacific", "Asia/Tokyo", "Asia/Kolkata")
PEOPLE = ("anna", "bob", "carl", "dora", "emil")


@dataclass(frozen=True)
class Happening:
    """One event."""

    who: str
    at: datetime
    x: str | None
    n: float | None
    session: str

    @property
    def json(self) -> Json:
        """The event as it is captured."""
        properties: Json = {"$session_id": self.session} if self.session else {}
        properties |= {} if self.x is None else {"x": self.x}
        properties |= {} if self.n is None else {"n": self.n}
        return {
            "event": "view",
            "distinct_id": self.who,
            "timestamp": self.at.isoformat(),
            "properties": properties,
        }


def happenings() -> st.SearchStrategy[list[Happening]]:
    """Up to fifty events around a leap day and a clock change, often at the same instants."""
    minutes = st.integers(0, 30 * 24 * 4).map(
        lambda quarter: START + timedelta(minutes=15 * quarter)
    )
    return st.lists(
        st.builds(
            Happening,
            who=st.sampled_from(PEOPLE),
            at=minutes,
            x=st.sampled_from([None, "", "a", "b", "c"]),
            n=st.sampled_from([None, 0.0, 1.0, 2.5, -4.0]),
            session=st.sampled_from(["", "s1", "s2"]),
        ),
        max_size=50,
    )


def regulars() -> st.SearchStrategy[list[Happening]]:
    """Events of one person whole weeks or 30 days apart, where windows begin and end."""
    noons = st.sampled_from([0, 7, 14, 21, 28, 30]).map(lambda n: START + timedelta(n, hours=12))
    return st.lists(
        st.builds(Happening, st.just("anna"), noons, st.none(), st.none(), st.just("")), max_size=4
    )


@dataclass(frozen=True)
class Calendar:
    """Buckets of one interval on a project's clock."""

    interval: str
    zone: str
    week_start: int = 0

    def local(self, at: datetime) -> datetime:
        """The project's clock."""
        return at.astimezone(ZoneInfo(self.zone))

    def day(self, at: datetime) -> date:
        """The project's day."""
        return self.local(at).date()

    def bucket(self, day: date) -> date:
        """The first day of the bucket that holds a day."""
        if self.interval == "month":
            return day.replace(day=1)
        if self.interval == "week":
            while day.isoweekday() % 7 != self.week_start:
                day -= timedelta(days=1)
        return day

    def buckets(self, first: date, last: date) -> list[date]:
        """The buckets of a range of days."""
        return sorted({self.bucket(day) for day in days(first, last)})


def days(first: date, last: date) -> Iterator[date]:
    """Every day of a range."""
    while first <= last:
        yield first
        first += timedelta(days=1)


def ranges() -> st.SearchStrategy[tuple[date, date]]:
    """Ranges of up to 20 days."""
    return st.builds(
        lambda start, length: (start, start + timedelta(days=length)),
        st.dates(date(2020, 2, 18), date(2020, 3, 20)),
        st.integers(0, 20),
    )


def persons_of(found: Sequence[Happening]) -> set[str]:
    """The persons of events."""
    return {one.who for one in found}


def rounded(numbers: Sequence[Any]) -> list[float]:
    """Numbers without the noise of their last digits."""
    return [round(float(number), 6) for number in numbers]
