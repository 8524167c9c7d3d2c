"""Processes killed under load, and stopped with work in hand."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from posthog_lite.embedded.postgres_cluster import Postmaster, read_postmaster
from tests.support.callers import Answer, Caller, with_key
from tests.support.processes import (
    SECONDS,
    RunningProcess,
    free_port,
    is_listening,
    remove_data_dir,
    wait_until,
)

pytestmark = pytest.mark.slow

KEY = re.compile(r"Personal API key +(phx_\w+)")
BROKEN = (OSError, http.client.HTTPException)  # a worker died with our request in hand


class Running:
    """`quickstart` on an embedded database of its own."""

    def __init__(self, process: RunningProcess, port: int) -> None:
        self.process = process
        self.port = port
        key = KEY.findall(process.output)[0]
        self.caller = with_key(port, key)
        self.project = f"/api/projects/{self.caller('GET', '/api/users/@me/').json()['team']['id']}"

    @property
    def postmaster(self) -> Postmaster | None:
        return read_postmaster(self.process.data_dir / "postgres")

    def check(self, path: str) -> Answer | None:
        """The answer of a health check; None from a worker that is going down."""
        with suppress(*BROKEN):
            return Caller(self.port)("GET", path)
        return None

    def is_ready(self) -> bool:
        answer = self.check("/_readyz")
        return answer is not None and answer.status == 200


@pytest.fixture
def running() -> Iterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    port = free_port()
    with RunningProcess("manage.py", "quickstart", f"--port={port}", data_dir=folder) as process:
        process.wait_until_ready(f"http://127.0.0.1:{port}")
        yield Running(process, port)
    remove_data_dir(folder)


class Writer(threading.Thread):
    """Creates dashboards of two texts and a tag each, and knows which were acknowledged."""

    def __init__(self, running: Running, name: str) -> None:
        super().__init__(daemon=True)
        self.running = running
        self.prefix = name
        self.is_over = threading.Event()
        self.acknowledged: list[dict[str, Any]] = []
        self.refused: list[Answer] = []

    def run(self) -> None:
        number = 0
        while not self.is_over.is_set():
            number += 1
            texts = [{"text": {"body": f"{self.prefix} {number} {half}"}} for half in "ab"]
            body = {"name": f"{self.prefix} {number}", "tags": [self.prefix], "tiles": texts}
            with suppress(*BROKEN):
                answer = self.running.caller("POST", f"{self.running.project}/dashboards/", body)
                if answer.status == 201:
                    self.acknowledged.append(answer.json())
                else:
                    self.refused.append(answer)

    def wait_for_more(self) -> None:
        enough = len(self.acknowledged) + 3
        wait_until(lambda: len(self.acknowledged) >= enough, f"let {self.prefix} write")


def test_no_acknowledged_write_is_lost_and_none_is_half_done(running: Running) -> None:
    writers = [Writer(running, f"writer-{number}") for number in range(4)]
    for writer in writers:
        writer.start()
        writer.wait_for_more()
    kill_a_worker(running)
    for writer in writers:
        writer.wait_for_more()
    kill_postgresql(running)
    for writer in writers:
        writer.wait_for_more()
        writer.is_over.set()
    for writer in writers:
        writer.join(SECONDS)
    check_what_is_stored(running, writers)
    refused = [answer for writer in writers for answer in writer.refused]
    assert {answer.status for answer in refused} <= {503}
    assert {answer.json()["code"] for answer in refused} <= {"database_unavailable"}
    assert all(answer.headers["retry-after"] == "1" for answer in refused)


def kill_a_worker(running: Running) -> None:
    workers = running.process.workers
    before = workers()
    before[0].kill()
    wait_until(
        lambda: len(workers()) == len(before) and before[0] not in workers(),
        "replace the worker",
    )
    wait_until(running.is_ready, "get ready again")


def kill_postgresql(running: Running) -> None:
    """It comes back by itself; until then the server lives but is not ready."""
    killed = running.postmaster
    assert killed is not None
    psutil.Process(killed.pid).kill()
    while not came_back(running, killed):
        ready, live = running.check("/_readyz"), running.check("/_livez")
        assert live is not None
        assert live.status == 200
        assert ready is not None
        if ready.status != 200:
            assert (ready.status, ready.headers["retry-after"]) == (503, "1")
            assert ready.json()["code"] == "database_unavailable"
    wait_until(running.is_ready, "get ready again")


def came_back(running: Running, killed: Postmaster) -> bool:
    now = running.postmaster
    return now is not None and now.is_ready and now.pid != killed.pid


def check_what_is_stored(running: Running, writers: list[Writer]) -> None:
    acknowledged = {row["id"]: row["name"] for writer in writers for row in writer.acknowledged}
    stored = written_rows(running)
    assert acknowledged.items() <= {pk: name for pk, name, *_ in stored}.items()
    for _, name, texts, tags in stored:
        assert texts == [f"{name} a", f"{name} b"]
        assert tags == name.split(" ")[0]


def written_rows(running: Running) -> list[Any]:
    """Id, name, texts and tag of each dashboard that a writer made."""
    with connect(running) as database:
        return database.execute(
            "SELECT dashboard.id, dashboard.name,"
            " (SELECT array_agg(body ORDER BY tile.id) FROM dashboards_tile tile"
            "  JOIN dashboards_text text ON text.id = text_id WHERE dashboard_id = dashboard.id),"
            " (SELECT string_agg(tag.name, ' ') FROM dashboards_dashboard_tags link"
            "  JOIN dashboards_tag tag ON tag.id = tag_id WHERE dashboard_id = dashboard.id)"
            " FROM dashboards_dashboard dashboard WHERE dashboard.name LIKE 'writer-%'"
        ).fetchall()


def connect(running: Running) -> psycopg.Connection[Any]:
    postmaster = running.postmaster
    assert postmaster is not None
    return psycopg.connect(host=postmaster.socket_dir, user="postgres", dbname="postgres")


def test_sigterm_lets_requests_and_streams_end(running: Running) -> None:
    dashboard = make_large_dashboard(running)
    path = f"{running.project}/dashboards/{dashboard}/"
    with (
        socket.create_connection(("127.0.0.1", running.port)) as holding_on,
        slow_stream(running, f"{path}stream_tiles/") as stream,
        lock_on_dashboards(running) as lock,
        ThreadPoolExecutor(2) as pool,
    ):
        holding_on.sendall(b"GET /_livez HT")
        change = pool.submit(running.caller, "PATCH", path, {"name": "after"})
        wait_until(lambda: is_somebody_waiting(lock), "wait for the lock")
        end = pool.submit(seconds_to_end, running.process)
        wait_until(lambda: not is_listening(running.port), "stop listening")
        lock.rollback()
        assert change.result().json()["name"] == "after"
        assert stream.read().endswith(b'data: {"type":"complete"}\n\n')
        assert end.result() < 10
        assert running.process.wait() == 0


def seconds_to_end(process: RunningProcess) -> float:
    """From SIGTERM to the exit of the server, however long the test takes to look."""
    started = time.monotonic()
    process.signal(signal.SIGTERM)
    process.wait()
    return time.monotonic() - started


def make_large_dashboard(running: Running) -> int:
    """More than the system buffers of a connection take."""
    tiles = [{"text": {"body": "\N{ROCKET}" * 4000}} for _ in range(400)]
    body = {"name": "before", "tiles": tiles}
    number: int = running.caller("POST", f"{running.project}/dashboards/", body).json()["id"]
    return number


@contextmanager
def slow_stream(running: Running, path: str) -> Iterator[http.client.HTTPResponse]:
    """The beginning of a stream whose server has not got rid of all of it."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sock.settimeout(SECONDS)
    connection.sock.connect(("127.0.0.1", running.port))
    connection.request("GET", path, headers=running.caller.headers)
    with closing(connection), connection.getresponse() as response:
        assert response.read(10) == b'data: {"ty'
        yield response


def lock_on_dashboards(running: Running) -> psycopg.Connection[Any]:
    connection = connect(running)
    connection.execute("SELECT 1 FROM dashboards_dashboard FOR UPDATE")
    return connection


def is_somebody_waiting(lock: psycopg.Connection[Any]) -> bool:
    lock.execute("SELECT pg_stat_clear_snapshot()")
    row = lock.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return row is not None
