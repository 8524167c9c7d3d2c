"""Rows of the engine's tables as they wait in the outbox: JSON objects, one a line."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.domain import DomainError
from posthog_lite.events.normalizing import SESSION_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from posthog_lite.events.normalizing import Event
    from posthog_lite.events.people import PersonState

EVENTS = "events"
PERSONS = "persons"
DISTINCT_IDS = "person_distinct_ids"
OVERRIDES = "person_overrides"
GROUPS = "groups"
DELETIONS = "deletions"  # no table: rows to delete from one, when everything before is moved
# Whose an event is has to be known before the event is there.
ENGINE_TABLES = (OVERRIDES, PERSONS, DISTINCT_IDS, GROUPS, EVENTS)
KINDS = (*ENGINE_TABLES, DELETIONS)

# What the engine's times can hold.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2299, 12, 31, tzinfo=UTC)
UUID_IN_LINE = slice(len('{"uuid":"'), len('{"uuid":"') + 36)
_NO_GROUPS: Mapping[int, str] = {}


class UnstorableEvent(DomainError):
    """An event nested too deeply to be written as JSON."""

    attr = "properties"


class Rows:
    """Rows of one project, by table and in order."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.lines: defaultdict[str, list[bytes]] = defaultdict(list)

    def add_event(  # each is a column
        self,
        event: Event,
        *,
        person_id: UUID,
        mode: str,
        created_at: str,
        groups: Mapping[int, str] = _NO_GROUPS,
    ) -> None:
        properties, columns = event.properties, {f"$group_{n}": key for n, key in groups.items()}
        if columns:
            properties = properties | columns
        row: dict[str, Any] = {
            "uuid": event.uuid,  # the first, for UUID_IN_LINE
            "project_id": self.project_id,
            "event": event.event,
            "timestamp": moment(event.timestamp),
            "distinct_id": event.distinct_id,
            "person_id": person_id,
            "properties": _as_text(properties),
            "elements_chain": event.elements_chain,
            "created_at": created_at,
            "$session_id": _session_id(properties.get("$session_id")),
            "$window_id": _session_id(properties.get("$window_id")),
            "person_mode": mode,
        }
        row |= columns
        self.lines[EVENTS].append(orjson.dumps(row))

    def add_person(self, person: PersonState, *, version: int, is_deleted: bool = False) -> None:
        self._add(
            PERSONS,
            id=person.uuid,
            properties="{}" if is_deleted else _as_text(person.properties),
            created_at=moment(person.created_at),
            is_identified=int(person.is_identified),
            is_implicit=int(person.is_implicit),
            version=version,
            is_deleted=int(is_deleted),
        )

    def add_distinct_id(
        self, distinct_id: str, person_id: UUID, *, version: int, is_deleted: bool = False
    ) -> None:
        self._add(
            DISTINCT_IDS,
            distinct_id=distinct_id,
            person_id=person_id,
            version=version,
            is_deleted=int(is_deleted),
        )

    def add_override(self, old_person_id: UUID, person_id: UUID, *, version: int) -> None:
        self._add(OVERRIDES, old_person_id=old_person_id, person_id=person_id, version=version)

    def add_group(  # each is a column
        self, index: int, key: str, properties: str, *, created_at: datetime, version: int
    ) -> None:
        self._add(
            GROUPS,
            group_type_index=index,
            group_key=key,
            properties=properties,
            created_at=moment(created_at),
            version=version,
        )

    def add_deletion(self, table: str, condition: str, **parameters: Any) -> None:
        """Delete rows of the project from a table of the engine."""
        deletion = {
            "table": table,
            "condition": f"project_id = {{project_id:Int64}} AND {condition}",
            "parameters": {"project_id": self.project_id, **parameters},
        }
        self.lines[DELETIONS].append(orjson.dumps(deletion))

    def _add(self, table: str, **columns: Any) -> None:
        self.lines[table].append(orjson.dumps({"project_id": self.project_id, **columns}))


def moment(value: datetime) -> str:
    """A time as the engine reads it, in UTC."""
    if not EARLIEST <= value <= LATEST:
        value = EARLIEST if value < EARLIEST else LATEST
    return value.isoformat(" ", "microseconds")[:26]


def _as_text(properties: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(properties).decode()
    except orjson.JSONEncodeError as error:
        raise UnstorableEvent(f"Properties cannot be stored: {error}.") from error


def _session_id(value: Any) -> str:
    return value[:SESSION_ID_LENGTH] if isinstance(value, str) else ""
