"""Client Z: an integration provider that works below `/api/environments/`."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from urllib.parse import urlencode

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import TRENDS, Wire, assert_shape, maybe
from tests.factories import DashboardFactory, make_member
from tests.support.errors import assert_error

HEADERS = {"User-Agent": "zh-provider/1", "Accept": "application/json"}
USER = {"id": int, "uuid": uuid.UUID, "email": str, "first_name": str}
COLLABORATOR = {
    "id": uuid.UUID,
    "dashboard_id": int,
    "user": USER,
    "level": int,
    "added_at": datetime,
    "updated_at": datetime,
}


@pytest.fixture
def provider(member: User, connect: Connect) -> Wire:
    return connect(member, HEADERS)


@pytest.fixture
def url(project: Project) -> str:
    return f"/api/environments/{project.pk}/dashboards/"


def filled(provider: Wire, url: str) -> tuple[str, int]:
    """The URL of a new dashboard with one insight, and the id of its tile."""
    board = provider.ask("POST", url, {"name": "Z"}, status=201)["id"]
    body = {"name": "I", "query": TRENDS, "dashboards": [board]}
    provider.ask("POST", url.replace("dashboards", "insights"), body, status=201)
    (tile,) = provider.ask("GET", f"{url}{board}/")["tiles"]
    return f"{url}{board}/", tile["id"]


def test_it_lists_a_window_of_what_it_searches(provider: Wire, project: Project, url: str) -> None:
    for number in range(5):
        DashboardFactory.create(project=project, name=f"Board {number}")
    DashboardFactory.create(project=project, name="Other")
    page = provider.ask("GET", f"{url}?limit=2&offset=2&search=board")
    assert page["count"] == 5
    assert [row["name"] for row in page["results"]] == ["Board 2", "Board 3"]


def test_it_reads_with_overrides_given_as_json(provider: Wire, project: Project, url: str) -> None:
    variables = f"/api/environments/{project.pk}/insight_variables/"
    variable = {"name": "Region", "type": "String", "default_value": "eu"}
    variable = provider.ask("POST", variables, variable, status=201)
    board, _ = filled(provider, url)
    override = {variable["id"]: {"code_name": "region", "value": "us"}}
    parameters = urlencode(
        {
            "filters_override": json.dumps({"date_from": "-1d"}),
            "variables_override": json.dumps(override),
        }
    )
    read = provider.ask("GET", f"{board}?{parameters}")
    assert read["filters"] == {"date_from": "-1d"}
    assert read["variables"][variable["id"]]["value"] == "us"
    assert (read["persisted_filters"], read["persisted_variables"]) == (None, None)


def test_it_copies_and_moves_tiles(provider: Wire, url: str) -> None:
    source, tile = filled(provider, url)
    source_id = provider.ask("GET", source)["id"]
    copies = provider.ask("POST", url, {"name": "Copies"}, status=201)["id"]
    moves = provider.ask("POST", url, {"name": "Moves"}, status=201)["id"]

    body = {"fromDashboardId": source_id, "tileId": tile}
    answer = provider.ask("POST", f"{url}{copies}/copy_tile/", body)
    assert (answer["id"], len(answer["tiles"])) == (copies, 1)

    body = {"tile": {"id": tile, "color": None, "layouts": {}}, "toDashboard": moves}
    answer = provider.ask("PATCH", f"{source}move_tile/", body)
    assert (answer["id"], answer["tiles"]) == (source_id, [])
    assert [row["id"] for row in provider.ask("GET", f"{url}{moves}/")["tiles"]] == [tile]


def test_an_empty_tile_to_move_is_an_error_that_says_so(provider: Wire, url: str) -> None:
    source, _ = filled(provider, url)
    target = provider.ask("POST", url, {"name": "T"}, status=201)["id"]
    body = {"tile": {}, "toDashboard": target}
    response = provider.send("PATCH", f"{source}move_tile/", body)
    assert_error(response, 400, code="required", attr="tile__id", type="validation_error")
    assert len(provider.ask("GET", source)["tiles"]) == 1


def test_it_reorders_tiles(provider: Wire, url: str) -> None:
    source, _ = filled(provider, url)
    entry = {"text": {"body": "second"}, "layouts": {"sm": {"x": 0, "y": 50, "w": 1, "h": 1}}}
    tiles = provider.ask("PATCH", source, {"tiles": [entry]})["tiles"]
    order = [row["id"] for row in tiles][::-1]
    answer = provider.ask("POST", f"{source}reorder_tiles/", {"tile_order": order})
    assert [row["id"] for row in answer["tiles"]] == order
    error = provider.ask("POST", f"{source}reorder_tiles/", {"tile_order": [0]}, status=404)
    assert error == {"detail": "Tile IDs not found on this dashboard: [0]"}


def test_it_runs_the_insights(provider: Wire, url: str) -> None:
    source, tile = filled(provider, url)
    (row,) = provider.ask("GET", f"{source}run_insights/")["results"]
    assert (row["id"], row["insight"]["name"]) == (tile, "I")


@pytest.mark.parametrize("with_insights", [True, False])
def test_it_deletes_with_and_without_the_insights(
    provider: Wire, url: str, with_insights: bool
) -> None:
    source, _ = filled(provider, url)
    goodbye = {"deleted": True, "delete_insights": with_insights}
    assert provider.ask("PATCH", source, goodbye)["deleted"] is True
    left = provider.ask("GET", url.replace("dashboards", "insights"))["count"]
    assert left == (0 if with_insights else 1)


def test_it_invites_collaborators_and_takes_it_back(
    provider: Wire, project: Project, url: str
) -> None:
    guest = make_member(project, "guest@example.com")
    body = {"name": "Z", "restriction_level": 37}
    board = provider.ask("POST", url, body, status=201)["id"]
    people = f"{url}{board}/collaborators/"
    assert provider.ask("GET", people) == []

    invitation = {"user_uuid": str(guest.uuid), "level": 37}
    made = provider.ask("POST", people, invitation, status=201)
    assert_shape(made, COLLABORATOR)
    listed = provider.ask("GET", people)
    assert_shape(listed, [COLLABORATOR])
    assert [row["user"]["uuid"] for row in listed] == [str(guest.uuid)]

    response = provider.send("DELETE", f"{people}{guest.uuid}/")
    assert (response.status_code, response.content) == (204, b"")
    assert provider.ask("GET", people) == []


def test_it_is_told_why_nobody_can_be_invited(provider: Wire, project: Project, url: str) -> None:
    guest = make_member(project, "guest@example.com")
    board = provider.ask("POST", url, {"name": "Open to all"}, status=201)["id"]
    body = {"user_uuid": str(guest.uuid), "level": 37}
    error = provider.ask("POST", f"{url}{board}/collaborators/", body, status=400)
    assert_shape(error, {"type": str, "code": str, "detail": str, "attr": maybe(str)})
    assert "lowest restriction level" in error["detail"]


def test_it_changes_an_insight_through_the_project(
    provider: Wire, project: Project, url: str
) -> None:
    source, _ = filled(provider, url)
    (tile,) = provider.ask("GET", source)["tiles"]
    insight = f"/api/projects/{project.pk}/insights/{tile['insight']['id']}/"
    assert provider.ask("PATCH", insight, {"name": "Z2"})["name"] == "Z2"
    assert provider.ask("GET", source)["tiles"][0]["insight"]["name"] == "Z2"
