"""A server and its engine: none before it is needed, and none left behind."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from posthog_lite.embedded.clickhouse import find_embedded_engine
from tests.support.processes import (
    RunningProcess,
    free_port,
    is_alive,
    run_manage,
    wait_until,
)

QUERY = '{"kind": "HogQLQuery", "query": "select count() from events where event = \'hello\'"}'


@pytest.mark.slow
def test_engine_comes_with_the_first_event_and_goes_with_the_server(
    migrated: Path, tmp_path: Path
) -> None:
    data_dir = migrated
    names = ("--organization=A", "--project=B", "--email=a@example.com")
    made = run_manage("bootstrap", *names, "--json", data_dir=data_dir)
    token = json.loads(made.stdout)["project_api_token"]
    (tmp_path / "query.json").write_text(QUERY)
    folder, port = data_dir / "clickhouse", free_port()
    line = ("manage.py", "serve", f"--port={port}", "--workers=2")
    with RunningProcess(*line, data_dir=data_dir) as server:
        server.wait_until_ready(f"http://127.0.0.1:{port}")
        assert find_embedded_engine(folder) is None

        for killed in (False, True):
            if killed:
                engine = find_embedded_engine(folder)
                assert engine is not None
                os.kill(engine.pid, signal.SIGKILL)
            capture(port, token)
            wait_until(lambda: find_embedded_engine(folder) is not None, "start the engine")

        done = run_manage("query", "--project=1", str(tmp_path / "query.json"), data_dir=data_dir)
        assert json.loads(done.stdout)["results"] == [[2]]
        engine = find_embedded_engine(folder)
        assert engine is not None
        assert server.press_ctrl_c() == 0
        assert not is_alive(engine.pid)


def capture(port: int, token: str) -> None:
    body = {"api_key": token, "event": "hello", "distinct_id": "ann"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/capture/",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  # our own
        assert response.status == 200
