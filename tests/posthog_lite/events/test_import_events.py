from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.events import importing
from posthog_lite.events.exporting import export_lines
from posthog_lite.events.models import (
    EventDefinition,
    OutboxEntry,
    Person,
    PropertyDefinition,
    PropertyKind,
)
from posthog_lite.events.people import person_uuid
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import NOW, ids_of, person_of
from tests.posthog_lite.events.test_outbox import stored

EVENT = {"event": "signed up", "distinct_id": "u1", "timestamp": "2020-01-09T12:00:00Z"}


@pytest.fixture
def load(engine: ModuleType, project: Project, tmp_path: Path) -> Any:
    """Import lines into the project, and return what the command says."""

    def run(*lines: Any, **options: Any) -> str:
        path = tmp_path / "lines.jsonl"
        path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
        said, told = StringIO(), StringIO()
        call_command(
            "import_events", str(path), project=project.pk, stdout=said, stderr=told, **options
        )
        return said.getvalue() + told.getvalue()

    return run


def test_history_is_stored_as_it_was(load: Any, engine: ModuleType, project: Project) -> None:
    person = {
        "person": {
            "distinct_ids": ["a", "b"],
            "properties": {"plan": "pro"},
            "created_at": "2019-05-01T00:00:00Z",
        }
    }
    typed = {"property_definition": {"name": "price", "property_type": "Numeric"}}

    said = load(typed, person, EVENT | {"distinct_id": "b", "properties": {"price": "5"}}, EVENT)

    assert "Took 2 events, 1 persons and 1 property definitions" in said
    known = person_of(project, "a")
    assert ids_of(known) == {"a", "b"}
    assert known.properties == {"plan": "pro"}
    assert known.created_at.isoformat() == "2019-05-01T00:00:00+00:00"
    assert person_of(project, "u1").created_at.isoformat() == "2020-01-09T12:00:00+00:00"
    rows = stored(engine, project, "distinct_id, person_id, timestamp, properties")
    assert sorted(rows) == [
        ["b", str(known.uuid), "2020-01-09 12:00:00.000000", '{"price":"5"}'],
        ["u1", str(person_of(project, "u1").uuid), "2020-01-09 12:00:00.000000", "{}"],
    ]
    copies = stored(engine, project, "id, properties", "persons")
    assert [str(known.uuid), '{"plan":"pro"}'] in copies


def test_history_changes_nobody(load: Any, project: Project) -> None:
    load(
        {"person": {"distinct_ids": ["u1"], "properties": {"plan": "pro"}}},
        {"person": {"distinct_ids": ["anon"]}},
        EVENT | {"properties": {"$set": {"plan": "free"}, "$browser": "Chrome"}},
        EVENT | {"event": "$identify", "properties": {"$anon_distinct_id": "anon"}},
        EVENT | {"event": "$create_alias", "properties": {"alias": "anon"}, "$set": {"x": 1}},
    )

    assert person_of(project, "u1").properties == {"plan": "pro"}
    assert person_of(project, "anon") != person_of(project, "u1")


def test_undated_person_is_as_old_as_the_first_event(load: Any, project: Project) -> None:
    load({"person": {"distinct_ids": ["u1"]}}, EVENT, EVENT | {"timestamp": "2018-01-01"})

    assert person_of(project, "u1").created_at.isoformat() == "2020-01-09T12:00:00+00:00"


def test_person_line_after_events_joins_what_they_made(
    load: Any, engine: ModuleType, project: Project
) -> None:
    load(EVENT, EVENT | {"distinct_id": "u2"})
    load({"person": {"distinct_ids": ["u2", "u1"], "properties": {"plan": "pro"}}})

    assert Person.objects.for_project(project).count() == 1
    assert ids_of(person_of(project, "u1")) == {"u1", "u2"}
    overrides = stored(engine, project, "person_id", "person_overrides")
    assert overrides == [[str(person_of(project, "u1").uuid)]]


def test_who_is_only_named_by_history_is_known_once_told_of_or_seen(
    load: Any, engine: ModuleType, project: Project
) -> None:
    load(EVENT, EVENT | {"distinct_id": "u2"}, EVENT | {"distinct_id": "u3"})
    assert all(person_of(project, each).is_implicit for each in ("u1", "u2", "u3"))
    load({"person": {"distinct_ids": ["u1"]}})
    load(EVENT | {"distinct_id": "u2"}, live=True)

    found = dict(stored(engine, project, "id, is_implicit", "persons"))
    assert found == {str(person_of(project, f"u{n}").uuid): int(n == 3) for n in (1, 2, 3)}
    exported = [json.loads(line) for line in export_lines(project=project)]
    told = [line["person"]["distinct_ids"] for line in exported if "person" in line]
    assert sorted(told) == [["u1"], ["u2"]]


def test_types_come_from_lines_alone(load: Any, project: Project) -> None:
    load(
        EVENT | {"properties": {"price": 5, "paid_at": "2020-01-01"}},
        {"property_definition": {"name": "price", "property_type": "String"}},
        {"property_definition": {"name": "price", "property_type": "Numeric", "type": "event"}},
    )

    found = PropertyDefinition.objects.for_project(project).values_list(
        "name", "type", "property_type"
    )
    assert sorted(found) == [
        ("paid_at", PropertyKind.EVENT, None),
        ("price", PropertyKind.EVENT, "Numeric"),
        ("price", PropertyKind.PERSON, "String"),
    ]
    assert EventDefinition.objects.for_project(project).get().name == "signed up"


