from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error

BOX = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}


@pytest.fixture
def source(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="source")


@pytest.fixture
def destination(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="destination")


@pytest.fixture
def insight(project: Project) -> Insight:
    return InsightFactory.create(project=project)


@pytest.fixture
def tile(source: Dashboard, insight: Insight) -> Tile:
    return put(source, insight=insight, layouts=BOX, color="blue")


def put(dashboard: Dashboard, **fields: Any) -> Tile:
    return Tile.objects.create(project=dashboard.project, dashboard=dashboard, **fields)


def put_text(dashboard: Dashboard, body: str = "t", **fields: Any) -> Tile:
    text = Text.objects.create(
        project=dashboard.project, body=body, last_modified_at=timezone.now()
    )
    return put(dashboard, text=text, **fields)


class TestMoveTile:
    @pytest.mark.parametrize("method", ["patch", "post"])
    def test_the_row_itself_moves_and_the_source_is_the_answer(
        self,
        client: APIClient,
        url: str,
        source: Dashboard,
        destination: Dashboard,
        tile: Tile,
        method: str,
    ) -> None:
        body = {"tile": {"id": tile.pk, "any": "thing"}, "toDashboard": destination.pk}
        response = getattr(client, method)(f"{url}{source.pk}/move_tile/", body)
        assert response.status_code == 200
        assert (response.json()["id"], response.json()["tiles"]) == (source.pk, [])
        [moved] = client.get(f"{url}{destination.pk}/").json()["tiles"]
        assert (moved["id"], moved["layouts"], moved["color"]) == (tile.pk, BOX, "blue")

    @pytest.mark.parametrize(
        ("body", "attr"),
        [
            ({}, "tile"),
            ({"tile": {}}, "tile__id"),
            ({"tile": {"id": 1}}, "toDashboard"),
            ({"tile": {"id": "x"}, "toDashboard": 1}, "tile__id"),
            ({"tile": 5, "toDashboard": 1}, "tile"),
            ({"tile": {"id": 1}, "toDashboard": None}, "toDashboard"),
        ],
    )
    def test_what_is_missing_is_named(
        self, client: APIClient, url: str, source: Dashboard, body: Any, attr: str
    ) -> None:
        assert_error(client.patch(f"{url}{source.pk}/move_tile/", body), 400, attr=attr)

    def test_no_body_at_all(self, client: APIClient, url: str, source: Dashboard) -> None:
        response = client.generic("PATCH", f"{url}{source.pk}/move_tile/")
        assert_error(response, 400, attr="tile")

    def test_a_tile_or_dashboard_that_is_not_there_is_a_404(
        self,
        client: APIClient,
        url: str,
        source: Dashboard,
        destination: Dashboard,
        tile: Tile,
        other_project: Project,
    ) -> None:
        foreign = DashboardFactory.create(project=other_project)
        gone = DashboardFactory.create(project=source.project, deleted=True)
        for dashboard, tile_id, to in (
            (destination.pk, tile.pk, source.pk),  # on another dashboard
            (source.pk, 10**15, destination.pk),
            (source.pk, tile.pk, foreign.pk),
            (source.pk, tile.pk, gone.pk),
            (source.pk, tile.pk, 2**62),
            (999_999, tile.pk, destination.pk),
            ("abc", tile.pk, destination.pk),
        ):
            body = {"tile": {"id": tile_id}, "toDashboard": to}
            assert_error(client.patch(f"{url}{dashboard}/move_tile/", body), 404)
        tile.refresh_from_db()
        assert tile.dashboard_id == source.pk

    def test_a_live_twin_is_refused_and_a_removed_one_gives_way(
        self,
        client: APIClient,
        url: str,
        source: Dashboard,
        destination: Dashboard,
        insight: Insight,
        tile: Tile,
    ) -> None:
        twin = put(destination, insight=insight)
        body = {"tile": {"id": tile.pk}, "toDashboard": destination.pk}
        assert_error(
            client.patch(f"{url}{source.pk}/move_tile/", body),
            400,
            detail="Invalid request data for moving tile.",
            attr="toDashboard",
        )
        client.patch(f"{url}{destination.pk}/", {"tiles": [{"id": twin.pk, "deleted": True}]})
        assert client.patch(f"{url}{source.pk}/move_tile/", body).status_code == 200
        [row] = client.get(f"{url}{destination.pk}/").json()["tiles"]
        assert row["id"] == tile.pk

    def test_both_dashboards_need_the_edit_right(
        self,
        client: APIClient,
        url: str,
        admin: User,
        source: Dashboard,
        destination: Dashboard,
        tile: Tile,
    ) -> None:
        body = {"tile": {"id": tile.pk}, "toDashboard": destination.pk}
        Dashboard.all_projects.filter(pk=destination.pk).update(
            restriction_level=37, created_by=admin
        )
        assert_error(
            client.patch(f"{url}{source.pk}/move_tile/", body),
            403,
            detail="You don't have edit permissions for the destination dashboard.",
        )
        Dashboard.all_projects.filter(pk=source.pk).update(restriction_level=37)
        assert_error(
            client.patch(f"{url}{source.pk}/move_tile/", body),
            403,
            detail="You don't have edit permissions for this dashboard.",
        )

    @pytest.mark.django_db(transaction=True)
    def test_moves_in_both_directions_at_once_all_succeed(
        self, member: User, key_client: KeyClient, project: Project
    ) -> None:
        client = key_client(member)
        url = f"/api/projects/{project.pk}/dashboards/"
        one, two = (DashboardFactory.create(project=project) for _ in range(2))
        moves = [(a, b, put_text(a)) for a, b in [(one, two), (two, one)] for _ in range(6)]
        statuses: list[int] = []

        def move(a: Dashboard, b: Dashboard, tile: Tile) -> None:
            try:
                body = {"tile": {"id": tile.pk}, "toDashboard": b.pk}
                statuses.append(client.patch(f"{url}{a.pk}/move_tile/", body).status_code)
            finally:
                connection.close()

        threads = [threading.Thread(target=move, args=move_args) for move_args in moves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 12


class TestCopyTile:
    def test_it_shares_the_content_and_answers_with_the_destination(
        self,
        client: APIClient,
        url: str,
        source: Dashboard,
        destination: Dashboard,
        insight: Insight,
        tile: Tile,
    ) -> None:
        path = f"{url}{destination.pk}/copy_tile/"
        body = {"fromDashboardId": source.pk, "tileId": tile.pk}
        answer = client.post(path, body).json()
        assert answer["id"] == destination.pk
        [row] = answer["tiles"]
        assert row["id"] != tile.pk
        assert (row["insight"]["id"], row["layouts"], row["color"]) == (insight.pk, BOX, "blue")
        assert_error(
            client.post(path, body),
            400,
            detail="This insight is already on the destination dashboard.",
            attr="tileId",
        )
        client.patch(f"{url}{destination.pk}/", {"tiles": [{"id": row["id"], "deleted": True}]})
        [revived] = client.post(path, body).json()["tiles"]
        assert revived["id"] == row["id"]

    def test_the_refusals(
        self,
        client: APIClient,
        url: str,
        source: Dashboard,
        destination: Dashboard,
        other_project: Project,
    ) -> None:
        path = f"{url}{destination.pk}/copy_tile/"
        text = put_text(source)
        body = {"fromDashboardId": source.pk, "tileId": text.pk}
        assert client.post(path, body).status_code == 200
        assert_error(
            client.post(path, {"fromDashboardId": destination.pk, "tileId": text.pk}),
            400,
            detail="Destination must be a different dashboard than the source.",
            attr="fromDashboardId",
        )
        foreign = put_text(DashboardFactory.create(project=other_project))
        for dashboard_id, tile_id in (
            (source.pk, 999_999),
            (999_999, text.pk),
            (foreign.dashboard_id, foreign.pk),
        ):
            body = {"fromDashboardId": dashboard_id, "tileId": tile_id}
            assert_error(client.post(path, body), 404)
        assert_error(client.post(path, {"tileId": 1}), 400, attr="fromDashboardId")


class TestReorderTiles:
    def test_two_equal_columns_in_the_order_given(
        self, client: APIClient, url: str, source: Dashboard
    ) -> None:
        tiles = [put_text(source, str(n), layouts={"lg": {"x": 1}}) for n in range(3)]
        untouched = put_text(source, "untouched")
        order = [tiles[2].pk, tiles[0].pk, tiles[1].pk]
        answer = client.post(f"{url}{source.pk}/reorder_tiles/", {"tile_order": order}).json()
        assert [row["id"] for row in answer["tiles"]] == [*order, untouched.pk]
        assert [row["layouts"].get("sm") for row in answer["tiles"]] == [
            {"x": 0, "y": 0, "w": 6, "h": 5},
            {"x": 6, "y": 0, "w": 6, "h": 5},
            {"x": 0, "y": 5, "w": 6, "h": 5},
            None,
        ]
        assert answer["tiles"][2]["layouts"]["xs"] == {"x": 0, "y": 10, "w": 6, "h": 5}
        assert answer["tiles"][2]["layouts"]["lg"] == {"x": 1}

    def test_preserve_keeps_sizes(self, client: APIClient, url: str, source: Dashboard) -> None:
        wide, high = (
            put_text(source, layouts={"sm": {"x": 0, "y": 0, "w": w, "h": h}})
            for w, h in [(12, 2), (4, 7)]
        )
        body = {"tile_order": [high.pk, wide.pk], "layout": "preserve"}
        rows = client.post(f"{url}{source.pk}/reorder_tiles/", body).json()["tiles"]
        assert [row["layouts"]["sm"] for row in rows] == [
            {"x": 0, "y": 0, "w": 4, "h": 7},
            {"x": 0, "y": 7, "w": 12, "h": 2},
        ]

    def test_the_bare_refusals_that_clients_read(
        self, client: APIClient, url: str, source: Dashboard, destination: Dashboard
    ) -> None:
        path = f"{url}{source.pk}/reorder_tiles/"
        mine, theirs = put_text(source), put_text(destination)
        response = client.post(path, {"tile_order": [mine.pk, mine.pk]})
        assert (response.status_code, response.json()) == (
            400,
            {"detail": "tile_order must contain unique tile IDs"},
        )
        response = client.post(path, {"tile_order": [mine.pk, 10**12, theirs.pk]})
        assert (response.status_code, response.json()) == (
            404,
            {"detail": f"Tile IDs not found on this dashboard: [{theirs.pk}, {10**12}]"},
        )
        assert_error(client.post(path, {"tile_order": []}), 400, attr="tile_order", code="empty")
        assert_error(client.post(path, {"tile_order": [1], "layout": "x"}), 400, attr="layout")
        assert_error(client.post(f"{url}999999/reorder_tiles/", {"tile_order": []}), 404)


class TestDeleteTile:
    def test_it_removes_the_tile_and_closes_the_gap(
        self, client: APIClient, url: str, source: Dashboard, insight: Insight
    ) -> None:
        first, second = (
            put_text(source, layouts={"sm": {"x": 0, "y": y, "w": 12, "h": 5}}) for y in (0, 5)
        )
        path = f"{url}{source.pk}/delete_tile/"
        response = client.post(path, {"tile_id": first.pk})
        assert (response.status_code, response.content) == (204, b"")
        [row] = client.get(f"{url}{source.pk}/").json()["tiles"]
        assert (row["id"], row["layouts"]["sm"]["y"]) == (second.pk, 0)
        assert Text.all_projects.filter(pk=first.text_id or 0).exists()
        assert_error(client.post(path, {"tile_id": first.pk}), 404)
        assert_error(client.post(path, {}), 400, attr="tile_id")

    def test_a_gap_that_a_neighbour_fills_stays(
        self, client: APIClient, url: str, source: Dashboard
    ) -> None:
        left, right, below = (
            put_text(source, layouts={"sm": {"x": x, "y": y, "w": 6, "h": 5}})
            for x, y in [(0, 0), (6, 0), (0, 5)]
        )
        client.post(f"{url}{source.pk}/delete_tile/", {"tile_id": left.pk})
        below.refresh_from_db()
        assert below.layouts["sm"]["y"] == 5
        assert right.layouts["sm"]["y"] == 0


def test_run_insights_answers_without_made_up_results(
    client: APIClient,
    member: User,
    key_client: KeyClient,
    url: str,
    source: Dashboard,
    tile: Tile,
) -> None:
    put_text(source)
    [row] = client.get(f"{url}{source.pk}/run_insights/").json()["results"]
    source.refresh_from_db()
    assert source.last_accessed_at is None
    assert (row["id"], row["insight"]["result"], row["is_cached"]) == (tile.pk, None, False)
    assert_error(
        key_client(member, scopes=["dashboard:write"]).get(f"{url}{source.pk}/run_insights/"),
        403,
        detail="API key missing required scope 'query:read'",
    )


def test_overrides_that_the_answer_cannot_apply_keep_everything_as_it_was(
    client: APIClient, url: str, source: Dashboard, destination: Dashboard, tile: Tile
) -> None:
    board, other = f"{url}{source.pk}/", f"{url}{destination.pk}/"
    template = {
        "template_name": "T",
        "dashboard_description": "",
        "dashboard_filters": {},
        "tiles": [{"type": "TEXT", "body": "t"}],
    }
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("post", url, {"name": "new"}),
        ("patch", board, {"name": "new"}),
        ("patch", f"{board}move_tile/", {"tile": {"id": tile.pk}, "toDashboard": destination.pk}),
        ("post", f"{other}copy_tile/", {"fromDashboardId": source.pk, "tileId": tile.pk}),
        ("post", f"{board}reorder_tiles/", {"tile_order": [tile.pk]}),
        ("post", f"{url}create_from_template_json/", {"template": template}),
        ("post", f"{url}create_unlisted_dashboard/", {"tag": "llm-analytics"}),
    ]
    for method, path, body in writes:
        response = getattr(client, method)(f"{path}?filters_override=%7Bbad", body)
        assert_error(response, 400, attr="filters_override")
    boards = Dashboard.all_projects.order_by("id").values_list("name", flat=True)
    assert list(boards) == ["source", "destination"]
    assert [(row.dashboard, row.layouts) for row in Tile.all_projects.all()] == [(source, BOX)]
