"""Results of queries on insights, tiles, streams and shared data. The numbers are other tests'."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tile
from dashboards.selectors import answer_size
from posthog_lite.accounts.models import Project
from posthog_lite.query import results
from posthog_lite.query.errors import InvalidQuery
from tests.dashboards.making import trends
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries

DATES = {"date_from": "2026-11-19T00:00:00+00:00", "date_to": "2026-11-26T23:59:59+00:00"}


class Runner:
    """Stands in for the engine: counts what it is asked for."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, node: Any, context: Any, ask: Any) -> dict[str, Any]:
        event = node.series[0].event
        if event == "broken":
            raise InvalidQuery("It is broken.")
        self.events.append(event)
        return {
            "results": [event, len(self.events)],
            "hasMore": False,
            "resolved_date_range": DATES,
        }


@pytest.fixture(autouse=True)
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(results, "compute", runner)
    return runner


def put(dashboard: Dashboard, *events: str) -> list[Insight]:
    """Put an insight for each event on a dashboard."""
    made = []
    for n, event in enumerate(events):
        insight = InsightFactory.create(project=dashboard.project, query=trends(event))
        layouts = {"sm": {"x": 0, "y": n, "w": 6, "h": 5}}
        Tile.objects.create(
            project=dashboard.project, dashboard=dashboard, insight=insight, layouts=layouts
        )
        made.append(insight)
    return made


@pytest.fixture
def url(project: Project, dashboard: Dashboard) -> str:
    return f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/"


def shown(client: APIClient, url: str, refresh: str | None = None) -> list[Any]:
    answer = client.get(url, {} if refresh is None else {"refresh": refresh})
    assert answer.status_code == 200
    return [tile["insight"]["result"] for tile in answer.json()["tiles"]]


def test_tiles_have_what_is_kept_and_what_is_asked_for(
    client: APIClient, url: str, dashboard: Dashboard, runner: Runner
) -> None:
    put(dashboard, "a", "b")
    assert shown(client, url) == [None, None]
    assert runner.events == []
    assert shown(client, url, "blocking") == [["a", 1], ["b", 2]]
    assert shown(client, url) == [["a", 1], ["b", 2]]
    assert shown(client, url, "blocking") == [["a", 1], ["b", 2]]
    assert shown(client, url, "true") == [["a", 3], ["b", 4]]
    assert shown(client, url, "false") == [["a", 3], ["b", 4]]


def test_a_tile_says_how_its_result_came_about(
    client: APIClient, url: str, dashboard: Dashboard
) -> None:
    put(dashboard, "a")
    (computed,) = client.get(url, {"refresh": "blocking"}).json()["tiles"]
    assert (computed["is_cached"], computed["insight"]["is_cached"]) == (False, False)
    (kept,) = client.get(url).json()["tiles"]
    insight = kept["insight"]
    assert (kept["is_cached"], insight["is_cached"]) == (True, True)
    assert kept["last_refresh"] == insight["last_refresh"] == computed["last_refresh"] is not None
    assert insight["hasMore"] is False
    assert insight["timezone"] == "UTC"
    assert insight["resolved_date_range"] == DATES
    assert insight["query_status"] is None
    assert insight["cache_target_age"] > insight["last_refresh"]
    assert insight["next_allowed_client_refresh"] > insight["last_refresh"]


def test_a_query_that_cannot_be_answered_is_an_error_of_its_tile(
    client: APIClient, url: str, dashboard: Dashboard
) -> None:
    put(dashboard, "a", "broken")
    good, bad = client.get(url, {"refresh": "blocking"}).json()["tiles"]
    assert good["insight"]["result"] == ["a", 1]
    assert bad["insight"]["result"] is None
    assert bad["insight"]["query_status"]["error"] is True
    assert bad["insight"]["query_status"]["error_message"] == "It is broken."


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "WebOverviewQuery"},
        {"kind": "TrendsQuery", "series": []},
        {"kind": "InsightVizNode", "source": {"kind": "FunnelsQuery", "series": [1]}},
        {"kind": "NoSuchNode"},
    ],
)
def test_drafts_are_read_with_the_reason_why_they_have_no_result(
    client: APIClient, project: Project, query: dict[str, Any]
) -> None:
    insight = InsightFactory.create(project=project, query=query)
    url = f"/api/projects/{project.pk}/insights/{insight.pk}/"
    assert client.get(url).json()["result"] is None
    answer = client.get(url, {"refresh": "blocking"})
    assert answer.status_code == 200
    assert answer.json()["result"] is None
    assert answer.json()["query_status"]["error"] is True


