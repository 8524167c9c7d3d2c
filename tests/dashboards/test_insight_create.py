from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, InsightView, RestrictionLevel, Tag, Tile
from posthog_lite.accounts.models import Project, User
from posthog_lite.query.cache import key_of
from posthog_lite.query.nodes.parsing import source_query
from posthog_lite.query.results import name_of_key
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, fill_with_texts, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error


def test_what_was_sent_comes_back(
    client: APIClient, insights_url: str, member: User, dashboard: Dashboard
) -> None:
    kept = {
        "name": "Sign-ups",
        "derived_name": "Pageview count",
        "description": "",
        "query": {**TRENDS, "full": True, "mine": {"deep": [1, None]}},
        "dashboards": [dashboard.pk],
        "order": 3,
        "favorited": True,
    }

    sent = {**kept, "tags": ["B", " a "], "_create_in_folder": "Growth"}
    response = client.post(insights_url, sent)

    body = response.json()
    assert response.status_code == 201
    insight = Insight.all_projects.get(pk=body["id"])
    tile = Tile.all_projects.get(insight=insight)
    expected: dict[str, Any] = {
        **kept,
        "short_id": insight.short_id,
        "filters": {},
        "tags": ["a", "b"],
        "dashboard_tiles": [{"id": tile.pk, "dashboard_id": dashboard.pk, "deleted": None}],
        "saved": False,
        "deleted": False,
        "is_sample": False,
        "user_access_level": "manager",
        "effective_restriction_level": 21,
        "effective_privilege_level": 37,
    }
    assert {name: body[name] for name in expected} == expected
    assert body["created_by"]["email"] == body["last_modified_by"]["email"] == member.email


def test_nothing_computed_is_made_up(client: APIClient, insights_url: str) -> None:
    body = client.post(insights_url, {"query": TRENDS}).json()

    computed = [
        "result", "hasMore", "columns", "types", "hogql", "query_status", "last_refresh",
        "resolved_date_range", "cache_target_age", "next_allowed_client_refresh", "timezone",
    ]  # fmt: skip
    assert {name: body[name] for name in computed} == dict.fromkeys(computed)
    assert body["is_cached"] is False
    assert body["alerts"] == []


def test_the_name_of_a_result_is_the_one_of_its_query(
    client: APIClient, project: Project, insights_url: str
) -> None:
    body = client.post(insights_url, {"query": TRENDS}).json()
    assert body["filters_hash"] == name_of_key(key_of(source_query(TRENDS), project))


def test_an_empty_body_makes_a_nameless_insight(client: APIClient, insights_url: str) -> None:
    body = client.post(insights_url, {}).json()

    assert (body["name"], body["query"], body["filters"]) == (None, None, {})


def test_read_only_and_unknown_keys_are_ignored(
    client: APIClient, insights_url: str, project: Project
) -> None:
    sent = {"id": 7, "short_id": "abc", "is_sample": True, "result": [1], "x": 1, "deleted": True}

    body = client.post(insights_url, sent).json()

    assert body["id"] != 7
    assert body["short_id"] != "abc"
    assert (body["is_sample"], body["result"], body["deleted"]) == (False, None, False)


def test_legacy_filters_show_only_without_a_query(client: APIClient, insights_url: str) -> None:
    legacy = {"shown_as": "Volume"}  # of no kind that a query could be made of

    assert client.post(insights_url, {"filters": legacy}).json()["filters"] == legacy
    assert client.post(insights_url, {"filters": legacy, "query": TRENDS}).json()["filters"] == {}
    assert client.post(insights_url, {"filters": None}).json()["filters"] == {}


def test_the_creator_has_viewed_it(client: APIClient, insights_url: str, member: User) -> None:
    body = client.post(insights_url, {}).json()

    assert body["last_viewed_at"] is not None
    assert InsightView.all_projects.get(insight_id=body["id"]).user == member


def test_both_prefixes_and_a_missing_slash_serve_the_same(
    client: APIClient, project: Project
) -> None:
    body = client.post(f"/api/environments/{project.pk}/insights", {"name": "x"}).json()

    assert client.get(f"/api/projects/@current/insights/{body['id']}").json() == body


def test_new_tiles_stack_in_two_columns(
    client: APIClient, insights_url: str, dashboard: Dashboard
) -> None:
    for _ in range(4):
        client.post(insights_url, {"dashboards": [dashboard.pk]})

    layouts = [tile.layouts for tile in Tile.all_projects.order_by("id")]
    assert [(box["sm"]["x"], box["sm"]["y"]) for box in layouts] == [(0, 0), (6, 0), (0, 5), (6, 5)]
    assert all(box["xs"] == box["sm"] for box in layouts)
    assert {(box["sm"]["w"], box["sm"]["h"]) for box in layouts} == {(6, 5)}


# -- Refusals ------------------------------------------------------------------------------------


def test_a_bad_query_is_refused_and_nothing_is_stored(client: APIClient, insights_url: str) -> None:
    response = client.post(insights_url, {"query": {"kind": "Nonsense"}, "tags": ["a"]})

    assert_error(response, 400, code="parse_error", attr="query", type="validation_error")
    assert not Insight.all_projects.exists()
    assert not Tag.all_projects.exists()


