from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tile
from dashboards.selectors import answer_size
from posthog_lite.accounts.models import Project
from tests.dashboards.making import TRENDS
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries


def fill(dashboard: Dashboard, count: int) -> None:
    project = dashboard.project
    insights = [InsightFactory.create(project=project, query=TRENDS) for _ in range(count)]
    Tile.objects.bulk_create(
        Tile(project=project, dashboard=dashboard, insight=insight) for insight in insights
    )


def test_reading_takes_the_same_few_queries_whatever_the_tiles(
    client: APIClient, url: str, project: Project
) -> None:
    counts = {}
    for tiles in (1, 20, 100):
        dashboard = DashboardFactory.create(project=project, filters={"date_from": "-1d"})
        fill(dashboard, tiles)
        client.get(f"{url}{dashboard.pk}/")
        with count_queries() as queries:
            assert len(client.get(f"{url}{dashboard.pk}/").json()["tiles"]) == tiles
        counts[tiles] = len(queries)
    # caller and project, dashboard, tiles with their insights, authors
    assert counts[1] == counts[20] == counts[100] == 4


def test_a_patch_of_one_field_takes_few_queries_whatever_the_tiles(
    client: APIClient, url: str, project: Project
) -> None:
    counts = {}
    for tiles in (1, 50):
        dashboard = DashboardFactory.create(project=project)
        fill(dashboard, tiles)
        client.get(url)
        with count_queries() as queries:
            client.patch(f"{url}{dashboard.pk}/", {"name": "x"})
        counts[tiles] = len(queries)
    assert counts[1] == counts[50] == 6


def test_a_layout_of_many_tiles_takes_as_many_queries_as_of_one(
    client: APIClient, url: str, project: Project
) -> None:
    counts = {}
    for tiles in (1, 50):
        dashboard = DashboardFactory.create(project=project)
        fill(dashboard, tiles)
        rows = client.get(f"{url}{dashboard.pk}/").json()["tiles"]
        entries = [{"id": row["id"], "layouts": {"sm": {"y": 1}}} for row in rows]
        with count_queries() as queries:
            client.patch(f"{url}{dashboard.pk}/", {"tiles": entries})
        counts[tiles] = len(queries)
    assert counts[1] == counts[50]


@pytest.fixture
def full(project: Project) -> Dashboard:
    dashboard = DashboardFactory.create(project=project)
    fill(dashboard, 500)
    return dashboard


def test_500_tiles_answer_and_the_501st_is_refused(
    client: APIClient, url: str, project: Project, full: Dashboard
) -> None:
    path = f"{url}{full.pk}/"
    tiles = client.get(path).json()["tiles"]
    assert len(tiles) == 500
    detail = "A dashboard can hold at most 500 tiles."
    for action, body in (
        ("", {"tiles": [{"text": {"body": "one more"}}]}),
        ("", {"duplicate_tiles": [{"id": tiles[0]["id"]}]}),
    ):
        assert_error(client.patch(path + action, body), 400, detail=detail, attr="tiles")
    assert_error(
        client.post(path + "create_text_tile/", {"body": "x"}), 400, detail=detail, attr="tiles"
    )
    insight_url = url.replace("dashboards", "insights")
    response = client.post(insight_url, {"name": "x", "query": TRENDS, "dashboards": [full.pk]})
    assert response.status_code == 400
    assert Tile.objects.for_project(project).filter(dashboard=full, deleted=False).count() == 500
    swap = [{"id": tiles[0]["id"], "deleted": True}, {"text": {"body": "in its place"}}]
    assert len(client.patch(path, {"tiles": swap}).json()["tiles"]) == 500


def test_150_copies_of_one_request_are_made_in_few_queries(
    client: APIClient, url: str, project: Project
) -> None:
    """Each is small; what a dashboard of large ones would answer has a bound of its own."""
    dashboard = DashboardFactory.create(project=project)
    fill(dashboard, 1)
    path = f"{url}{dashboard.pk}/"
    tile = client.get(path).json()["tiles"][0]["id"]
    with count_queries() as queries:
        made = client.patch(path, {"duplicate_tiles": [{"id": tile}] * 150}).json()["tiles"]
    assert len(made) == 151
    # The key, the dashboard under lock, its tiles, the new insights, the project under lock, their
    # tags, the layouts, the new tiles, their number; for the answer the dashboard, its tiles and
    # their results.
    assert len(queries) == 12
    assert len({one["insight"]["id"] for one in made}) == 151


def test_copies_whose_answer_would_be_too_large_are_not_made(
    client: APIClient, url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = DashboardFactory.create(project=project)
    fill(dashboard, 1)
    path = f"{url}{dashboard.pk}/"
    tile = client.get(path).json()["tiles"][0]["id"]
    monkeypatch.setattr(answer_size, "MOST_BYTES", 20_000)
    response = client.patch(path, {"duplicate_tiles": [{"id": tile}] * 150})
    assert_error(response, 413, code="answer_too_large", type="invalid_request")
    assert Tile.objects.for_project(project).count() == 1
