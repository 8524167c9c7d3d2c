"""Everything that writes people on request rather than by an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.ingestion import ingest
from posthog_lite.events.models import Person, PersonDistinctId, PersonOverride
from posthog_lite.events.outbox import put_rows
from posthog_lite.events.payloads import CapturedEvent
from posthog_lite.events.people import person_uuid
from posthog_lite.events.persons import forget_overrides, lock_people, state_of
from posthog_lite.events.property_names import DELETE_PERSON_PROPERTY, SET
from posthog_lite.events.rows import EVENTS, Rows
from posthog_lite.events.services.event_deletions import record_deletions
from posthog_lite.ids import new_event_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posthog_lite.accounts.models import Project


class NobodyToAddress(DomainError):
    """A person without an id cannot be changed, as changes are events."""

    attr = "id"


class UnknownDistinctId(DomainError):
    """An id that should stay with the person, or leave them, is not theirs."""


def update_person(*, person: Person, properties: dict[str, Any], now: datetime) -> None:
    """Set properties of a person, by an event."""
    _change(person, SET, {"$set": properties}, now)


def delete_property(*, person: Person, name: str, now: datetime) -> None:
    """Take a property from a person, by an event."""
    _change(person, DELETE_PERSON_PROPERTY, {"$unset": [name]}, now)


@one_transaction
def delete_persons(
    *, project: Project, persons: Sequence[Person], with_events: bool = True
) -> None:
    """Delete people with their ids, and events. An id that comes back gets a new person."""
    version = lock_people(project_id=project.pk, alone=True)
    rows = Rows(project.pk)
    living = Person.objects.for_project(project).filter(pk__in=[person.pk for person in persons])
    found = list(living)
    for person in found:
        ids = PersonDistinctId.objects.for_project(project).filter(person=person)
        for distinct_id in ids.values_list("distinct_id", flat=True):
            rows.add_distinct_id(distinct_id, person.uuid, version=version, is_deleted=True)
        rows.add_person(state_of(person), version=version, is_deleted=True)
        former = forget_overrides(rows=rows, person_id=person.uuid, version=version)
        if with_events:
            uuids = [str(uuid) for uuid in [person.uuid, *former]]
            rows.add_deletion(EVENTS, "person_id IN {uuids:Array(UUID)}", uuids=uuids)
        ids.delete()
        person.delete()
    put_rows(rows=rows)
    if with_events and found:
        record_deletions(project=project, persons=found)


@one_transaction
def delete_events_of(*, project: Project, persons: Sequence[Person]) -> None:
    """Delete the events that people have had until now; the people stay."""
    if not persons:
        return
    lock_people(project_id=project.pk, alone=True)
    now = [person.uuid for person in persons]
    merged = PersonOverride.objects.for_project(project).filter(person_id__in=now)
    former = merged.values_list("old_person_id", flat=True)
    rows = Rows(project.pk)
    uuids = [str(uuid) for uuid in [*now, *former]]
    rows.add_deletion(EVENTS, "person_id IN {uuids:Array(UUID)}", uuids=uuids)
    put_rows(rows=rows)
    record_deletions(project=project, persons=persons)


@one_transaction
def split_person(
    *,
    person: Person,
    main_distinct_id: str | None = None,
    distinct_ids_to_split: Sequence[str] | None = None,
) -> None:
    """Make ids of a person people of their own: those given, or all but the main one.

    Properties stay. Events that came before stay with whom they were counted for when nobody was
    merged; those of people who were merged go back to their first id. Raises UnknownDistinctId.
    """
    project = person.project
    version = lock_people(project_id=project.pk, alone=True)
    owned = PersonDistinctId.objects.for_project(project).filter(person=person).order_by("id")
    ids = list(owned)
    if distinct_ids_to_split is None:
        leaving = _all_but(ids, main_distinct_id)
    else:
        leaving = _chosen(ids, distinct_ids_to_split)
    rows = Rows(project.pk)
    for each in leaving:
        _split_off(person, each, rows, version)
    person.version = version
    person.save(update_fields=["version"])
    rows.add_person(state_of(person), version=version)
    put_rows(rows=rows)


def _all_but(ids: list[PersonDistinctId], main: str | None) -> list[PersonDistinctId]:
    main = main or (ids[0].distinct_id if ids else "")
    if ids and all(each.distinct_id != main for each in ids):
        raise UnknownDistinctId("This is not an ID of the person.", attr="main_distinct_id")
    return [each for each in ids if each.distinct_id != main]


def _chosen(ids: list[PersonDistinctId], names: Sequence[str]) -> list[PersonDistinctId]:
    attr = "distinct_ids_to_split"
    owned = {each.distinct_id: each for each in ids}
    for name in names:
        if name not in owned:
            raise UnknownDistinctId(f"{name} is not an ID of the person.", attr=attr)
    if len(set(names)) == len(owned):
        raise UnknownDistinctId("One ID has to stay with the person.", attr=attr)
    return [owned[name] for name in dict.fromkeys(names)]


def _split_off(person: Person, owned: PersonDistinctId, rows: Rows, version: int) -> None:
    project = person.project
    uuid = person_uuid(project.pk, owned.distinct_id)
    former = PersonOverride.objects.for_project(project).filter(
        old_person_id=uuid, person_id=person.uuid
    )
    if former.exists():  # who was merged gets their events back
        former.delete()
        rows.add_override(uuid, uuid, version=version)
    elif (
        Person.objects.for_project(project).filter(uuid=uuid).exists()
        or PersonOverride.objects.for_project(project).filter(old_person_id=uuid).exists()
    ):
        uuid = uuid4()
    new = Person.objects.create(
        project=project,
        uuid=uuid,
        created_at=person.created_at,
        is_identified=False,
        version=version,
    )
    owned.person = new
    owned.save(update_fields=["person"])
    rows.add_person(state_of(new), version=version)
    rows.add_distinct_id(owned.distinct_id, uuid, version=version)


def _change(person: Person, name: str, properties: dict[str, Any], now: datetime) -> None:
    owned = PersonDistinctId.objects.for_project(person.project).filter(person=person)
    first = owned.order_by("id").first()
    if first is None:
        raise NobodyToAddress("This person has no distinct ID.")
    event = CapturedEvent(
        event=name,
        distinct_id=first.distinct_id,
        uuid=new_event_uuid(now),
        timestamp=now,
        properties=properties,
    )
    ingest(project=person.project, events=[event], now=now)
