"""Imports: history as it was, or events as if they had just been captured."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from django.db import connection

from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.changes import property_type_changed
from posthog_lite.events.definitions import new_names, set_types, write_names
from posthog_lite.events.groups import GroupsOfEvents
from posthog_lite.events.imports import ImportedPerson, ImportedType, read_line
from posthog_lite.events.ingestion import add_events, change_people, ingest
from posthog_lite.events.models import PropertyDefinition
from posthog_lite.events.normalizing import as_it_was
from posthog_lite.events.outbox import move_waiting, put_rows
from posthog_lite.events.payloads import CapturedEvent
from posthog_lite.events.persons import until_settled
from posthog_lite.events.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from typing import IO, Self

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.normalizing import Event
    from posthog_lite.events.people import Attribution, People

    Line = CapturedEvent | ImportedPerson | ImportedType

LINES_AT_ONCE = 10_000
MOST_LINE_BYTES = 4 * 1024 * 1024
SECONDS_TO_MOVE = 600
MOST_BYTES_AT_ONCE = 512 * 1024 * 1024


@dataclass(slots=True)
class Taken:
    """The numbers of an import so far."""

    lines: int = 0
    events: int = 0
    persons: int = 0
    types: int = 0
    is_waiting: bool = False  # for an engine that is away

    def add(self, lines: Sequence[Line]) -> None:
        self.events += sum(isinstance(line, CapturedEvent) for line in lines)
        self.persons += sum(isinstance(line, ImportedPerson) for line in lines)
        self.types += sum(isinstance(line, ImportedType) for line in lines)


class ImportStopped(DomainError):
    """A line cannot be imported; the batches before its own are stored."""


def import_lines(
    *,
    project: Project,
    source: IO[bytes],
    now: datetime,
    is_live: bool = False,
    report: Callable[[Taken], None] = lambda taken: None,
) -> Taken:
    """Store lines of JSON in order, ten thousand together or none of them.

    Raises ImportStopped, which names the line.
    """
    taken = Taken()
    with _Moving(project.pk) as moving:
        while texts := _next_lines(source, taken):
            lines = list(_read(texts, taken, now))
            _store_lines(project=project, lines=lines, now=now, is_live=is_live)
            taken.add(lines)
            taken.lines += len(texts)
            moving.start()
            report(taken)
    taken.is_waiting = moving.is_waiting
    return taken


class _Moving:
    """Moves each batch to the engine while the next one is read and stored."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self._pool = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None
        self.is_waiting = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._wait()
        finally:
            self._pool.shutdown()

    def start(self) -> None:
        """Move what is stored, once the batch before has arrived."""
        self._wait()
        if connection.in_atomic_block:  # nobody else sees the rows yet
            self._move()
        else:
            self._running = self._pool.submit(self._move_and_disconnect)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()

    def _move_and_disconnect(self) -> None:
        try:
            self._move()
        finally:
            connection.close()

    def _move(self) -> None:
        try:
            move_waiting(project_id=self._project_id, seconds=SECONDS_TO_MOVE)
            self.is_waiting = False
        except EngineUnavailable:
            self.is_waiting = True


def _next_lines(source: IO[bytes], taken: Taken) -> list[bytes]:
    lines: list[bytes] = []
    size = 0
    for line in islice(iter(lambda: source.readline(MOST_LINE_BYTES + 1), b""), LINES_AT_ONCE):
        lines.append(line)
        size += len(line)
        if len(line) > MOST_LINE_BYTES or size > MOST_BYTES_AT_ONCE:
            raise _stopped(taken, len(lines), "this is too much for one line, or for one batch")
    return lines


def _read(texts: Sequence[bytes], taken: Taken, now: datetime) -> Iterator[Line]:
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        try:
            line = read_line(text, now)
        except DomainError as error:
            raise _stopped(taken, number, error.detail) from error
        if line is not None:
            yield line


def _stopped(taken: Taken, number: int, why: str) -> ImportStopped:
    return ImportStopped(
        f"Line {taken.lines + number:,}: {why}. The first {taken.lines:,} lines are stored;"
        " correct the line and import from there on."
    )


@one_transaction
def _store_lines(*, project: Project, lines: Sequence[Line], now: datetime, is_live: bool) -> None:
    types = [line for line in lines if isinstance(line, ImportedType)]
    set_types(
        project_id=project.pk,
        types={(kind, -1, each.name): each.property_type for each in types for kind in each.kinds},
    )
    if types:
        property_type_changed.send(PropertyDefinition, project=project)
    others = [line for line in lines if not isinstance(line, ImportedType)]
    if not is_live:
        store_history(project_id=project.pk, lines=others, now=now)
        return
    for is_event, run in groupby(others, key=lambda line: isinstance(line, CapturedEvent)):
        if is_event:
            events = [line for line in run if isinstance(line, CapturedEvent)]
            ingest(project=project, events=events, now=now)
        else:
            store_history(project_id=project.pk, lines=list(run), now=now)


def store_history(
    *, project_id: int, lines: Sequence[CapturedEvent | ImportedPerson], now: datetime
) -> None:
    """Store people and events as they were, all or none."""
    told = [as_it_was(line) if isinstance(line, CapturedEvent) else line for line in lines]
    if not told:
        return
    until_settled(lambda alone: _store_told(project_id=project_id, told=told, now=now, alone=alone))


@one_transaction
def _store_told(
    *, project_id: int, told: Sequence[Event | ImportedPerson], now: datetime, alone: bool
) -> None:
    rows = Rows(project_id)
    events = [each for each in told if not isinstance(each, ImportedPerson)]

    def take(people: People) -> list[Attribution]:
        return list(_take(people, told, now))

    found = {event.distinct_id for event in events}
    found.update(*(each.distinct_ids for each in told if isinstance(each, ImportedPerson)))
    ids = sorted(found)
    people, attributions = change_people(rows, ids, take, alone=alone, newcomers=ids)
    groups = GroupsOfEvents(events)
    groups.read_types(project_id=project_id)
    add_events(rows, zip(events, attributions, strict=True), people, groups, now)
    groups.write(rows=rows)
    names = new_names(
        project_id=project_id,
        events=events,
        group_properties=groups.properties(),
        now=now,
        with_types=False,
    )
    write_names(project_id=project_id, names=names)
    put_rows(rows=rows)


def _take(
    people: People, told: Sequence[Event | ImportedPerson], now: datetime
) -> Iterator[Attribution]:
    for each in told:
        if isinstance(each, ImportedPerson):
            people.tell(
                each.distinct_ids,
                properties=each.properties,
                created_at=each.created_at,
                is_identified=each.is_identified,
                now=now,
            )
        else:
            yield people.take(each, is_history=True)
