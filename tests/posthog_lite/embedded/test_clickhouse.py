"""The embedded engine as a process: who starts, shares, stops and loses it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from posthog_lite.embedded import clickhouse, clickhouse_native
from posthog_lite.embedded.clickhouse import (
    EmbeddedEngineUnavailable,
    EngineAddress,
    find_embedded_engine,
    start_embedded_engine,
    stop_embedded_engine,
)
from tests.support.processes import BASE_DIR, is_alive, wait_until

MEMORY = 1024 * 1024 * 1024
START = f"""
import sys
from pathlib import Path
from posthog_lite.embedded.clickhouse import start_embedded_engine
engine = start_embedded_engine(Path(sys.argv[1]), memory={MEMORY})
print(engine.pid, engine.port, flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "clickhouse"
    stop_embedded_engine(tmp_path / "clickhouse")


def start(folder: Path) -> EngineAddress:
    return start_embedded_engine(folder, memory=MEMORY)


def ask(engine: EngineAddress, sql: str, password: str | None = None, **arguments: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in arguments.items())
    request = urllib.request.Request(
        f"http://127.0.0.1:{engine.port}/?{query}", data=sql.encode(), method="POST"
    )
    request.add_header("X-ClickHouse-Key", engine.password if password is None else password)
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  # our own
        body: bytes = response.read()
    return body.decode().strip()


def start_elsewhere(folder: Path, then: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START + then, str(folder)],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_data_is_there_after_a_stop(folder: Path) -> None:
    ask(start(folder), "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a")
    ask(start(folder), "INSERT INTO t VALUES (1), (2)")
    first = start(folder)
    stop_embedded_engine(folder)
    assert not is_alive(first.pid)

    assert ask(start(folder), "SELECT count() FROM t") == "2"


def test_two_processes_that_start_at_once_share_one_engine(folder: Path) -> None:
    both = [start_elsewhere(folder, "input()") for _ in range(2)]
    try:
        answers = {process.stdout.readline() for process in both if process.stdout}
        assert len(answers) == 1
    finally:
        for process in both:
            process.kill()
            process.communicate()


def test_last_process_to_leave_stops_the_engine(folder: Path) -> None:
    first = start_elsewhere(folder)
    output, _ = first.communicate(timeout=60)

    assert not is_alive(int(output.split()[0]))
    assert find_embedded_engine(folder) is None


def test_engine_of_killed_processes_ends_by_itself(folder: Path) -> None:
    process = start_elsewhere(folder, "input()")
    assert process.stdout
    pid = int(process.stdout.readline().split()[0])
    process.kill()
    process.communicate()

    wait_until(lambda: not is_alive(pid), "end the engine that nobody uses")


def test_engine_stays_as_long_as_another_process_uses_it(folder: Path) -> None:
    engine = start(folder)
    other = start_elsewhere(folder)
    output, _ = other.communicate(timeout=60)

    assert output.split() == [str(engine.pid), str(engine.port)]
    assert ask(engine, "SELECT 1") == "1"


def test_killed_engine_is_started_anew_with_what_it_acknowledged(folder: Path) -> None:
    """Nothing acknowledged is lost or doubled, wherever in an insert the engine is killed."""
    engine = start(folder)
    ask(
        engine,
        "CREATE TABLE t (writer Int8, a Int64) ENGINE = MergeTree ORDER BY a "
        "SETTINGS fsync_after_insert = 1",
    )
    acknowledged: list[list[int]] = [[], [], []]

    def write(writer: int) -> None:
        number = 0
        while True:
            try:
                rows = ",".join(f"({writer},{number * 100 + row})" for row in range(100))
                ask(engine, f"INSERT INTO t VALUES {rows}")  # noqa: S608  # our own
            except (urllib.error.URLError, OSError):
                return
            acknowledged[writer].append(number)
            number += 1

    with ThreadPoolExecutor() as pool:
        for writer in range(3):
            pool.submit(write, writer)
        wait_until(lambda: sum(map(len, acknowledged)) > 30, "write")
        os.kill(engine.pid, signal.SIGKILL)

    again = start(folder)
    assert again.pid != engine.pid
    for writer, numbers in enumerate(acknowledged):
        last = len(numbers) * 100
        where = f"writer = {writer} AND a < {last}"
        found = ask(again, f"SELECT count(), uniqExact(a) FROM t WHERE {where}")  # noqa: S608
        assert found == f"{last}\t{last}"


@pytest.mark.parametrize("password", ["", "wrong"])
def test_wrong_password_is_refused(folder: Path, password: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(start(folder), "SELECT 1", password=password)

    assert caught.value.code == 403
    assert b"password" in caught.value.read()
    caught.value.close()


def test_secrets_are_for_their_owner_only(folder: Path) -> None:
    start(folder)

    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "password").stat().st_mode & 0o077 == 0


def test_only_this_machine_reaches_the_engine(folder: Path) -> None:
    process = psutil.Process(start(folder).pid)

    listening = [each.laddr.ip for each in process.net_connections() if each.status == "LISTEN"]

    assert listening == ["127.0.0.1"]


def test_client_that_hangs_up_ends_its_query(folder: Path) -> None:
    engine = start(folder)
    statement = b"SELECT count() FROM numbers(1000000000000)"
    with socket.create_connection(("127.0.0.1", engine.port)) as client:
        head = f"POST / HTTP/1.1\r\nX-ClickHouse-Key: {engine.password}\r\n"
        client.sendall(f"{head}Content-Length: {len(statement)}\r\n\r\n".encode() + statement)
        running = "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND 1=1"
        wait_until(lambda: ask(engine, running) == "2", "run the query")

    wait_until(lambda: ask(engine, running) == "1", "end the query")


def test_connections_that_close_leave_no_threads(folder: Path) -> None:
    engine = start(folder)
    process = psutil.Process(engine.pid)
    with ExitStack() as clients:
        for _ in range(100):
            clients.enter_context(socket.create_connection(("127.0.0.1", engine.port)))
        wait_until(lambda: process.num_threads() > 100, "take the connections")

    # The engine's own threads come and go; there are some twenty of them.
    wait_until(lambda: process.num_threads() < 100, "give the threads back")


def test_settings_and_database_of_a_request_hold_for_it_alone(folder: Path) -> None:
    engine = start(folder)
    ask(engine, "CREATE DATABASE other")

    there = ask(
        engine,
        "SELECT currentDatabase(), getSetting('max_threads')",
        database="other",
        max_threads="3",
        readonly="1",
    )

    assert there == "other\t3"
    assert ask(engine, "SELECT currentDatabase(), getSetting('readonly')") == "default\t0"


def test_memory_is_bound(folder: Path) -> None:
    engine = start(folder)
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(engine, "SELECT groupArray(number) FROM numbers(1000000000)")
    assert b"memory limit" in caught.value.read()
    caught.value.close()

    assert psutil.Process(engine.pid).memory_info().rss < MEMORY
    assert ask(engine, "SELECT 1") == "1"


def test_idle_engine_is_small(folder: Path) -> None:
    engine = start(folder)
    ask(engine, "SELECT 1")

    memory = psutil.Process(engine.pid).memory_info()
    assert memory.rss < 400 * 1024 * 1024
    assert memory.rss - memory.shared < 100 * 1024 * 1024  # the rest is the program's file


def test_process_does_not_load_what_the_package_asks_for(folder: Path) -> None:
    engine = start(folder)

    loaded = {Path(file.path).name for file in psutil.Process(engine.pid).memory_maps()}

    assert not [name for name in loaded if "arrow" in name or "pandas" in name or "numpy" in name]


def test_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.write_text("")

    with pytest.raises(EmbeddedEngineUnavailable, match="is a file"):
        start(folder)


def test_broken_data_is_told_in_a_line(folder: Path) -> None:
    folder.mkdir()
    (folder / "data").write_text("")

    with pytest.raises(EmbeddedEngineUnavailable, match="did not start"):
        start(folder)


def test_another_version_of_the_package_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clickhouse_native, "VERSION", "1.2.3")

    with pytest.raises(EmbeddedEngineUnavailable, match=r"needs chdb-core 1\.2\.3"):
        start(folder)


