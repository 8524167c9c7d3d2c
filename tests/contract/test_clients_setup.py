"""Programs that set dashboards up once: P ugzv MCP, R sim, T Zoko, W eleva, X bedtijd."""

from __future__ import annotations

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import PAGE, SQL, TRENDS, Wire, assert_shape
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

AXIOS = {"User-Agent": "axios/1.7.9", "Accept": "application/json, text/plain, */*"}
NODE = {"User-Agent": "node", "Accept": "*/*", "Content-Type": "application/json"}
COLORS = [f"#{number:06x}" for number in range(0x1D4AFF, 0x1D4AFF + 10)]


@pytest.fixture
def ugzv(member: User, connect: Connect) -> Wire:
    return connect(member, AXIOS)


@pytest.fixture
def script(member: User, connect: Connect) -> Wire:
    return connect(member, NODE)


@pytest.fixture
def projects(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


@pytest.fixture
def environment(project: Project) -> str:
    return f"/api/environments/{project.pk}"


# -- P, ugzv MCP -----------------------------------------------------------------------------------


def test_ugzv_always_sends_limit_and_offset(ugzv: Wire, projects: str) -> None:
    for name, pinned in (("Sales", True), ("Growth", False)):
        ugzv.ask("POST", projects, {"name": name, "pinned": pinned}, status=201)
    page = ugzv.ask("GET", f"{projects}?limit=100&offset=0")
    assert_shape(page, PAGE)
    assert (page["count"], page["next"], page["previous"]) == (2, None, None)
    page = ugzv.ask("GET", f"{projects}?limit=100&offset=0&search=SAL&pinned=true")
    assert [row["name"] for row in page["results"]] == ["Sales"]


def test_ugzv_passes_tiles_filters_variables_and_tags_through(ugzv: Wire, projects: str) -> None:
    body = {
        "name": "All",
        "description": "d",
        "pinned": False,
        "filters": {"date_from": "-30d"},
        "variables": {},
        "tags": ["mcp"],
        "tiles": [{"text": {"body": "one"}}],
    }
    created = ugzv.ask("POST", projects, body, status=201)
    assert created["persisted_filters"] == {"date_from": "-30d"}
    assert [tile["text"]["body"] for tile in created["tiles"]] == ["one"]

    url = f"{projects}{created['id']}/"
    # It sends back whole tiles as it read them, with what it wants changed.
    (tile,) = created["tiles"]
    changes = {"tiles": [{**tile, "color": "green"}], "filters": {"date_from": "-7d"}, "tags": []}
    changed = ugzv.ask("PATCH", url, changes)
    assert [row["color"] for row in changed["tiles"]] == ["green"]
    assert changed["tiles"][0]["text"]["body"] == "one"
    assert (changed["filters"], changed["tags"]) == ({"date_from": "-7d"}, [])


def test_ugzv_sends_back_an_insight_tile_as_it_read_it(
    ugzv: Wire, project: Project, projects: str
) -> None:
    board = ugzv.ask("POST", projects, {"name": "B"}, status=201)["id"]
    body = {"name": "I", "query": TRENDS, "dashboards": [board]}
    insight = ugzv.ask("POST", f"/api/projects/{project.pk}/insights/", body, status=201)
    url = f"{projects}{board}/"
    (tile,) = ugzv.ask("GET", url)["tiles"]
    layouts = {"sm": {"x": 6, "y": 0, "w": 6, "h": 5}}
    edited = {**tile, "layouts": layouts, "insight": {**tile["insight"], "name": "Not this way"}}
    (changed,) = ugzv.ask("PATCH", url, {"tiles": [edited]})["tiles"]
    assert (changed["id"], changed["layouts"]) == (tile["id"], layouts)
    assert (changed["insight"]["id"], changed["insight"]["name"]) == (insight["id"], "I")


def test_ugzv_reads_the_error_out_of_detail(ugzv: Wire, projects: str) -> None:
    created = ugzv.ask("POST", projects, {"name": "B"}, status=201)
    assert ugzv.send("DELETE", f"{projects}{created['id']}/").status_code == 405
    error = ugzv.ask("PATCH", f"{projects}{created['id']}/", {"filters": "x"}, status=400)
    assert error["detail"] == "Filters must be a dictionary"
    assert error["attr"] == "filters"


def test_ugzv_lists_projects_to_choose_from(ugzv: Wire, project: Project) -> None:
    page = ugzv.ask("GET", "/api/projects/")
    assert_shape(page, {**PAGE, "results": [{"id": int, "name": str}]})
    assert [row["id"] for row in page["results"]] == [project.pk]


# -- R, sim ----------------------------------------------------------------------------------------


def test_sim_creates_from_a_template(script: Wire, projects: str) -> None:
    body = {
        "name": "Sim",
        "description": "",
        "pinned": True,
        "use_template": "DEFAULT_APP",
        "tags": ["sim"],
    }
    created = script.ask("POST", projects, body, status=201)
    assert (created["name"], created["pinned"], created["tags"]) == ("Sim", True, ["sim"])
    assert len(created["tiles"]) == 6


def test_sim_shows_detail_and_attr_of_an_error(script: Wire, projects: str) -> None:
    response = script.send("POST", projects, {"name": "Sim", "use_template": "nope"})
    detail = "Invalid template provided: nope"
    assert_error(response, 400, code="invalid_input", detail=detail, attr="use_template")
    assert script.ask("GET", projects)["count"] == 0


# -- T, Zoko ---------------------------------------------------------------------------------------


def test_zoko_makes_its_theme_and_uses_it_in_queries(script: Wire, environment: str) -> None:
    themes = f"{environment}/data_color_themes/"
    listed = script.ask("GET", themes)["results"]
    assert "Zoko" not in [theme["name"] for theme in listed]
    theme = script.ask("POST", themes, {"name": "Zoko", "colors": COLORS}, status=201)
    assert theme["colors"] == COLORS
    assert theme["id"] in [row["id"] for row in script.ask("GET", themes)["results"]]

    query = {**TRENDS, "source": {**TRENDS["source"], "dataColorTheme": theme["id"]}}
    body = {"name": "Themed", "query": query, "saved": True}
    insight = script.ask("POST", f"{environment}/insights/", body, status=201)
    read = script.ask("GET", f"{environment}/insights/{insight['id']}/")
    assert read["query"]["source"]["dataColorTheme"] == theme["id"]
    assert read["saved"] is True


def test_zoko_lays_tiles_out_for_two_widths(script: Wire, project: Project) -> None:
    base = f"/api/projects/{project.pk}"
    for _ in range(120):
        DashboardFactory.create(project=project)
    board = script.ask("POST", f"{base}/dashboards/", {"name": "Zoko"}, status=201)["id"]
    listed = script.ask("GET", f"{base}/dashboards/?limit=200")
    assert (len(listed["results"]), listed["next"]) == (121, None)

    url = f"{base}/dashboards/{board}/"
    changes = {"name": "Zoko 2", "description": "d", "filters": {"date_from": "-30d"}}
    changed = script.ask("PATCH", url, changes)
    assert {key: changed[key] for key in changes} == changes

    body = {"name": "I", "query": SQL, "dashboards": [board]}
    script.ask("POST", f"{base}/insights/", body, status=201)
    (tile,) = script.ask("GET", url)["tiles"]
    place = {"x": 0, "y": 3, "w": 6, "h": 5, "minW": 3, "minH": 3}
    layouts = {"sm": place, "xs": {**place, "w": 1}}
    script.ask("PATCH", url, {"tiles": [{"id": tile["id"], "layouts": layouts}]})
    assert script.ask("GET", url)["tiles"][0]["layouts"] == layouts


# -- W, eleva --------------------------------------------------------------------------------------


def test_eleva_sends_a_read_only_key_that_is_ignored(script: Wire, projects: str) -> None:
    body = {"name": "Eleva", "creation_mode": "template", "id": 1, "team_id": 99, "unknown": []}
    created = script.ask("POST", projects, body, status=201)
    assert created["creation_mode"] == "default"
    assert created["team_id"] != 99
    assert script.send("DELETE", f"{projects}{created['id']}/").status_code == 405


# -- X, bedtijd ------------------------------------------------------------------------------------


def test_bedtijd_never_ends_a_url_with_a_slash(script: Wire, project: Project) -> None:
    organization = script.ask("GET", "/api/organizations/@current")
    assert organization["id"] == str(project.organization_id)
    found = script.ask("GET", "/api/projects")
    assert [row["id"] for row in found["results"]] == [project.pk]

    base = f"/api/projects/{project.pk}"
    board = script.ask("POST", f"{base}/dashboards", {"name": "Bed"}, status=201)["id"]
    insight = script.ask("POST", f"{base}/insights", {"name": "I", "query": TRENDS}, status=201)
    url = f"{base}/insights/{insight['id']}"
    assert script.ask("PATCH", url, {"dashboards": [board]})["dashboards"] == [board]
    assert script.ask("GET", f"{base}/dashboards?limit=10")["count"] == 1
    (tile,) = script.ask("GET", f"{base}/dashboards/{board}")["tiles"]
    assert tile["insight"]["id"] == insight["id"]
