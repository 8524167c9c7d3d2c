from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Project, User
from tests.dashboards.making import TRENDS
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error

LAYOUTS = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}, "xs": {"x": 0, "y": 0, "w": 1, "h": 5}}


@pytest.fixture
def insight(project: Project) -> Insight:
    return InsightFactory.create(project=project, name="I")


@pytest.fixture
def tile(dashboard: Dashboard, insight: Insight) -> Tile:
    return Tile.objects.create(project=dashboard.project, dashboard=dashboard, insight=insight)


@pytest.fixture
def foreign_tile(project: Project) -> Tile:
    """A text tile of another dashboard of the same project."""
    other = DashboardFactory.create(project=project)
    text = Text.objects.create(project=project, body="theirs", last_modified_at=other.created_at)
    return Tile.objects.create(project=project, dashboard=other, text=text)


def tiles_after(client: APIClient, path: str, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    response = client.patch(path, {"tiles": list(entries)})
    assert response.status_code == 200, response.json()
    tiles: list[dict[str, Any]] = response.json()["tiles"]
    return tiles


def test_an_entry_changes_what_it_names(client: APIClient, path: str, tile: Tile) -> None:
    [row] = tiles_after(
        client,
        path,
        {
            "id": tile.pk,
            "color": "blue",
            "layouts": LAYOUTS,
            "show_description": True,
            "filters_overrides": {"date_from": "-1d"},
        },
    )
    assert (row["color"], row["layouts"], row["show_description"]) == ("blue", LAYOUTS, True)
    assert row["filters_overrides"] == {"date_from": "-1d"}
    [row] = tiles_after(client, path, {"id": tile.pk, "color": "", "layouts": {}})
    assert (row["color"], row["layouts"], row["show_description"]) == ("", {}, True)
    [row] = tiles_after(client, path, {"id": tile.pk, "color": None, "show_description": None})
    assert (row["color"], row["show_description"]) == (None, None)


def test_a_whole_tile_sent_back_changes_nothing(client: APIClient, path: str, tile: Tile) -> None:
    before = client.patch(path, {}).json()["tiles"]
    tiles_after(client, path, {"text": {"body": "t"}})
    before = client.patch(path, {}).json()["tiles"]
    after = tiles_after(client, path, *before)
    for row in (*before, *after):
        if row["text"] is not None:
            for key in ("last_modified_at", "last_modified_by"):
                del row["text"][key]
    assert after == before


def test_removing_a_tile_leaves_the_insight(
    client: APIClient, path: str, tile: Tile, insight: Insight
) -> None:
    assert tiles_after(client, path, {"id": tile.pk, "deleted": True}) == []
    insight.refresh_from_db()
    assert insight.deleted is False


def test_an_insight_without_a_tile_id_is_put_on_the_dashboard_once(
    client: APIClient, path: str, insight: Insight
) -> None:
    entry = {"insight": {"id": insight.pk}, "layouts": LAYOUTS, "color": "red"}
    [first] = tiles_after(client, path, entry)
    assert (first["insight"]["id"], first["color"]) == (insight.pk, "red")
    [second] = tiles_after(client, path, {**entry, "color": "green"})
    assert (second["id"], second["color"]) == (first["id"], "green")
    assert tiles_after(client, path, {"id": first["id"], "deleted": True}) == []
    [revived] = tiles_after(client, path, {"insight": {"id": insight.pk}})
    assert (revived["id"], revived["color"]) == (first["id"], "green")


@pytest.mark.parametrize("state", ["unknown", "deleted", "foreign"])
def test_an_insight_that_is_not_here_is_refused(
    client: APIClient, path: str, other_project: Project, project: Project, state: str
) -> None:
    pk = 999_999
    if state == "deleted":
        pk = InsightFactory.create(project=project, deleted=True).pk
    if state == "foreign":
        pk = InsightFactory.create(project=other_project).pk
    response = client.patch(path, {"tiles": [{"insight": {"id": pk}}]})
    assert_error(response, 400, attr="tiles")


def test_a_text_without_an_id_becomes_a_tile_by_the_caller(
    client: APIClient, path: str, member: User
) -> None:
    [row] = tiles_after(client, path, {"text": {"body": "# Hello\n"}, "color": "white"})
    text = row["text"]
    assert (text["body"], row["color"], row["insight"]) == ("# Hello\n", "white", None)
    assert (text["created_by"]["id"], text["last_modified_by"]) == (member.pk, None)
    assert set(text) == {
        "id",
        "body",
        "created_by",
        "last_modified_at",
        "last_modified_by",
        "team",
    }


def test_a_text_keeps_its_author_when_another_changes_it(
    client: APIClient, path: str, dashboard: Dashboard, admin: User, member: User
) -> None:
    text = Text.objects.create(
        project=dashboard.project,
        body="old",
        created_by=admin,
        last_modified_at=dashboard.created_at,
    )
    tile = Tile.objects.create(project=dashboard.project, dashboard=dashboard, text=text)
    for entry in (
        {"id": tile.pk, "text": {"body": "new"}},
        {"id": tile.pk, "text": {"id": text.pk, "body": "new", "created_by": {"id": admin.pk}}},
        {"text": {"id": text.pk, "body": "new"}},
    ):
        [row] = tiles_after(client, path, entry)
        assert (row["id"], row["text"]["id"]) == (tile.pk, text.pk)
        assert row["text"]["body"] == "new"
        assert row["text"]["created_by"]["id"] == admin.pk
        assert row["text"]["last_modified_by"]["id"] == member.pk


def test_a_text_by_somebody_who_left_can_be_sent_back(
    client: APIClient, path: str, dashboard: Dashboard, stranger: User
) -> None:
    text = Text.objects.create(
        project=dashboard.project,
        body="old",
        created_by=stranger,
        last_modified_at=dashboard.created_at,
    )
    Tile.objects.create(project=dashboard.project, dashboard=dashboard, text=text)
    [row] = client.get(path).json()["tiles"]
    row["text"]["body"] = "new"
    [after] = tiles_after(client, path, row)
    assert after["text"]["body"] == "new"
    assert after["text"]["created_by"]["id"] == stranger.pk


def test_a_text_over_the_limit_is_refused(client: APIClient, path: str) -> None:
    assert_error(
        client.patch(path, {"tiles": [{"text": {"body": "x" * 4001}}]}),
        400,
        code="max_length",
        detail="Text body cannot exceed 4000 characters",
        attr="text__body",
    )
    assert_error(client.patch(path, {"tiles": [{"text": {"body": 5}}]}), 400, attr="text__body")
    assert len(tiles_after(client, path, {"text": {"body": "x" * 4000}})) == 1


def test_tiles_and_texts_of_another_dashboard_are_never_changed(
    client: APIClient, path: str, foreign_tile: Tile
) -> None:
    text_id = foreign_tile.text_id
    for entry, attr in (
        ({"id": foreign_tile.pk, "color": "red"}, "tiles"),
        ({"id": foreign_tile.pk, "text": {"body": "mine"}}, "tiles"),
        ({"id": foreign_tile.pk, "text": {"id": text_id, "body": "mine"}}, "tiles"),
        ({"text": {"id": text_id, "body": "mine"}}, "text"),
    ):
        assert_error(client.patch(path, {"tiles": [entry]}), 400, attr=attr)
    assert client.patch(path, {"tiles": [{"id": foreign_tile.pk, "deleted": True}]}).json()
    foreign_tile.refresh_from_db()
    assert (foreign_tile.color, foreign_tile.deleted) == (None, False)
    assert Text.all_projects.get(tiles=foreign_tile).body == "theirs"


def test_an_unknown_tile_is_refused_but_may_be_removed(client: APIClient, path: str) -> None:
    assert_error(
        client.patch(path, {"name": "changed", "tiles": [{"id": 999_999, "color": "x"}]}),
        400,
        attr="tiles",
    )
    assert client.get(path).json()["name"] == "D"
    for gone in ({"id": 999_999}, {"id": 999_999, "text": {"body": "t"}}, {"text": {"body": "t"}}):
        assert tiles_after(client, path, {**gone, "deleted": True}) == []


def test_a_removed_tile_comes_back_by_deleted_false_and_not_by_null(
    client: APIClient, path: str, tile: Tile
) -> None:
    tiles_after(client, path, {"id": tile.pk, "deleted": True})
    assert tiles_after(client, path, {"id": tile.pk, "deleted": None, "color": "blue"}) == []
    [row] = tiles_after(client, path, {"id": tile.pk, "deleted": False})
    assert (row["id"], row["color"]) == (tile.pk, "blue")


def test_a_dashboard_that_is_not_there_is_a_404_whatever_the_tiles(
    client: APIClient, url: str
) -> None:
    body = {"tiles": [{"text": {"body": "x" * 4001}}]}
    assert_error(client.patch(f"{url}999999/", body), 404)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"text": {"body": "x"}, "insight": {"id": 1}},
        {"text": {}},
        {"text": {"created_by": {"id": 1}}},
        {"insight": None},
        {"insight": {}},
        {"insight": {"name": "only a name"}},
        {"order": 4},
        {"layouts": {}},
        {"color": "blue"},
        {"deleted": True},
        {"button_tile": {"text": "t"}},
        {"widget": {"id": 3}},
        {"type": "TEXT", "body": "as in a template"},
        {"type": "INSIGHT", "name": "x", "query": TRENDS},
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_an_entry_that_would_add_nothing_is_refused_and_named(
    client: APIClient, url: str, path: str, method: str, entry: dict[str, Any]
) -> None:
    body = {"tiles": [{"text": {"body": "first"}}, entry]}
    response = getattr(client, method)(url if method == "post" else path, body)
    assert_error(response, 400, code="invalid_input", attr="tiles")
    assert response.json()["detail"].startswith("tiles.1: ")
    assert not Tile.all_projects.exists()


