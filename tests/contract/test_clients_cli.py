"""Command line clients: D thehogcli, K osodevops, L bosshogg, M phog-cli, N sapihav."""

from __future__ import annotations

import re
from typing import Any

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import SCOPES, Connect
from tests.contract.support import BASE, PAGE, TRENDS, Wire, assert_shape, maybe, rows
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error

CURRENT = "/api/projects/%40current/dashboards/"
# bosshogg (Rust): a null where a String is declared fails the whole answer.
RUST_DASHBOARD = {
    "id": int,
    "name": str,
    "description": maybe(str),
    "pinned": bool,
    "deleted": bool,
    "tags": [str],
    "restriction_level": int,
    "created_at": str,
}
RUST_INSIGHT = {"id": int, "short_id": str, "name": maybe(str), "deleted": bool, "tags": [str]}


@pytest.fixture
def hogcli(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "thehogcli/0.4.1", "Accept": "application/json"})


@pytest.fixture
def osodevops(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "posthog-cli/0.2.0", "Accept": "*/*"})


@pytest.fixture
def bosshogg(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "bosshogg/2026.4", "Accept": "application/json"})


@pytest.fixture
def phog(member: User, connect: Connect) -> Wire:
    return connect(member, {"User-Agent": "python-httpx/0.27.0", "Accept": "*/*"})