def test_filters_of_each_layer_have_results_of_their_own(
    client: APIClient, url: str, dashboard: Dashboard, runner: Runner
) -> None:
    put(dashboard, "a")
    filters = orjson.dumps({"date_from": "-3d"}).decode()
    client.get(url, {"refresh": "blocking"})
    answer = client.get(url, {"refresh": "blocking", "filters_override": filters})
    assert answer.json()["tiles"][0]["insight"]["result"] == ["a", 2]
    assert shown(client, url) == [["a", 1]]


def test_an_insight_and_a_list_of_insights(
    client: APIClient, project: Project, dashboard: Dashboard, runner: Runner
) -> None:
    one, _ = put(dashboard, "a", "b")
    base = f"/api/projects/{project.pk}/insights/"
    assert client.get(f"{base}{one.pk}/").json()["result"] is None
    assert client.get(f"{base}{one.pk}/", {"refresh": "blocking"}).json()["result"] == ["a", 1]
    assert client.get(f"{base}{one.short_id}/").json()["result"] == ["a", 1]
    listed = client.get(base, {"refresh": "blocking"}).json()["results"]
    assert [row["result"] for row in listed] == [["a", 1], ["b", 2]]
    changed = client.patch(f"{base}{one.pk}/", {"name": "x"}, format="json").json()
    assert changed["result"] == ["a", 1]


def test_run_insights_and_the_stream(
    client: APIClient, url: str, dashboard: Dashboard, runner: Runner
) -> None:
    put(dashboard, "a", "b", "c")
    ran = client.get(f"{url}run_insights/", {"refresh": "blocking", "output_format": "json"}).json()
    assert [row["insight"]["result"] for row in ran["results"]] == [["a", 1], ["b", 2], ["c", 3]]
    stream: Any = client.get(f"{url}stream_tiles/", {"refresh": "force_blocking"})
    events = [
        orjson.loads(line.removeprefix(b"data: "))
        for line in b"".join(stream.streaming_content).split(b"\n\n")
        if line
    ]
    first = events[0]["dashboard"]["tiles"]
    assert [tile["insight"]["result"] for tile in first] == [["a", 4], ["b", 5]]
    assert events[1]["tile"]["insight"]["result"] == ["c", 6]


def test_one_statement_more_for_results_whatever_the_number_of_tiles(
    client: APIClient, url: str, dashboard: Dashboard
) -> None:
    # The key; the dashboard; its tiles; the people; the results.
    counts = []
    for more in ("a", "bcdefghij"):
        put(dashboard, *more)
        client.get(url, {"refresh": "blocking"})
        with count_queries() as queries:
            client.get(url)
        counts.append(len([sql for sql in queries if sql.startswith("SELECT")]))
    assert counts[0] == counts[1]


def test_results_of_one_project_are_never_those_of_another(
    client: APIClient, url: str, dashboard: Dashboard, other_project: Project, runner: Runner
) -> None:
    put(dashboard, "a")
    put(DashboardFactory.create(project=other_project), "a")
    shown(client, url, "blocking")
    insight = Insight.objects.for_project(other_project).get()
    assert insight.query is not None
    answer = results.answer(project=other_project, query=insight.query, now=insight.created_at)
    assert answer.rows == b'["a",2]'


