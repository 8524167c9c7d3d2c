"""What is told when no engine answers, and how its end is outlived."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_django import Settings

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.errors import (
    UNAVAILABLE,
    EngineRefused,
    EngineUnavailable,
    QueryTimedOut,
    error_of,
)
from posthog_lite.clickhouse.http import forget_clients
from posthog_lite.clickhouse.schema import as_here, forget_schema, migration_files, statements_of
from posthog_lite.embedded import clickhouse_native
from posthog_lite.embedded.clickhouse import find_embedded_engine, stop_embedded_engine
from posthog_lite.events import outbox
from tests.posthog_lite.events.capturing import capture, captured
from tests.posthog_lite.events.test_outbox import stored
from tests.support.processes import is_alive, wait_until


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An engine folder of this test alone."""
    settings.CLICKHOUSE_URL = ""
    settings.CLICKHOUSE_EMBEDDED_DIR = str(tmp_path / "clickhouse")
    settings.CLICKHOUSE_DATABASE = "of_this_test"
    forget_clients()
    yield tmp_path / "clickhouse"
    forget_clients()
    forget_schema("of_this_test")
    stop_embedded_engine(tmp_path / "clickhouse")


def kill(folder: Path) -> None:
    running = find_embedded_engine(folder)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(running.pid), "die")


def test_nothing_starts_before_it_is_needed(folder: Path) -> None:
    assert not folder.exists()
    assert engine.execute("SELECT 1").rows == [[1]]
    assert find_embedded_engine(folder) is not None


def test_query_after_a_kill_is_answered(folder: Path) -> None:
    assert engine.execute("SELECT 1").rows == [[1]]
    kill(folder)

    assert engine.execute("SELECT 1").rows == [[1]]


def test_write_after_a_kill_fails_once_as_it_may_have_been_done(folder: Path) -> None:
    engine.insert_lines("groups", b'{"project_id":1,"group_key":"a"}')
    kill(folder)

    with pytest.raises(EngineUnavailable):
        engine.insert_lines("groups", b'{"project_id":1,"group_key":"b"}')
    engine.insert_lines("groups", b'{"project_id":1,"group_key":"b"}')
    rows = engine.execute("SELECT group_key FROM groups ORDER BY group_key").rows
    assert rows == [["a"], ["b"]]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("milliseconds", [0, 5, 20])
def test_engine_killed_while_it_takes_events_has_each_once(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch, milliseconds: int
) -> None:
    """Events of several months are several parts, of which some may be stored and others not."""
    capture(project, *(captured(f"event {n}", minutes=-n * 20_000) for n in range(40)))
    engine.execute("SELECT 1")
    insert = engine.insert_lines

    def insert_into_dying(table: str, lines: bytes, **options: Any) -> None:
        if table == "events":
            threading.Timer(milliseconds / 1000, kill, [folder]).start()
        insert(table, lines, **options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "insert_lines", insert_into_dying)
        with suppress(EngineUnavailable):
            outbox.move_waiting(project_id=project.pk)
    running = find_embedded_engine(folder)
    wait_until(lambda: running is None or not is_alive(running.pid), "die")
    outbox.move_waiting(project_id=project.pk)

    names = [name for (name,) in stored(engine, project)]
    assert sorted(names) == sorted(f"event {n}" for n in range(40))


def test_folder_that_cannot_be_used_is_told_to_the_operator_alone(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("")

    with pytest.raises(EngineUnavailable) as caught:
        engine.execute("SELECT 1")

    assert caught.value.detail == UNAVAILABLE
    assert str(folder) in caplog.text


def test_missing_package_is_told_to_everybody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clickhouse_native, "PACKAGE", "no-such-package")

    with pytest.raises(EngineUnavailable, match="not installed") as caught:
        engine.execute("SELECT 1")

    assert caught.value.status_code == 503


def test_server_that_does_not_answer_is_unavailable(settings: Settings) -> None:
    settings.CLICKHOUSE_URL = "http://127.0.0.1:9"
    settings.CLICKHOUSE_DATABASE = "nowhere"
    forget_clients()

    with pytest.raises(EngineUnavailable):
        engine.execute("SELECT 1")
    forget_clients()


def test_address_of_a_server_takes_the_same_way(engine: ModuleType, settings: Settings) -> None:
    running = find_embedded_engine(Path(settings.CLICKHOUSE_EMBEDDED_DIR))
    assert running is not None
    settings.CLICKHOUSE_URL = f"http://me:{running.password}@127.0.0.1:{running.port}/elsewhere"
    settings.CLICKHOUSE_DATABASE = "elsewhere"
    forget_clients()

    assert engine.execute("SELECT currentDatabase(), count() FROM events").rows == [
        ["elsewhere", 0]
    ]
    engine.command("DROP DATABASE elsewhere")
    forget_clients()
    forget_schema("elsewhere")


@pytest.mark.parametrize(
    ("number", "told", "kind", "code"),
    [
        (159, "Code: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)", QueryTimedOut, ""),
        (
            243,
            "Code: 243. DB::Exception: Not enough space. (NOT_ENOUGH_SPACE)",
            EngineUnavailable,
            "engine_unavailable",
        ),
        (202, "Code: 202. DB::Exception: Too many.", EngineUnavailable, "engine_unavailable"),
        (
            47,
            "Received ClickHouse exception, code: 47, server response: Code: 47. DB::Exception: "
            "Missing columns: 'x'. (UNKNOWN_IDENTIFIER) (version 25.8.1.1 (official build)) "
            "(for url http://127.0.0.1:1)",
            EngineRefused,
            "unknown_identifier",
        ),
    ],
)
def test_number_decides_the_error(number: int, told: str, kind: type, code: str) -> None:
    error = error_of(number, told)

    assert type(error) is kind
    assert error.code == (code or "query_timed_out")
    assert "127.0.0.1" not in error.detail + error.reason
    assert "official build" not in error.detail


def test_tables_of_a_cluster_are_replicated_and_distributed(settings: Settings) -> None:
    settings.CLICKHOUSE_CLUSTER = "main"
    statements = [each for path in migration_files() for each in statements_of(path)]

    *made, changed = [as_here(statement, "events") for statement in statements]

    assert changed == [
        f"ALTER TABLE {name} ON CLUSTER `main` ADD COLUMN IF NOT EXISTS is_implicit UInt8 DEFAULT 0"
        for name in ("persons_shard", "persons")
    ]
    assert len(made) == 5
    for on_each_shard, before_them in made:
        assert "_shard ON CLUSTER `main` (" in on_each_shard
        assert "ENGINE = Replicated" in on_each_shard
        assert "ENGINE = Distributed(`main`, `events`, " in before_them
        assert "cityHash64(" in before_them
    assert "PARTITION BY toYYYYMM(timestamp)" in made[0][0]
