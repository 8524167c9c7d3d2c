from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, InsightVariable, InsightView, Tile
from posthog_lite.accounts.models import Project, User
from tests.dashboards.making import TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

LAYOUTS = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, filters={"date_from": "-7d"})


@pytest.fixture
def insight(project: Project) -> Insight:
    return make_insight(project, query=TRENDS)


@pytest.fixture
def tile(dashboard: Dashboard, insight: Insight) -> Tile:
    return make_tile(dashboard, insight, color="blue", layouts=LAYOUTS)


@pytest.fixture
def path(project: Project, insight: Insight) -> str:
    return f"/api/projects/{project.pk}/insights/{insight.pk}/"


def dates(body: dict[str, Any]) -> Any:
    return body["query"]["source"].get("dateRange")


def test_from_dashboard_applies_its_filters_and_adds_the_tiles_looks(
    client: APIClient, path: str, dashboard: Dashboard, tile: Tile
) -> None:
    plain = client.get(path).json()
    assert plain["query"] == TRENDS
    assert "color" not in plain
    body = client.get(path, {"from_dashboard": dashboard.pk}).json()
    assert dates(body)["date_from"] == "-7d"
    assert (body["color"], body["layouts"]) == ("blue", LAYOUTS)


def test_the_layers_lie_in_their_order(
    client: APIClient, path: str, dashboard: Dashboard, tile: Tile
) -> None:
    query: dict[str, Any] = {"from_dashboard": dashboard.pk}
    query["filters_override"] = json.dumps({"date_from": "-3d"})
    assert dates(client.get(path, query).json())["date_from"] == "-3d"
    Tile.objects.for_project(dashboard.project).update(filters_overrides={"date_from": "-2d"})
    assert dates(client.get(path, query).json())["date_from"] == "-2d"
    query["tile_filters_override"] = json.dumps({"date_from": "-1d"})
    assert dates(client.get(path, query).json())["date_from"] == "-1d"


def test_an_override_works_without_a_dashboard(client: APIClient, path: str) -> None:
    override = json.dumps({"date_from": "-3d"})
    assert dates(client.get(path, {"filters_override": override}).json())["date_from"] == "-3d"


@pytest.mark.parametrize("state", ["unknown", "removed", "deleted"])
def test_without_a_live_tile_there_is_no_context(
    client: APIClient, path: str, dashboard: Dashboard, tile: Tile, state: str
) -> None:
    if state == "removed":
        Tile.objects.for_project(dashboard.project).update(deleted=True)
    if state == "deleted":
        Dashboard.all_projects.filter(pk=dashboard.pk).update(deleted=True)
    pk = 999_999 if state == "unknown" else dashboard.pk
    body = client.get(path, {"from_dashboard": pk}).json()
    assert body["query"] == TRENDS
    assert "color" not in body


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"from_dashboard": "x"}, "from_dashboard"),
        ({"filters_override": "{"}, "filters_override"),
        ({"variables_override": "[]"}, "variables_override"),
    ],
)
def test_bad_parameters_are_named(
    client: APIClient, path: str, query: dict[str, str], attr: str
) -> None:
    assert_error(client.get(path, query), 400, attr=attr)


def test_the_dashboard_shows_the_same_query(
    client: APIClient, url: str, path: str, dashboard: Dashboard, tile: Tile
) -> None:
    [row] = client.get(f"{url}{dashboard.pk}/").json()["tiles"]
    assert (
        row["insight"]["query"]
        == client.get(path, {"from_dashboard": dashboard.pk}).json()["query"]
    )


def test_every_reading_shows_the_variables_there_are_now(
    client: APIClient, project: Project, member: User
) -> None:
    variable = InsightVariable.objects.create(
        project=project, name="Country", code_name="country", type="String"
    )
    entry = {"variableId": "gone", "code_name": "country", "value": "FR"}
    stored = {"gone": entry, "odd": {"variableId": "odd", "code_name": "unknown", "value": 1}}
    source = {"kind": "HogQLQuery", "query": "select 1", "variables": stored}
    query = {"kind": "DataVisualizationNode", "source": source}
    insight = make_insight(project, query=query)
    InsightView.objects.create(
        project=project, insight=insight, user=member, viewed_at=timezone.now()
    )
    root = f"/api/projects/{project.pk}/insights/"
    now = {str(variable.pk): {**entry, "variableId": str(variable.pk)}}
    (listed,) = client.get(root).json()["results"]
    (viewed,) = client.get(f"{root}my_last_viewed/").json()
    for row in (listed, viewed, client.get(f"{root}{insight.pk}/").json()):
        assert row["query"]["source"]["variables"] == now
    insight.refresh_from_db()
    assert insight.query == query
