from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import Project
from posthog_lite.events import exporting
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import (
    capture,
    captured,
    identify,
    ids_of,
    person_of,
    property_types,
)
from tests.posthog_lite.events.test_outbox import stored

COLUMNS = (
    "uuid, event, timestamp, distinct_id, properties, elements_chain, `$session_id`,"
    " `$group_0`, person_mode"
)


def export(project: Project, path: Path) -> list[dict[str, Any]]:
    call_command("export_events", str(path), project=project.pk, stderr=StringIO())
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_was_exported_is_imported_as_it_was(
    engine: ModuleType, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 3)
    capture(
        project,
        captured("$pageview", "anon", {"$session_id": "s", "$set": {"plan": "free"}, "size": 5}),
        captured("$pageview", "ghost", {"$process_person_profile": False}, minutes=-9000),
        identify("u1", "anon", email="a@b.example", size=1.5e20),
        captured("$autocapture", "u1", {"$elements": [{"tag_name": "a", "text": "Buy"}]}),
        captured("$groupidentify", "u1", {"$group_type": "company", "$group_key": "acme"}),
        *(captured(f"event {number}", properties={"$groups": {"company": "acme"}})
          for number in range(7)),
    )  # fmt: skip
    other: Project = ProjectFactory.create()

    lines = export(project, tmp_path / "first.jsonl")
    call_command(
        "import_events",
        str(tmp_path / "first.jsonl"),
        project=other.pk,
        stdout=StringIO(),
        stderr=StringIO(),
    )

    assert len(lines) == 12 + 1 + len(property_types(project))
    assert stored(engine, other, COLUMNS) == stored(engine, project, COLUMNS)
    was, now = person_of(project, "anon"), person_of(other, "anon")
    assert ids_of(now) == ids_of(was) == {"anon", "u1"}
    assert (now.properties, now.created_at, now.is_identified) == (
        was.properties,
        was.created_at,
        True,
    )
    assert property_types(other) == property_types(project)
    assert export(other, tmp_path / "second.jsonl") == lines


def test_export_of_an_empty_project_is_empty(
    engine: ModuleType, project: Project, tmp_path: Path
) -> None:
    assert export(project, tmp_path / "lines.jsonl") == []


def test_only_the_project_is_exported(
    engine: ModuleType, project: Project, other_project: Project, tmp_path: Path
) -> None:
    capture(other_project, captured())

    assert export(project, tmp_path / "lines.jsonl") == []


def test_folder_that_is_not_there_is_refused(project: Project) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_events", "/no/such/folder/lines", project=project.pk)


def test_export_fills_an_engine_that_lost_everything(
    engine: ModuleType, project: Project, tmp_path: Path
) -> None:
    capture(project, captured("$pageview", "anon"), captured("$pageview", "u1"))
    capture(project, identify("u1", "anon", plan="pro"), captured("paid", "u1"))
    tables = {"events": COLUMNS, "persons": "id, properties", "person_distinct_ids": "distinct_id"}
    export(project, tmp_path / "lines.jsonl")
    before = {table: sorted(stored(engine, project, what, table)) for table, what in tables.items()}
    for table in (*tables, "person_overrides"):
        engine.delete(table, "project_id = {id:Int64}", {"id": project.pk})

    call_command(
        "import_events",
        str(tmp_path / "lines.jsonl"),
        project=project.pk,
        stdout=StringIO(),
        stderr=StringIO(),
    )

    after = {table: sorted(stored(engine, project, what, table)) for table, what in tables.items()}
    assert after == before
    owners = {owner for (owner,) in stored(engine, project, "person_id")}
    assert owners == {str(person_of(project, "u1").uuid)}
