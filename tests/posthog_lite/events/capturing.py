"""Events for tests, as if they had been captured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from posthog_lite.accounts.models import Project
from posthog_lite.events.ingestion import ingest
from posthog_lite.events.models import (
    OutboxEntry,
    Person,
    PersonDistinctId,
    PersonOverride,
    PropertyDefinition,
    PropertyKind,
)
from posthog_lite.events.payloads import CapturedEvent

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def captured(
    event: str = "signed up",
    distinct_id: str = "u1",
    properties: dict[str, Any] | None = None,
    *,
    uuid: UUID | None = None,
    timestamp: datetime = NOW,
    set: dict[str, Any] | None = None,  # noqa: A002  # its name on the wire
    set_once: dict[str, Any] | None = None,
    ip: str | None = None,
    minutes: float = 0,
) -> CapturedEvent:
    return CapturedEvent(
        event=event,
        distinct_id=distinct_id,
        uuid=str(uuid or uuid4()),
        timestamp=timestamp + timedelta(minutes=minutes),
        properties=properties or {},
        set=set,
        set_once=set_once,
        ip=ip,
    )


def capture(project: Project, *events: CapturedEvent) -> None:
    ingest(project=project, events=events, now=NOW)


def identify(distinct_id: str, anonymous_id: str, **properties: Any) -> CapturedEvent:
    return captured(
        "$identify", distinct_id, {"$anon_distinct_id": anonymous_id, "$set": properties}
    )


def waiting(project: Project, kind: str = "events") -> list[dict[str, Any]]:
    """The rows that wait for the engine, in order."""
    entries = OutboxEntry.objects.for_project(project).filter(kind=kind).order_by("id")
    return [orjson.loads(line) for entry in entries for line in entry.lines.split("\n")]


def property_types(project: Project) -> dict[tuple[str, str], str]:
    """The type of each property that has one, by kind and name."""
    rows = PropertyDefinition.objects.for_project(project).exclude(property_type=None)
    return {(PropertyKind(row.type).label, row.name): str(row.property_type) for row in rows}


def person_of(project: Project, distinct_id: str) -> Person:
    found = PersonDistinctId.objects.for_project(project).get(distinct_id=distinct_id)
    assert found.person is not None, "it was only seen without a person"
    return found.person


def ids_of(person: Person) -> set[str]:
    found = PersonDistinctId.objects.for_project(person.project).filter(person=person)
    return set(found.values_list("distinct_id", flat=True))


def owners_of_events(project: Project) -> list[UUID]:
    """Whose each waiting event is after all merges, as a query would find it."""
    overrides = dict(
        PersonOverride.objects.for_project(project).values_list("old_person_id", "person_id")
    )
    found = (UUID(row["person_id"]) for row in waiting(project))
    return [overrides.get(person_id, person_id) for person_id in found]