def test_live_lines_are_captured(load: Any, project: Project) -> None:
    load(
        {"person": {"distinct_ids": ["anon"], "properties": {"plan": "free"}}},
        EVENT | {"properties": {"$browser": "Chrome"}},
        EVENT
        | {
            "event": "$identify",
            "properties": {"$anon_distinct_id": "anon", "$set": {"plan": "pro"}},
        },
        live=True,
    )

    person = person_of(project, "anon")
    assert ids_of(person) == {"anon", "u1"}
    assert person.properties["plan"] == "pro"
    assert person.properties["$initial_browser"] == "Chrome"


def test_groups_are_kept(load: Any, engine: ModuleType, project: Project) -> None:
    load(
        EVENT
        | {
            "event": "$groupidentify",
            "properties": {
                "$group_type": "company",
                "$group_key": "acme",
                "$group_set": {"size": 5},
            },
        },
        EVENT | {"properties": {"$groups": {"company": "acme"}}},
    )

    assert stored(engine, project, "group_key, properties", "groups") == [["acme", '{"size": 5}']]
    assert ["acme"] in stored(engine, project, "`$group_0`")


def test_imported_twice_counts_once(load: Any, engine: ModuleType, project: Project) -> None:
    event = EVENT | {"uuid": "0198c0de-0000-7000-8000-000000000001"}
    load(event)
    load(event)

    assert len(stored(engine, project)) == 1


def test_event_still_to_come_stays_as_it_is(
    load: Any, engine: ModuleType, project: Project
) -> None:
    load(EVENT | {"timestamp": "2031-05-01T10:00:00+02:00"})

    assert stored(engine, project, "timestamp") == [["2031-05-01 08:00:00.000000"]]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "failed to parse request"),
        ("[]", "expected an object"),
        ({"distinct_id": "u1"}, "missing field `event`"),
        ({"event": "x"}, "event submitted without a distinct_id"),
        (EVENT | {"uuid": "x"}, "invalid UUID"),
        ({"person": {"distinct_ids": []}}, "`distinct_ids`"),
        ({"person": {"distinct_ids": ["a"], "properties": []}}, "`properties`"),
        ({"person": {"distinct_ids": ["a"], "created_at": "x"}}, "`created_at`"),
        ({"person": 5}, "`person`"),
        ({"property_definition": {"name": "x", "property_type": "Text"}}, "`property_type`"),
        ({"property_definition": {"name": "", "property_type": "String"}}, "`name`"),
    ],
)
def test_wrong_line_is_named_and_its_batch_is_not_stored(
    load: Any, project: Project, line: Any, why: str
) -> None:
    with pytest.raises(CommandError, match=f"Line 3: .*{why}"):
        load(EVENT, "", line)

    assert not Person.objects.for_project(project).exists()
    assert not OutboxEntry.objects.for_project(project).exists()


def test_batches_before_a_wrong_line_stay(
    load: Any, engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_AT_ONCE", 2)

    with pytest.raises(CommandError, match=r"Line 4: .*The first 2 lines are stored"):
        load(EVENT, EVENT, EVENT, "{")

    assert len(stored(engine, project)) == 2


def test_with_the_engine_away_events_wait(
    load: Any, engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise EngineUnavailable("It is away.")

    monkeypatch.setattr(engine, "insert_lines", away)

    assert "The query engine is away" in load(EVENT)
    assert OutboxEntry.objects.for_project(project).filter(kind="events").exists()


def test_a_person_whose_uuid_is_taken_keeps_no_other_back(load: Any, project: Project) -> None:
    taken = person_uuid(project.pk, "b")
    Person.objects.create(project=project, uuid=taken, created_at=NOW, version=1)
    load(*({"person": {"distinct_ids": [name], "properties": {}}} for name in ("a", "b")))
    assert person_of(project, "a").uuid == person_uuid(project.pk, "a")
    assert person_of(project, "b").uuid != taken
    assert Person.objects.for_project(project).count() == 3


def test_unknown_project_is_refused(engine: ModuleType, db: None) -> None:
    with pytest.raises(CommandError, match="there is no project 999999"):
        call_command("import_events", "-", project=999_999)


def test_unknown_file_is_refused(project: Project) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_events", "/no/such/file", project=project.pk)


@pytest.mark.django_db(transaction=True)
def test_batches_are_moved_while_others_are_read(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_AT_ONCE", 2)
    project: Project = ProjectFactory.create()
    lines = [json.dumps(EVENT | {"distinct_id": f"u{number}"}) for number in range(9)]

    taken = importing.import_lines(
        project=project, source=BytesIO("\n".join(lines).encode()), now=NOW
    )

    assert (taken.events, taken.is_waiting) == (9, False)
    names = {name for (name,) in stored(engine, project, "distinct_id")}
    assert names == {f"u{number}" for number in range(9)}
    assert not OutboxEntry.objects.for_project(project).exists()
