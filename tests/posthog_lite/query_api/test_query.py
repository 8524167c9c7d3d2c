"""`/query/` over HTTP. What the numbers mean is tested with the runners."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.api.throttling import QueryBurstThrottle
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.query import execution, results
from posthog_lite.query.errors import InvalidQuery

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]}
ROW = {"label": "a", "days": ["2026-11-25", "2026-11-26"], "data": [1, 2.5], "count": 3.5}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The nodes that were computed; the engine itself is not asked."""
    asked: list[Any] = []

    def compute(node: Any, context: Any, ask: Any) -> dict[str, Any]:
        asked.append(node)
        if node.series[0].event == "broken":
            raise InvalidQuery("It is broken.")
        return {"results": [ROW], "hasMore": False}

    monkeypatch.setattr(results, "compute", compute)
    return asked


@pytest.fixture(params=["projects", "environments"])
def url(request: Any, project: Project) -> str:
    return f"/api/{request.param}/{project.pk}/query/"


def ask(client: APIClient, url: str, **body: Any) -> Any:
    return client.post(url, {"query": TRENDS} | body, format="json")


def test_a_query_is_answered_in_its_envelope(client: APIClient, url: str) -> None:
    answer = ask(client, url)
    assert answer.status_code == 200
    body = answer.json()
    assert body["results"] == [ROW]
    assert body["hasMore"] is False
    assert body["is_cached"] is False
    assert (body["error"], body["query_status"], body["timings"]) == (None, None, [])
    assert body["cache_key"].startswith("cache_")
    again = ask(client, url).json()
    assert again["is_cached"] is True
    assert again["last_refresh"] == body["last_refresh"]


@pytest.mark.parametrize(
    ("refresh", "computed"),
    [
        (None, 1),
        ("force_cache", 1),
        ("blocking", 1),
        ("lazy_async", 1),
        ("force_blocking", 2),
        (True, 2),
    ],
)
def test_refresh_says_whether_a_kept_result_will_do(
    client: APIClient, url: str, asked: list[Any], refresh: Any, computed: int
) -> None:
    ask(client, url)
    assert ask(client, url, refresh=refresh).status_code == 200
    assert len(asked) == computed


def test_the_kind_may_stand_in_the_path(client: APIClient, url: str) -> None:
    assert ask(client, f"{url}TrendsQuery/").json()["results"] == [ROW]
    answer = ask(client, f"{url}FunnelsQuery/")
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        'Query kind mismatch: path kind "FunnelsQuery" does not match body kind "TrendsQuery".'
    )


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ([], "parse_error", "Query body must be a JSON object."),
        ({"query": "select 1"}, "parse_error", "Query must be a JSON object."),
        ({"query": {"kind": "Nonsense"}}, "parse_error", None),
        ({"query": {"kind": "WebOverviewQuery"}}, "unsupported_query", None),
        ({}, "required", None),
        ({"query": TRENDS, "filters_override": []}, "object", None),
    ],
)
def test_bad_bodies_are_refused_in_words(
    client: APIClient, url: str, body: Any, code: str, detail: str | None
) -> None:
    answer = client.post(url, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    if detail:
        assert answer.json()["detail"] == detail


def test_a_query_that_cannot_be_computed_is_400(client: APIClient, url: str) -> None:
    broken = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "broken"}]}
    answer = ask(client, url, query=broken)
    assert (answer.status_code, answer.json()["detail"]) == (400, "It is broken.")


def test_filters_of_the_request_are_laid_over_the_query(
    client: APIClient, url: str, asked: list[Any]
) -> None:
    ask(client, url, filters_override={"date_from": "-3d"})
    assert asked[0].base.date_range.date_from == "-3d"
    ask(client, url)
    assert len(asked) == 2


def test_an_agent_gets_the_answer_as_text_too(client: APIClient, url: str) -> None:
    answer = client.post(url, {"query": TRENDS}, format="json", headers={"X-PostHog-Client": "mcp"})
    assert answer.json()["formatted_results"] == "Date|a\n2026-11-25|1\n2026-11-26|2.5"
    assert "formatted_results" not in ask(client, url).json()


def test_older_forms_are_brought_into_todays(client: APIClient, url: str) -> None:
    old = TRENDS | {
        "trendsFilter": {"compare": True, "display": "ActionsBar"},
        "breakdown": {"breakdown": "$browser"},
    }
    answer = client.post(
        f"{url}upgrade/", {"query": {"kind": "InsightVizNode", "source": old}}, format="json"
    )
    source = answer.json()["query"]["source"]
    assert source["compareFilter"] == {"compare": True}
    assert source["breakdownFilter"] == {"breakdown": "$browser"}
    assert source["trendsFilter"] == {"display": "ActionsBar"}


@pytest.mark.parametrize("method", ["get", "delete"])
def test_an_unknown_state_is_404(
    client: APIClient, url: str, project: Project, method: str
) -> None:
    answer = getattr(client, method)(f"{url}nothing/")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"Query nothing not found for team {project.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_query_in_the_background(client: APIClient, project: Project) -> None:
    url = f"/api/projects/{project.pk}/query/"
    begun = ask(client, url, refresh="force_async", client_query_id="mine")
    assert begun.status_code == 202
    assert set(begun.json()) == {"query_status"}
    assert begun.json()["query_status"]["id"] == "mine"
    for _ in range(200):
        state = client.get(f"{url}mine/")
        if state.status_code != 202:
            break
    assert state.status_code == 200
    assert state.json()["query_status"]["results"]["results"] == [ROW]
    assert client.delete(f"{url}mine/").status_code == 200
    assert client.get(f"{url}mine/").status_code == 404


@pytest.mark.parametrize("refresh", ["async", "force_async", "force_cache"])
def test_sql_is_checked_at_once_whatever_the_refresh(
    client: APIClient, url: str, refresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "compute", lambda *_: {"results": [], "isValid": True})
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": "SELECT 1"}
    answer = ask(client, url, query=query, refresh=refresh)
    assert answer.status_code == 200
    assert (answer.json()["isValid"], answer.json()["query_status"]) == (True, None)


def test_sql_is_checked_while_the_engine_is_away(
    client: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise EngineUnavailable("It is away.")

    monkeypatch.setattr(execution, "move_waiting", away)
    monkeypatch.setattr(results, "compute", lambda *_: {"results": [], "isValid": True})
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": "SELECT event FROM events"}
    assert ask(client, url, query=query).json()["isValid"] is True


@pytest.mark.django_db(transaction=True)
def test_a_query_that_fails_in_the_background_is_an_error_with_its_state(
    client: APIClient, project: Project
) -> None:
    url = f"/api/projects/{project.pk}/query/"
    broken = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "broken"}]}
    ask(client, url, query=broken, refresh="force_async", client_query_id="mine")
    for _ in range(200):
        state = client.get(f"{url}mine/")
        if state.status_code != 202:
            break
    body = state.json()
    said = (state.status_code, body["code"], body["detail"])
    assert said == (400, "invalid_input", "It is broken.")
    assert (body["query_status"]["complete"], body["query_status"]["error"]) == (True, True)


def test_questions_of_a_key_are_counted_apart(
    client: APIClient, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    monkeypatch.setattr(QueryBurstThrottle, "rate", "2/minute")
    url = f"/api/projects/{project.pk}/query/"
    assert [ask(client, url).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(f"{url}nothing/").status_code == 404
