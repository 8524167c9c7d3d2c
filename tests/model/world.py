"""The events of one project in memory, and the parts of queries that every model reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    name: str
    person: str
    at: datetime
    properties: Json
    person_properties: Json
    position: int


@dataclass(frozen=True)
class World:
    events: list[Event]
    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week_start: int = 0
    test_account_filters: list[Json] = field(default_factory=list)

    def people(self, events: Iterable[Event]) -> dict[str, list[Event]]:
        """The events of each person, oldest first."""
        found: dict[str, list[Event]] = {}
        for event in sorted(events, key=lambda event: (event.at, event.position)):
            found.setdefault(event.person, []).append(event)
        return found

    def filtered(self, query: Json) -> list[Event]:
        """The events that the filters of the whole query let through, of all time."""
        filters = [query.get("properties") or []]
        if query.get("filterTestAccounts"):
            filters.append(self.test_account_filters)
        return [event for event in self.events if all(matches(f, event) for f in filters)]

    def moment(self, text: str) -> datetime:
        """An absolute time as a query writes it; without a zone it is the project's."""
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def period(self, query: Json) -> tuple[datetime, datetime]:
        """First and last instant of the range of a query that has buckets of a day."""
        dates = query.get("dateRange") or {}
        return self._first(dates.get("date_from") or "-7d"), self._last(dates.get("date_to"))

    def _first(self, text: str) -> datetime:
        today = self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        if days := re.fullmatch(r"-(\d+)d", text):
            return today - timedelta(days=int(days[1]))
        if text == "all":
            return datetime(1980, 1, 1, tzinfo=UTC)
        return self.moment(text)

    def _last(self, text: str | None) -> datetime:
        at = self.moment(text) if text else self.now
        return at.astimezone(self.zone).replace(hour=23, minute=59, second=59, microsecond=999999)


def world(case: Json) -> World:
    """The world of a recorded case."""
    people = case.get("persons") or []
    ids = {i: person for person in people for i in person["distinct_ids"]}
    events = [
        Event(
            name=event["event"],
            person=ids[event["distinct_id"]]["distinct_ids"][0]
            if event["distinct_id"] in ids
            else event["distinct_id"],
            at=datetime.fromisoformat(event["timestamp"]),
            properties=event.get("properties") or {},
            person_properties=ids.get(event["distinct_id"], {}).get("properties") or {},
            position=position,
        )
        for position, event in enumerate(case["events"])
    ]
    return World(
        events=events,
        now=datetime.fromisoformat(case["now"]),
        zone=ZoneInfo(case["timezone"]),
        week_start=case["week_start"],
        test_account_filters=case.get("test_account_filters") or [],
    )


def text(value: object) -> str | None:
    """A property as a query compares it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "exact": lambda value, wanted: not wanted or value in wanted,
    "is_not": lambda value, wanted: value not in wanted,
    "icontains": lambda value, wanted: any(
        value is not None and w.lower() in value.lower() for w in wanted
    ),
    "not_icontains": lambda value, wanted: (
        not any(value is not None and w.lower() in value.lower() for w in wanted)
    ),
    "is_set": lambda value, wanted: value is not None,
    "is_not_set": lambda value, wanted: value is None,
}


def matches(filters: Any, event: Event) -> bool:
    """Tell whether an event passes a list, a group or a single filter."""
    if isinstance(filters, list):
        return all(matches(one, event) for one in filters)
    if filters.get("type") in ("AND", "OR"):
        found = [matches(one, event) for one in filters["values"]]
        return not found or (all(found) if filters["type"] == "AND" else any(found))
    of = event.person_properties if filters.get("type") == "person" else event.properties
    value = filters.get("value")
    wanted = value if isinstance(value, list) else [value]
    return OPERATORS[filters.get("operator") or "exact"](
        text(of.get(filters["key"])), [text(w) or "" for w in wanted]
    )


def is_of(series: Json, event: Event) -> bool:
    """Tell whether an event is one of a series, an exclusion or an entity."""
    name = series.get("event", series.get("id"))
    return (name is None or name == event.name) and matches(series.get("properties") or [], event)
