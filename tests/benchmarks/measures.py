"""The measurements: each gives the numbers of one row of the table, one number a round."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

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


def patches_as_long(path: Callable[[Bench], str], as_path: Callable[[Bench], str]) -> Measure:
    """How many times as long a new name takes for one row as for another."""

    def measure(bench: Bench) -> float:
        reference = bench.rate(bench.product, as_path(bench), "PATCH")
        return reference / bench.rate(bench.product, path(bench), "PATCH")

    return measure


def first_insight(bench: Bench) -> str:
    dashboard = _answer(bench, bench.dashboard("20 shared tiles"))
    insight = dashboard["tiles"][0]["insight"]["id"]
    return f"/api/projects/{bench.rows.projects['100']}/insights/{insight}/"


def unchanged(bench: Bench) -> float:
    """Time of a 304 by that of the same dashboard sent whole."""
    url = bench.product.url + bench.dashboard("20 tiles")
    with urlopen(_request(bench, url)) as response:  # noqa: S310  # our own server
        tag = response.headers["ETag"]
    rate = requests_per_second(
        url, key=bench.rows.key, seconds=bench.seconds, headers=(f"If-None-Match: {tag}",)
    )
    return bench.rate(bench.product, bench.dashboard("20 tiles")) / rate


def shared_page(bench: Bench) -> float:
    """Pages of a shared dashboard a second by the floor's answers with the same dashboard."""
    shared = bench.dashboard("20 shared tiles")
    token = _answer(bench, f"{shared}sharing/", b'{"enabled": true}')["access_token"]
    pages = bench.rate(bench.product, f"/shared/{token}")
    return pages / bench.rate(bench.floor, bench.dashboard("20 tiles"))


def _answer(bench: Bench, path: str, body: bytes | None = None) -> Any:
    with urlopen(_request(bench, bench.product.url + path, body)) as response:  # noqa: S310  # our own server
        return json.load(response)


def _request(bench: Bench, url: str, body: bytes | None = None) -> Request:
    headers = {"Authorization": f"Bearer {bench.rows.key}", "Content-Type": "application/json"}
    method = "GET" if body is None else "PATCH"
    return Request(url, body, headers, method=method)  # noqa: S310  # our own server


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