def test_an_insight_may_be_a_number_or_a_short_id(
    client: APIClient, url: str, path: str, insight: Insight
) -> None:
    for name in (insight.pk, {"short_id": insight.short_id}, {"id": insight.pk}):
        entry = {"insight": name, "color": "blue"}
        for tiles in (
            client.post(url, {"tiles": [entry]}).json()["tiles"],
            tiles_after(client, path, entry),
        ):
            assert [row["insight"]["id"] for row in tiles] == [insight.pk]
            assert tiles[0]["color"] == "blue"
    [row] = tiles_after(client, path, {"insight_id": insight.pk})
    assert row["insight"]["id"] == insight.pk


def test_an_inline_insight_is_made(client: APIClient, path: str, member: User) -> None:
    [row] = tiles_after(client, path, {"insight": {"name": "New", "query": TRENDS}})
    assert (row["insight"]["name"], row["insight"]["query"]) == ("New", TRENDS)
    assert row["insight"]["created_by"]["id"] == member.pk
    assert row["layouts"]["sm"] == {"x": 0, "y": 0, "w": 6, "h": 5}
    bad = {"tiles": [{"insight": {"query": {"kind": "Nonsense"}}}]}
    assert_error(client.patch(path, bad), 400, code="parse_error", attr="query")


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "x"},
        {"id": {}},
        {"id": 10**18, "layouts": {}},
        {"insight": 10**17},
        {"insight": "words"},
        {"insight": {"id": "1"}},
        {"insight": {"id": True}},
        {"insight": {"id": 2**62}},
        {"text": "words"},
        {"text": {"body": "x", "id": "1"}},
        {"color": "x" * 401, "id": 1},
        {"color": {}, "id": 1},
        {"layouts": [], "id": 1},
        {"layouts": "x", "id": 1},
        {"filters_overrides": 3, "id": 1},
        {"show_description": "maybe", "id": 1},
        {"deleted": [], "id": 1},
    ],
)
def test_a_wrong_entry_is_a_400_and_nothing_is_written(
    client: APIClient, project: Project, path: str, entry: dict[str, Any]
) -> None:
    body = {"tiles": [{"text": {"body": "first"}}, entry]}
    response = client.patch(path, body)
    assert_error(response, 400, attr="tiles")
    assert not Tile.objects.for_project(project).exists()
    assert not Text.objects.for_project(project).exists()


