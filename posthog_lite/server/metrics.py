"""Counters and durations of requests for Prometheus: `/_metrics`, where the setting allows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
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
    return HttpResponse(generate_latest(source), content_type=CONTENT_TYPE_LATEST)
