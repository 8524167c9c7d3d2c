"""A source as it may be: busy, older, newer, and with answers that nobody would expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from dashboards.models import Dashboard, Insight, Tile
from posthog_lite.accounts.models import Project
from sharing.models import Origin
from sharing.moving.copying import bring
from sharing.moving.mover import Mover
from sharing.moving.source import Source, SourceFailed, seconds_to_wait

EMPTY_LIST: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
KINDS = (
    "data_color_themes",
    "insight_variables",
    "actions",
    "dashboard_templates",
    "insights",
    "dashboards",
)


class Recorded:
    """A server that gives recorded answers by path; a list of them is given one by one."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {f"/api/projects/7/{kind}/": EMPTY_LIST for kind in KINDS}
        self.asked: list[str] = []
        self.pauses: list[float] = []
        self.said: list[str] = []
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                recorded.asked.append(self.path)
                answer = recorded.answers.get(self.path.partition("?")[0], (404, {}, {}))
                if isinstance(answer, list):
                    answer = answer.pop(0) if len(answer) > 1 else answer[0]
                status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def source(self) -> Source:
        return Source(self.url, "phx_key", "7", report=self.said.append, sleep=self.pauses.append)


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    recorded = Recorded()
    thread = Thread(target=recorded.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield recorded
    recorded.server.shutdown()
    recorded.server.server_close()
    thread.join()


def moved(recorded: Recorded, project: Project) -> Mover:
    return bring(project=project, source=recorded.source(), now=timezone.now())


def listed(*rows: Any) -> dict[str, Any]:
    return {"next": None, "results": list(rows)}


def test_a_busy_source_is_waited_for(recorded: Recorded, project: Project) -> None:
    path = "/api/projects/7/actions/"
    busy = (429, {"Retry-After": "37"}, {"detail": "slow"})
    recorded.answers[path] = [busy, (503, {}, {}), listed({"id": 3, "name": "Paid", "steps": []})]
    moved(recorded, project)
    assert recorded.pauses == [37, 4]
    assert recorded.said[0] == "The source answers 429: going on in 37 s."
    assert Origin.objects.for_project(project).filter(kind="action", key="3").exists()


def test_retry_after_may_be_a_moment_or_nonsense() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert seconds_to_wait("Thu, 01 Jan 2026 12:00:30 GMT", now=now) == 30
    assert seconds_to_wait("Thu, 01 Jan 2026 11:00:00 GMT", now=now) == 0
    assert seconds_to_wait("soon", now=now) is None
    assert seconds_to_wait(None, now=now) is None


ODD_INSIGHTS: list[Any] = [
    None,
    {"name": "without an id"},
    {"id": 1, "name": None, "query": None, "filters": None, "tags": None, "new": {"a": 1}},
    {
        "id": 2,
        "name": "x" * 500,
        "query": {"kind": "NewQuery"},
        "short_id": "a b",
        "tags": "no",
    },
    {"id": 4, "name": "a\0b", "query": "text", "result": [1], "created_by": "somebody"},
]
ODD_DASHBOARD: dict[str, Any] = {
    "id": 8,
    "name": None,
    "description": None,
    "tags": [None, "", "Sales", "sales "],
    "filters": None,
    "persisted_filters": {"date_from": "-7d"},
    "variables": [],
    "breakdown_colors": [{"colorToken": "x"}, None],
    "data_color_theme_id": 77,
    "restriction_level": 99,
    "tiles": [
        None,
        {"insight": {"id": 1}, "layouts": None, "color": None, "filters_overrides": []},
        {"insight": {"id": 1}, "layouts": {"sm": "wide"}},
        {"text": {"body": None}},
        {"text": {}},
        {"insight": None, "text": None, "button_tile": {"url": "/"}},
        {"insight": {"id": 2}, "deleted": True},
        {"insight": {"id": 55, "name": "Only here", "query": {"kind": "NewQuery"}}},
    ],
}


def test_nulls_missing_and_unknown_keys_are_lived_with(
    recorded: Recorded, project: Project
) -> None:
    recorded.answers["/api/projects/7/insights/"] = listed(*ODD_INSIGHTS)
    recorded.answers["/api/projects/7/dashboards/"] = listed(
        {"id": 8, "is_shared": None}, {"id": 9}, {"id": "?"}
    )
    recorded.answers["/api/projects/7/dashboards/8/"] = ODD_DASHBOARD
    mover = moved(recorded, project)
    dashboard = Dashboard.objects.for_project(project).get()
    assert (dashboard.name, dashboard.filters, dashboard.restriction_level) == (
        None,
        {"date_from": "-7d"},
        21,
    )
    assert list(dashboard.tags.values_list("name", flat=True)) == ["sales"]
    names = Insight.objects.for_project(project).values_list("name", flat=True)
    assert set(names) == {None, "x" * 400, "ab", "Only here"}
    tiles = Tile.objects.for_project(project).live()
    assert tiles.filter(insight__isnull=False).count() == 2
    assert tiles.filter(text__isnull=False).count() == 2
    notes = "\n".join(mover.notes)
    assert "left out a tile that shows button_tile" in notes
    assert "its theme 77 is not here" in notes
    assert "dashboard 9: left out" in notes
    assert "insight 55: taken as a dashboard shows it" in notes


def test_what_a_key_may_not_read_is_left_out_and_said(recorded: Recorded, project: Project) -> None:
    missing = {"detail": "API key missing required scope 'action:read'"}
    recorded.answers["/api/projects/7/actions/"] = (403, {}, missing)
    recorded.answers["/api/projects/7/insights/"] = (200, {}, b"<html>")
    recorded.answers["/api/projects/7/data_color_themes/"] = [
        listed({"id": 1, "name": "Ours", "colors": ["#fff"]})
    ]
    notes = "\n".join(moved(recorded, project).notes)
    assert "actions: left out" in notes
    assert "action:read" in notes
    assert "insights: left out. insights: the source answers no JSON" in notes.replace(
        "/api/projects/7/insights/", "insights"
    )
    assert Origin.objects.for_project(project).get().kind == "theme"


def test_lists_below_environments_are_found_and_read_page_by_page(
    recorded: Recorded, project: Project
) -> None:
    del recorded.answers["/api/projects/7/insight_variables/"]
    first = {"next": "http://elsewhere.example/", "results": [{"id": "u1", "name": "A"}]}
    second = listed({"id": "u2", "name": "B"})
    recorded.answers["/api/environments/7/insight_variables/"] = [first, second]
    moved(recorded, project)
    assert Origin.objects.for_project(project).filter(kind="variable").count() == 2
    assert any("insight_variables/?limit=100&offset=100" in path for path in recorded.asked)


def test_what_was_done_before_an_interruption_is_kept(recorded: Recorded, project: Project) -> None:
    recorded.answers["/api/projects/7/insights/"] = [
        {"next": "more", "results": [{"id": 1, "name": "First"}]},
        (401, {}, {"detail": "the key was revoked"}),
        {"next": "more", "results": [{"id": 1, "name": "First"}]},
        listed({"id": 2, "name": "Second"}),
    ]
    with pytest.raises(SourceFailed):
        moved(recorded, project)
    assert Insight.objects.for_project(project).get().name == "First"
    moved(recorded, project)
    assert Insight.objects.for_project(project).count() == 2


def test_a_redirect_is_not_followed_with_the_key(recorded: Recorded, project: Project) -> None:
    recorded.answers["/api/projects/7/actions/"] = (302, {"Location": f"{recorded.url}/x"}, {})
    notes = "\n".join(moved(recorded, project).notes)
    assert "the source answers 302" in notes
    assert "/x" not in recorded.asked


@pytest.mark.parametrize("url", ["eu.posthog.com", "ftp://eu.posthog.com", ""])
def test_an_address_without_a_scheme_is_refused(url: str) -> None:
    with pytest.raises(SourceFailed, match="must be an address like"):
        Source(url, "phx_key", "7")
