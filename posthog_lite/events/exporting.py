"""Exports a project in the line format that imports read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.clickhouse import engine
from posthog_lite.events.models import Person, PropertyDefinition, PropertyKind
from posthog_lite.events.outbox import move_waiting
from posthog_lite.events.selectors.persons import distinct_ids_of
from posthog_lite.strict_json import within_64_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posthog_lite.accounts.models import Project

ROWS_AT_ONCE = 10_000
PERSONS_AT_ONCE = 100  # each may be half a megabyte large


def export_lines(*, project: Project) -> Iterator[bytes]:
    """Yield types of properties, then people, then events in the order of their time.

    Raises EngineError.
    """
    move_waiting(project_id=project.pk, seconds=600)
    for data in _types(project):
        yield orjson.dumps(data)
    for data in _persons(project):
        yield orjson.dumps(data)
    for day in _days(project):
        yield from _events(project, day)


def _types(project: Project) -> Iterator[dict[str, Any]]:
    rows = PropertyDefinition.objects.for_project(project).exclude(property_type=None)
    rows = rows.exclude(type=PropertyKind.GROUP).order_by("type", "name")
    for kind, name, property_type in rows.values_list("type", "name", "property_type"):
        yield {
            "property_definition": {
                "name": name,
                "property_type": property_type,
                "type": PropertyKind(kind).label,
            }
        }


def _persons(project: Project) -> Iterator[dict[str, Any]]:
    last = 0
    while True:
        rows = Person.objects.for_project(project).filter(pk__gt=last, is_implicit=False)
        persons = list(rows.order_by("pk")[:PERSONS_AT_ONCE])
        if not persons:
            return
        ids = distinct_ids_of(project=project, persons=persons, most=10_000)
        for person in persons:
            if ids[person.pk]:
                yield {
                    "person": {
                        "distinct_ids": ids[person.pk],
                        "properties": within_64_bits(person.properties),
                        "created_at": person.created_at,
                        "is_identified": person.is_identified,
                    }
                }
        last = persons[-1].pk


def _days(project: Project) -> Iterator[date]:
    found = engine.execute(
        "SELECT DISTINCT toDate32(timestamp) AS day FROM events"
        " WHERE project_id = {id:Int64} ORDER BY day",
        {"id": project.pk},
    )
    for (day,) in found.rows:
        yield date.fromisoformat(day)


def _events(project: Project, day: date) -> Iterator[bytes]:
    """Yield the events of a day in pages, each starting after the last event of the one before."""
    tomorrow = day + timedelta(days=1)
    where = {"id": project.pk, "day": str(day), "next": str(tomorrow), "most": ROWS_AT_ONCE}
    last = {"time": f"{day} 00:00:00.000000", "uuid": "00000000-0000-0000-0000-000000000000"}
    while True:
        page = engine.execute(
            "SELECT uuid, event, timestamp, distinct_id, properties, elements_chain"
            " FROM events WHERE project_id = {id:Int64}"
            " AND timestamp >= {day:String}::DateTime64(6, 'UTC')"
            " AND timestamp < {next:String}::DateTime64(6, 'UTC')"
            " AND (timestamp, uuid) > ({time:String}::DateTime64(6, 'UTC'), {uuid:UUID})"
            " ORDER BY timestamp, uuid LIMIT {most:UInt32}",
            where | last,
        ).rows
        for row in page:
            yield _event(*row)
        if len(page) < ROWS_AT_ONCE:
            return
        last = {"uuid": page[-1][0], "time": page[-1][2]}


def _event(
    uuid: str, event: str, timestamp: str, distinct_id: str, properties: str, chain: str
) -> bytes:
    values: Any = orjson.Fragment(properties)
    if chain:
        values = orjson.loads(properties) | {"$elements_chain": chain}
    return orjson.dumps(
        {
            "uuid": uuid,
            "event": event,
            "distinct_id": distinct_id,
            "timestamp": f"{timestamp.replace(' ', 'T')}Z",
            "properties": values,
        }
    )
