"""Clients B and C: the official MCP servers of 2025 and 2026 (TypeScript)."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_django import Settings

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import (
    ERROR,
    PAGE,
    SQL,
    TRENDS,
    Wire,
    assert_shape,
    maybe,
)
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

HEADERS_2025 = {"Content-Type": "application/json", "User-Agent": "posthog/mcp-server"}
HEADERS_2026 = {
    "Content-Type": "application/json",
    "User-Agent": "posthog/mcp-server; version: 2.4.0",
    "X-PostHog-Client": "mcp",
    "x-posthog-mcp-session-id": "a-session",
}
DASHBOARD = {"id": float, "name": str, "description?": maybe(str)}
QUERY = {"kind": str, "source": dict}
# What the 2025 server reads of a whole dashboard; null tiles would do, tiles without insight not.
WITH_TILES = {
    **DASHBOARD,
    "tiles": [
        maybe(
            {
                "insight": {
                    "short_id": str,
                    "name": str,
                    "derived_name": maybe(str),
                    "description": maybe(str),
                    "query": QUERY,
                    "created_at?": datetime,
                    "updated_at?": datetime,
                    "favorited?": bool,
                    "tags?": [str],
                },
                "order": float,
                "color?": maybe(str),
                "layouts?": maybe(dict),
                "last_refresh?": maybe(str),
                "is_cached?": bool,
            }
        )
    ],
}
INSIGHT = {
    "id": float,
    "short_id": str,
    "filters": dict,
    "query": QUERY,
    "created_at": datetime,
    "updated_at": datetime,
    "name?": maybe(str),
    "description?": maybe(str),
    "favorited?": bool,
    "tags?": [str],
}
TILE = {
    "id": int,
    "insight": maybe({"id": int, "short_id": str}),
    "text": maybe({"id": int, "body": maybe(str)}),
    "layouts": dict,
    "color": maybe(str),
    "order": int,
}


@pytest.fixture
def mcp(member: User, connect: Connect) -> Wire:
    """The server of 2025."""
    return connect(member, HEADERS_2025)


@pytest.fixture
def mcp_2026(member: User, connect: Connect) -> Wire:
    return connect(member, HEADERS_2026)


@pytest.fixture
def base(project: Project) -> str:
    return f"/api/projects/{project.pk}"


# -- B, 2025 ---------------------------------------------------------------------------------------


def test_2025_lists_dashboards_with_limit_offset_and_search(mcp: Wire, base: str) -> None:
    for name in ("Growth A", "Growth B", "Sales"):
        mcp.ask("POST", f"{base}/dashboards/", {"name": name}, status=201)
    page = mcp.ask("GET", f"{base}/dashboards/?limit=1&offset=1&search=growth")
    assert_shape(page, {**PAGE, "results": [DASHBOARD]})
    assert (page["count"], [row["name"] for row in page["results"]]) == (2, ["Growth B"])


def test_2025_creates_changes_and_deletes_a_dashboard(mcp: Wire, base: str) -> None:
    body = {"name": "Board", "description": "d", "pinned": True, "tags": ["mcp"]}
    created = mcp.ask("POST", f"{base}/dashboards/", body, status=201)
    assert_shape(created, DASHBOARD)
    url = f"{base}/dashboards/{created['id']}/"
    changed = mcp.ask("PATCH", url, {"name": "Renamed", "pinned": False})
    assert_shape(changed, DASHBOARD)
    assert (changed["name"], changed["description"]) == ("Renamed", "d")
    assert mcp.send("PATCH", url, {"deleted": True}).status_code == 200
    mcp.ask("GET", url, status=404)


@pytest.mark.parametrize("query", [TRENDS, SQL])
def test_2025_creates_an_insight_and_adds_it_to_a_dashboard(
    mcp: Wire, base: str, query: dict[str, Any]
) -> None:
    board = mcp.ask("POST", f"{base}/dashboards/", {"name": "Board"}, status=201)["id"]
    body = {"name": "Views", "query": query, "favorited": True, "description": "d", "tags": ["x"]}
    insight = mcp.ask("POST", f"{base}/insights/", body, status=201)
    assert_shape(insight, INSIGHT)
    assert insight["query"]["kind"] == query["kind"]
    assert re.fullmatch("[A-Za-z0-9]{8}", insight["short_id"])

    mcp.ask("PATCH", f"{base}/insights/{insight['id']}/", {"dashboards": [board]})
    read = mcp.ask("GET", f"{base}/dashboards/{board}/")
    assert_shape(read, WITH_TILES)
    (tile,) = read["tiles"]
    assert tile["insight"]["short_id"] == insight["short_id"]
    assert (tile["insight"]["name"], tile["order"]) == ("Views", 0)


def test_2025_finds_an_insight_by_its_short_id(mcp: Wire, base: str) -> None:
    body = {"name": "Views", "query": TRENDS, "favorited": False}
    insight = mcp.ask("POST", f"{base}/insights/", body, status=201)
    mcp.ask("POST", f"{base}/insights/", body, status=201)
    found = mcp.ask("GET", f"{base}/insights/?short_id={insight['short_id']}")
    assert_shape(found, {**PAGE, "results": [INSIGHT]})
    assert [row["id"] for row in found["results"]] == [insight["id"]]
    for name in (insight["id"], insight["short_id"]):
        read = mcp.ask("GET", f"{base}/insights/{name}/")
        assert_shape(read, INSIGHT)
        assert read["id"] == insight["id"]


def test_2025_changes_lists_and_deletes_insights(mcp: Wire, base: str) -> None:
    body = {"name": "Views", "query": TRENDS, "favorited": False}
    insight = mcp.ask("POST", f"{base}/insights/", body, status=201)
    url = f"{base}/insights/{insight['id']}/"
    changed = mcp.ask("PATCH", url, {"name": "Seen", "query": SQL})
    assert_shape(changed, INSIGHT)
    assert (changed["name"], changed["query"]) == ("Seen", SQL)
    page = mcp.ask("GET", f"{base}/insights/?limit=10&offset=0&saved=true&search=see")
    assert [row["id"] for row in page["results"]] == [insight["id"]]
    assert mcp.send("PATCH", url, {"deleted": True}).status_code == 200
    assert mcp.ask("GET", f"{base}/insights/")["results"] == []


def test_2025_learns_who_it_is_and_where(mcp: Wire, project: Project) -> None:
    team = {"id": float, "organization": uuid.UUID}
    organization = {"id": uuid.UUID}
    user = {
        "distinct_id": str,
        "email": str,
        "organizations": [organization],
        "team": team,
        "organization": organization,
    }
    me = mcp.ask("GET", "/api/users/@me/")
    assert_shape(me, user)
    assert (me["team"]["id"], me["organization"]["id"]) == (
        project.pk,
        str(project.organization_id),
    )


def test_2025_reads_its_own_key_without_a_trailing_slash(mcp: Wire) -> None:
    key = mcp.ask("GET", "/api/personal_api_keys/@current")
    assert_shape(key, {"scopes": [str], "scoped_teams": [int], "scoped_organizations": [str]})
    assert key["scoped_teams"] == key["scoped_organizations"] == []
    assert "dashboard:write" in key["scopes"]


def test_2025_reads_what_its_key_is_scoped_to(
    member: User, project: Project, connect: Connect
) -> None:
    wire = connect(
        member,
        HEADERS_2025,
        scoped_teams=[project.pk],
        scoped_organizations=[str(project.organization_id)],
    )
    key = wire.ask("GET", "/api/personal_api_keys/@current")
    assert key["scoped_teams"] == [project.pk]
    assert key["scoped_organizations"] == [str(project.organization_id)]
    assert wire.ask("GET", f"/api/projects/{project.pk}/")["id"] == project.pk


def test_2025_walks_from_organizations_to_a_project(mcp: Wire, project: Project) -> None:
    named = {"id": uuid.UUID, "name": str}
    (row,) = mcp.ask("GET", "/api/organizations/")["results"]
    assert_shape(row, named)
    assert_shape(mcp.ask("GET", f"/api/organizations/{row['id']}/"), named)
    shape = {"id": float, "name": str, "organization": uuid.UUID}
    projects = mcp.ask("GET", f"/api/organizations/{row['id']}/projects/")
    assert_shape(projects, {**PAGE, "results": [shape]})
    assert [found["id"] for found in projects["results"]] == [project.pk]
    assert_shape(mcp.ask("GET", f"/api/projects/{project.pk}/"), shape)


def test_2025_tells_an_invalid_key_by_the_status(base: str) -> None:
    stranger = Wire("phx_not_a_key_at_all", HEADERS_2025)
    for path in ("/api/users/@me/", f"{base}/dashboards/", "/api/personal_api_keys/@current"):
        assert_shape(stranger.ask("GET", path, status=401), ERROR)


def test_2025_tells_a_validation_error_by_type_and_code(mcp: Wire, base: str) -> None:
    error = mcp.ask("POST", f"{base}/dashboards/", {"name": ["no"]}, status=400)
    assert (error["type"], error["code"]) == ("validation_error", "invalid_input")
    broken = {"name": "x", "query": {"kind": "Nonsense"}, "favorited": False}
    error = mcp.ask("POST", f"{base}/insights/", broken, status=400)
    assert (error["type"], error["code"]) == ("validation_error", "parse_error")


# -- C, 2026 ---------------------------------------------------------------------------------------


def test_2026_lists_pinned_dashboards(mcp_2026: Wire, base: str) -> None:
    for name, pinned in (("A", True), ("B", False)):
        body = {"name": name, "pinned": pinned}
        mcp_2026.ask("POST", f"{base}/dashboards/", body, status=201)

    def listed(pinned: str) -> list[str]:
        url = f"{base}/dashboards/?limit=10&offset=0&search=&pinned={pinned}"
        return [row["name"] for row in mcp_2026.ask("GET", url)["results"]]

    assert (listed("true"), listed("false")) == (["A"], ["B"])


def test_2026_creates_with_all_it_knows(mcp_2026: Wire, base: str) -> None:
    theme = mcp_2026.ask(
        "POST",
        f"{base}/data_color_themes/",
        {"name": "T", "colors": ["#1d4aff"]},
        status=201,
    )
    body = {
        "name": "Board",
        "description": "d",
        "pinned": True,
        "breakdown_colors": [{"breakdownValue": "Chrome", "colorToken": "preset-1"}],
        "data_color_theme_id": theme["id"],
        "tags": ["mcp"],
        "restriction_level": 37,
        "quick_filter_ids": [],
        "delete_insights": False,
    }
    created = mcp_2026.ask("POST", f"{base}/dashboards/", body, status=201)
    echoed = body.keys() - {"quick_filter_ids", "delete_insights"}
    assert {name: created[name] for name in echoed} == {name: body[name] for name in echoed}
    changed = mcp_2026.ask(
        "PATCH",
        f"{base}/dashboards/{created['id']}/",
        {"restriction_level": 21, "data_color_theme_id": None, "quick_filter_ids": ["x"]},
    )
    assert (changed["restriction_level"], changed["data_color_theme_id"]) == (21, None)


def test_2026_builds_from_a_template_and_copies_a_dashboard(mcp_2026: Wire, base: str) -> None:
    url = f"{base}/dashboards/"
    original = mcp_2026.ask("POST", url, {"name": "O", "use_template": "DEFAULT_APP"}, status=201)
    assert original["creation_mode"] == "template"
    assert_shape(original["tiles"], [TILE])
    assert len(original["tiles"]) == 6
    copy = mcp_2026.ask("POST", url, {"name": "C", "use_dashboard": original["id"]}, status=201)
    assert copy["creation_mode"] == "duplicate"
    shown = [{tile["insight"]["id"] for tile in board["tiles"]} for board in (original, copy)]
    assert shown[0] == shown[1]


def test_2026_finds_its_text_card_in_the_answer_to_the_patch(mcp_2026: Wire, base: str) -> None:
    url = f"{base}/dashboards/"
    body = {"name": "O", "use_template": "DEFAULT_APP"}
    board = mcp_2026.ask("POST", url, body, status=201)
    card = {"text": {"body": "## Notes"}, "color": "blue"}
    answer = mcp_2026.ask("PATCH", f"{url}{board['id']}/", {"tiles": [card]})
    assert_shape(answer["tiles"], [TILE])
    (tile,) = [
        tile
        for tile in answer["tiles"]
        if not tile["insight"] and tile["text"]["body"] == "## Notes"
    ]
    assert tile["color"] == "blue"
    assert len(answer["tiles"]) == 7


def test_2026_reads_with_overrides(mcp_2026: Wire, base: str) -> None:
    board = mcp_2026.ask("POST", f"{base}/dashboards/", {"name": "B"}, status=201)["id"]
    body = {"name": "I", "query": TRENDS, "dashboards": [board]}
    mcp_2026.ask("POST", f"{base}/insights/", body, status=201)
    parameters = urlencode({"filters_override": '{"date_from":"-90d"}', "variables_override": "{}"})
    read = mcp_2026.ask("GET", f"{base}/dashboards/{board}/?{parameters}")
    assert read["filters"] == {"date_from": "-90d"}
    assert read["persisted_filters"] is None
    (tile,) = read["tiles"]
    assert tile["insight"]["query"]["source"]["dateRange"]["date_from"] == "-90d"


@pytest.mark.parametrize("layout", [{}, {"layout": "two_column"}, {"layout": "preserve"}])
def test_2026_reorders_tiles(mcp_2026: Wire, base: str, layout: dict[str, str]) -> None:
    url = f"{base}/dashboards/"
    board = mcp_2026.ask("POST", url, {"use_template": "DEFAULT_APP"}, status=201)
    wanted = [tile["id"] for tile in board["tiles"]][::-1]
    body = {"tile_order": wanted, **layout}
    answer = mcp_2026.ask("POST", f"{url}{board['id']}/reorder_tiles/", body)
    assert [tile["id"] for tile in answer["tiles"]] == wanted


def test_2026_copies_a_tile(mcp_2026: Wire, base: str) -> None:
    url = f"{base}/dashboards/"
    source = mcp_2026.ask("POST", url, {"use_template": "DEFAULT_APP"}, status=201)
    target = mcp_2026.ask("POST", url, {"name": "Target"}, status=201)
    tile = source["tiles"][0]
    body = {"fromDashboardId": source["id"], "tileId": tile["id"]}
    answer = mcp_2026.ask("POST", f"{url}{target['id']}/copy_tile/", body)
    assert answer["id"] == target["id"]
    assert [t["insight"]["id"] for t in answer["tiles"]] == [tile["insight"]["id"]]
    again = mcp_2026.ask("POST", f"{url}{target['id']}/copy_tile/", body, status=400)
    assert again["detail"] == "This insight is already on the destination dashboard."


def test_2026_runs_the_insights_of_a_dashboard(mcp_2026: Wire, base: str) -> None:
    url = f"{base}/dashboards/"
    board = mcp_2026.ask("POST", url, {"use_template": "DEFAULT_APP"}, status=201)
    mcp_2026.ask("PATCH", f"{url}{board['id']}/", {"tiles": [{"text": {"body": "no result"}}]})
    answer = mcp_2026.ask("GET", f"{url}{board['id']}/run_insights/")
    shape = {"id": int, "order": int, "insight": {"id": int, "short_id": str}}
    assert_shape(answer, {"results": [shape]})
    assert [row["insight"]["id"] for row in answer["results"]] == [
        tile["insight"]["id"] for tile in board["tiles"]
    ]


def test_2026_deletes_with_the_insights(mcp_2026: Wire, base: str) -> None:
    board = mcp_2026.ask("POST", f"{base}/dashboards/", {"name": "B"}, status=201)["id"]
    body = {"name": "I", "query": TRENDS, "dashboards": [board]}
    insight = mcp_2026.ask("POST", f"{base}/insights/", body, status=201)["id"]
    goodbye = {"deleted": True, "delete_insights": True}
    answer = mcp_2026.ask("PATCH", f"{base}/dashboards/{board}/", goodbye)
    assert (answer["deleted"], answer["tiles"]) == (True, [])
    mcp_2026.ask("GET", f"{base}/insights/{insight}/", status=404)


def test_2026_shows_detail_and_field_of_a_validation_error(mcp_2026: Wire, base: str) -> None:
    error = mcp_2026.ask("POST", f"{base}/dashboards/", {"restriction_level": 5}, status=400)
    assert error == {
        "type": "validation_error",
        "code": "invalid_choice",
        "detail": '"5" is not a valid choice.',
        "attr": "restriction_level",
    }


def test_2026_waits_as_long_as_retry_after_says(
    mcp_2026: Wire, base: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    monkeypatch.setattr("posthog_lite.api.throttling.BurstThrottle.rate", "1/minute")
    assert mcp_2026.send("GET", f"{base}/dashboards/").status_code == 200
    response = mcp_2026.send("GET", f"{base}/dashboards/")
    assert_error(response, 429, code="throttled", type="throttled_error")
    assert 1 <= int(response["Retry-After"]) <= 60


def test_2026_is_told_which_scope_its_key_lacks(
    member: User, project: Project, base: str, connect: Connect
) -> None:
    wire = connect(member, HEADERS_2026, scopes=["dashboard:read"])
    DashboardFactory.create(project=project)
    assert wire.ask("GET", f"{base}/dashboards/")["count"] == 1
    error = wire.ask("POST", f"{base}/dashboards/", {"name": "x"}, status=403)
    match = re.search(r"scope '([a-z_:]+)'", error["detail"])
    assert match is not None
    assert match[1] == "dashboard:write"
