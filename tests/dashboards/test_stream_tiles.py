from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from dashboards import streaming
from dashboards.models import Dashboard, Text, Tile
from dashboards.selectors.read_tiles import Tiles
from posthog_lite.accounts.models import Project, User
from posthog_lite.domain import DomainError
from posthog_lite.query import results
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory
from tests.support.clients import authorization_of
from tests.support.errors import assert_error

SHAPE = "dashboards.selectors.read_tiles.Tiles.shape"


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="D", filters={"date_from": "-7d"})


def add_texts(dashboard: Dashboard, count: int) -> list[int]:
    pks = []
    for number in range(count):
        text = Text.objects.create(
            project=dashboard.project, body=str(number), last_modified_at=timezone.now()
        )
        layouts = {"sm": {"x": 0, "y": number}, "xs": {"x": 0, "y": -number}}
        tile = Tile.objects.create(
            project=dashboard.project, dashboard=dashboard, text=text, layouts=layouts
        )
        pks.append(tile.pk)
    return pks


def stream(client: APIClient, path: str) -> list[dict[str, Any]]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream"
    return read_events(b"".join(response))


def read_events(body: bytes) -> list[dict[str, Any]]:
    *events, rest = body.split(b"\n\n")
    assert rest == b""
    assert all(event.startswith(b'data: {"type":"') for event in events)
    return [json.loads(event.removeprefix(b"data: ")) for event in events]


def test_the_events_of_an_empty_dashboard(
    client: APIClient, url: str, dashboard: Dashboard
) -> None:
    metadata, complete = stream(client, f"{url}{dashboard.pk}/stream_tiles/")
    assert metadata["dashboard"]["tiles"] == []
    assert complete == {"type": "complete"}


def test_the_metadata_equals_what_retrieve_answers(
    client: APIClient, url: str, project: Project, dashboard: Dashboard
) -> None:
    insight = InsightFactory.create(project=project)
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    add_texts(dashboard, 4)
    metadata, *tiles, complete = stream(client, f"{url}{dashboard.pk}/stream_tiles")
    whole = client.get(f"{url}{dashboard.pk}/").json()
    rows = whole["tiles"]
    for shape in (metadata["dashboard"], whole):
        del shape["last_accessed_at"]
    assert metadata["dashboard"] == {**whole, "tiles": rows[:2]}
    assert tiles == [
        {"type": "tile", "order": order, "tile": rows[order]} for order in range(2, len(rows))
    ]
    assert complete == {"type": "complete"}


@pytest.mark.parametrize(
    ("query", "is_reversed"),
    [("", False), ("layoutSize=xs", True), ("layout_size=xs", True), ("layoutSize=huge", False)],
)
def test_the_order_is_that_of_the_asked_size(
    client: APIClient, url: str, dashboard: Dashboard, query: str, is_reversed: bool
) -> None:
    pks = add_texts(dashboard, 4)
    metadata, *tiles, _ = stream(client, f"{url}{dashboard.pk}/stream_tiles/?{query}")
    found = [row["id"] for row in metadata["dashboard"]["tiles"]]
    found += [event["tile"]["id"] for event in tiles]
    assert found == (pks[::-1] if is_reversed else pks)


def test_overrides_count_and_bad_ones_are_plain_errors(
    client: APIClient, url: str, dashboard: Dashboard
) -> None:
    path = f"{url}{dashboard.pk}/stream_tiles/"
    metadata, _ = stream(client, path + '?filters_override={"date_from":"-1d"}')
    assert metadata["dashboard"]["filters"] == {"date_from": "-1d"}
    assert_error(client.get(path + "?filters_override={"), 400, attr="filters_override")
    assert_error(client.get(f"{url}999999/stream_tiles/"), 404)


def test_it_moves_last_accessed_at(client: APIClient, url: str, dashboard: Dashboard) -> None:
    stream(client, f"{url}{dashboard.pk}/stream_tiles/")
    dashboard.refresh_from_db()
    assert dashboard.last_accessed_at is not None


