"""Trends of random events agree with a plain model of what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean
from types import ModuleType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.model.events import (
    ZONES,
    Calendar,
    Happening,
    happenings,
    persons_of,
    ranges,
    regulars,
    rounded,
)
from tests.model.happenings import EXAMPLES
from tests.support.asking import Json, data, trends
from tests.support.golden import answer

NULL, OTHER = "$$_posthog_breakdown_null_$$", "$$_posthog_breakdown_other_$$"

Events = Sequence[Happening]
Aggregate = Callable[[Events], float]


def numbers(found: Events) -> list[float]:
    return [one.n for one in found if one.n is not None]


def per_person(found: Events) -> list[int]:
    return [sum(one.who == who for one in found) for who in persons_of(found)]


AGGREGATES: Mapping[str, Aggregate] = {
    "total": len,
    "dau": lambda found: len(persons_of(found)),
    "unique_session": lambda found: len({one.session for one in found}),
    "sum": lambda found: sum(numbers(found)),
    "avg": lambda found: mean(numbers(found)) if numbers(found) else 0,
    "min": lambda found: min(numbers(found), default=0),
    "max": lambda found: max(numbers(found), default=0),
    "avg_count_per_actor": lambda found: mean(per_person(found)) if found else 0,
    "max_count_per_actor": lambda found: max(per_person(found), default=0),
}


@dataclass(frozen=True)
class Trend:
    """What is asked."""

    calendar: Calendar
    first: date
    last: date

    def in_range(self, found: Events) -> list[Happening]:
        start = self.first.replace(day=1) if self.calendar.interval == "month" else self.first
        return [one for one in found if start <= self.calendar.day(one.at) <= self.last]

    def line(self, found: Events, aggregate: Aggregate) -> list[float]:
        calendar = self.calendar
        inside = self.in_range(found)
        return [
            aggregate([one for one in inside if calendar.bucket(calendar.day(one.at)) == bucket])
            for bucket in calendar.buckets(self.first, self.last)
        ]

    def query(self, math: str, **more: Any) -> Json:
        one = {"kind": "EventsNode", "event": "view", "math": math, "math_property": "n"}
        dates = {"date_from": str(self.first), "date_to": str(self.last)}
        return trends(one, interval=self.calendar.interval) | {"dateRange": dates} | more

    def ask(self, engine: ModuleType, query: Json, found: Events) -> Json:
        return answer(
            {
                "now": "2020-06-01T00:00:00Z",
                "timezone": self.calendar.zone,
                "week_start": self.calendar.week_start,
                "events": [one.json for one in found],
                "query": query,
            },
            engine,
        )


def asked(*intervals: str) -> st.SearchStrategy[Trend]:
    calendars = st.builds(
        Calendar,
        interval=st.sampled_from(intervals),
        zone=st.sampled_from(ZONES),
        week_start=st.sampled_from([0, 1]),
    )
    return st.builds(lambda calendar, between: Trend(calendar, *between), calendars, ranges())


@EXAMPLES
@given(trend=asked("day", "week", "month"), found=happenings(), math=st.sampled_from([*AGGREGATES]))
def test_lines_agree(engine: ModuleType, trend: Trend, found: Events, math: str) -> None:
    (line,) = data(trend.ask(engine, trend.query(math), found))
    assert rounded(line) == rounded(trend.line(found, AGGREGATES[math]))


@EXAMPLES
@given(trend=asked("day"), found=happenings(), math=st.sampled_from([*AGGREGATES]))
def test_totals_agree(engine: ModuleType, trend: Trend, found: Events, math: str) -> None:
    query = trend.query(math, trendsFilter={"display": "ActionsTable"})
    (row,) = trend.ask(engine, query, found)["results"]
    wanted = AGGREGATES[math](trend.in_range(found))
    assert rounded([row["aggregated_value"]]) == rounded([wanted])


@EXAMPLES
@given(
    trend=asked("day", "week"),
    found=happenings(),
    math=st.sampled_from(["total", "dau", "sum", "max_count_per_actor"]),
    limit=st.integers(1, 4),
)
def test_breakdowns_agree(
    engine: ModuleType, trend: Trend, found: Events, math: str, limit: int
) -> None:
    query = trend.query(math, breakdownFilter={"breakdown": "x", "breakdown_limit": limit})
    rows = trend.ask(engine, query, found)["results"]
    lines = {
        value: trend.line([one for one in found if (one.x or NULL) == value], AGGREGATES[math])
        for value in {one.x or NULL for one in trend.in_range(found)}
    }
    ranked = sorted(lines, key=lambda value: (value == NULL, -sum(lines[value]), value))
    wanted = [(value, rounded(lines[value])) for value in ranked[:limit]]
    if rest := ranked[limit:]:
        added = [sum(column) for column in zip(*(lines[value] for value in rest), strict=True)]
        wanted.append((OTHER, rounded(added)))
    assert [(row["breakdown_value"], rounded(row["data"])) for row in rows] == wanted


@EXAMPLES
@given(
    trend=asked("day"),
    found=happenings() | regulars(),
    math=st.sampled_from(["weekly_active", "monthly_active"]),
)
def test_active_users_agree(engine: ModuleType, trend: Trend, found: Events, math: str) -> None:
    length = timedelta(days=7 if math == "weekly_active" else 30)
    day = trend.calendar.day
    wanted = [
        len(persons_of([one for one in found if last - length < day(one.at) <= last]))
        for last in trend.calendar.buckets(trend.first, trend.last)
    ]
    assert data(trend.ask(engine, trend.query(math), found)) == [wanted]


@EXAMPLES
@given(trend=asked("day", "week", "month"), found=happenings())
def test_cumulative_uniques_agree(engine: ModuleType, trend: Trend, found: Events) -> None:
    shown: Json = {"trendsFilter": {"display": "ActionsLineGraphCumulative"}}
    calendar, inside = trend.calendar, trend.in_range(found)
    wanted = [
        len(persons_of([one for one in inside if calendar.bucket(calendar.day(one.at)) <= bucket]))
        for bucket in calendar.buckets(trend.first, trend.last)
    ]
    assert data(trend.ask(engine, trend.query("dau", **shown), found)) == [wanted]


@EXAMPLES
@given(trend=asked("day", "week"), found=happenings(), wanted_x=st.sampled_from(["a", "b"]))
def test_first_events_agree(engine: ModuleType, trend: Trend, found: Events, wanted_x: str) -> None:
    filters = [{"key": "x", "value": wanted_x, "type": "event"}]
    firsts = []
    for who in persons_of(found):
        own = [one for one in found if one.who == who]
        first = min(one.at for one in own)
        firsts += [one for one in own if one.at == first and one.x == wanted_x][:1]
    query = trend.query("first_time_for_user", properties=filters)
    assert data(trend.ask(engine, query, found)) == [trend.line(firsts, len)]
