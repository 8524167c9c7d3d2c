"""Counts of requests, events and queries for Prometheus: `/_metrics`, where a setting allows it."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.http import HttpRequest

# A folder that all worker processes write to, so that each can tell about all; `serve` sets it.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
KNOWN_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

registry = CollectorRegistry()
requests = Counter(
    "posthog_lite_http_requests",
    "Requests answered.",
    ["method", "route", "status"],
    registry=registry,
)
durations = Histogram(
    "posthog_lite_http_request_duration_seconds",
    "Seconds from a request to the start of its answer.",
    ["method", "route"],
    buckets=SECONDS,
    registry=registry,
)
events_captured = Counter(
    "posthog_lite_events_captured", "Events stored by capture endpoints.", registry=registry
)
rows_moved = Counter(
    "posthog_lite_outbox_rows_moved", "Rows moved from the outbox to the engine.", registry=registry
)
moves_failed = Counter(
    "posthog_lite_outbox_failures", "Moves to the engine that failed.", registry=registry
)
results = Counter(
    "posthog_lite_query_results",
    "Results of queries: computed, kept from before, or failed.",
    ["outcome"],
    registry=registry,
)
query_durations = Histogram(
    "posthog_lite_query_duration_seconds",
    "Seconds that a computed query took.",
    ["kind"],
    buckets=(*SECONDS, 30, 60),
    registry=registry,
)
# What is not counted but looked up when somebody asks: functions that return numbers by name.
readings: list[Callable[[], Mapping[str, float]]] = []
READ = {
    "posthog_lite_outbox_rows": "Rows that wait for the engine.",
    "posthog_lite_outbox_oldest_seconds": "Seconds since the oldest of them was taken in.",
}


class Readings:
    """Gives Prometheus the numbers that are looked up; a part of the server may be away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each number that can be had."""
        for read in readings:
            for name, value in read().items():
                yield GaugeMetricFamily(name, READ[name], value=value)


@contextmanager
def computing(kind: str) -> Iterator[None]:
    """Count a query that is computed in the block, and how long it takes."""
    started = time.perf_counter()
    try:
        yield
    except BaseException:
        results.labels("failed").inc()
        raise
    results.labels("computed").inc()
    query_durations.labels(kind).observe(time.perf_counter() - started)


def observe(*, method: str | None, route: str | None, status: int, seconds: float) -> None:
    """Count one request. Clients cannot invent labels: each would be kept for ever."""
    known = method if method in KNOWN_METHODS else "other"
    requests.labels(known, route or "none", status).inc()
    durations.labels(known, route or "none").observe(seconds)


def metrics(request: HttpRequest) -> HttpResponse:
    """Return what Prometheus reads: of all worker processes where they share a folder."""
    if not settings.PROMETHEUS_ENABLED:
        raise Http404
    source = registry
    if os.environ.get(FOLDER_VARIABLE):
        source = CollectorRegistry()
        MultiProcessCollector(source)
    looked_up = CollectorRegistry()
    looked_up.register(Readings())
    text = generate_latest(source) + generate_latest(looked_up)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
