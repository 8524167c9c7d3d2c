"""Dashboards as code: E posthog-definitions, S a bash script, U Astir."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import TRENDS, Wire, assert_shape, maybe
from tests.factories import DashboardFactory, InsightFactory

IDENTITY = ["iac:dashboards:growth-overview", "iac:hash:0123456789abcdef"]
SM = {"x": 0, "y": 0, "w": 6, "h": 5, "minW": 3, "minH": 3}
LG = {"x": 6, "y": 0, "w": 6, "h": 5}
BELOW = {"sm": {"x": 0, "y": 5, "w": 12, "h": 2}}
CURL = {"Content-Type": "application/json", "User-Agent": "curl/8.5.0", "Accept": "*/*"}


@pytest.fixture
def definitions(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "node", "Accept": "*/*"})


@pytest.fixture
def script(member: User, connect: Connect) -> Wire:
    return connect(member, CURL)


@pytest.fixture
def astir(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "python-requests/2.32", "Accept": "*/*"})


@pytest.fixture
def url(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


# -- E, posthog-definitions ------------------------------------------------------------------------


def test_definitions_create_a_dashboard_with_its_tiles(
    definitions: Wire, project: Project, url: str
) -> None:
    insight = InsightFactory.create(project=project)
    body = {
        "name": "Growth",
        "description": "as code",
        "pinned": True,
        "tags": IDENTITY,
        "restriction_level": 37,
        "tiles": [
            {"insight": {"id": insight.pk}, "layouts": {"sm": SM, "lg": LG}, "color": "blue"},
            {"text": {"body": "# Read me"}, "layouts": BELOW},
        ],
    }
    created = definitions.ask("POST", url, body, status=201)
    read = definitions.ask("GET", f"{url}{created['id']}/")
    for answer in (created, read):
        assert_shape(answer, {"id": int, "restriction_level": int, "tags": [str], "tiles": [dict]})
        assert answer["restriction_level"] == 37
        assert set(answer["tags"]) == set(IDENTITY)
        first, second = answer["tiles"]
        assert (first["insight"]["id"], first["color"]) == (insight.pk, "blue")
        assert first["layouts"] == {"sm": SM, "lg": LG}
        assert (second["text"]["body"], second["layouts"]) == ("# Read me", BELOW)


def test_definitions_without_tiles_read_an_empty_array(definitions: Wire, url: str) -> None:
    body = {"name": "Empty", "description": "", "pinned": False, "tags": IDENTITY}
    created = definitions.ask("POST", url, body, status=201)
    read = definitions.ask("GET", f"{url}{created['id']}/")
    assert (read["tiles"], read["restriction_level"]) == ([], 21)


def test_definitions_find_their_dashboards_by_the_tags_of_the_list(
    definitions: Wire, project: Project, url: str
) -> None:
    body = {"name": "zz last", "description": "", "pinned": False, "tags": IDENTITY}
    created = definitions.ask("POST", url, body, status=201)
    for _ in range(100):
        DashboardFactory.create(project=project)

    found: list[Any] = []
    target = f"{url}?limit=100"
    while target:
        page = definitions.ask("GET", target)
        found += page["results"]
        link = urlsplit(page["next"] or "")
        assert bool(link.netloc) == bool(link.path)
        target = f"{link.path}?{link.query}" if link.path else ""

    assert len(found) == 101
    assert_shape(found, [{"id": int, "name": maybe(str), "tags": [str]}])
    assert [row["id"] for row in found if IDENTITY[0] in row["tags"]] == [created["id"]]


def test_definitions_update_replaces_the_hash_and_keeps_the_insights(
    definitions: Wire, project: Project, url: str
) -> None:
    insight = InsightFactory.create(project=project)
    body = {"name": "G", "tags": IDENTITY, "tiles": [{"insight": {"id": insight.pk}}]}
    created = definitions.ask("POST", url, body, status=201)
    tags = [IDENTITY[0], "iac:hash:fedcba9876543210"]
    changes = {
        "name": "G2",
        "description": "",
        "pinned": False,
        "tags": tags,
        "tiles": [{"id": created["tiles"][0]["id"], "layouts": {"sm": LG, "lg": SM}}],
        "delete_insights": False,
    }
    answer = definitions.ask("PATCH", f"{url}{created['id']}/", changes)
    assert set(answer["tags"]) == set(tags)
    (tile,) = answer["tiles"]
    assert (tile["insight"]["id"], tile["layouts"]) == (insight.pk, {"sm": LG, "lg": SM})


def test_definitions_prune_and_find_the_rest_gone(
    definitions: Wire, project: Project, url: str
) -> None:
    insight = InsightFactory.create(project=project)
    body = {"name": "G", "tags": IDENTITY, "tiles": [{"insight": {"id": insight.pk}}]}
    pruned = f"{url}{definitions.ask('POST', url, body, status=201)['id']}/"
    goodbye = {"deleted": True, "delete_insights": False}
    assert definitions.ask("PATCH", pruned, goodbye)["deleted"] is True
    definitions.ask("PATCH", pruned, goodbye, status=404)
    assert definitions.ask("GET", url)["results"] == []
    definitions.ask("GET", f"/api/projects/{project.pk}/insights/{insight.pk}/")


# -- S, bash + curl + jq ---------------------------------------------------------------------------


def test_the_script_syncs_insights_through_the_current_project(
    script: Wire, project: Project
) -> None:
    base = "/api/projects/@current/"
    assert script.ask("GET", base)["id"] == project.pk
    board = script.ask("POST", f"{base}dashboards/", {"name": "Synced"}, status=201)["id"]
    body = {"name": "Views", "dashboards": [board], "query": TRENDS}
    created = script.ask("POST", f"{base}insights/", body, status=201)
    script.ask("PATCH", f"{base}dashboards/{board}/", {"tiles": [{"text": {"body": "t"}}]})

    tiles = script.ask("GET", f"{base}dashboards/{board}/")["tiles"]
    shown = [tile["insight"] for tile in tiles if tile["insight"] is not None]
    assert [(row["id"], row["name"]) for row in shown] == [(created["id"], "Views")]

    query = {**TRENDS, "source": {**TRENDS["source"], "interval": "week"}}
    script.ask("PATCH", f"{base}insights/{created['id']}/", {"query": query})
    assert script.ask("GET", f"{base}insights/{created['id']}/")["query"] == query


# -- U, Astir --------------------------------------------------------------------------------------


def test_astir_writes_text_tiles_and_gets_the_tile_back(astir: Wire, url: str) -> None:
    tags = ["astir:board:main", "managed"]
    board = f"{url}{astir.ask('POST', url, {'name': 'A', 'tags': tags}, status=201)['id']}/"
    made = astir.ask(
        "POST", f"{board}create_text_tile/", {"body": "# Hi", "layouts": BELOW}, status=201
    )
    assert_shape(made, {"id": int, "text": {"id": int, "body": str}, "layouts": dict})
    assert (made["text"]["body"], made["layouts"], made["insight"]) == ("# Hi", BELOW, None)

    body = {"tile_id": made["id"], "body": "# Ho", "layouts": {"sm": SM}}
    changed = astir.ask("POST", f"{board}update_text_tile/", body)
    assert (changed["id"], changed["text"]["body"]) == (made["id"], "# Ho")
    (tile,) = astir.ask("GET", board)["tiles"]
    assert (tile["text"]["body"], tile["layouts"]) == ("# Ho", {"sm": SM})


def test_astir_reorders_and_keeps_the_sizes(astir: Wire, url: str) -> None:
    board = f"{url}{astir.ask('POST', url, {'name': 'A'}, status=201)['id']}/"
    sizes = [(4, 3), (8, 3), (12, 2)]
    ids = [
        astir.ask(
            "POST",
            f"{board}create_text_tile/",
            {"body": f"{w}x{h}", "layouts": {"sm": {"x": 0, "y": 9 * n, "w": w, "h": h}}},
            status=201,
        )["id"]
        for n, (w, h) in enumerate(sizes)
    ]
    order = [ids[2], ids[0], ids[1]]
    body = {"tile_order": order, "layout": "preserve"}
    astir.ask("POST", f"{board}reorder_tiles/", body)
    tiles = astir.ask("GET", board)["tiles"]
    assert [tile["id"] for tile in tiles] == order
    places = [tile["layouts"]["sm"] for tile in tiles]
    assert [(place["w"], place["h"]) for place in places] == [sizes[2], sizes[0], sizes[1]]
    assert [(place["x"], place["y"]) for place in places] == [(0, 0), (0, 2), (4, 2)]


def test_astir_knows_its_dashboards_by_their_tags(astir: Wire, url: str) -> None:
    for name in ("main", "other"):
        body = {"name": name, "tags": [f"astir:board:{name}", "managed"]}
        astir.ask("POST", url, body, status=201)
    found = astir.ask("GET", f"{url}?limit=200")["results"]
    mine = [row["name"] for row in found if "astir:board:main" in row["tags"]]
    assert mine == ["main"]
    assert [row["name"] for row in astir.ask("GET", f"{url}?tags=managed")["results"]] == [
        "main",
        "other",
    ]
