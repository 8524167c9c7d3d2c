"""Client A: the official Terraform provider (Go)."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import SCOPES, Connect
from tests.contract.support import BASE, PAGE, SQL, TRENDS, Wire, assert_shape, maybe, rows
from tests.factories import OrganizationFactory, make_member
from tests.support.errors import assert_error

HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "posthog/terraform-provider; version: 1.0.7",
}
DASHBOARD = {
    "id": int,
    "name": maybe(str),
    "description": str,
    "pinned": bool,
    "tags": [str],
    "deleted": bool,
}
LAYOUT = {
    "id": int,
    "tiles": [
        {
            "id": int,
            "insight": maybe({"id": int}),
            "text": maybe({"id": int, "body": maybe(str)}),
            "layouts": dict,
            "color": maybe(str),
            "show_description": maybe(bool),
            "deleted?": bool,
        }
    ],
}
INSIGHT = {
    "id": int,
    "name": maybe(str),
    "derived_name": maybe(str),
    "description": maybe(str),
    "query": dict,
    "tags": [str],
    "dashboards": [int],
    "deleted": bool,
}
PROJECT = {"id": int, "name": str, "organization": str, "api_token": str, "timezone": str}
WIDE = {"sm": {"x": 0, "y": 0, "w": 12, "h": 2}, "xs": {"x": 0, "y": 0, "w": 1, "h": 2}}


@pytest.fixture
def terraform(admin: User, connect: Connect) -> Wire:
    return connect(admin, HEADERS)


@pytest.fixture
def dashboards(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


@pytest.fixture
def insights(project: Project) -> str:
    return f"/api/projects/{project.pk}/insights/"


def by_id(body: Any) -> dict[int, Any]:
    assert_shape(body, LAYOUT)
    return {tile["id"]: tile for tile in body["tiles"] if not tile.get("deleted")}


def layout_with_texts(terraform: Wire, url: str, *bodies: str) -> list[Any]:
    entries = [{"layouts": WIDE, "text": {"body": body}} for body in bodies]
    answer = terraform.ask("PATCH", url, {"tiles": entries})
    assert_shape(answer, LAYOUT)
    tiles: list[Any] = answer["tiles"]
    return tiles


def contains(stored: Any, sent: Any) -> bool:
    """How the provider compares queries: keys the server added do not count."""
    if isinstance(sent, dict):
        return all(key in stored and contains(stored[key], sent[key]) for key in sent)
    return bool(stored == sent)


@pytest.mark.parametrize("pinned", [True, False])
def test_create_and_read_echo_what_was_sent(terraform: Wire, dashboards: str, pinned: bool) -> None:
    body = {"name": "TF", "pinned": pinned, "description": "made by tf", "tags": ["b", "a", "c"]}
    created = terraform.ask("POST", dashboards, body, status=201)
    assert_shape(created, DASHBOARD)
    read = terraform.ask("GET", f"{dashboards}{created['id']}/")
    for answer in (created, read):
        assert (answer["name"], answer["pinned"]) == ("TF", pinned)
        assert (answer["description"], answer["deleted"]) == ("made by tf", False)
        assert set(answer["tags"]) == {"a", "b", "c"}


def test_what_is_left_out_on_create_reads_as_empty(terraform: Wire, dashboards: str) -> None:
    created = terraform.ask("POST", dashboards, {"name": "Bare", "pinned": False}, status=201)
    assert (created["description"], created["tags"]) == ("", [])


def test_update_clears_the_description_and_replaces_the_tags(
    terraform: Wire, dashboards: str
) -> None:
    body = {"name": "TF", "pinned": False, "description": "old", "tags": ["tag1", "tag2"]}
    url = f"{dashboards}{terraform.ask('POST', dashboards, body, status=201)['id']}/"
    changes = {
        "name": "TF2",
        "pinned": True,
        "deleted": False,
        "description": "",
        "tags": ["tag1"],
    }
    assert_shape(terraform.ask("PATCH", url, changes), DASHBOARD)
    read = terraform.ask("GET", url)
    assert {name: read[name] for name in changes} == changes


def test_destroy_makes_the_dashboard_gone(terraform: Wire, dashboards: str) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    assert terraform.ask("PATCH", url, {"deleted": True})["deleted"] is True
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("PATCH", {"deleted": True})):
        assert terraform.ask(method, url, body, status=404)["detail"] == "Not found."


def test_a_layout_creates_changes_and_removes_text_tiles(terraform: Wire, dashboards: str) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    first, second = layout_with_texts(terraform, url, "# One", "# Two")
    assert [tile["text"]["body"] for tile in (first, second)] == ["# One", "# Two"]
    assert first["layouts"] == WIDE
    assert first["insight"] is None

    terraform.ask("PATCH", url, {"tiles": [{"id": first["id"], "text": {"body": "# Uno"}}]})
    tiles = by_id(terraform.ask("GET", url))
    assert tiles[first["id"]]["text"] == {**tiles[first["id"]]["text"], "body": "# Uno"}
    assert tiles[first["id"]]["text"]["id"] == first["text"]["id"]
    assert tiles[first["id"]]["layouts"] == WIDE
    assert tiles[second["id"]]["text"]["body"] == "# Two"

    terraform.ask("PATCH", url, {"tiles": [{"id": second["id"], "deleted": True}]})
    assert list(by_id(terraform.ask("GET", url))) == [first["id"]]


def test_changing_one_tile_leaves_the_others(terraform: Wire, dashboards: str) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    first, second = layout_with_texts(terraform, url, "one", "two")
    entry = {"id": first["id"], "color": "blue", "show_description": True}
    terraform.ask("PATCH", url, {"tiles": [entry]})
    tiles = by_id(terraform.ask("GET", url))
    assert tiles[first["id"]]["color"] == "blue"
    assert tiles[first["id"]]["show_description"] is True
    assert tiles[second["id"]] == {**second, "order": tiles[second["id"]]["order"]}


def test_empty_values_clear_color_layouts_and_show_description(
    terraform: Wire, dashboards: str
) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    (tile,) = layout_with_texts(terraform, url, "one")
    entry = {"id": tile["id"], "color": "green", "show_description": False}
    terraform.ask("PATCH", url, {"tiles": [entry]})
    entry = {"id": tile["id"], "color": "", "layouts": {}, "show_description": None}
    terraform.ask("PATCH", url, {"tiles": [entry]})
    cleared = by_id(terraform.ask("GET", url))[tile["id"]]
    assert cleared["color"] in ("", None)
    assert (cleared["layouts"], cleared["show_description"]) == ({}, None)


def test_an_update_of_the_fields_brings_no_removed_tile_back(
    terraform: Wire, dashboards: str
) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    first, second = layout_with_texts(terraform, url, "one", "two")
    terraform.ask("PATCH", url, {"tiles": [{"id": first["id"], "deleted": True}]})
    terraform.ask("PATCH", url, {"name": "TF", "pinned": False, "deleted": False})
    assert list(by_id(terraform.ask("GET", url))) == [second["id"]]


def test_a_tile_that_another_program_removed_can_be_removed_again(
    terraform: Wire, dashboards: str
) -> None:
    created = terraform.ask("POST", dashboards, {"name": "TF", "pinned": False}, status=201)
    url = f"{dashboards}{created['id']}/"
    (tile,) = layout_with_texts(terraform, url, "one")
    for _ in range(2):
        terraform.ask("PATCH", url, {"tiles": [{"id": tile["id"], "deleted": True}]})
    assert by_id(terraform.ask("GET", url)) == {}


def test_an_insight_keeps_every_key_of_its_query(terraform: Wire, insights: str) -> None:
    query = {**TRENDS, "full": True, "source": {**TRENDS["source"], "trendsFilter": {"x": None}}}
    body = {
        "name": "Views",
        "derived_name": "Pageviews",
        "description": "daily",
        "query": query,
        "tags": ["managed-by:terraform"],
        "_create_in_folder": "Unfiled/Insights",
    }
    created = terraform.ask("POST", insights, body, status=201)
    assert_shape(created, INSIGHT)
    read = terraform.ask("GET", f"{insights}{created['id']}/")
    for answer in (created, read):
        assert contains(answer["query"], query)
        assert (answer["name"], answer["derived_name"]) == ("Views", "Pageviews")
        assert (answer["description"], answer["tags"]) == ("daily", ["managed-by:terraform"])
        assert (answer["dashboards"], answer["deleted"]) == ([], False)


def test_dashboards_of_an_insight_add_and_remove_tiles_at_once(
    terraform: Wire, dashboards: str, insights: str
) -> None:
    names = [{"name": name, "pinned": False} for name in ("A", "B")]
    a, b = (terraform.ask("POST", dashboards, body, status=201)["id"] for body in names)
    body = {"name": "I", "query": SQL, "dashboards": [a]}
    insight = terraform.ask("POST", insights, body, status=201)["id"]

    def shown_on() -> list[int]:
        answers = [terraform.ask("GET", f"{dashboards}{pk}/") for pk in (a, b)]
        return [
            answer["id"]
            for answer in answers
            if insight in [tile["insight"]["id"] for tile in by_id(answer).values()]
        ]

    assert shown_on() == [a]
    for wanted in ([a, b], [b], [], [a]):
        answer = terraform.ask("PATCH", f"{insights}{insight}/", {"dashboards": wanted})
        assert_shape(answer, INSIGHT)
        assert sorted(answer["dashboards"]) == wanted
        assert shown_on() == wanted


def test_an_insight_tile_takes_layout_and_color(
    terraform: Wire, dashboards: str, insights: str
) -> None:
    board = terraform.ask("POST", dashboards, {"name": "A", "pinned": False}, status=201)["id"]
    terraform.ask("POST", insights, {"query": TRENDS, "dashboards": [board]}, status=201)
    url = f"{dashboards}{board}/"
    (tile,) = by_id(terraform.ask("GET", url)).values()
    terraform.ask("PATCH", url, {"tiles": [{"id": tile["id"], "layouts": WIDE, "color": "purple"}]})
    (tile,) = by_id(terraform.ask("GET", url)).values()
    assert (tile["layouts"], tile["color"], tile["text"]) == (WIDE, "purple", None)


def test_a_destroyed_insight_is_gone(terraform: Wire, dashboards: str, insights: str) -> None:
    board = terraform.ask("POST", dashboards, {"name": "A", "pinned": False}, status=201)["id"]
    body = {"query": TRENDS, "dashboards": [board]}
    url = f"{insights}{terraform.ask('POST', insights, body, status=201)['id']}/"
    assert terraform.ask("PATCH", url, {"deleted": True})["deleted"] is True
    terraform.ask("GET", url, status=404)
    terraform.ask("PATCH", url, {"deleted": True}, status=404)
    assert by_id(terraform.ask("GET", f"{dashboards}{board}/")) == {}


def test_a_rejected_body_is_json_that_names_the_field(terraform: Wire, dashboards: str) -> None:
    response = terraform.send("POST", dashboards, {"name": "x" * 401, "pinned": False})
    assert_error(response, 400, code="max_length", attr="name", type="validation_error")


def test_organizations_are_found_by_current_slug_and_list(
    terraform: Wire, admin: User, project: Project
) -> None:
    organization = project.organization
    for number in range(3):
        second = Project.objects.create(
            organization=OrganizationFactory.create(), name=f"P{number}"
        )
        make_member(second, f"someone{number}@example.com")
        second.organization.memberships.create(user=admin)
    for name in ("@current", organization.slug, organization.pk):
        found = terraform.ask("GET", f"/api/organizations/{name}/")
        assert_shape(found, {"id": str, "slug": str, "name": str})
        assert found["id"] == str(organization.pk)
    found = rows(terraform.pages("/api/organizations/?limit=2"))
    assert len({row["id"] for row in found}) == 4
    assert str(organization.pk) in [row["id"] for row in found]


def test_projects_are_made_read_changed_and_listed(terraform: Wire, project: Project) -> None:
    url = f"/api/organizations/{project.organization_id}/projects/"
    made = terraform.ask("POST", url, {"name": "Made", "timezone": "Europe/Berlin"}, status=201)
    assert_shape(made, PROJECT)
    assert (made["name"], made["timezone"]) == ("Made", "Europe/Berlin")
    assert made["organization"] == str(project.organization_id)
    changed = terraform.ask("PATCH", f"{url}{made['id']}/", {"name": "Changed"})
    assert changed["name"] == "Changed"
    assert terraform.ask("GET", f"{url}{made['id']}/")["name"] == "Changed"
    listed = terraform.ask("GET", url)
    assert_shape(listed, PAGE)
    assert {row["id"] for row in listed["results"]} == {project.pk, made["id"]}


def test_the_environment_is_the_project(terraform: Wire, project: Project) -> None:
    url = f"/api/environments/{project.pk}/"
    read = terraform.ask("GET", url)
    assert_shape(read, PROJECT)
    assert terraform.ask("PATCH", url, {"timezone": "Asia/Tokyo"})["timezone"] == "Asia/Tokyo"
    assert terraform.ask("GET", f"/api/projects/{project.pk}/")["timezone"] == "Asia/Tokyo"


def test_members_of_the_organization_are_listed(terraform: Wire, admin: User) -> None:
    page = terraform.ask("GET", "/api/organizations/@current/members/")
    assert [row["user"]["email"] for row in page["results"]] == [admin.email]


def test_the_base_url_is_used_as_it_is(terraform: Wire, dashboards: str) -> None:
    """The provider joins host and path itself: links must not be needed to find anything."""
    assert terraform.ask("GET", f"{BASE}{dashboards}")["count"] == 0


def test_a_key_without_the_scope_is_told_which(
    admin: User, connect: Connect, insights: str
) -> None:
    scopes = [scope for scope in SCOPES if not scope.startswith("insight")]
    response = connect(admin, HEADERS, scopes=scopes).send("POST", insights, {"query": SQL})
    assert_error(response, 403, detail="API key missing required scope 'insight:write'")