@pytest.mark.parametrize("query", ["text", [1], 0, False])
def test_a_query_must_be_an_object(client: APIClient, insights_url: str, query: Any) -> None:
    response = client.post(insights_url, {"query": query})

    assert_error(response, 400, code="parse_error", attr="query", detail="query must be an object.")


@pytest.mark.parametrize(
    ("field", "value", "attr"),
    [
        ("name", "x" * 401, "name"),
        ("description", ["x"], "description"),
        ("filters", [], "filters"),
        ("order", 2**31, "order"),
        ("favorited", "maybe", "favorited"),
        ("saved", None, "saved"),
        ("tags", None, "tags"),
        ("tags", [{}], "tags"),
        ("dashboards", None, "dashboards"),
        ("dashboards", ["x"], "dashboards__0"),
    ],
)
def test_a_bad_field_is_named(
    client: APIClient, insights_url: str, field: str, value: Any, attr: str
) -> None:
    assert_error(client.post(insights_url, {field: value}), 400, attr=attr)
    assert not Insight.all_projects.exists()


def test_foreign_deleted_and_unknown_dashboards_are_refused(
    client: APIClient, insights_url: str, project: Project, other_project: Project
) -> None:
    mine = DashboardFactory.create(project=project)
    foreign = DashboardFactory.create(project=other_project)
    deleted = DashboardFactory.create(project=project, deleted=True)

    for pk in (foreign.pk, deleted.pk, 0, -5, 2**63, 10**30):
        response = client.post(insights_url, {"dashboards": [mine.pk, pk]})
        assert response.status_code == 400
        if pk < 10**18:
            assert_error(response, 400, detail="Dashboard not found", attr="dashboards")
    assert not Insight.all_projects.exists()
    assert not Tile.all_projects.exists()


def test_a_restricted_dashboard_is_refused_to_those_not_invited(
    client: APIClient, insights_url: str, project: Project, admin: User, key_client: KeyClient
) -> None:
    dashboard = DashboardFactory.create(
        project=project, restriction_level=RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT
    )

    response = client.post(insights_url, {"dashboards": [dashboard.pk]})

    detail = f"You don't have permission to add insights to dashboard: {dashboard.pk}"
    assert_error(response, 403, code="permission_denied", detail=detail)
    assert not Insight.all_projects.exists()
    assert key_client(admin).post(insights_url, {"dashboards": [dashboard.pk]}).status_code == 201


def test_a_full_dashboard_takes_no_more(
    client: APIClient, insights_url: str, dashboard: Dashboard
) -> None:
    fill_with_texts(dashboard, 499)
    assert client.post(insights_url, {"dashboards": [dashboard.pk]}).status_code == 201

    response = client.post(insights_url, {"dashboards": [dashboard.pk]})

    detail = "A dashboard can hold at most 500 tiles."
    assert_error(response, 400, attr="dashboards", detail=detail)
    assert Insight.all_projects.count() == 1


def test_removed_tiles_do_not_count_against_the_limit(
    client: APIClient, insights_url: str, dashboard: Dashboard
) -> None:
    fill_with_texts(dashboard, 499)
    make_tile(dashboard, make_insight(dashboard.project), deleted=True)

    assert client.post(insights_url, {"dashboards": [dashboard.pk]}).status_code == 201


def test_only_json_is_read(client: APIClient, insights_url: str) -> None:
    assert client.post(insights_url, {"name": "x"}, format="multipart").status_code == 415


# -- Queries -------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_dashboards(
    client: APIClient, insights_url: str, project: Project
) -> None:
    dashboards = [row.pk for row in DashboardFactory.create_batch(10, project=project)]
    client.post(insights_url, {})  # the key's first use writes

    counts = []
    for ids in (dashboards[:1], dashboards):
        with CaptureQueriesContext(connection) as queries:
            client.post(insights_url, {"dashboards": ids})
        counts.append(len(queries))

    # key, project, savepoint x2, dashboards, tiles there, insert, old tiles, tiles, view, answer
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize(
    ("source", "wrapper"),
    [(TRENDS["source"], "InsightVizNode"), (SQL["source"], "DataVisualizationNode")],
)
def test_a_bare_query_of_an_agent_gets_what_shows_it(
    client: APIClient, insights_url: str, source: dict[str, Any], wrapper: str
) -> None:
    agent = {"x-posthog-client": "mcp"}
    made = client.post(insights_url, {"query": source}, headers=agent).json()
    assert made["query"] == {"kind": wrapper, "source": source}
    one_url = f"{insights_url}{made['id']}/"
    whole = client.patch(one_url, {"query": {**TRENDS, "full": True}}, headers=agent).json()
    assert whole["query"] == {**TRENDS, "full": True}
    assert client.patch(one_url, {"name": "New"}, headers=agent).status_code == 200
    assert client.patch(one_url, {"query": source}).json()["query"] == source


@pytest.mark.parametrize("body", [{}, {"query": None}, {"query": []}, {"query": {"kind": ["x"]}}])
def test_an_agent_s_insight_has_a_query(
    client: APIClient, insights_url: str, body: dict[str, Any]
) -> None:
    response = client.post(insights_url, body, headers={"x-posthog-client": "mcp"})
    assert_error(response, 400, attr="query")
