"""POST /dashboards/create_from_template_json/."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tag, Text, Tile
from dashboards.queries.old_filters import query_from_filters
from dashboards.services.templates import create_from_template_json
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import MembershipLevel, Project, User
from tests.support.errors import assert_error

QUERY = {
    "kind": "InsightVizNode",
    "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]},
}
LAYOUTS = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}


def insight_tile(**fields: Any) -> dict[str, Any]:
    return {"type": "INSIGHT", "name": "Views", "query": QUERY, "layouts": LAYOUTS, **fields}


def template(**fields: Any) -> dict[str, Any]:
    return {
        "template_name": "Signups",
        "dashboard_description": "How people sign up",
        "dashboard_filters": {"date_from": "-14d"},
        "tags": ["Growth "],
        "tiles": [insight_tile()],
        **fields,
    }


def post(client: APIClient, project: Project, body: Any) -> Any:
    url = f"/api/projects/{project.pk}/dashboards/create_from_template_json/"
    return client.post(url, body, format="json")


def assert_nothing_stored() -> None:
    for model in (Dashboard, Insight, Text, Tile, Tag):
        assert not model.all_projects.exists()


def test_it_answers_200_with_the_whole_dashboard(
    client: APIClient, project: Project, member: User
) -> None:
    response = post(client, project, {"template": template()})
    body = response.json()
    assert response.status_code == 200
    assert body["name"] == "Signups"
    assert body["description"] == "How people sign up"
    assert body["filters"] == {"date_from": "-14d"}
    assert body["tags"] == ["growth"]
    assert body["creation_mode"] == "default"
    assert body["created_by"]["id"] == member.pk
    assert [tile["insight"]["name"] for tile in body["tiles"]] == ["Views"]


def test_insights_are_samples_by_the_caller(
    client: APIClient, project: Project, member: User
) -> None:
    tile = insight_tile(description="All of them", color="blue")
    post(client, project, {"template": template(tiles=[tile])})
    insight = Insight.objects.for_project(project).get()
    assert (insight.is_sample, insight.saved, insight.created_by) == (True, True, member)
    assert (insight.name, insight.description) == ("Views", "All of them")
    assert insight.query == QUERY
    stored = Tile.objects.for_project(project).get()
    assert (stored.color, stored.layouts) == ("blue", LAYOUTS)


def test_texts_are_by_the_caller(client: APIClient, project: Project, member: User) -> None:
    tile = {"type": "TEXT", "body": "# Hello", "color": "green"}
    response = post(client, project, {"template": template(tiles=[tile])})
    shown = response.json()["tiles"][0]
    assert (shown["insight"], shown["text"]["body"]) == (None, "# Hello")
    assert shown["text"]["created_by"]["id"] == member.pk
    assert shown["color"] == "green"
    assert shown["layouts"]["sm"] == {"x": 0, "y": 0, "w": 6, "h": 5}


@pytest.mark.parametrize(
    ("text", "url", "body"),
    [
        ("Go", "/somewhere", "[Go](</somewhere>)"),
        ("Read [this]", "https://example.com/a(b)", r"[Read \[this\]](<https://example.com/a(b)>)"),
    ],
)
def test_buttons_become_links(
    client: APIClient, project: Project, text: str, url: str, body: str
) -> None:
    button = {"type": "BUTTON", "text": text, "url": url, "style": "primary", "layouts": LAYOUTS}
    shown = post(client, project, {"template": template(tiles=[button])}).json()["tiles"][0]
    assert (shown["text"]["body"], shown["layouts"]) == (body, LAYOUTS)


@pytest.mark.parametrize("button", [{"text": "Go"}, {"text": 1, "url": "/x"}, {"url": "/x"}])
@pytest.mark.parametrize("url", ["javascript:alert(1)", "//a.b", "/a b", "/<", "/" * 3000])
def test_buttons_without_a_link_are_refused(
    client: APIClient, project: Project, button: dict[str, Any], url: str
) -> None:
    tile = {"type": "BUTTON", **button}
    if button == {"text": "Go"}:
        tile["url"] = url
    response = post(client, project, {"template": template(tiles=[tile])})
    assert_error(response, 400, code="invalid_input", attr="tiles")
    assert_nothing_stored()


@pytest.mark.parametrize("kind", ["WIDGET", None, {"a": 1}])
def test_tiles_that_would_add_nothing_are_refused_and_named(
    client: APIClient, project: Project, kind: Any
) -> None:
    other = {"url": "/somewhere", "text": "Go"} | ({"type": kind} if kind else {})
    response = post(client, project, {"template": template(tiles=[insight_tile(), other])})
    assert_error(response, 400, code="invalid_input", attr=response.json()["attr"])
    if not isinstance(kind, dict):
        assert response.json()["detail"].startswith("tiles.1.type must be INSIGHT, TEXT")
    assert_nothing_stored()


def test_what_is_wrong_with_a_long_value_comes_before_it(
    client: APIClient, project: Project
) -> None:
    tiles = [{"type": "TEXT", "body": "x" * 5000}]
    response = post(client, project, {"template": template(tiles=tiles)})
    assert_error(response, 400, code="invalid_input")
    detail = response.json()["detail"]
    assert detail.startswith("template['tiles'][0]['body'] (maxLength: 4000): 'xxx")
    assert len(detail) < 500


def test_a_query_wins_over_filters_of_the_old_form(client: APIClient, project: Project) -> None:
    filters = {"insight": "TRENDS", "events": [{"id": "$pageview"}]}
    tiles = [insight_tile(filters=filters), insight_tile(query=None, filters=filters)]
    post(client, project, {"template": template(tiles=tiles)})
    rows = Insight.objects.for_project(project).order_by("id")
    assert [(row.query, row.filters) for row in rows] == [
        (QUERY, {}),
        (query_from_filters(filters), {}),
    ]


def test_placeholders_become_the_defaults_of_their_variables(
    client: APIClient, project: Project
) -> None:
    variable = {
        "id": "SIGNED_UP",
        "name": "Signed up",
        "type": "event",
        "default": {"id": "signed up", "math": "dau", "type": "events"},
        "description": "",
        "required": True,
    }
    query = {**QUERY, "source": {"kind": "TrendsQuery", "series": ["{SIGNED_UP}"]}}
    body = template(tiles=[insight_tile(query=query)], variables=[variable])
    assert post(client, project, {"template": body}).status_code == 200
    stored = Insight.objects.for_project(project).get().query
    assert stored is not None
    assert stored["source"]["series"] == [
        {"kind": "EventsNode", "event": "signed up", "name": "signed up", "math": "dau"}
    ]


def test_the_folder_and_other_keys_are_ignored(client: APIClient, project: Project) -> None:
    body = {
        "template": template(availability_contexts=["x"], id="abc", team_id=None),
        "creation_context": "onboarding",
        "_create_in_folder": "Unfiled/New",
    }
    assert post(client, project, body).status_code == 200


@pytest.mark.parametrize("body", [{}, {"template": None}, {"template": "x"}, {"template": [1]}])
def test_a_template_that_is_no_object_is_refused(
    client: APIClient, project: Project, body: dict[str, Any]
) -> None:
    assert_error(post(client, project, body), 400, attr="template")


@pytest.mark.parametrize(
    "key", ["template_name", "dashboard_description", "dashboard_filters", "tiles"]
)
def test_a_missing_key_is_named(client: APIClient, project: Project, key: str) -> None:
    body = template()
    del body[key]
    response = post(client, project, {"template": body})
    assert_error(response, 400, code="invalid_input", type="validation_error")
    assert f"'{key}' is a required property" in response.json()["detail"]
    assert "Failed validating 'required' in schema" in response.json()["detail"]
    assert_nothing_stored()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"template_name": "x" * 401}, "['template_name']"),
        ({"template_name": None}, "['template_name']"),
        ({"dashboard_filters": []}, "['dashboard_filters']"),
        ({"tags": ["x" * 256]}, "['tags'][0]"),
        ({"tiles": []}, "['tiles']"),
        ({"tiles": {"a": 1}}, "['tiles']"),
        ({"tiles": ["INSIGHT"]}, "['tiles'][0]"),
        ({"tiles": [insight_tile(name="x" * 401)]}, "['tiles'][0]['name']"),
        ({"tiles": [insight_tile(description="x" * 401)]}, "['tiles'][0]['description']"),
        ({"tiles": [insight_tile(color="x" * 401)]}, "['tiles'][0]['color']"),
        ({"tiles": [insight_tile(color=5)]}, "['tiles'][0]['color']"),
        ({"tiles": [insight_tile(layouts=[])]}, "['tiles'][0]['layouts']"),
        ({"tiles": [insight_tile(query="x")]}, "['tiles'][0]['query']"),
        ({"tiles": [{"type": "TEXT", "body": "x" * 4001}]}, "['tiles'][0]['body']"),
        ({"variables": [{"id": "X"}]}, "['variables'][0]"),
        ({"variables": {}}, "['variables']"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_its_place_named(
    client: APIClient, project: Project, fields: dict[str, Any], place: str
) -> None:
    response = post(client, project, {"template": template(**fields)})
    assert_error(response, 400, code="invalid_input")
    assert f"On instance{place}:" in response.json()["detail"]
    assert_nothing_stored()


def test_the_longest_values_are_stored(client: APIClient, project: Project) -> None:
    tiles = [
        insight_tile(name="x" * 400, description="x" * 400, color="x" * 400),
        {"type": "TEXT", "body": "x" * 4000},
    ]
    body = template(template_name="x" * 400, tags=["x" * 255], tiles=tiles)
    assert post(client, project, {"template": body}).status_code == 200


def test_an_unknown_query_is_refused_and_its_tile_named(
    client: APIClient, project: Project
) -> None:
    tiles = [insight_tile(), insight_tile(query={"kind": "Nonsense"})]
    response = post(client, project, {"template": template(tiles=tiles)})
    assert_error(response, 400, code="parse_error", attr="tiles")
    assert response.json()["detail"].startswith("tiles.1.query.kind")
    assert_nothing_stored()


def test_the_answer_to_a_large_wrong_template_is_small(client: APIClient, project: Project) -> None:
    wrong = {"template_name": "x" * 1_000_000, "tiles": [{"a": list(range(100_000))}]}
    response = post(client, project, {"template": wrong})
    assert_error(response, 400, code="invalid_input")
    assert len(response.content) < 3000


def test_500_tiles_are_the_most(client: APIClient, project: Project) -> None:
    full = template(tiles=[insight_tile()] * 500)
    assert len(post(client, project, {"template": full}).json()["tiles"]) == 500
    over = template(tiles=[insight_tile()] * 501)
    assert_error(
        post(client, project, {"template": over}),
        400,
        attr="tiles",
        detail="A dashboard can hold at most 500 tiles.",
    )


def test_other_media_types_than_json_are_refused(client: APIClient, project: Project) -> None:
    url = f"/api/projects/{project.pk}/dashboards/create_from_template_json/"
    response = client.post(url, {"template": "x"}, format="multipart")
    assert_error(response, 415)


def test_the_number_of_queries_does_not_grow_with_the_tiles(project: Project, member: User) -> None:
    access = ProjectAccess(project, member, MembershipLevel.MEMBER)
    counts = []
    for number in (1, 30):
        tiles = [insight_tile(), {"type": "TEXT", "body": "x"}] * number
        recipe = template(tiles=tiles, tags=[f"tag{number}"])
        with CaptureQueriesContext(connection) as queries:
            create_from_template_json(access=access, template=recipe, now=timezone.now())
        counts.append(len(queries))
    # savepoint twice; dashboard, insights, texts, tiles; tags now, lock, insert, read; their link.
    assert counts[0] == counts[1] <= 13
