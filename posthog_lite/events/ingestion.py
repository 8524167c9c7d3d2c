"""Events taken in: what they do to people, and what waits for the engine, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthog_lite.database.transactions import one_transaction
from posthog_lite.events.definitions import new_names, write_names
from posthog_lite.events.groups import GroupsOfEvents
from posthog_lite.events.normalizing import normalize
from posthog_lite.events.outbox import put_rows
from posthog_lite.events.people import ids_of
from posthog_lite.events.persons import (
    PeopleMoved,
    lock_people,
    read_people,
    rename_taken,
    write_people,
)
from posthog_lite.events.rows import Rows, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.normalizing import Event
    from posthog_lite.events.payloads import CapturedEvent
    from posthog_lite.events.people import Attribution, People


def ingest(*, project: Project, events: Sequence[CapturedEvent], now: datetime) -> int:
    """Store events for good, and return how many; the rest asked for the impossible.

    Raises UnstorableEvent; then nothing is stored.
    """
    kept = list(normalize(events, keep_ip=not getattr(project, "anonymize_ips", False)))
    if kept:
        try:
            _store(project_id=project.pk, events=kept, now=now, alone=False)
        except PeopleMoved:
            _store(project_id=project.pk, events=kept, now=now, alone=True)
    return len(kept)


@one_transaction
def _store(*, project_id: int, events: list[Event], now: datetime, alone: bool) -> None:
    rows = Rows(project_id)
    groups = GroupsOfEvents(events)
    people, attributions = _change_people(rows, events, alone=alone)
    groups.read_types(project_id=project_id)
    created_at = moment(now)
    for event, whose in zip(events, attributions, strict=True):
        person_id = people.final(whose.person).uuid if whose.person else whose.own_id
        rows.add_event(
            event,
            person_id=person_id,
            mode=whose.mode,
            created_at=created_at,
            groups=groups.keys_of(event),
        )
    groups.write(rows=rows)
    write_names(
        project_id=project_id,
        names=new_names(
            project_id=project_id, events=events, group_properties=groups.properties(), now=now
        ),
    )
    put_rows(rows=rows)


def _change_people(
    rows: Rows, events: list[Event], *, alone: bool
) -> tuple[People, list[Attribution]]:
    """Do to people what the events do. Most events change nobody, and then nothing is locked."""
    ids = ids_of(events)
    version = lock_people(project_id=rows.project_id, alone=True) if alone else 0
    people = read_people(project_id=rows.project_id, distinct_ids=ids)
    attributions = [people.take(event) for event in events]
    if people.is_unchanged:
        return people, attributions
    if not alone:
        if people.joins_people:
            raise PeopleMoved
        version = lock_people(project_id=rows.project_id, alone=False)
    else:
        rename_taken(project_id=rows.project_id, people=people)
    write_people(people=people, rows=rows, version=version)
    return people, attributions