def test_a_tile_that_fails_does_not_take_the_others_along(
    client: APIClient, url: str, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    pks = add_texts(dashboard, 5)

    def shape(tiles: Tiles, order: int) -> dict[str, int]:
        if order == 1:
            raise DomainError("This query is wrong.")
        if order == 3:
            raise RuntimeError("a secret")
        return {"id": tiles.ids()[order]}

    monkeypatch.setattr(SHAPE, shape)
    metadata, *events = stream(client, f"{url}{dashboard.pk}/stream_tiles/")
    assert metadata["dashboard"]["tiles"] == [
        {"id": pks[0]},
        {"id": pks[1], "error": {"type": "DomainError", "message": "This query is wrong."}},
    ]
    assert events == [
        {"type": "tile", "order": 2, "tile": {"id": pks[2]}},
        {"type": "error", "tile_id": pks[3], "error": "This tile could not be rendered."},
        {"type": "tile", "order": 4, "tile": {"id": pks[4]}},
        {"type": "complete"},
    ]


@pytest.mark.django_db(transaction=True)
def test_a_socket_gets_the_first_event_while_later_tiles_are_worked_on(
    live_server: LiveServer,
    member: User,
    project: Project,
    key_client: KeyClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dashboard = DashboardFactory.create(project=project)
    add_texts(dashboard, 4)
    may_go_on, is_working = threading.Event(), threading.Event()
    connections_while_waiting: list[Any] = []

    def shape(tiles: Tiles, order: int) -> dict[str, int]:
        if order == 3:
            connections_while_waiting.append(connection.connection)
            is_working.set()
            assert may_go_on.wait(30)
        return {"id": tiles.ids()[order]}

    monkeypatch.setattr(SHAPE, shape)
    reader = open_stream(live_server, key_client(member), project, dashboard)
    received = b""
    while b'"order":2' not in received:
        received += reader.recv(65536)
    assert is_working.wait(30)
    assert b'{"type":"metadata"' in received
    assert b'"complete"' not in received
    assert connections_while_waiting == [None]
    may_go_on.set()
    while b'"complete"' not in received:
        received += reader.recv(65536)
    assert received.index(b'"order":2') < received.index(b'"order":3')
    reader.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_vanishes_ends_the_work(
    live_server: LiveServer,
    member: User,
    project: Project,
    key_client: KeyClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dashboard = DashboardFactory.create(project=project)
    add_texts(dashboard, 60)
    rendered: list[int] = []

    def shape(tiles: Tiles, order: int) -> dict[str, str]:
        rendered.append(order)
        time.sleep(0.02)
        return {"padding": "x" * 100_000}

    monkeypatch.setattr(SHAPE, shape)
    reader = open_stream(live_server, key_client(member), project, dashboard)
    assert reader.recv(100)
    reader.close()
    time.sleep(2.5)
    assert len(rendered) < 60


@pytest.mark.django_db(transaction=True)
def test_tiles_are_sent_while_the_query_of_a_later_one_is_computed(
    live_server: LiveServer,
    member: User,
    project: Project,
    key_client: KeyClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "QUERIES_SIDE_BY_SIDE", 2)
    dashboard = DashboardFactory.create(project=project)
    for number in range(4):
        node = {"kind": "EventsNode", "event": str(number)}
        query = {"kind": "TrendsQuery", "series": [node]}
        insight = InsightFactory.create(project=project, query=query)
        layouts = {"sm": {"x": 0, "y": number}}
        Tile.objects.create(project=project, dashboard=dashboard, insight=insight, layouts=layouts)
    may_go_on = threading.Event()

    def compute(node: Any, context: Any, ask: Any) -> dict[str, Any]:
        event = node.series[0].event
        assert event != "3" or may_go_on.wait(30)
        return {"results": [f"rows of {event}"]}

    monkeypatch.setattr(results, "compute", compute)
    refresh = "?refresh=force_blocking"
    reader = open_stream(live_server, key_client(member), project, dashboard, refresh)
    received = b""
    while b"rows of 2" not in received:
        received += reader.recv(65536)
    assert received.index(b"rows of 0") < received.index(b"rows of 1")
    assert b"rows of 3" not in received
    may_go_on.set()
    while b'"complete"' not in received:
        received += reader.recv(65536)
    assert b"rows of 3" in received
    reader.close()


def open_stream(
    live_server: LiveServer,
    client: APIClient,
    project: Project,
    dashboard: Dashboard,
    query: str = "",
) -> socket.socket:
    """A raw socket on which the stream has been asked for."""
    host, port = live_server.thread.host, live_server.thread.port
    reader = socket.create_connection((host, port), timeout=30)
    key = authorization_of(client)
    path = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/stream_tiles/{query}"
    reader.sendall(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key}\r\n\r\n".encode()
    )
    return reader


def test_streams_beyond_the_bound_are_refused_until_one_ends(
    client: APIClient, url: str, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "places", threading.BoundedSemaphore(1))
    path = f"{url}{dashboard.pk}/stream_tiles/"
    first = client.get(path)
    refused = client.get(path)
    assert_error(refused, 503, type="server_error", code="too_many_streams")
    assert refused["Retry-After"] == "1"
    b"".join(first)
    assert len(stream(client, path)) == 2


def test_a_stream_that_could_not_be_made_leaves_its_place(
    client: APIClient, url: str, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "places", threading.BoundedSemaphore(1))
    assert client.get(f"{url}{dashboard.pk}999/stream_tiles/").status_code == 404
    assert len(stream(client, f"{url}{dashboard.pk}/stream_tiles/")) == 2
    assert len(stream(client, f"{url}{dashboard.pk}/stream_tiles/")) == 2
