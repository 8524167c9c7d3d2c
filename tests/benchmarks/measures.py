"""The measurements: each gives the numbers of one row of the table, one number a round."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.servers import Server, requests_per_second

if TYPE_CHECKING:
    from tests.benchmarks.data import Rows

SEQUENTIAL = 100  # requests one after the other, for times that concurrency would blur


@dataclass(frozen=True)
class Bench:
    """What every measurement works with."""

    rows: Rows
    product: Server
    floor: Server
    seconds: int

    def dashboards(self, project: str = "100", query: str = "") -> str:
        return f"/api/projects/{self.rows.projects[project]}/dashboards/{query}"

    def dashboard(self, name: str) -> str:
        project = name if name in self.rows.projects else "100"
        return f"{self.dashboards(project)}{self.rows.dashboards[name]}/"

    def rate(self, server: Server, path: str, method: str = "GET") -> float:
        return requests_per_second(
            server.url + path, key=self.rows.key, seconds=self.seconds, method=method
        )


Measure = Callable[[Bench], float]


def against_floor(path: Callable[[Bench], str], method: str = "GET") -> Measure:
    """Requests a second of the product by those of the floor."""

    def measure(bench: Bench) -> float:
        floor = bench.rate(bench.floor, path(bench), method)
        return bench.rate(bench.product, path(bench), method) / floor

    return measure


def times_as_long(path: Callable[[Bench], str], as_path: Callable[[Bench], str]) -> Measure:
    """How many times as long the product takes for one answer as for another."""

    def measure(bench: Bench) -> float:
        reference = bench.rate(bench.product, as_path(bench))
        return reference / bench.rate(bench.product, path(bench))

    return measure


def queries(path: Callable[[Bench], str], method: str = "GET") -> Measure:
    """SQL statements of one request, transactions not counted.

    Nor what at most once a minute notes, after the answer, that somebody was here.
    """

    def measure(bench: Bench) -> float:
        caller = {"Authorization": f"Bearer {bench.rows.key}", "Host": "localhost"}
        client = Client(headers=caller)
        body = '{"name": "Renamed"}' if method == "PATCH" else ""
        client.get(path(bench))
        with CaptureQueriesContext(connection) as found:
            client.generic(method, path(bench), body, content_type="application/json")
        words = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
        return sum(not query["sql"].startswith(words) for query in found.captured_queries)

    return measure


def first_event(bench: Bench) -> float:
    """Time to the first event of a 20-tile stream by the time of GET of an empty dashboard."""
    stream = bench.dashboard("20 tiles") + "stream_tiles/"
    return _first_bytes(bench, stream) / _first_bytes(bench, bench.dashboard("0 tiles"))


def _first_bytes(bench: Bench, path: str) -> float:
    """Median seconds until the start of the body, one request after the other."""
    address = urlsplit(bench.product.url)
    times = []
    for _ in range(SEQUENTIAL):
        client = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        started = time.perf_counter()
        client.request("GET", path, headers={"Authorization": f"Bearer {bench.rows.key}"})
        response = client.getresponse()
        response.read(1)
        times.append(time.perf_counter() - started)
        response.read()
        client.close()
    return median(times)


def memory_growth(bench: Bench) -> float:
    """Memory of the largest process after 10,000 more requests by that after 100."""
    _ask(bench, 100)
    before = bench.product.worker_memory()
    _ask(bench, 10_000)
    return bench.product.worker_memory() / before


def _ask(bench: Bench, number: int) -> None:
    answered = 0.0
    while answered < number:
        answered += bench.rate(bench.product, bench.dashboard("20 tiles")) * bench.seconds
