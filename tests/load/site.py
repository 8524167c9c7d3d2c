"""The server under load: in two processes, on an embedded database of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from posthog_lite.embedded.postgres_cluster import read_postmaster
from tests.support.callers import Caller, with_key
from tests.support.processes import RunningProcess, free_port, remove_data_dir, run_manage

TILES = 20


@dataclass(frozen=True)
class Tenant:
    """Somebody else on the same server, with one dashboard."""

    caller: Caller
    project: str
    dashboard: str


@dataclass
class Site:
    """Where the server is, who may call it, and what it holds."""

    process: RunningProcess
    port: int
    caller: Caller
    project: str
    dashboards: list[int] = field(default_factory=list)
    large_dashboard: int = 0

    def dashboard(self, number: int) -> str:
        return f"{self.project}/dashboards/{number}/"

    def add_tenant(self, name: str) -> Tenant:
        """Make an organization of its own."""
        made = _bootstrap(self.process.data_dir, name)
        caller = with_key(self.port, made["personal_api_key"])
        project = f"/api/projects/{made['project_id']}"
        texts = [{"text": {"body": f"Text {text}"}} for text in range(TILES)]
        answer = caller("POST", f"{project}/dashboards/", {"name": name, "tiles": texts})
        return Tenant(caller, project, f"{project}/dashboards/{answer.json()['id']}/")

    def connect(self) -> psycopg.Connection[Any]:
        postmaster = read_postmaster(self.process.data_dir / "postgres")
        assert postmaster is not None
        return psycopg.connect(
            host=postmaster.socket_dir, user="postgres", dbname="postgres", autocommit=True
        )


@contextmanager
def running_site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    port = free_port()
    try:
        run_manage("migrate", data_dir=folder).check_returncode()
        answer = _bootstrap(folder, "Load")
        options = ["manage.py", "serve", f"--port={port}", "--workers=2"]
        with RunningProcess(*options, data_dir=folder) as process:
            process.wait_until_ready(f"http://127.0.0.1:{port}")
            caller = with_key(port, answer["personal_api_key"])
            site = Site(process, port, caller, f"/api/projects/{answer['project_id']}")
            _fill(site)
            yield site
    finally:
        remove_data_dir(folder)


def _bootstrap(folder: Path, name: str) -> dict[str, Any]:
    names = [f"--organization={name}", f"--project={name}", f"--email={name.lower()}@example.com"]
    made = run_manage("bootstrap", "--json", *names, data_dir=folder)
    answer: dict[str, Any] = json.loads(made.stdout)
    return answer


def _fill(site: Site) -> None:
    for number in range(10):
        texts = [{"text": {"body": f"Text {text}"}} for text in range(TILES)]
        body = {"name": f"Dashboard {number}", "tags": ["load"], "tiles": texts}
        site.dashboards.append(_create(site, body))
    large = [{"text": {"body": "\N{ROCKET}" * 4000}} for _ in range(320)]
    site.large_dashboard = _create(site, {"name": "Large", "tiles": large})


def _create(site: Site, body: dict[str, Any]) -> int:
    number: int = site.caller("POST", f"{site.project}/dashboards/", body).json()["id"]
    return number
