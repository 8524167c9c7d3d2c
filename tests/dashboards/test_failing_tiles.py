"""A tile that cannot be shown says so itself, everywhere, and nothing half-shown is stored."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tile
from dashboards.selectors import answer_size, read_tiles
from posthog_lite.accounts.models import Project
from tests.dashboards.making import TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

LEAF = {"key": "a", "type": "event", "value": ["x"]}


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    dashboard = DashboardFactory.create(project=project, filters={"properties": [LEAF]})
    for name in ("odd", "fine"):
        make_tile(dashboard, make_insight(project, name=name, query=TRENDS))
    return dashboard


@pytest.mark.parametrize("odd", [{}, [], [{}], {"a": 1}, 5, True, None])
@pytest.mark.parametrize("part", ["type", "key", "operator", "value", "group_type_index"])
def test_odd_filters_in_a_query_break_nothing(
    client: APIClient, dashboard: Dashboard, path: str, part: str, odd: Any
) -> None:
    leaf = {**LEAF, part: odd}
    query = {
        "kind": "TrendsQuery",
        "series": [],
        "properties": [leaf, {"type": odd, "values": odd}],
    }
    insight = make_insight(dashboard.project, query=query)
    make_tile(dashboard, insight)
    assert client.get(path).status_code == 200
    insights = path.replace(f"dashboards/{dashboard.pk}/", f"insights/{insight.pk}/")
    assert client.get(f"{insights}?from_dashboard={dashboard.pk}").status_code == 200
    assert client.get(f"{path}run_insights/").status_code == 200


def test_a_tile_that_fails_is_an_error_of_that_tile(
    client: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = read_tiles.Tiles._insight

    def fail(self: Any, tile: Any, insight: Any) -> dict[str, Any]:
        if insight.name == "odd":
            raise RuntimeError("secret")
        return shown(self, tile, insight)

    monkeypatch.setattr(read_tiles.Tiles, "_insight", fail)
    for response in (client.get(path), client.patch(path, {"name": "x"})):
        assert response.status_code == 200
        failed, fine = response.json()["tiles"]
        assert (failed["insight"], failed["text"]) == (None, None)
        assert failed["error"] == {
            "type": "RuntimeError",
            "message": "This tile could not be shown.",
        }
        assert fine["insight"]["name"] == "fine"
        assert "error" not in fine


def test_more_filters_than_may_be_stored_are_told_by_each_insight(
    client: APIClient, dashboard: Dashboard, path: str
) -> None:
    Dashboard.all_projects.update(filters={"properties": [LEAF] * 300})  # as it may be already
    body = client.get(path).json()
    for tile in body["tiles"]:
        assert tile["insight"]["query"] == TRENDS
        assert tile["insight"]["query_status"]["error"] is True
        assert "more filters" in tile["insight"]["query_status"]["error_message"]
    assert len(body["filters"]["properties"]) == 300


def test_an_answer_is_bounded_and_what_cannot_be_shown_is_not_stored(
    client: APIClient, dashboard: Dashboard, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insight = Tile.all_projects.order_by("id").first()
    assert insight is not None
    monkeypatch.setattr(answer_size, "MOST_BYTES", 1000)
    wide = {"properties": [{**LEAF, "value": "x" * 600}]}
    response = client.patch(path, {"filters": wide}, format="json")
    assert_error(response, 413, code="answer_too_large")
    assert Dashboard.all_projects.get(pk=dashboard.pk).filters == {"properties": [LEAF]}
    monkeypatch.setattr(answer_size, "MOST_BYTES", 10)
    assert_error(client.get(path), 413, code="answer_too_large")
    assert_error(
        client.get(path.replace(f"dashboards/{dashboard.pk}/", "insights/")),
        413,
        code="answer_too_large",
    )