@pytest.mark.parametrize("odd", [None, "3", "x", "nan", "inf", [], {}, True, 1e18, 0.5, -5])
def test_odd_coordinates_are_kept_and_sorted_somewhere(
    client: APIClient, path: str, tile: Tile, odd: Any
) -> None:
    layouts = {"sm": {"x": odd, "y": odd}, "xs": odd, "lg": {}}
    [row] = tiles_after(client, path, {"id": tile.pk, "layouts": layouts})
    assert row["layouts"] == layouts


def test_tiles_are_sorted_by_place_and_those_without_come_at_100(
    client: APIClient, path: str
) -> None:
    tiles_after(
        client,
        path,
        *(
            {"text": {"body": body}, "layouts": {"sm": box} if box else {}}
            for body, box in [
                ("nowhere", None),
                ("below", {"x": 0, "y": 101}),
                ("right", {"x": 6, "y": 0}),
                ("left", {"x": 0, "y": 0}),
                ("text number", {"x": "0", "y": "2"}),
            ]
        ),
    )
    rows = client.get(path).json()["tiles"]
    assert [row["text"]["body"] for row in rows] == [
        "left",
        "right",
        "text number",
        "nowhere",
        "below",
    ]
    assert [row["order"] for row in rows] == [0, 1, 2, 3, 4]


def test_tiles_are_accepted_on_create_too(client: APIClient, url: str, insight: Insight) -> None:
    response = client.post(
        url,
        {"tiles": [{"insight": {"id": insight.pk}, "layouts": LAYOUTS}, {"text": {"body": "b"}}]},
    )
    assert response.status_code == 201
    first, second = response.json()["tiles"]
    assert (first["insight"]["id"], second["text"]["body"]) == (insight.pk, "b")
    assert_error(client.post(url, {"name": "no", "tiles": [{"id": 1}]}), 400, attr="tiles")
    assert client.get(url).json()["count"] == 1


def test_tiles_come_after_a_template_or_a_source(client: APIClient, url: str) -> None:
    entry = {"text": {"body": "mine"}}
    source = client.post(url, {"use_template": "DEFAULT_APP", "tiles": [entry]}).json()
    assert len(source["tiles"]) == 7
    copy = client.post(url, {"use_dashboard": source["id"], "tiles": [entry]}).json()
    assert len(copy["tiles"]) == 8


def test_hidden_tiles(client: APIClient, path: str, tile: Tile, insight: Insight) -> None:
    assert len(client.get(path).json()["tiles"]) == 1
    Insight.all_projects.filter(pk=insight.pk).update(deleted=True)
    assert client.get(path).json()["tiles"] == []
