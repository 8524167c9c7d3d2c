"""Whoever is killed at whatever step: every event that was taken counts, and counts once."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from posthog_lite.accounts.models import Project
from posthog_lite.events import ingestion, outbox
from posthog_lite.events.models import OutboxEntry, Person
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import capture, captured
from tests.posthog_lite.events.test_outbox import stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Step = Callable[[pytest.MonkeyPatch, ModuleType], None]


def die(*args: Any, **options: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process_that_is_killed(work: Callable[[], None]) -> None:
    """Run `work` in a fork of this process, and see it die by SIGKILL."""
    connection.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the test run, that sleep
        child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed, and came to its end"


def before_anything(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    patch.setattr(outbox, "_begin", die)


def batch_is_written_down(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    patch.setattr(outbox, "_send", die)


def only_people_are_sent(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    patch.setattr(outbox, "_new_events", die)


def events_are_sent(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    patch.setattr(outbox, "_finish", die)


def entries_are_almost_deleted(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    finish = outbox._finish

    def finish_almost(project_id: int, batch: outbox.Batch) -> None:
        with transaction.atomic():
            finish(project_id, batch)
            die()

    patch.setattr(outbox, "_finish", finish_almost)


def everything_is_done(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    patch.setattr(outbox, "_unlock", die)


def while_sending(seconds: float) -> Step:
    """The engine gets the events, and goes on with them when their sender is gone."""

    def step(patch: pytest.MonkeyPatch, engine: ModuleType) -> None:
        insert = engine.insert_lines

        def insert_and_die(table: str, lines: bytes, **options: Any) -> None:
            if table == "events":
                threading.Timer(seconds, die).start()
            insert(table, lines, **options)
            if table == "events":
                time.sleep(5)

        patch.setattr(engine, "insert_lines", insert_and_die)

    return step


STEPS: list[Step] = [
    before_anything,
    batch_is_written_down,
    only_people_are_sent,
    *(while_sending(milliseconds / 1000) for milliseconds in (0, 1, 2, 4, 8, 16)),
    events_are_sent,
    entries_are_almost_deleted,
    everything_is_done,
]


@pytest.mark.parametrize("step", STEPS)
def test_mover_killed_at_a_step_loses_and_doubles_nothing(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    project: Project = ProjectFactory.create()
    known = uuid4()
    # Of several months, which the engine stores one after another.
    events = [captured(f"event {n}", f"u{n % 7}", minutes=-n * 20_000) for n in range(30)]
    capture(project, captured("first", uuid=known))
    outbox.move_waiting(project_id=project.pk)
    capture(project, *events, captured("again", uuid=known))

    with monkeypatch.context() as patch:
        step(patch, engine)
        in_a_process_that_is_killed(lambda: outbox.move_waiting(project_id=project.pk))
    capture(project, captured("later", minutes=1))
    outbox.move_waiting(project_id=project.pk)

    expected = ["first", "later", *(event.event for event in events)]
    assert sorted(name for (name,) in stored(engine, project)) == sorted(expected)
    assert len(stored(engine, project, "id", "persons")) == 7
    assert not OutboxEntry.objects.for_project(project).exists()


def test_ingestion_killed_before_the_end_stores_nothing(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: Project = ProjectFactory.create()

    for step in ("change_people", "add_events", "write_names", "put_rows"):
        with monkeypatch.context() as patch:
            patch.setattr(ingestion, step, die)
            in_a_process_that_is_killed(lambda: capture(project, captured()))

    assert not Person.objects.for_project(project).exists()
    capture(project, captured("now"))
    outbox.move_waiting(project_id=project.pk)
    assert stored(engine, project) == [["now"]]


def test_events_sent_again_after_a_killed_answer_count_once(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: Project = ProjectFactory.create()
    event = captured()

    def capture_and_die() -> None:
        capture(project, event)
        die()

    in_a_process_that_is_killed(capture_and_die)
    capture(project, event)
    outbox.move_waiting(project_id=project.pk)

    assert stored(engine, project, "uuid") == [[str(event.uuid)]]


def test_many_movers_and_senders_lose_and_double_nothing(engine: ModuleType) -> None:
    project: Project = ProjectFactory.create()
    uuids = [[uuid4() for _ in range(20)] for _ in range(4)]

    def send(mine: list[UUID]) -> None:
        try:
            for uuid in [*mine, *mine[:5]]:
                capture(project, captured(uuid=uuid))
                outbox.move_waiting(project_id=project.pk)
                found = engine.execute(
                    "SELECT count() FROM events WHERE uuid = {uuid:UUID}", {"uuid": uuid}
                )
                assert found.rows == [[1]], "it was taken, and the next query must see it"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, uuids))

    found = sorted(uuid for (uuid,) in stored(engine, project, "uuid"))
    assert found == sorted(str(uuid) for mine in uuids for uuid in mine)
