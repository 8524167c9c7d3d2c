"""What real clients ask of insights beside the plain list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils.http import urlencode
from rest_framework.test import APIClient

from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project
from tests.dashboards.making import make_insight
from tests.support.errors import assert_error


@pytest.mark.parametrize(
    "query",
    [
        "tags=growth",
        "tags=none&tags=growth",
        'tags=["growth"]',
        'tags=["none"]&tags=growth',
        "tags=GROWTH",
    ],
)
def test_tags_may_be_words_lists_or_repeated(
    client: APIClient, insights_url: str, project: Project, query: str
) -> None:
    tagged = make_insight(project, name="tagged")
    set_tags(item=tagged, names=["growth"])
    make_insight(project, name="other")
    found = client.get(f"{insights_url}?{query}").json()["results"]
    assert [row["name"] for row in found] == ["tagged"]


def test_events_must_all_be_shown(client: APIClient, insights_url: str, project: Project) -> None:
    def series(*events: str) -> dict[str, Any]:
        nodes = [{"kind": "EventsNode", "event": event} for event in events]
        return {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": nodes}}

    make_insight(project, name="both", query=series("a", 'odd " name'))
    make_insight(project, name="one", query=series("a"))
    make_insight(project, name="old", filters={"insight": "TRENDS", "events": [{"id": "a"}]})
    make_insight(project, name="none", query=series("b"))

    def names(events: Any) -> list[str]:
        query = urlencode({"events": json.dumps(events)})
        found = client.get(f"{insights_url}?{query}").json()["results"]
        return sorted(row["name"] for row in found)

    assert names(["a"]) == ["both", "old", "one"]
    assert names(["a", 'odd " name']) == ["both"]
    assert names(["$"]) == []


def test_what_was_made_for_a_feature_flag(
    client: APIClient, insights_url: str, project: Project
) -> None:
    leaf = {"key": "$feature/new-page", "type": "event", "value": ["test"]}
    source = {"kind": "TrendsQuery", "series": [], "properties": [leaf]}
    make_insight(project, name="Feature Flag Called Total Volume")
    make_insight(project, name="by flag", query={"kind": "InsightVizNode", "source": source})
    on = {"key": "$active_feature_flags", "value": ["new-page"], "operator": "exact"}
    make_insight(project, name="while on", query={**source, "properties": [on]})
    make_insight(project, name="while on, old form", filters={"properties": [on]})
    make_insight(project, name=None)

    def names(query: str) -> list[Any]:
        return [row["name"] for row in client.get(f"{insights_url}?{query}").json()["results"]]

    by_flag = ["by flag", "while on", "while on, old form"]
    assert names("feature_flag=new-page") == by_flag
    assert names("feature_flag=new") == []
    assert names("hide_feature_flag_insights=true") == [*by_flag, None]


def test_activity_is_an_empty_page(client: APIClient, insights_url: str, project: Project) -> None:
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    insight = make_insight(project)
    for path in ("activity/", f"{insight.pk}/activity/", f"{insight.short_id}/activity/"):
        response = client.get(insights_url + path)
        assert (response.status_code, response.json()) == (200, empty)
    assert_error(client.get(f"{insights_url}999999/activity/"), 404, detail="Not found.")


def test_cancelling_is_accepted(client: APIClient, insights_url: str) -> None:
    sent = {"client_query_id": "0199f0c3"}
    assert client.post(f"{insights_url}cancel/", sent, format="json").status_code == 201
    refused = client.post(f"{insights_url}cancel/", {}, format="json")
    assert_error(refused, 400, code="required", attr="client_query_id")


@pytest.mark.parametrize(
    "noun", ["insights", "dashboards", "data_color_themes", "dashboard_templates"]
)
def test_a_refused_delete_does_not_name_delete(
    client: APIClient, project: Project, noun: str
) -> None:
    response = client.delete(f"/api/projects/{project.pk}/{noun}/1/")
    assert (response.status_code, response.content) == (405, b"")
    assert "DELETE" not in response["Allow"]
    assert "PATCH" in response["Allow"]
