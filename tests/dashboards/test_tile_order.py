"""A tile says where it stands among all tiles, whichever endpoint shows it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Text, Tile
from tests.factories import InsightFactory
from tests.support.errors import assert_error


def put_text(dashboard: Dashboard, y: Any, **box: Any) -> Tile:
    text = Text.objects.create(project=dashboard.project, body="t", last_modified_at=timezone.now())
    layouts = {"sm": {"x": 0, "y": y, **box}}
    return Tile.objects.create(
        project=dashboard.project, dashboard=dashboard, text=text, layouts=layouts
    )


def test_run_insights_counts_the_texts_before_an_insight(
    client: APIClient, path: str, dashboard: Dashboard
) -> None:
    put_text(dashboard, 0)
    Tile.objects.create(
        project=dashboard.project,
        dashboard=dashboard,
        insight=InsightFactory.create(project=dashboard.project),
    )
    [row] = client.get(f"{path}run_insights/").json()["results"]
    assert row["order"] == 1


def test_a_text_tile_is_answered_with_its_place(
    client: APIClient, path: str, dashboard: Dashboard
) -> None:
    first = put_text(dashboard, 0)
    layouts = {"sm": {"x": 0, "y": 5, "w": 6, "h": 5}}
    tile = client.post(f"{path}create_text_tile/", {"body": "b", "layouts": layouts}).json()
    assert tile["order"] == 1
    body = {"tile_id": first.pk, "layouts": {"sm": {"x": 0, "y": 9}}}
    assert client.post(f"{path}update_text_tile/", body).json()["order"] == 1


def test_a_coordinate_that_is_no_number_does_not_upset_the_order(
    client: APIClient, path: str, dashboard: Dashboard
) -> None:
    ys = [3, "nan", 1, "NaN", 2, "0"]
    tiles = [put_text(dashboard, y) for y in ys]
    rows = client.get(path).json()["tiles"]
    assert [row["id"] for row in rows] == [tiles[n].pk for n in (5, 2, 4, 0, 1, 3)]


def test_preserving_sizes_keeps_what_else_a_layout_says(
    client: APIClient, path: str, dashboard: Dashboard
) -> None:
    tile = put_text(dashboard, 4, w=4, h=7, minW=2)
    tile.layouts["xs"] = {"x": 0, "y": 9, "w": 1, "h": 3}
    tile.save()
    body = {"tile_order": [tile.pk], "layout": "preserve"}
    [row] = client.post(f"{path}reorder_tiles/", body).json()["tiles"]
    assert row["layouts"] == {
        "sm": {"x": 0, "y": 0, "w": 4, "h": 7, "minW": 2},
        "xs": {"x": 0, "y": 0, "w": 1, "h": 3},
    }


def test_a_tile_that_is_not_shown_cannot_be_reordered(
    client: APIClient, path: str, dashboard: Dashboard
) -> None:
    hidden = Tile.objects.create(
        project=dashboard.project,
        dashboard=dashboard,
        insight=InsightFactory.create(project=dashboard.project, deleted=True),
    )
    response = client.post(f"{path}reorder_tiles/", {"tile_order": [hidden.pk]})
    assert (response.status_code, list(response.json())) == (404, ["detail"])


@pytest.mark.parametrize(
    ("action", "body", "attr"),
    [
        ("move_tile", {"tile": {"id": "9" * 40}, "toDashboard": 1}, None),
        ("move_tile", {"tile": {"id": 1}, "toDashboard": "9" * 40}, None),
        ("copy_tile", {"fromDashboardId": "9" * 40, "tileId": 1}, None),
        ("copy_tile", {"fromDashboardId": 1, "tileId": "-" + "9" * 40}, None),
        ("delete_tile", {"tile_id": "9" * 40}, None),
        ("update_text_tile", {"tile_id": "9" * 40, "body": "x"}, None),
    ],
)
def test_ids_beyond_every_id_are_not_found(
    client: APIClient, path: str, action: str, body: Any, attr: str | None
) -> None:
    assert_error(client.post(f"{path}{action}/", body), 404, attr=attr)


def test_ids_beyond_every_id_in_lists_are_refused_or_skipped(
    client: APIClient, url: str, path: str
) -> None:
    huge = "9" * 40
    response = client.post(f"{path}reorder_tiles/", {"tile_order": [huge]})
    assert (response.status_code, list(response.json())) == (404, ["detail"])
    body: dict[str, Any] = {"duplicate_tiles": [{"id": huge}]}
    assert_error(client.patch(path, body), 400, attr="duplicate_tiles")
    body = {"ids": [huge], "action": "set", "tags": []}
    assert_error(client.post(f"{url}bulk_update_tags/", body), 400, attr="ids__0")
    assert_error(client.patch(path, {"tiles": [{"id": huge, "color": "x"}]}), 400, attr="tiles")