class TestRunInsights:
    ROW = {"label": "a", "days": ["2026-11-25", "2026-11-26"], "data": [1, 2.5], "count": 3.5}

    @pytest.fixture(autouse=True)
    def rows(self, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(results, "compute", lambda *_: {"results": [self.ROW]})

    def test_agents_read_text_and_programs_rows(
        self, client: APIClient, url: str, dashboard: Dashboard
    ) -> None:
        (insight,) = put(dashboard, "a")
        path = f"{url}run_insights/"
        [row] = client.get(path).json()["results"]
        assert row["insight"]["result"] is None
        [row] = client.get(path, {"refresh": "blocking"}).json()["results"]
        assert row["insight"] == {
            "id": insight.pk,
            "short_id": insight.short_id,
            "name": insight.name,
            "derived_name": insight.derived_name,
            "result": "Date|a\n2026-11-25|1\n2026-11-26|2.5",
        }
        assert (row["order"], row["is_cached"]) == (0, False)
        [row] = client.get(path, {"output_format": "json"}).json()["results"]
        assert row["insight"]["result"] == [self.ROW]
        assert row["is_cached"] is True

    def test_some_tiles_and_short_texts(
        self, client: APIClient, url: str, dashboard: Dashboard
    ) -> None:
        put(dashboard, "a", "b")
        path = f"{url}run_insights/"
        tile = Tile.objects.for_project(dashboard.project).order_by("-id")[0]
        asked = {"refresh": "blocking", "tile_ids": str(tile.pk), "max_result_chars": "10"}
        [row] = client.get(path, asked).json()["results"]
        assert row["id"] == tile.pk
        assert len(row["insight"]["result"]) == 10
        for wrong, detail in (
            ("x", "tile_ids must be a comma-separated list of integers."),
            ("999999", "Tile 999999 is no insight tile of this dashboard."),
        ):
            refused = client.get(path, {"tile_ids": wrong})
            assert (refused.status_code, refused.json()["detail"]) == (400, detail)
        assert client.get(path, {"max_result_chars": -1}).status_code == 400


@pytest.fixture
def long_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """20,000 bytes each."""

    def compute(node: Any, context: Any, ask: Any) -> dict[str, Any]:
        return {"results": [node.series[0].event * 20_000], "resolved_date_range": DATES}

    monkeypatch.setattr(results, "compute", compute)


def test_results_count_for_the_size_of_an_answer(
    client: APIClient,
    dashboard: Dashboard,
    url: str,
    long_results: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(dashboard, "a", "b")
    insights = f"/api/projects/{dashboard.project_id}/insights/"
    monkeypatch.setattr(answer_size, "MOST_BYTES", 45_000)
    for refresh in ("blocking", "force_cache"):
        assert client.get(f"{url}?refresh={refresh}").status_code == 200
    monkeypatch.setattr(answer_size, "MOST_BYTES", 35_000)
    for place in (url, insights):
        for refresh in ("force_blocking", "force_cache"):
            refused = client.get(f"{place}?refresh={refresh}")
            assert_error(refused, 413, code="answer_too_large")
    monkeypatch.setattr(answer_size, "MOST_BYTES", 30_000)
    refused = client.get(f"{url}stream_tiles/?refresh=force_cache")  # what is kept is not read
    assert_error(refused, 413, code="answer_too_large")


def test_filters_of_tiles_count_for_the_size_of_an_answer(
    client: APIClient, dashboard: Dashboard, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(dashboard, "a")
    leaf = {"key": "a", "type": "event", "operator": "exact", "value": ["x" * 5000]}
    Tile.all_projects.update(filters_overrides={"properties": [leaf]})
    monkeypatch.setattr(answer_size, "MOST_BYTES", 9_000)
    refused = client.get(url)
    assert_error(refused, 413, code="answer_too_large")


@pytest.mark.parametrize("ending", ["", ".json"])
def test_a_shared_page_holds_less(
    client: APIClient,
    dashboard: Dashboard,
    url: str,
    long_results: None,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    put(dashboard, "a", "b")
    sharing = client.patch(f"{url}sharing/", {"enabled": True}, format="json")
    page = f"/shared/{sharing.json()['access_token']}{ending}"
    monkeypatch.setattr(answer_size, "MOST_BYTES_OF_PAGE", 35_000)
    body = text_of(APIClient().get(page))  # computed for this visitor: one fits, and one does not
    assert "The answer would be larger than 0 MB" in body
    assert ("a" * 100 in body) != ("b" * 100 in body)
    monkeypatch.setattr(answer_size, "MOST_BYTES_OF_PAGE", 30_000)
    assert_error(APIClient().get(page), 413, code="answer_too_large")


def text_of(response: Any) -> str:
    assert response.status_code == 200
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())
