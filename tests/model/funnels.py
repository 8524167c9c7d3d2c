"""Funnels in plain Python: each attempt of each person followed event by event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from statistics import mean, median
from typing import Any

from tests.model.world import Event, Json, World, is_of, text

UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 7 * 86400,
    "month": 31 * 86400,
}
Value = tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """An event as a funnel sees it: the steps it can be, and the gaps it spoils."""

    at: datetime
    steps: frozenset[int]
    spoils: frozenset[int]  # the numbers of steps done that it must not follow
    value: Value
    is_mixed: bool = False  # other kinds of events at the same instant: no exclusions there
    may_begin: bool = True


@dataclass(frozen=True)
class Attempt:
    """The times of the steps that one start led to, and whether an exclusion spoilt it."""

    times: tuple[datetime, ...]
    is_clean: bool
    start: int = 0
    end: int = 0  # the numbers of the events of the first and the last step
    spoilt_at: int = 0  # the steps done when an exclusion came


class Funnel:
    def __init__(self, world: World, query: Json) -> None:
        self.world = world
        self.query = query
        self.filter = query.get("funnelsFilter") or {}
        self.series = query["series"]
        self.order = self.filter.get("funnelOrderType") or "ordered"
        interval = self.filter.get("funnelWindowInterval") or 14
        unit = UNITS[self.filter.get("funnelWindowIntervalUnit") or "day"]
        self.window = timedelta(seconds=(interval if interval > 0 else 14) * unit)
        self.breakdown = breakdown_of(query)

    # What a person's events are

    def people(self) -> dict[str, list[Seen]]:
        first, last = self.world.period(self.query)
        history = self.world.filtered(self.query)
        in_range = [event for event in history if first <= event.at <= last]
        people = self.world.people(in_range)
        return {person: self.seen(events) for person, events in people.items()}

    def seen(self, events: list[Event]) -> list[Seen]:
        rows = [self.one(event) for event in events]
        if self.order != "strict":
            rows = [row for row in rows if row.steps or row.spoils]
        rows.sort(key=lambda row: (row.at, min(row.steps, default=-1), mask(row.steps)))
        kinds: dict[datetime, set[Any]] = {}
        for row in rows:
            kinds.setdefault(row.at, set()).add((row.steps, row.spoils))
        return [replace(row, is_mixed=len(kinds[row.at]) > 1) for row in rows]

    def one(self, event: Event) -> Seen:
        steps = frozenset(i for i, s in enumerate(self.series) if self.is_step(s, event))
        spoils = frozenset(
            step
            for exclusion in self.filter.get("exclusions") or []
            if is_of(exclusion, event)
            for step in range(exclusion["funnelFromStep"] + 1, exclusion["funnelToStep"] + 1)
        )
        return Seen(event.at, steps, spoils, self.value(event))

    def is_step(self, series: Json, event: Event) -> bool:
        math = series.get("math") or "total"
        if not math.startswith("first_time_for_user"):
            return is_of(series, event)
        of = series if math.endswith("with_filters") else {"event": series["event"]}
        events = self.world.events if of is not series else self.world.filtered(self.query)
        first = (
            min(e.at for e in events if e.person == event.person and is_of(of, e))
            if any(e.person == event.person and is_of(of, e) for e in events)
            else None
        )
        return event.at == first and is_of(series, event)

    def value(self, event: Event) -> Value:
        kind, names = self.breakdown
        of = event.person_properties if kind == "person" else event.properties
        return tuple(text(of.get(name)) or "" for name in names)

    # How far a person gets

    def attempts(self, rows: list[Seen]) -> list[Attempt]:
        if self.order == "unordered":
            return self.attempts_in_any_order(rows)
        return [self.follow(rows, start) for start, row in enumerate(rows) if 0 in row.steps]

    def follow(self, rows: list[Seen], start: int) -> Attempt:
        times, end = [rows[start].at], start
        for number, row in enumerate(rows[start + 1 :], start + 1):
            if len(times) == len(self.series) or row.at - times[0] > self.window:
                break
            if len(times) in row.spoils and not row.is_mixed:
                furthest = self.best_spoilt(rows, start)
                return Attempt(furthest, is_clean=False, spoilt_at=len(times))
            if len(times) in row.steps:
                times.append(row.at)
                end = number
            elif self.breaks(row, times):
                break
        return Attempt(tuple(times), is_clean=True, start=start, end=end)

    def breaks(self, row: Seen, times: list[datetime]) -> bool:
        return self.order == "strict" and not row.is_mixed and len(times) - 1 not in row.steps

    def best_spoilt(self, rows: list[Seen], start: int) -> tuple[datetime, ...]:
        """How far the attempt would have come without exclusions."""
        return self.follow([replace(row, spoils=frozenset()) for row in rows], start).times

    def attempts_in_any_order(self, rows: list[Seen]) -> list[Attempt]:
        found = [
            self.gather(rows, start)
            for start, row in enumerate(rows)
            if row.steps and row.may_begin
        ]
        return [attempt for attempt in found if attempt.is_clean]

    def gather(self, rows: list[Seen], start: int) -> Attempt:
        window = [row for row in rows[start:] if row.at - rows[start].at <= self.window]
        done: dict[int, datetime] = {}
        for row in window:
            spoilt = row.spoils and row.at > rows[start].at and not row.is_mixed
            if spoilt and len(done) < len(self.series):
                return Attempt(tuple(sorted(done.values())), is_clean=False)
            done = assign(done, row)
        return Attempt(tuple(sorted(done.values())), is_clean=True)

    def outcome(self, rows: list[Seen]) -> tuple[datetime, ...]:
        """The times of the steps of the person's first furthest clean attempt."""
        attempts = self.attempts(rows)
        furthest = max((len(a.times) for a in attempts), default=0)
        clean = [a for a in attempts if a.is_clean and len(a.times) == furthest]
        if self.order == "unordered":
            return min((a.times for a in clean), key=lambda times: times[-1], default=())
        # Of those that end with the same event, the one that began last; of one instant the first.
        clean.sort(key=lambda a: (a.end, -a.times[0].timestamp(), a.start))
        return clean[0].times if clean else ()

    def is_void(self, rows: list[Seen]) -> bool:
        """Tell whether an exclusion came before the furthest step, in every attempt."""
        attempts = [] if self.order == "unordered" else self.attempts(rows)
        furthest = max((len(a.times) for a in attempts), default=0)
        found = [a for a in attempts if len(a.times) == furthest]
        return bool(found) and not any(a.is_clean or a.spoilt_at == furthest for a in found)

    # Breakdowns

    def by_value(self) -> list[tuple[Value, list[Seen]]]:
        """Each person's events, once for each value that the person counts for."""
        people = list(self.people().values())
        if not self.breakdown[1]:
            return [((), rows) for rows in people]
        return [(value, kept) for rows in people for value, kept in self.attributed(rows)]

    def attributed(self, rows: list[Seen]) -> list[tuple[Value, list[Seen]]]:
        kind = self.filter.get("breakdownAttributionType") or "first_touch"
        path = [row for row in rows if row.steps]
        if not path:
            return []
        if kind == "all_events":
            return [(v, [r for r in rows if r.value == v]) for v in {r.value for r in path}]
        if kind == "step" and self.order == "unordered":
            return [(v, from_first(rows, v)) for v in {r.value for r in path}]
        if kind == "step":
            step = self.filter.get("breakdownAttributionValue") or 0
            values = {r.value for r in path if step in r.steps}
            return [(v, [without(r, step, v) for r in rows]) for v in values]
        filled = [row.value for row in path if any(row.value)]
        empty = ("",) * len(self.breakdown[1])
        return [((filled or [empty])[0 if kind == "first_touch" else -1], rows)]

    def outcomes(self) -> dict[Value, list[tuple[datetime, ...]]]:
        found: dict[Value, list[tuple[datetime, ...]]] = {}
        for value, rows in self.by_value():
            times = self.outcome(rows)
            if times:
                found.setdefault(value, []).append(times)
        return found


