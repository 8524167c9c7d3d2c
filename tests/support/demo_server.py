"""A server with the demo of quickstart, which is gone afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.processes import BASE_DIR, process_environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 120  # far more than an answer takes


@dataclass(frozen=True)
class DemoServer:
    """Where the server is, and what opens it."""

    url: str
    project: int
    key: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask something of the project and return the JSON of the answer."""
        request = urllib.request.Request(  # noqa: S310  # our own server
            f"{self.url}/api/projects/{self.project}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # as above
            return json.load(answer)

    def share(self, dashboard: int, **settings: Any) -> str:
        """Switch the link of a dashboard on and return the address of its page."""
        body = {"enabled": True, "settings": settings}
        link = self.call("PATCH", f"dashboards/{dashboard}/sharing/", body)
        return f"{self.url}/shared/{link['access_token']}"


@contextmanager
def demo_server() -> Iterator[DemoServer]:
    """Start the server of quickstart with data of its own; stop it and remove them at the end."""
    with tempfile.TemporaryDirectory(prefix="posthog-lite-demo-") as folder:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "quickstart", "--ephemeral", "--json"],
            cwd=BASE_DIR,
            env=process_environment(Path(folder)),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            wait_until(partial(_is_ready, told["url"]), "the demo to answer")
            yield DemoServer(told["url"], told["project"], told["key"])
        finally:
            process.terminate()
            process.wait(SECONDS)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_readyz", timeout=SECONDS) as answer:  # noqa: S310  # as above
            return bool(answer.status == 200)
    except OSError:
        return False
