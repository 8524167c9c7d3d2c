from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Project
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries
from themes.models import DataColorTheme

LOOKS: dict[str, Any] = {
    "layouts": {"sm": {"x": 0, "y": 3, "w": 6, "h": 5}},
    "color": "blue",
    "filters_overrides": {"date_from": "-1d"},
    "show_description": True,
}


@pytest.fixture
def source(project: Project) -> Dashboard:
    dashboard = DashboardFactory.create(
        project=project,
        name="S",
        description="d",
        pinned=True,
        filters={"date_from": "-7d"},
        variables={"a": {"code_name": "a"}},
        breakdown_colors=[{"breakdownValue": "x", "colorToken": "y"}],
    )
    insight = InsightFactory.create(project=project, name="I", query={"kind": "HogQLQuery"})
    text = Text.objects.create(project=project, body="t", last_modified_at=timezone.now())
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight, **LOOKS)
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    removed = InsightFactory.create(project=project)
    Tile.objects.create(project=project, dashboard=dashboard, insight=removed, deleted=True)
    return dashboard


def test_a_shallow_copy_shares_insights_and_copies_texts(
    client: APIClient, url: str, source: Dashboard
) -> None:
    original = client.get(f"{url}{source.pk}/").json()
    response = client.post(url, {"use_dashboard": source.pk, "name": "C"})
    copy = response.json()
    assert response.status_code == 201
    assert (copy["name"], copy["creation_mode"]) == ("C", "duplicate")
    assert (copy["description"], copy["pinned"], copy["tags"]) == ("", False, [])
    for key in ("persisted_filters", "persisted_variables", "breakdown_colors"):
        assert copy[key] == original[key]
    for new, old in zip(copy["tiles"], original["tiles"], strict=True):
        if old["insight"]:
            assert new["insight"]["id"] == old["insight"]["id"]
        else:
            assert {**new["text"], "id": old["text"]["id"]} == old["text"]
            assert new["text"]["id"] != old["text"]["id"]
    assert {key: copy["tiles"][0][key] for key in LOOKS} == LOOKS
    assert {row["id"] for row in copy["tiles"]}.isdisjoint(row["id"] for row in original["tiles"])


def test_a_deep_copy_has_insights_and_texts_of_its_own(
    client: APIClient, url: str, source: Dashboard
) -> None:
    original = client.get(f"{url}{source.pk}/").json()
    insight_url = url.replace("dashboards", "insights")
    client.patch(f"{insight_url}{original['tiles'][0]['insight']['id']}/", {"tags": ["a", "b"]})
    copy = client.post(url, {"use_dashboard": source.pk, "duplicate_tiles": True}).json()
    insight, text = copy["tiles"][0]["insight"], copy["tiles"][1]["text"]
    assert (insight["name"], insight["tags"]) == ("I (Copy)", ["a", "b"])
    assert insight["id"] != original["tiles"][0]["insight"]["id"]
    assert insight["short_id"] != original["tiles"][0]["insight"]["short_id"]
    assert (text["body"], text["created_by"]) == ("t", None)
    assert text["id"] != original["tiles"][1]["text"]["id"]
    assert {key: copy["tiles"][0][key] for key in LOOKS} == LOOKS


@pytest.mark.parametrize(("name", "copied"), [(None, None), ("x" * 400, "x" * 393 + " (Copy)")])
def test_names_of_copies_fit(
    client: APIClient, url: str, source: Dashboard, name: str | None, copied: str | None
) -> None:
    Insight.all_projects.update(name=name)
    copy = client.post(url, {"use_dashboard": source.pk, "duplicate_tiles": True}).json()
    assert copy["tiles"][0]["insight"]["name"] == copied


def test_what_the_body_says_wins(
    client: APIClient, url: str, project: Project, source: Dashboard
) -> None:
    theme = DataColorTheme.objects.create(project=project, name="T", colors=["#fff"])
    Dashboard.all_projects.filter(pk=source.pk).update(data_color_theme_id=theme.pk)
    DataColorTheme.all_projects.filter(pk=theme.pk).update(deleted=True)
    copy = client.post(url, {"use_dashboard": source.pk, "filters": {"date_from": "-3d"}}).json()
    assert copy["filters"] == {"date_from": "-3d"}
    assert copy["data_color_theme_id"] == theme.pk


@pytest.mark.parametrize("state", ["unknown", "deleted", "foreign"])
def test_a_source_that_is_not_here_leaves_nothing_behind(
    client: APIClient, url: str, project: Project, other_project: Project, state: str
) -> None:
    pk = 999_999
    if state == "deleted":
        pk = DashboardFactory.create(project=project, deleted=True).pk
    if state == "foreign":
        pk = DashboardFactory.create(project=other_project).pk
    assert_error(
        client.post(url, {"use_dashboard": pk}),
        400,
        code="invalid_input",
        detail="Invalid value provided",
        attr="use_dashboard",
    )
    assert client.get(url).json()["count"] == 0


def test_tiles_are_duplicated_in_place(client: APIClient, url: str, source: Dashboard) -> None:
    path = f"{url}{source.pk}/"
    first, second = client.get(path).json()["tiles"]
    place = {"sm": {"x": 6, "y": 40, "w": 6, "h": 5}}
    body = {"duplicate_tiles": [{"id": first["id"], "layouts": place}, {"id": second["id"]}]}
    rows = client.patch(path, body).json()["tiles"]
    assert len(rows) == 4
    copy = next(row for row in rows if row["insight"] and row["id"] != first["id"])
    assert (copy["insight"]["name"], copy["layouts"]) == ("I (Copy)", place)
    assert copy["color"] == "blue"


@pytest.mark.parametrize("item", [{"id": 999_999}, {}, {"id": "x"}, 5])
def test_a_tile_to_duplicate_that_is_not_here_is_refused(
    client: APIClient, url: str, source: Dashboard, item: Any
) -> None:
    response = client.patch(f"{url}{source.pk}/", {"duplicate_tiles": [item], "name": "no"})
    assert response.status_code == 400
    assert response.json()["attr"].startswith("duplicate_tiles")
    source.refresh_from_db()
    assert source.name == "S"


def test_a_deep_copy_takes_as_many_queries_for_100_tiles_as_for_2(
    client: APIClient, url: str, project: Project
) -> None:
    client.get(url)  # notes the first use of the key
    counts = []
    for tiles in (2, 100):
        dashboard = DashboardFactory.create(project=project)
        insights = [InsightFactory.create(project=project) for _ in range(tiles)]
        Tile.objects.bulk_create(
            Tile(project=project, dashboard=dashboard, insight=insight) for insight in insights
        )
        body = {"use_dashboard": dashboard.pk, "duplicate_tiles": True}
        with count_queries() as queries:
            assert len(client.post(url, body).json()["tiles"]) == tiles
        counts.append(len(queries))
    assert counts[0] == counts[1]