def mask(steps: frozenset[int]) -> int:
    return sum(1 << step for step in steps)


def from_first(rows: list[Seen], value: Value) -> list[Seen]:
    first = next(at for at, row in enumerate(rows) if row.steps and row.value == value)
    return rows[first:]


def without(row: Seen, step: int, value: Value) -> Seen:
    return row if row.value == value else replace(row, steps=row.steps - {step})


def assign(done: dict[int, datetime], row: Seen) -> dict[int, datetime]:
    free = sorted(row.steps - done.keys())
    return {**done, free[0]: row.at} if free else done


def breakdown_of(query: Json) -> tuple[str, list[str]]:
    given = query.get("breakdownFilter") or {}
    if several := given.get("breakdowns"):
        return several[0].get("type") or "event", [one["property"] for one in several]
    names = given.get("breakdown")
    if names is None:
        return "event", []
    return given.get("breakdown_type") or "event", names if isinstance(names, list) else [names]


# Answers


def steps(world: World, query: Json) -> list[Any]:
    """The rows of the view of steps."""
    funnel = Funnel(world, query)
    outcomes = funnel.outcomes()
    if not funnel.breakdown[1]:
        return rows_of(funnel, outcomes[()]) if outcomes else []
    groups = [rows_of(funnel, found, value) for value, found in outcomes.items()]
    groups.sort(
        key=lambda rows: ([-row["count"] for row in reversed(rows)], rows[0]["breakdown_value"])
    )
    return groups


