"""Retention in plain Python: each person's starts and returns, counted interval by interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.model.funnels import Value, breakdown_of
from tests.model.world import Event, Json, World, is_of, matches, text

PAGEVIEW: Json = {"id": "$pageview", "type": "events"}
STEPS = {"Hour": 3600, "Day": 86400, "Week": 7 * 86400, "Month": 30 * 86400}


@dataclass(frozen=True)
class Start:
    row: int
    at: datetime
    event: Event


class Retention:
    def __init__(self, world: World, query: Json) -> None:
        self.world = world
        self.query = query
        self.filter = query.get("retentionFilter") or {}
        self.period = self.filter.get("period") or "Day"
        self.width = self.filter.get("totalIntervals") or 8
        self.type = self.filter.get("retentionType") or "retention_recurring"
        self.start = self.filter.get("targetEntity") or PAGEVIEW
        self.returning = self.filter.get("returningEntity") or PAGEVIEW
        self.brackets = self.filter.get("retentionCustomBrackets") or [1] * (self.width - 1)
        self.breakdown = breakdown_of(query)
        self.rows = self.all_rows()

    # Intervals

    def all_rows(self) -> list[datetime]:
        dates = self.query.get("dateRange") or {}
        last = self.floor(self.end(dates.get("date_to")))
        if not dates.get("date_from"):
            return [self.shift(last, -back) for back in reversed(range(self.width))]
        rows = [self.floor(self.world.moment(dates["date_from"]))]
        while rows[-1] < last:
            rows.append(self.shift(rows[-1], 1))
        return rows

    def end(self, date_to: str | None) -> datetime:
        return self.world.moment(date_to) if date_to else self.world.now

    def floor(self, at: datetime) -> datetime:
        local = at.astimezone(self.world.zone).replace(minute=0, second=0, microsecond=0)
        if self.period == "Hour":
            return local
        day = local.replace(hour=0)
        if self.period == "Week":
            past = (day.weekday() + 1 - self.world.week_start) % 7
            return day - timedelta(days=past)
        return day.replace(day=1) if self.period == "Month" else day

    def shift(self, start: datetime, count: int) -> datetime:
        if self.period == "Month":
            months = start.year * 12 + start.month - 1 + count
            return start.replace(year=months // 12, month=months % 12 + 1)
        return start + timedelta(seconds=STEPS[self.period] * count)

    def row_of(self, at: datetime) -> int | None:
        start = self.floor(at)
        return self.rows.index(start) if start in self.rows else None

    # Persons

    def starts(self, history: list[Event]) -> list[Start]:
        """The starts that count: the first of each interval, or the first of all."""
        wanted = [event for event in history if is_of(self.start, event)]
        if self.type == "retention_first_time":
            wanted = wanted[:1]
        if self.type == "retention_first_ever_occurrence":
            name = {"event": self.start.get("id")}
            let_through = filter(self.is_let_through, history)
            ever = [event for event in let_through if is_of(name, event)][:1]
            wanted = [e for e in ever if is_of(self.start, e)]
        found: dict[tuple[int, Value], Start] = {}
        for event in wanted:
            row = self.row_of(event.at)
            if row is not None:
                found.setdefault((row, self.value(event)), Start(row, event.at, event))
        return list(found.values())[: 1 if self.is_rolling else None]

    @property
    def is_rolling(self) -> bool:
        return self.filter.get("timeWindowMode") == "24_hour_windows"

    def value(self, event: Event) -> Value:
        kind, names = self.breakdown
        of = event.person_properties if kind == "person" else event.properties
        return tuple(text(of.get(name)) or "" for name in names)

    def returns(self, history: list[Event], start: Start) -> dict[int, list[Event]]:
        """The return events of a start by the number of intervals since."""
        found: dict[int, list[Event]] = {}
        for event in history:
            since = self.since(start, event)
            if since is not None and self.is_return(event):
                found.setdefault(since, []).append(event)
        return found

    def since(self, start: Start, event: Event) -> int | None:
        row = self.row_of(event.at)
        if row is None or row < start.row:
            return None
        if not self.is_rolling:
            return row - start.row
        past = (event.at - start.at).total_seconds()
        return int(past // STEPS[self.period]) if past >= 0 else None

    def values(self, history: list[Event], start: Start) -> list[Value]:
        """The values for which a start counts: in rolling windows those of all events since."""
        if not self.is_rolling or self.type != "retention_recurring":
            return [self.value(start.event)]
        since = [e for e in history if e.at >= start.at and self.row_of(e.at) is not None]
        since = [e for e in since if is_of(self.start, e) or is_of(self.returning, e)]
        return list({self.value(event) for event in since})

    def is_return(self, event: Event) -> bool:
        return is_of(self.returning, event) and self.is_let_through(event)

    def is_let_through(self, event: Event) -> bool:
        return matches(self.query.get("properties") or [], event)

    # Cells

    def column(self, number: int) -> set[int]:
        """The intervals since the start that a column stands for."""
        if number == 0:
            return {0}
        first = 1 + sum(self.brackets[: number - 1])
        if self.filter.get("cumulative"):
            return set(range(first, 10_000))
        return set(range(first, first + self.brackets[number - 1]))

    def cells(self, history: list[Event]) -> dict[tuple[Value, int, int], list[Event]]:
        """The return events of a person in each cell in which the person counts."""
        found: dict[tuple[Value, int, int], list[Event]] = {}
        least = self.filter.get("minimumOccurrences") or 1
        for start in self.starts(history):
            for value in self.values(history, start):
                followed = self.followed(history, value)
                back = self.returns(followed, start)
                found[value, start.row, 0] = self.at_once(start, followed, back.get(0, []))
                for number in range(1, len(self.brackets) + 1):
                    kept = [back[since] for since in sorted(back) if since in self.column(number)]
                    kept = [events for events in kept if len(events) >= least]
                    if kept:
                        found[value, start.row, number] = [e for events in kept for e in events]
        return found

    def followed(self, history: list[Event], value: Value) -> list[Event]:
        """The events of which a return counts under a value."""
        follows_value = self.type == "retention_recurring" and self.breakdown[0] == "event"
        return [e for e in history if not follows_value or self.value(e) == value]

    def at_once(self, start: Start, history: list[Event], back: list[Event]) -> list[Event]:
        if self.start.get("id") != self.returning.get("id"):
            return [event for event in back if event.at >= start.at]
        if self.is_rolling:
            return [start.event]
        let_through = filter(self.is_let_through, history)
        starts = [event for event in let_through if is_of(self.start, event)]
        return [event for event in starts if self.row_of(event.at) == start.row]

    def history(self) -> dict[str, list[Event]]:
        events = self.world.events
        if self.type != "retention_first_ever_occurrence":
            return self.world.people(self.world.filtered(self.query))
        return self.world.people(events)

    def groups(self) -> dict[Value, dict[tuple[int, int], list[list[Event]]]]:
        groups: dict[Value, dict[tuple[int, int], list[list[Event]]]] = {}
        for history in self.history().values():
            for (value, row, column), events in self.cells(history).items():
                groups.setdefault(value, {}).setdefault((row, column), []).append(events)
        return groups


def answer(world: World, query: Json) -> list[Json]:
    retention = Retention(world, query)
    groups = retention.groups()
    if not retention.breakdown[1]:
        return table(retention, groups.get((), {}), None)
    sizes = {v: sum(len(p) for (_, c), p in cells.items() if c == 0) for v, cells in groups.items()}
    ranked = sorted(groups, key=lambda value: (-sizes[value], "::".join(value)))
    return [row for value in ranked for row in table(retention, groups[value], "::".join(value))]


def table(
    retention: Retention, cells: dict[tuple[int, int], list[list[Event]]], value: str | None
) -> list[Json]:
    width = len(retention.brackets) + 1
    return [
        {
            "label": f"{retention.period} {row}",
            "date": start.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "breakdown_value": value,
            "values": [cell(retention, cells.get((row, column), [])) for column in range(width)],
        }
        for row, start in enumerate(retention.rows)
    ]


def cell(retention: Retention, people: list[list[Event]]) -> Json:
    kind = retention.filter.get("aggregationType") or "count"
    found: dict[str, Any] = {"count": len(people)}
    if kind != "count":
        total = sum(number(retention, event) for events in people for event in events)
        found["aggregation_value"] = total / len(people) if kind == "avg" and people else total
    return found


def number(retention: Retention, event: Event) -> float:
    by_person = retention.filter.get("aggregationPropertyType") == "person"
    of = event.person_properties if by_person else event.properties
    convert: Callable[[Any], float] = float
    try:
        return convert(of.get(retention.filter["aggregationProperty"]))
    except (TypeError, ValueError):
        return 0.0
