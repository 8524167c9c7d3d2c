"""Names of events and properties, written down when they arrive for the first time.

A process remembers for a while which names it has written, so that most requests write none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from posthog_lite.events.models.definition import NAME_LENGTH, PropertyKind, PropertyType
from posthog_lite.events.property_names import INITIAL, LIFTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from posthog_lite.events.normalizing import Event

    # Kind and index of the group type, then the name.
    PropertyKey = tuple[int, int, str]

MOST_EVENTS = 10_000
MOST_PROPERTIES = 50_000
MOST_PAIRS = 200_000
_MOST_REMEMBERED = 200_000
_SECONDS_REMEMBERED = 3600
_NO_GROUP = -1
NO_NAMES: set[str] = set()
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?")
_UNIX_TIME = re.compile(r"\d{10}(\.\d+)?|\d{13}")


@dataclass(slots=True)
class Names:
    """The names in some events that may be new."""

    events: dict[str, datetime] = field(default_factory=dict)
    properties: dict[PropertyKey, str | None] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.events or self.properties or self.pairs)


class _Memory:
    """The names of each project that were written during the current hour."""

    def __init__(self) -> None:
        self._hour = 0
        self._size = 0
        self._properties: dict[tuple[int, Any], set[str]] = {}

    def turn(self, now: datetime) -> None:
        """Forget all names once an hour, and when there are too many."""
        hour = int(now.timestamp()) // _SECONDS_REMEMBERED
        if hour != self._hour or self._size > _MOST_REMEMBERED:
            self._hour, self._size, self._properties = hour, 0, {}

    def unknown(self, project_id: int, holder: Any, names: Mapping[str, Any]) -> set[str]:
        known = self._properties.get((project_id, holder))
        if known is None:
            return set(names)
        return NO_NAMES if names.keys() <= known else names.keys() - known

    def known(self, project_id: int, holder: Any) -> set[str]:
        return self._properties.get((project_id, holder), NO_NAMES)

    def remember(self, project_id: int, names: Names) -> None:
        for holder in names.events:
            self._add(project_id, holder, "")
        for event, name in names.pairs:
            self._add(project_id, event, name)
        for kind, index, name in names.properties:
            if kind != PropertyKind.EVENT:
                self._add(project_id, (kind, index), name)

    def has_event(self, project_id: int, event: str) -> bool:
        return (project_id, event) in self._properties

    def _add(self, project_id: int, holder: Any, name: str) -> None:
        self._properties.setdefault((project_id, holder), set()).add(name)
        self._size += 1


_memory = _Memory()


def new_names(
    *,
    project_id: int,
    events: Iterable[Event],
    group_properties: Iterable[tuple[int, Mapping[str, Any]]],
    now: datetime,
    with_types: bool = True,
) -> Names:
    """The names in events that this process has not written lately."""
    _memory.turn(now)
    names = Names()
    here: dict[str, set[str]] = {}
    for event in events:
        if not _memory.has_event(project_id, event.event):
            seen_at = names.events.get(event.event, event.timestamp)
            names.events[event.event] = max(seen_at, event.timestamp)
        if new := _memory.unknown(project_id, event.event, event.properties):
            known = here.setdefault(event.event, set())
            new = new - known
            known |= new
            for name in new:
                _add_event_property(names, event, name, with_types=with_types)
        for changes in (event.set, event.set_once, event.lifted):
            if changes:
                _add_others(names, project_id, (PropertyKind.PERSON, _NO_GROUP), changes)
    for index, properties in group_properties:
        _add_others(names, project_id, (PropertyKind.GROUP, index), properties)
    return names


def write_names(*, project_id: int, names: Names) -> None:
    """Write names down, as far as the project has room for them."""
    if not names:
        return
    if names.events:
        _write_events(project_id, names.events)
    if names.properties:
        write_properties(project_id=project_id, types=names.properties)
    if names.pairs:
        _write_pairs(project_id, names.pairs)
    transaction.on_commit(lambda: _memory.remember(project_id, names))


def write_properties(*, project_id: int, types: Mapping[PropertyKey, str | None]) -> None:
    """Write names of properties down; a type that is known by now stays."""
    in_order = sorted(types.items(), key=lambda item: item[0])
    columns = [[key[place] for key, _ in in_order] for place in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_propertydefinition AS d (id, project_id, type, group_type_index,"
            " name, property_type, tags, verified, hidden, created_at, last_updated_at)"
            " SELECT gen_random_uuid(), %s, u.type, u.index, u.name, u.property_type, '[]',"
            " false, false, now(), now()"
            " FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[])"
            " AS u(type, index, name, property_type)"
            " WHERE (SELECT count(*) FROM events_propertydefinition WHERE project_id = %s) < %s"
            " ON CONFLICT (project_id, type, group_type_index, name)"
            " DO UPDATE SET property_type = EXCLUDED.property_type"
            " WHERE d.property_type IS NULL AND EXCLUDED.property_type IS NOT NULL",
            [project_id, *columns, [kind for _, kind in in_order], project_id, MOST_PROPERTIES],
        )


def set_types(*, project_id: int, types: Mapping[PropertyKey, str]) -> None:
    """Give properties these types, whatever they had."""
    if not types:
        return
    write_properties(project_id=project_id, types=types)
    for property_type in sorted(set(types.values())):
        columns = zip(*(key for key, its in types.items() if its == property_type), strict=True)
        kinds, indexes, names = (list(column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE events_propertydefinition d"
                " SET property_type = %s, last_updated_at = now()"
                " FROM unnest(%s::int[], %s::int[], %s::text[]) AS u(type, index, name)"
                " WHERE d.project_id = %s AND d.type = u.type AND d.group_type_index = u.index"
                " AND d.name = u.name AND d.property_type IS DISTINCT FROM %s",
                [property_type, kinds, indexes, names, project_id, property_type],
            )


def detect_type(name: str, value: Any) -> str | None:
    """The type that a first value suggests; None when it suggests nothing."""
    if isinstance(value, bool):
        return PropertyType.BOOLEAN
    if isinstance(value, (int, float)):
        return PropertyType.DATETIME if _is_unix_time(name, str(value)) else PropertyType.NUMERIC
    if not isinstance(value, str):
        return None
    if name.startswith(("utm_", "$initial_utm_", "$feature/")):
        return PropertyType.STRING
    if value.strip().lower() in ("true", "false"):
        return PropertyType.BOOLEAN
    is_date = _DATE.fullmatch(value) or _is_unix_time(name, value)
    return PropertyType.DATETIME if is_date else PropertyType.STRING


def _is_unix_time(name: str, value: str) -> bool:
    return "time" in name.lower() and _UNIX_TIME.fullmatch(value) is not None


def _add_event_property(names: Names, event: Event, name: str, *, with_types: bool) -> None:
    if not 0 < len(name) <= NAME_LENGTH:
        return
    names.pairs.add((event.event, name))
    key = (PropertyKind.EVENT, _NO_GROUP, name)
    if names.properties.get(key) is None:
        value = event.properties[name]
        names.properties[key] = detect_type(name, value) if with_types else None


def _add_others(
    names: Names, project_id: int, holder: tuple[int, int], values: Mapping[str, Any]
) -> None:
    new = _memory.unknown(project_id, holder, values)
    if new and holder[0] == PropertyKind.PERSON:  # what is lifted has a first value as well
        values = {**{INITIAL[name]: values[name] for name in new & LIFTED}, **values}
        new = new | (values.keys() - _memory.known(project_id, holder))
    for name in new:
        if 0 < len(name) <= NAME_LENGTH and names.properties.get((*holder, name)) is None:
            names.properties[*holder, name] = detect_type(name, values[name])


def _write_events(project_id: int, events: Mapping[str, datetime]) -> None:
    in_order = sorted(events.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_eventdefinition AS d (id, project_id, name, tags, verified, hidden,"
            " created_at, last_seen_at, last_updated_at)"
            " SELECT gen_random_uuid(), %s, u.name, '[]', false, false, now(), u.seen_at, now()"
            " FROM unnest(%s::text[], %s::timestamptz[]) AS u(name, seen_at)"
            " WHERE (SELECT count(*) FROM events_eventdefinition WHERE project_id = %s) < %s"
            " ON CONFLICT (project_id, name) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at,"
            " created_at = coalesce(d.created_at, EXCLUDED.created_at)"
            " WHERE d.last_seen_at IS NULL OR d.last_seen_at < EXCLUDED.last_seen_at",
            [
                project_id,
                [name for name, _ in in_order],
                [seen_at for _, seen_at in in_order],
                project_id,
                MOST_EVENTS,
            ],
        )


def _write_pairs(project_id: int, pairs: set[tuple[str, str]]) -> None:
    in_order = sorted(pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_eventproperty (project_id, event, property)"
            " SELECT %s, u.event, u.property FROM unnest(%s::text[], %s::text[])"
            " AS u(event, property)"
            " WHERE (SELECT count(*) FROM events_eventproperty WHERE project_id = %s) < %s"
            " ON CONFLICT (project_id, event, property) DO NOTHING",
            [
                project_id,
                [e for e, _ in in_order],
                [p for _, p in in_order],
                project_id,
                MOST_PAIRS,
            ],
        )