@pytest.fixture
def projects_url(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


@pytest.fixture
def environments_url(project: Project) -> str:
    return f"/api/environments/{project.pk}/dashboards/"


@pytest.fixture
def many(project: Project) -> list[str]:
    names = [f"Board {number:03}" for number in range(7)]
    for name in names:
        DashboardFactory.create(project=project, name=name)
    return names


# -- D, thehogcli ----------------------------------------------------------------------------------


def test_hogcli_works_in_the_current_project_percent_encoded(hogcli: Wire) -> None:
    created = hogcli.ask("POST", CURRENT, {"name": "CLI"}, status=201)
    url = f"{CURRENT}{created['id']}/"
    assert hogcli.ask("PATCH", url, {"name": "CLI 2"})["name"] == "CLI 2"
    assert hogcli.ask("GET", url)["name"] == "CLI 2"
    assert [row["id"] for row in hogcli.ask("GET", CURRENT)["results"]] == [created["id"]]


def test_hogcli_deletes_with_a_patch_that_has_no_body(hogcli: Wire) -> None:
    created = hogcli.ask("POST", CURRENT, {"name": "CLI"}, status=201)
    response = hogcli.send("PATCH", f"{CURRENT}{created['id']}/")
    assert not response.wsgi_request.META.get("CONTENT_TYPE")
    assert response.status_code == 200
    assert response.json()["name"] == "CLI"
    assert hogcli.ask("GET", f"{CURRENT}{created['id']}/")["deleted"] is False


def test_hogcli_runs_and_reorders(hogcli: Wire) -> None:
    board = hogcli.ask("POST", CURRENT, {"use_template": "DEFAULT_APP"}, status=201)
    run = hogcli.ask("GET", f"{CURRENT}{board['id']}/run_insights/")
    assert len(run["results"]) == len(board["tiles"])
    order = [tile["id"] for tile in board["tiles"]][::-1]
    answer = hogcli.ask("POST", f"{CURRENT}{board['id']}/reorder_tiles/", {"tile_order": order})
    assert [tile["id"] for tile in answer["tiles"]] == order


def test_hogcli_finds_its_place_and_its_key(hogcli: Wire, project: Project) -> None:
    me = hogcli.ask("GET", "/api/users/@me/")
    assert me["team"]["id"] == project.pk
    found = hogcli.ask("GET", f"/api/organizations/{me['organization']['id']}/projects/")
    assert [row["id"] for row in found["results"]] == [project.pk]
    assert hogcli.ask("GET", "/api/personal_api_keys/@current")["scopes"] == SCOPES


def test_hogcli_sees_401_for_a_key_that_was_revoked(project: Project) -> None:
    assert_error(Wire("phx_revoked").send("GET", CURRENT), 401, code="authentication_failed")


# -- K, osodevops ----------------------------------------------------------------------------------


def test_osodevops_follows_next_as_an_absolute_url(
    osodevops: Wire, projects_url: str, many: list[str]
) -> None:
    found = rows(osodevops.pages(f"{projects_url}?limit=3"))
    assert [row["name"] for row in found] == many


def test_osodevops_searches_pinned_dashboards(osodevops: Wire, projects_url: str) -> None:
    for name, pinned in (("Sales", True), ("Sales old", False), ("Growth", True)):
        osodevops.ask("POST", projects_url, {"name": name, "pinned": pinned}, status=201)
    page = osodevops.ask("GET", f"{projects_url}?search=sales&pinned=true&limit=10")
    assert [row["name"] for row in page["results"]] == ["Sales"]


def test_osodevops_creates_and_changes(osodevops: Wire, projects_url: str) -> None:
    body = {"name": "Ops", "pinned": False, "description": "d"}
    created = osodevops.ask("POST", projects_url, body, status=201)
    assert {key: created[key] for key in body} == body
    changed = osodevops.ask("PATCH", f"{projects_url}{created['id']}/", {"tags": ["ops", "eu"]})
    assert set(changed["tags"]) == {"ops", "eu"}


def test_osodevops_gets_the_status_its_exit_code_stands_for(
    osodevops: Wire, member: User, connect: Connect, projects_url: str
) -> None:
    created = osodevops.ask("POST", projects_url, {"name": "Ops"}, status=201)
    url = f"{projects_url}{created['id']}/"
    statuses = [
        Wire("phx_wrong").send("GET", projects_url).status_code,
        connect(member, scopes=["dashboard:read"]).send("PATCH", url, {}).status_code,
        osodevops.send("GET", f"{projects_url}999999/").status_code,
        osodevops.send("DELETE", url).status_code,
        osodevops.send("POST", projects_url, {"tags": "no list"}).status_code,
    ]
    assert statuses == [401, 403, 404, 405, 400]
    assert osodevops.ask("GET", url)["name"] == "Ops"


# -- L, bosshogg -----------------------------------------------------------------------------------


def test_bosshogg_decodes_the_list_and_follows_it(
    bosshogg: Wire, environments_url: str, many: list[str]
) -> None:
    found = rows(bosshogg.pages(f"{environments_url}?limit=2"))
    assert_shape(found, [RUST_DASHBOARD])
    assert [row["name"] for row in found] == many


def test_bosshogg_narrows_by_tag_and_text(bosshogg: Wire, environments_url: str) -> None:
    for name, tags in (("A", ["team:growth"]), ("B", ["team:sales"]), ("C", [])):
        body = {"name": name, "tags": tags}
        bosshogg.ask("POST", environments_url, body, status=201)

    def names(query: str) -> list[str]:
        found = bosshogg.ask("GET", environments_url + query)["results"]
        return [row["name"] for row in found]

    assert names("?tags=team%3Agrowth") == ["A"]
    assert names("?search=team%3Asales") == ["B"]
    assert names("?tags=team%3Agrowth&search=b") == []


def test_bosshogg_keeps_a_dashboard(bosshogg: Wire, environments_url: str) -> None:
    body = {"name": "Rust", "description": "d", "filters": {"date_from": "-7d"}}
    created = bosshogg.ask("POST", environments_url, body, status=201)
    assert_shape(created, {**RUST_DASHBOARD, "filters": dict, "tiles": [dict]})
    assert created["filters"] == {"date_from": "-7d"}
    url = f"{environments_url}{created['id']}/"
    assert_shape(bosshogg.ask("PATCH", url, {"name": "Rust 2", "tags": ["x"]}), RUST_DASHBOARD)
    run = bosshogg.ask("GET", f"{url}run_insights/")
    assert_shape(run, {"results": [dict]})
    assert bosshogg.ask("PATCH", url, {"deleted": True})["deleted"] is True
    error = bosshogg.ask("GET", url, status=404)
    assert error["detail"] == "Not found."


def test_bosshogg_keeps_an_insight(bosshogg: Wire, project: Project) -> None:
    url = f"/api/environments/{project.pk}/insights/"
    body = {"name": "I", "query": TRENDS, "description": "d"}
    created = bosshogg.ask("POST", url, body, status=201)
    assert_shape(created, RUST_INSIGHT)
    page = bosshogg.ask("GET", f"{url}?search=i&limit=5")
    assert_shape(page, {**PAGE, "results": [RUST_INSIGHT]})
    for name in (created["id"], created["short_id"]):
        assert bosshogg.ask("GET", f"{url}{name}/")["id"] == created["id"]
    assert bosshogg.ask("PATCH", f"{url}{created['id']}/", {"deleted": True})["deleted"] is True
    bosshogg.ask("GET", f"{url}{created['id']}/", status=404)


def test_bosshogg_doctor_finds_every_place(bosshogg: Wire, project: Project) -> None:
    assert_shape(bosshogg.ask("GET", "/api/users/@me/"), {"email": str, "uuid": str})
    named = {"id": int, "name": str}
    for path in (f"/api/projects/{project.pk}/", f"/api/environments/{project.pk}/"):
        assert_shape(bosshogg.ask("GET", path), named)
    page = bosshogg.ask("GET", "/api/environments/?limit=1")
    assert_shape(page, {**PAGE, "results": [named]})
    assert len(page["results"]) == 1


def test_bosshogg_reads_the_missing_scope_out_of_the_text(
    member: User, connect: Connect, environments_url: str
) -> None:
    limited = connect(member, scopes=["insight:read"])
    for method, body, scope in (
        ("GET", None, "dashboard:read"),
        ("POST", {"name": "x"}, "dashboard:write"),
    ):
        detail = limited.ask(method, environments_url, body, status=403)["detail"]
        match = re.search(r"scope '([^']+)'", detail)
        assert match is not None
        assert match[1] == scope


def test_bosshogg_moves_tiles_with_a_key(bosshogg: Wire, environments_url: str) -> None:
    """It expects to be refused; here a key that may write dashboards may."""
    body = {"use_template": "DEFAULT_APP"}
    source = bosshogg.ask("POST", environments_url, body, status=201)
    target = bosshogg.ask("POST", environments_url, {"name": "T"}, status=201)
    first, second = source["tiles"][:2]
    url = f"{environments_url}{source['id']}/move_tile/"
    bosshogg.ask("PATCH", url, {"tile": {"id": first["id"]}, "toDashboard": target["id"]})
    url = f"{environments_url}{target['id']}/"
    body = {"fromDashboardId": source["id"], "tileId": second["id"]}
    shown = bosshogg.ask("POST", f"{url}copy_tile/", body)["tiles"]
    assert [tile["insight"]["id"] for tile in shown] == [
        tile["insight"]["id"] for tile in (first, second)
    ]


def test_bosshogg_puts_an_insight_on_a_dashboard_by_its_tiles(
    bosshogg: Wire, project: Project, environments_url: str
) -> None:
    """PostHog answers 200 and changes nothing; the answer here says what happened."""
    insight = InsightFactory.create(project=project)
    board = bosshogg.ask("POST", environments_url, {"name": "B"}, status=201)
    url = f"{environments_url}{board['id']}/"
    answer = bosshogg.ask("PATCH", url, {"tiles": [{"insight": {"id": insight.pk}}]})
    assert [tile["insight"]["id"] for tile in answer["tiles"]] == [insight.pk]


# -- M, phog-cli -----------------------------------------------------------------------------------


def test_phog_lists_creates_and_changes(phog: Wire, projects_url: str) -> None:
    body = {"name": "Phog", "description": "", "pinned": True, "tags": ["a"]}
    created = phog.ask("POST", projects_url, body, status=201)
    assert {key: created[key] for key in body} == body
    page = phog.ask("GET", f"{projects_url}?limit=100&search=phog&pinned=true")
    assert [row["id"] for row in page["results"]] == [created["id"]]
    assert (
        phog.ask("PATCH", f"{projects_url}{created['id']}/", {"pinned": False})["pinned"] is False
    )


def test_phog_is_told_that_there_is_no_tiles_route(phog: Wire, projects_url: str) -> None:
    created = phog.ask("POST", projects_url, {"name": "Phog"}, status=201)
    body = {"insight": 1}
    error = phog.ask("POST", f"{projects_url}{created['id']}/tiles", body, status=404)
    assert error["detail"] == "Endpoint not found."


def test_phog_is_told_that_dashboards_are_not_deleted(phog: Wire, projects_url: str) -> None:
    created = phog.ask("POST", projects_url, {"name": "Phog"}, status=201)
    response = phog.send("DELETE", f"{projects_url}{created['id']}/")
    assert (response.status_code, response.content) == (405, b"")
    assert not response.get("Content-Type")


# -- N, sapihav ------------------------------------------------------------------------------------


def test_sapihav_strips_its_own_host_from_next(
    member: User, connect: Connect, environments_url: str, many: list[str]
) -> None:
    wire = connect(member, {"User-Agent": "posthog-cli", "Accept": "application/json"})
    names: list[Any] = []
    path = f"{environments_url}?limit=4"
    while path:
        page = wire.ask("GET", path)
        names += [row["name"] for row in page["results"]]
        following = page["next"] or ""
        assert following in ("", BASE + following.removeprefix(BASE))
        path = following.removeprefix(BASE)
    assert names == many
    board = wire.ask("GET", environments_url)["results"][0]
    assert wire.ask("GET", f"{environments_url}{board['id']}/")["name"] == many[0]
