"""A plugin for the tests of programs that talk to PostHog: the fixture `posthog_lite`.

One server for all tests of a process, with temporary data; a project of its own for each test.
Loaded by every pytest that finds the package installed, it imports nothing heavy.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from posthog_lite.server.program import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPTIONS = ("--ephemeral", "--empty", "--json")
START_SECONDS = 120
STOP_SECONDS = 30
# What the tested program may have in its environment, and a server would take for its own.
SETTINGS = (
    *("DJANGO_SETTINGS_MODULE", "DATA_DIR", "DATABASE_URL", "DATABASE_STATEMENT_TIMEOUT"),
    *("DATABASE_POOL_SIZE", "DATABASE_PREPARED_STATEMENTS", "CLICKHOUSE_URL", "CLICKHOUSE_CLUSTER"),
    *("ENGINE_MEMORY_MB", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "CACHE_URL"),
    *("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "SECURE_COOKIES", "DEBUG"),
    *("TRUST_PROXY_HEADERS", "RATE_LIMIT_ENABLED", "BODY_TIMEOUT", "LOG_FORMAT", "LOG_LEVEL"),
    "PROMETHEUS_ENABLED",
)


class PostHogLite:
    """A running server, and the project that the test at hand has for itself."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.url: str = told["url"]
        self.key: str = told["key"]
        self.project: int = told["project"]
        self.token: str = told["token"]
        self._organization: str = self.request("GET", "/api/organizations/@current/")["id"]

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API with the key and return its JSON. Raises HTTPError for a refusal."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data, headers, method=method)  # noqa: S310  # http
        with urlopen(request, timeout=START_SECONDS) as response:  # noqa: S310  # http
            return json.loads(response.read() or b"null")

    def capture(
        self,
        event: str,
        distinct_id: str = "test",
        properties: Mapping[str, Any] | None = None,
        timestamp: str | None = None,
    ) -> None:
        """Send an event to the project; the very next query sees it."""
        sent: dict[str, Any] = {"api_key": self.token, "event": event, "distinct_id": distinct_id}
        sent |= {"properties": dict(properties or {})}
        sent |= {"timestamp": timestamp} if timestamp else {}
        self.request("POST", "/i/v0/e/", sent)

    def query(self, sql: str) -> list[list[Any]]:
        """Return the rows of a query in HogQL."""
        query = {"kind": "HogQLQuery", "query": sql}
        answer = self.request("POST", f"/api/projects/{self.project}/query/", {"query": query})
        rows: list[list[Any]] = answer["results"]
        return rows

    def reset(self) -> None:
        """Go on with a new, empty project: `project` and `token` change, url and key stay."""
        path = f"/api/organizations/{self._organization}/projects/"
        made = self.request("POST", path, {"name": "Test"})
        self.project, self.token = made["id"], made["api_token"]
        self.request("PATCH", "/api/users/@me/", {"set_current_team": self.project})


@pytest.fixture(scope="session")
def posthog_lite_server() -> Iterator[PostHogLite]:
    """A server with temporary data, which is gone after the last test."""
    others = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(  # noqa: S603  # our own program
            command_line("quickstart", *OPTIONS),
            env=others | {"LOG_LEVEL": "WARNING"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield PostHogLite(_wait_for_start(process, log))
        finally:
            _stop(process)


@pytest.fixture
def posthog_lite(posthog_lite_server: PostHogLite) -> PostHogLite:
    """The server, with an empty project for this test alone."""
    posthog_lite_server.reset()
    return posthog_lite_server


def _wait_for_start(process: subprocess.Popen[str], log: IO[str]) -> dict[str, Any]:
    """Return what the server says of itself, once it answers."""
    line = process.stdout.readline() if process.stdout else ""
    deadline = time.monotonic() + START_SECONDS
    while line and process.poll() is None and time.monotonic() < deadline:
        told: dict[str, Any] = json.loads(line)
        if _answers(told["url"]):
            return told
        time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"PostHog Lite did not start: {log.read().strip()}")


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_readyz", timeout=START_SECONDS):  # noqa: S310  # http
            return True
    except (URLError, OSError):
        return False


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
