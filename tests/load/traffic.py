"""Clients that read, write and stream as fast as they are told to."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.load.site import Site

SECONDS_TO_ANSWER = 60
DELIBERATE = (429, 503)
Call = tuple[str, str, Any]


def get_dashboard(site: Site, pick: random.Random) -> Call:
    return "GET", site.dashboard(pick.choice(site.dashboards)), None


def list_dashboards(site: Site, pick: random.Random) -> Call:
    return "GET", f"{site.project}/dashboards/?limit=20", None


def list_insights(site: Site, pick: random.Random) -> Call:
    return "GET", f"{site.project}/insights/", None


def change_dashboard(site: Site, pick: random.Random) -> Call:
    change = {"description": f"{pick.random()}", "tags": pick.sample(["a", "b", "c", "load"], 2)}
    return "PATCH", site.dashboard(pick.choice(site.dashboards)), change


def create_dashboard(site: Site, pick: random.Random) -> Call:
    body = {"name": "Made under load", "tiles": [{"text": {"body": "one"}}], "deleted": True}
    return "POST", f"{site.project}/dashboards/", body


def refresh_link(site: Site, pick: random.Random) -> Call:
    path = site.dashboard(pick.choice(site.dashboards))
    return "POST", f"{path}sharing/refresh/", None


def stream_tiles(site: Site, pick: random.Random) -> Call:
    return "GET", f"{site.dashboard(pick.choice(site.dashboards))}stream_tiles/", None


MIX: dict[Callable[[Site, random.Random], Call], int] = {
    get_dashboard: 50,
    list_dashboards: 10,
    list_insights: 5,
    change_dashboard: 20,
    create_dashboard: 2,
    refresh_link: 3,
    stream_tiles: 10,
}


@dataclass
class Tally:
    """What all clients have seen so far."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, name: str, status: int, problem: str | None, seconds: float) -> None:
        with self.lock:
            self.statuses[name, status] += 1
            self.slowest = max(self.slowest, seconds)
            if problem:
                self.wrong[problem] += 1

    def answered(self) -> int:
        with self.lock:
            return sum(self.statuses.values())


class Pace:
    """Lets so many requests start in a second, however long each takes; None for no limit."""

    def __init__(self, per_second: float | None) -> None:
        self._interval = None if per_second is None else 1 / per_second
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        if self._interval is None:
            return
        with self._lock:
            now = time.monotonic()
            start = self._next = max(self._next + self._interval, now - 1)
        time.sleep(max(0.0, start - now))


class Client(threading.Thread):
    """One connection, kept open, with one request after another."""

    def __init__(self, site: Site, tally: Tally, pace: Pace, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.site = site
        self.tally = tally
        self.pace = pace
        self.is_over = is_over
        self.pick = random.Random()  # noqa: S311  # no secret
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", site.port, timeout=SECONDS_TO_ANSWER
        )

    def run(self) -> None:
        kinds, weights = list(MIX), list(MIX.values())
        while not self.is_over.is_set():
            self.pace.wait()
            kind = self.pick.choices(kinds, weights)[0]
            started = time.monotonic()
            status, problem = self._send(*kind(self.site, self.pick))
            seconds = time.monotonic() - started
            self.tally.note(kind.__name__, status, problem, seconds)
        self.connection.close()

    def _send(self, method: str, path: str, body: Any) -> tuple[int, str | None]:
        """The status, 0 for none, and what is wrong with the answer."""
        headers = {"Content-Type": "application/json", **self.site.caller.headers}
        text = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, path, text, headers)
            response = self.connection.getresponse()
            return response.status, _problem(path, response, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return 0, f"{method} without an answer: {error!r}"


def _problem(path: str, response: http.client.HTTPResponse, body: bytes) -> str | None:
    if response.status in DELIBERATE:
        return None if response.getheader("Retry-After") else f"{response.status} without pause"
    if not 200 <= response.status < 300:
        return f"{response.status}: {body[:200]!r}"
    if path.endswith("stream_tiles/") and not body.endswith(b'{"type":"complete"}\n\n'):
        return "a stream without an end"
    return None


def measure_capacity(site: Site, seconds: float) -> float:
    """Requests a second that a few clients get through, none of whom waits for anything."""
    tally, is_over = Tally(), threading.Event()
    clients = [Client(site, tally, Pace(None), is_over) for _ in range(4)]
    for client in clients:
        client.start()
    is_over.wait(seconds)
    is_over.set()
    for client in clients:
        client.join()
    return max(1.0, tally.answered() / seconds)
