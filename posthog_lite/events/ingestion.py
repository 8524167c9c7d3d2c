"""Stores events: changes of people and rows for the engine, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from posthog_lite.database.transactions import one_transaction
from posthog_lite.events.background import wake_mover
from posthog_lite.events.definitions import new_names, write_names
from posthog_lite.events.groups import GroupsOfEvents, names_groups
from posthog_lite.events.normalizing import normalize, write_addresses
from posthog_lite.events.outbox import put_rows
from posthog_lite.events.people import ids_of
from posthog_lite.events.persons import (
    IdsChangeHands,
    Recipient,
    lock_people,
    read_people,
    read_recipient,
    rename_taken,
    until_settled,
    write_people,
)
from posthog_lite.events.refusals import UnknownToken
from posthog_lite.events.rows import Rows, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.normalizing import Event
    from posthog_lite.events.payloads import CapturedEvent
    from posthog_lite.events.people import Attribution, People


def ingest(*, project: Project, events: Sequence[CapturedEvent], now: datetime) -> int:
    """Store events and return how many; personless ones that need a person are dropped.

    Raises UnstorableEvent; then nothing is stored.
    """
    kept = list(normalize(events))
    if kept:
        people = read_people(project_id=project.pk, distinct_ids=ids_of(kept))
        _ingest(Recipient(project.pk, not project.anonymize_ips, people), kept, now)
    return len(kept)


def ingest_by_token(*, token: str, events: Sequence[CapturedEvent], now: datetime) -> int:
    """Store events for the project with this token. Raises UnknownToken, UnstorableEvent."""
    kept = list(normalize(events))
    recipient = read_recipient(token=token, distinct_ids=ids_of(kept))
    if recipient is None:
        raise UnknownToken
    if kept:
        _ingest(recipient, kept, now)
    return len(kept)


def _ingest(recipient: Recipient, events: list[Event], now: datetime) -> None:
    """Store events; without a lock where they tell nothing new, as most do."""
    rows = _rows_of_nothing_new(recipient, events, now)
    if rows is not None:
        put_rows(rows=rows)
    else:
        project_id, newcomers = recipient.project_id, recipient.people.newcomers
        until_settled(
            lambda alone: _store(
                project_id=project_id, events=events, now=now, alone=alone, newcomers=newcomers
            )
        )
    transaction.on_commit(wake_mover)


def _rows_of_nothing_new(recipient: Recipient, events: list[Event], now: datetime) -> Rows | None:
    """Apply events to the people, and return their rows.

    None where they change somebody, or bring new names or groups.
    """
    project_id, keeps_ips, people = recipient
    write_addresses(events, keeps_ips=keeps_ips)
    whose = [people.take(event) for event in events]
    if not people.is_unchanged or any(map(names_groups, events)):
        return None
    if new_names(project_id=project_id, events=events, group_properties=(), now=now):
        return None
    rows = Rows(project_id)
    add_events(rows, zip(events, whose, strict=True), people, GroupsOfEvents(()), now)
    return rows


@one_transaction
def _store(
    *,
    project_id: int,
    events: list[Event],
    now: datetime,
    alone: bool,
    newcomers: Sequence[str],
) -> None:
    rows = Rows(project_id)

    def take(people: People) -> list[Attribution]:
        return [people.take(event) for event in events]

    people, attributions = change_people(
        rows, ids_of(events), take, alone=alone, newcomers=newcomers
    )
    groups = GroupsOfEvents(events)
    groups.read_types(project_id=project_id)
    add_events(rows, zip(events, attributions, strict=True), people, groups, now)
    groups.write(rows=rows)
    names = new_names(
        project_id=project_id, events=events, group_properties=groups.properties(), now=now
    )
    write_names(project_id=project_id, names=names)
    put_rows(rows=rows)


def change_people(
    rows: Rows,
    distinct_ids: Sequence[str],
    take: Callable[[People], list[Attribution]],
    *,
    alone: bool,
    newcomers: Sequence[str],
) -> tuple[People, list[Attribution]]:
    """Apply `take` to the people behind some ids, and add their rows for the engine.

    `newcomers` are the ids that may be new. Raises PeopleMoved when it has to be done again.
    """
    version = lock_people(
        project_id=rows.project_id, alone=alone, newcomers=() if alone else newcomers
    )
    people = read_people(project_id=rows.project_id, distinct_ids=distinct_ids)
    attributions = take(people)
    if people.is_unchanged:
        return people, attributions
    if alone:
        rename_taken(project_id=rows.project_id, people=people)
    elif people.joins_people:
        raise IdsChangeHands
    write_people(people=people, rows=rows, version=version)
    return people, attributions


def add_events(
    rows: Rows,
    events: Iterable[tuple[Event, Attribution]],
    people: People,
    groups: GroupsOfEvents,
    now: datetime,
) -> None:
    """Add events with their person to the rows for the engine."""
    created_at = moment(now)
    for event, whose in events:
        rows.add_event(
            event,
            person_id=people.final(whose.person).uuid if whose.person else whose.own_id,
            mode=whose.mode,
            created_at=created_at,
            groups=groups.keys_of(event),
        )