def rows_of(funnel: Funnel, outcomes: list[tuple[datetime, ...]], value: Value = ()) -> list[Any]:
    rows = []
    for i, series in enumerate(funnel.series):
        times = [(t[i] - t[i - 1]).total_seconds() for t in outcomes if 0 < i < len(t)]
        times = [time for time in times if time > 0]
        name = series.get("name") or series.get("event")
        if funnel.order == "unordered":
            name = f"Completed {i + 1} step{'s' if i else ''}"
        rows.append(
            {
                "name": name,
                "order": i,
                "count": sum(len(t) > i for t in outcomes),
                "average_conversion_time": mean(times) if times else None,
                "median_conversion_time": median(times) if times else None,
                **({"breakdown_value": list(value)} if value else {}),
            }
        )
    return rows


def time_to_convert(world: World, query: Json) -> Json:
    """The bins of the view of times."""
    funnel = Funnel(world, query)
    first = funnel.filter.get("funnelFromStep") or 0
    last = funnel.filter.get("funnelToStep")
    last = len(funnel.series) - 1 if last is None else last
    rows = [funnel.outcome(seen) for seen in funnel.people().values()]
    times = [(t[last] - t[first]).total_seconds() for t in rows if len(t) > last]
    if not times:
        return {"bins": [], "average_conversion_time": None}
    count = funnel.filter.get("binCount") or ceil(len(times) ** (1 / 3) - 1e-9)
    low = int(min(times))
    width = ceil((ceil(max(times)) - low) / count) or 60
    bins = [[low + i * width, 0] for i in range(count + 1)]
    for time in times:
        bins[int((time - low) // width)][1] += 1
    return {"bins": bins, "average_conversion_time": mean(times)}


def trends(world: World, query: Json) -> list[tuple[int, int]]:
    """Persons who reached the first and the last step, for each day of the first step."""
    funnel = Funnel(world, query)
    first, last = world.period(query)
    start = funnel.filter.get("funnelFromStep") or 0
    end = funnel.filter.get("funnelToStep")
    end = len(funnel.series) - 1 if end is None else end
    days = []
    day = first.astimezone(world.zone).date()
    while day <= last.astimezone(world.zone).date():
        days.append(day)
        day += timedelta(days=1)
    people = [reached_by_day(funnel, rows, days, end) for rows in funnel.people().values()]
    return [
        (sum(person[at] > start for person in people), sum(person[at] > end for person in people))
        for at in range(len(days))
    ]


def reached_by_day(funnel: Funnel, rows: list[Seen], days: list[date], end: int) -> list[int]:
    """How far a person came; who was excluded on the way counts only where they converted."""
    by_day = [begun_on(rows, day, funnel) for day in days]
    is_void = any(map(funnel.is_void, by_day))
    reached = [len(funnel.outcome(begun)) for begun in by_day]
    return [0 if is_void and steps <= end else steps for steps in reached]


def begun_on(rows: list[Seen], day: date, funnel: Funnel) -> list[Seen]:
    """The events from which only attempts of one day begin."""
    found = []
    for row in rows:
        is_here = row.at.astimezone(funnel.world.zone).date() == day
        if funnel.order == "unordered":
            found.append(replace(row, may_begin=is_here))
        else:
            found.append(row if is_here else replace(row, steps=row.steps - {0}))
    return found
