from __future__ import annotations

from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.events import outbox
from posthog_lite.events.models import OutboxEntry
from tests.posthog_lite.events.capturing import capture, captured, identify, person_of


def stored(
    engine: ModuleType, project: Project, columns: str = "event", table: str = "events"
) -> list[Any]:
    source, order = ("events", "timestamp") if table == "events" else (f"{table} FINAL", "version")
    found = engine.execute(
        f"SELECT {columns} FROM {source}"  # noqa: S608  # our own names
        f" WHERE project_id = {{id:Int64}} ORDER BY {order}",
        {"id": project.pk},
    )
    return list(found.rows)


def move(project: Project) -> None:
    outbox.move_waiting(project_id=project.pk)


def test_events_reach_the_engine_as_they_are(engine: ModuleType, project: Project) -> None:
    uuid = uuid4()
    sent: dict[str, Any] = {
        "plan": "pro",
        "price": 9.5,
        "name": "Zoë \"'\\\n",
        "$groups": {"company": "acme"},
    }
    sent |= {"$session_id": "s1", "$window_id": "w1"}
    capture(project, captured("paid", uuid=uuid, properties=sent))

    move(project)

    columns = (
        "uuid, event, timestamp, distinct_id, person_id, created_at, `$session_id`, `$window_id`,"
        " `$group_0`, `$group_1`, person_mode, elements_chain,"
        " JSONExtractString(properties, 'name'), JSONExtractFloat(properties, 'price')"
    )
    assert stored(engine, project, columns) == [
        [
            str(uuid),
            "paid",
            "2026-11-20 10:00:00.000000",
            "u1",
            str(person_of(project, "u1").uuid),
            "2026-11-20 10:00:00.000000",
            "s1",
            "w1",
            "acme",
            "",
            "full",
            "",
            "Zoë \"'\\\n",
            9.5,
        ]
    ]
    assert not OutboxEntry.objects.for_project(project).exists()


def test_copies_of_people_reach_the_engine(engine: ModuleType, project: Project) -> None:
    capture(project, captured(distinct_id="anon"), captured(distinct_id="u1"))
    capture(project, identify("u1", "anon", plan="pro"))

    move(project)

    person = person_of(project, "u1")
    columns = "id, properties, is_identified"
    assert stored(engine, project, columns, "persons") == [[str(person.uuid), '{"plan":"pro"}', 1]]
    [[old, now]] = stored(engine, project, "old_person_id, person_id", "person_overrides")
    assert (UUID(old) != person.uuid, now) == (True, str(person.uuid))
    ids = stored(engine, project, "distinct_id, person_id", "person_distinct_ids")
    assert sorted(ids) == [["anon", str(person.uuid)], ["u1", str(person.uuid)]]


def test_same_uuid_counts_once_within_and_across_batches(
    engine: ModuleType, project: Project
) -> None:
    uuid = uuid4()
    capture(project, captured("first", uuid=uuid), captured("second", uuid=uuid))
    move(project)
    capture(project, captured("third", uuid=uuid, minutes=-90 * 24 * 60), captured("other"))
    move(project)

    assert sorted(stored(engine, project)) == [["first"], ["other"]]


def test_same_uuid_in_two_projects_counts_in_both(
    engine: ModuleType, project: Project, other_project: Project
) -> None:
    uuid = uuid4()
    capture(project, captured(uuid=uuid))
    capture(other_project, captured(uuid=uuid))
    move(project)
    move(other_project)

    assert len(stored(engine, project)) == len(stored(engine, other_project)) == 1


def test_only_the_project_asked_for_is_moved(
    engine: ModuleType, project: Project, other_project: Project
) -> None:
    capture(project, captured())
    capture(other_project, captured())

    move(project)

    assert outbox.projects_waiting() == [other_project.pk]


def test_batches_follow_each_other(
    engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_ENTRIES_PER_BATCH", 2)
    for number in range(7):
        capture(project, captured(f"event {number}", minutes=number))

    move(project)

    assert stored(engine, project) == [[f"event {number}"] for number in range(7)]


def test_with_the_engine_away_events_wait(
    engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise EngineUnavailable("It is away.")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "insert_lines", away)
        capture(project, captured("before"))
        with pytest.raises(EngineUnavailable):
            move(project)
        capture(project, captured("after", minutes=1))

    move(project)

    assert stored(engine, project) == [["before"], ["after"]]


def test_background_moves_everything(
    engine: ModuleType, project: Project, other_project: Project
) -> None:
    capture(project, captured("here"))
    capture(other_project, captured("there"))

    for project_id in outbox.projects_waiting():
        while outbox.move_next_batch(project_id=project_id):
            pass

    assert (stored(engine, project), stored(engine, other_project)) == ([["here"]], [["there"]])
    assert outbox.projects_waiting() == []