def test_missing_package_is_told_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse_native, "PACKAGE", "no-such-package")

    with pytest.raises(EmbeddedEngineUnavailable, match="not installed") as caught:
        start(folder)

    assert caught.value.is_harmless
    assert not folder.exists()


def test_engine_that_does_not_answer_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clickhouse, "START_SECONDS", 0)

    with pytest.raises(EmbeddedEngineUnavailable, match="did not start"):
        start(folder)


def test_threads_of_one_process_share_one_engine(folder: Path) -> None:
    found: set[int] = set()
    threads = [threading.Thread(target=lambda: found.add(start(folder).pid)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 1


def test_start_takes_less_than_ten_seconds(folder: Path) -> None:
    started_at = time.monotonic()
    start(folder)

    assert time.monotonic() - started_at < 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_root_leaves_a_users_folder_to_the_user(tmp_path: Path) -> None:
    user = 65534
    for entry in (tmp_path, *list(tmp_path.parents)[:-1]):
        if entry.owner() == "root" and not entry.stat().st_mode & 0o001:
            entry.chmod(entry.stat().st_mode | 0o001)
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    os.chown(data_dir, user, user)

    engine = start(data_dir / "clickhouse")
    try:
        ask(engine, "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a")
        assert psutil.Process(engine.pid).uids().effective == user
        entries = [data_dir / "clickhouse.lock", *(data_dir / "clickhouse").rglob("*")]
        assert {entry.lstat().st_uid for entry in entries} == {user}
    finally:
        stop_embedded_engine(data_dir / "clickhouse")
