"""backup and restore: both databases as they were at one moment."""

from __future__ import annotations

import stat
import threading
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import IO, Any
from zipfile import ZipFile

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from posthog_lite import __version__
from posthog_lite.accounts.models import Organization, Project
from posthog_lite.database.dumps import (
    PIECE,
    UNKNOWN_BEFORE_17,
    dump_database,
    others_connected,
)
from posthog_lite.events import outbox
from posthog_lite.events.models import OutboxEntry, Person
from posthog_lite.management.backups import reading, writing
from tests.posthog_lite.events.capturing import capture, captured

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _others(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = others_connected()  # threads that other tests of this process have left
    monkeypatch.setattr(reading, "others_connected", lambda: others_connected() - idle)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


def run(*arguments: str | Path) -> str:
    output = StringIO()
    call_command(*[str(each) for each in arguments], stdout=output)
    return output.getvalue()


def events_of(engine: ModuleType, project: Project) -> list[str]:
    outbox.move_waiting(project_id=project.pk)
    sql = "SELECT event FROM events WHERE project_id = {id:Int64} ORDER BY event"
    return [event for (event,) in engine.execute(sql, {"id": project.pk}).rows]


def in_thread(work: Any, *arguments: Any, **named: Any) -> None:
    """Run it as another process would, with a connection of its own."""

    def whole() -> None:
        work(*arguments, **named)
        connection.close()

    thread = threading.Thread(target=whole)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def test_what_waits_and_what_was_moved_come_back_once(
    engine: ModuleType, project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(project, captured("moved", properties={"name": "Zoë \"'\\\n", "price": 9.5}))
    outbox.move_waiting(project_id=project.pk)
    capture(project, captured("waiting"))

    def dump_while_the_server_goes_on(*, snapshot: str, target: IO[bytes]) -> None:
        in_thread(outbox.move_waiting, project_id=project.pk)
        in_thread(capture, project, captured("later"))
        in_thread(outbox.move_waiting, project_id=project.pk)
        dump_database(snapshot=snapshot, target=target)

    monkeypatch.setattr(writing, "dump_database", dump_while_the_server_goes_on)
    assert run("backup", file).startswith(f"Written: {file}, ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with ZipFile(file) as packed:
        head = packed.read("postgres.sql")[:PIECE]
    assert head.count(UNKNOWN_BEFORE_17) == 1, "restore looks for it in the first piece"
    assert events_of(engine, project) == ["later", "moved", "waiting"]
    Organization.objects.update(name="Renamed")

    said = run("restore", "--force", file)

    assert said.startswith("Restored what was there at 20")
    assert said.endswith(f", release {__version__}.\n")
    assert Organization.objects.get(pk=project.organization_id).name == "Acme"
    assert OutboxEntry.objects.for_project(project).exists()
    assert events_of(engine, project) == ["moved", "waiting"]
    assert Person.objects.for_project(project).count() == 1
    (told,) = engine.execute(
        "SELECT JSONExtractString(properties, 'name') FROM events"
        " WHERE project_id = {id:Int64} AND event = 'moved'",
        {"id": project.pk},
    ).rows
    assert told == ["Zoë \"'\\\n"]
    assert engine.execute("SHOW TABLES LIKE 'backup%'").rows == []
    capture(project, captured("new"))
    assert "new" in events_of(engine, project), "the numbers of rows go on"


def test_nothing_moves_at_the_moment_of_a_backup(engine: ModuleType, project: Project) -> None:
    capture(project, captured("waiting"))
    moved: list[bool] = []
    with outbox.nobody_moves():
        in_thread(lambda: moved.append(outbox.move_next_batch(project_id=project.pk)))
    in_thread(lambda: moved.append(outbox.move_next_batch(project_id=project.pk)))
    assert moved == [False, True]


def test_many_rows_are_read_in_pieces(
    engine: ModuleType, project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        capture(project, *[captured(f"e{number}") for _ in range(20)])
        outbox.move_waiting(project_id=project.pk)
    monkeypatch.setattr("posthog_lite.clickhouse.copies.BYTES_AT_ONCE", 500)
    before = events_of(engine, project)
    run("backup", file)
    with ZipFile(file) as packed:
        pieces = [name for name in packed.namelist() if name.startswith("engine/events/")]
        assert max(packed.getinfo(name).file_size for name in pieces) < 20_000
    assert len(pieces) > 6
    run("restore", "--force", file)
    assert events_of(engine, project) == before


def test_a_place_that_is_not_empty_is_refused(
    engine: ModuleType, project: Project, file: Path
) -> None:
    run("backup", file)
    with pytest.raises(CommandError, match=r"There is data already\. With --force all of it"):
        run("restore", file)
    with pytest.raises(CommandError, match=r"backup\.zip exists already"):
        run("backup", file)
    assert list(file.parent.iterdir()) == [file]


def changed(file: Path, **fields: Any) -> Path:
    other = file.with_name("other.zip")
    with ZipFile(file) as source, ZipFile(other, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "manifest.json":
                content = orjson.dumps(orjson.loads(content) | fields)
            target.writestr(name, content)
    return other


def test_what_cannot_be_restored_is_refused_before_anything_changes(
    engine: ModuleType, project: Project, file: Path
) -> None:
    run("backup", file)
    later = {"version": "9.9.0"}
    for newer in ({"form": 2}, {"migrations": ["accounts.9999_later"]}, {"engine": ["9999_later"]}):
        with pytest.raises(CommandError, match=r"made by a later release \(9\.9\.0\) than this"):
            run("restore", "--force", changed(file, **later, **newer))
    for length in (1, 100):  # a wrong sum, and most likely what cannot be unpacked at all
        content = bytearray(file.read_bytes())
        middle = len(content) // 2
        content[middle : middle + length] = [byte ^ 0xFF for byte in content[middle:][:length]]
        file.with_name("damaged.zip").write_bytes(content)
        with pytest.raises(CommandError, match=r"is damaged .* nothing was changed"):
            run("restore", "--force", file.with_name("damaged.zip"))
    file.with_name("none.zip").write_text("no backup")
    with pytest.raises(CommandError, match="is not a backup of PostHog Lite"):
        run("restore", "--force", file.with_name("none.zip"))
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("restore", "--force", file.with_name("missing.zip"))
    assert Project.objects.filter(pk=project.pk).exists()


def test_a_database_in_use_is_refused(
    project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", file)
    monkeypatch.setattr(reading, "others_connected", lambda: 1)
    with pytest.raises(CommandError, match=r"The database is in use\. Stop the server first\."):
        run("restore", "--force", file)
