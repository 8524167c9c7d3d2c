"""A page that waits for results is written card by card; one that does not comes at once."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards import streaming
from dashboards.models import Dashboard, Insight, Tile
from posthog_lite.accounts.models import Project
from posthog_lite.query import many
from posthog_lite.query.freshness import BLOCKING
from sharing import cards
from sharing.charts.drawing import Drawing
from tests.factories import InsightFactory
from tests.sharing.conftest import Engine, Share
from tests.sharing.visitors import island, page
from tests.support.queries import count_queries


@pytest.fixture
def path(share: Share, dashboard: Dashboard, answers: Engine) -> str:
    query = Insight.all_projects.get(name="Sales").query
    more = InsightFactory.create(project=dashboard.project, name="Refunds", query=query)
    Tile.objects.create(project=dashboard.project, dashboard=dashboard, insight=more)
    return f"/shared/{share(dashboard).access_token}"


def test_the_first_part_leaves_before_anything_is_computed(
    visitor: APIClient, path: str, answers: Engine
) -> None:
    answer: Any = visitor.get(path)
    assert answer.streaming
    assert answer["Cache-Control"] == "private, no-store"
    parts = iter(answer)
    head = next(parts).decode()
    assert ">Revenue</h1>" in head
    assert head.count("<style") == 1
    assert answers.asked == []
    cards_of_page = [next(parts).decode() for _ in range(3)]
    assert ">Sales</h2>" in cards_of_page[1]
    assert "4,712" in cards_of_page[1]
    assert ">Refunds</h2>" in cards_of_page[2]
    foot = b"".join(parts).decode()
    assert foot.rstrip().endswith("</html>")
    assert len(island(foot)["dashboard"]["tiles"]) == 3


def test_what_is_kept_comes_at_once(visitor: APIClient, path: str) -> None:
    first = page(visitor, path)
    answer = visitor.get(path)
    assert not answer.streaming
    second = answer.content.decode()
    assert second.count("4,712") == first.count("4,712")
    assert "defer></script>" in second
    assert "async></script>" in first


def test_head_waits_for_nothing_to_be_written(visitor: APIClient, path: str) -> None:
    answer = visitor.head(path)
    assert (answer.status_code, answer.streaming) == (200, False)
    assert answer.content == b""


def test_one_failed_card_leaves_the_others_alone(
    visitor: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(insight: dict[str, Any], *_: Any, **__: Any) -> Any:
        if insight["name"] == "Sales":
            raise RuntimeError("odd data")
        return Drawing(words="fine")

    monkeypatch.setattr(cards, "draw", fail_once)
    html = page(visitor, path)
    assert "This card could not be shown." in html
    assert ">Refunds</h2>" in html
    assert "fine" in html
    assert "odd data" not in html


def test_where_all_places_are_taken_the_page_comes_whole(
    visitor: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "places", threading.BoundedSemaphore(1))
    streaming.take_place()
    answer = visitor.get(path)
    assert not answer.streaming
    assert b"4,712" in answer.content


def test_what_nobody_began_with_is_given_up(
    project: Project, settings: Any, monkeypatch: Any
) -> None:
    """So that other dates of many pages never pile up."""
    waiting: Future[Any] = Future()

    class Pool:
        def submit(self, *_: Any) -> Future[Any]:
            return waiting

    settings.QUERIES_SIDE_BY_SIDE = 2
    monkeypatch.setattr(many, "_pool", Pool)
    query = b'{"kind": "HogQLQuery", "query": "select 1"}'
    now: Any = project.created_at
    [pending] = many.answer_many(project=project, queries=[query], now=now, freshness=BLOCKING)
    assert not pending.is_there()
    pending.give_up()
    assert waiting.cancelled()
    assert pending.get().status == {"complete": False, "error": False}


def test_a_page_takes_as_many_queries_for_many_cards(
    visitor: APIClient, path: str, dashboard: Dashboard
) -> None:
    # The link, themes, the dashboard, its tiles, people, results, rendered texts.
    counts = []
    for more in (0, 9):
        query = Insight.all_projects.get(name="Sales").query
        for _ in range(more):
            insight = InsightFactory.create(project=dashboard.project, query=query)
            Tile.objects.create(project=dashboard.project, dashboard=dashboard, insight=insight)
        page(visitor, path)
        with count_queries() as queries:
            page(visitor, path)
        counts.append(len(queries))
    assert counts == [7, 7], queries
