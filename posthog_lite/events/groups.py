"""Groups that events name, and the types they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

from posthog_lite.events.models.group import GROUP_NAME_LENGTH, GROUP_TYPES
from posthog_lite.events.normalizing import groups_of, identified_group, text_of
from posthog_lite.events.people import MOST_PROPERTY_BYTES
from posthog_lite.events.property_names import GROUP_IDENTIFY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from posthog_lite.events.normalizing import Event, Properties
    from posthog_lite.events.rows import Rows

    Identified = dict[tuple[str, str], tuple[Properties, datetime]]

_NO_KEYS: dict[int, str] = {}
GIVEN = frozenset(f"$group_{index}" for index in range(GROUP_TYPES))


class GroupsOfEvents:
    """The groups in a batch of events."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._groups = {id(event): groups for event in events if (groups := groups_of_event(event))}
        self.identified = _identified(events)
        self._indexes: dict[str, int] = {}

    def read_types(self, *, project_id: int) -> None:
        """Look up the index of each type; new types get a free one while there are any."""
        names = {name for groups in self._groups.values() for name in groups}
        names |= {group_type for group_type, _ in self.identified}
        if names:
            self._indexes = group_type_indexes(project_id=project_id, names=sorted(names))

    def keys_of(self, event: Event) -> Mapping[int, str]:
        """The keys of an event's groups by the index of their type."""
        groups = self._groups.get(id(event)) if self._groups else None
        if groups is None:
            return _given_keys(event)
        named = {self._indexes[name]: key for name, key in groups.items() if name in self._indexes}
        return {**_given_keys(event), **named}

    def properties(self) -> list[tuple[int, Properties]]:
        """The properties to set on groups, by the index of their type."""
        return [
            (self._indexes[group_type], properties)
            for (group_type, _), (properties, _) in self.identified.items()
            if group_type in self._indexes
        ]

    def write(self, *, rows: Rows) -> None:
        """Write the new properties of groups, and add their rows for the engine."""
        found = [
            {
                "index": self._indexes[group_type],
                "key": key,
                "properties": _bounded(properties),
                "created_at": created_at,
            }
            for (group_type, key), (properties, created_at) in self.identified.items()
            if group_type in self._indexes
        ]
        if found:
            _write_groups(found, rows)


def names_groups(event: Event) -> bool:
    """Return whether an event names or describes a group."""
    return "$groups" in event.properties or event.event == GROUP_IDENTIFY


def groups_of_event(event: Event) -> dict[str, str]:
    """The groups of an event; a personless event has none."""
    if event.is_personless or "$groups" not in event.properties:
        return {}
    return groups_of(event.properties)


def _given_keys(event: Event) -> Mapping[int, str]:
    """The keys that stand in the properties by the index of their type already."""
    if event.is_personless or GIVEN.isdisjoint(event.properties):
        return _NO_KEYS
    found = {
        index: text_of(event.properties.get(f"$group_{index}"), GROUP_NAME_LENGTH)
        for index in range(GROUP_TYPES)
    }
    return {index: key for index, key in found.items() if key}


def group_type_indexes(*, project_id: int, names: Sequence[str]) -> dict[str, int]:
    """The index of each type of group; types beyond the limit have none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT group_type, group_type_index FROM events_grouptype WHERE project_id = %s",
            [project_id],
        )
        found = dict(cursor.fetchall())
        new = [name for name in names if name not in found]
        if not new or len(found) >= GROUP_TYPES:
            return found
        # Whoever comes second waits for the first, and then finds the index taken.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x6772_0000_0000_0000 + project_id])
        cursor.execute(
            "INSERT INTO events_grouptype (project_id, group_type, group_type_index)"
            " SELECT %s, new.name, taken.count + row_number() OVER (ORDER BY new.place) - 1"
            " FROM (SELECT u.name, u.place"
            "  FROM unnest(%s::text[]) WITH ORDINALITY AS u(name, place)"
            "  WHERE u.name NOT IN (SELECT group_type FROM events_grouptype WHERE project_id = %s)"
            "  ORDER BY u.place LIMIT (SELECT %s - count(*) FROM events_grouptype"
            "   WHERE project_id = %s)) AS new,"
            " (SELECT count(*) FROM events_grouptype WHERE project_id = %s) AS taken",
            [project_id, new, project_id, GROUP_TYPES, project_id, project_id],
        )
        cursor.execute(
            "SELECT group_type, group_type_index FROM events_grouptype WHERE project_id = %s",
            [project_id],
        )
        return dict(cursor.fetchall())


def _identified(events: Iterable[Event]) -> Identified:
    found: Identified = {}
    for event in events:
        group = identified_group(event)
        if group is not None:
            group_type, key, properties = group
            before, created_at = found.get((group_type, key), ({}, event.timestamp))
            found[group_type, key] = (before | properties, created_at)
    return found


def _bounded(properties: Properties) -> Properties:
    return properties if len(orjson.dumps(properties)) <= MOST_PROPERTY_BYTES else {}


def _write_groups(found: list[dict[str, Any]], rows: Rows) -> None:
    found.sort(key=lambda group: (group["index"], group["key"]))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_group AS g"
            " (project_id, group_type_index, group_key, properties, created_at, version)"
            " SELECT %s, u.index, u.key, u.properties, u.created_at,"
            " nextval('events_version_seq')"
            " FROM json_to_recordset(%s::json)"
            " AS u(index int, key text, properties jsonb, created_at timestamptz)"
            " ON CONFLICT (project_id, group_type_index, group_key) DO UPDATE SET"
            " properties = g.properties || EXCLUDED.properties,"
            " version = nextval('events_version_seq')"
            " WHERE octet_length((g.properties || EXCLUDED.properties)::text) <= %s"
            " RETURNING group_type_index, group_key, properties, created_at, version",
            [rows.project_id, orjson.dumps(found).decode(), MOST_PROPERTY_BYTES],
        )
        for index, key, properties, created_at, version in cursor.fetchall():
            rows.add_group(index, key, properties, created_at=created_at, version=version)
