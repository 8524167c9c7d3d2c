"""Client F: a TypeScript client generated from the OpenAPI document of October 2025.

It calls every operation below both names of a project and types every answer by its component.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import ERROR, PAGE, TRENDS, Wire, assert_shape, maybe
from tests.factories import make_member

HEADERS = {"Accept": "application/json", "User-Agent": "node"}
# The components, as far as the document calls their properties required. `object` is any value
# that has to be there: the document knows no better.
ANY = (object, None)
USER_BASIC = {
    "id": int,
    "uuid": uuid.UUID,
    "distinct_id?": maybe(str),
    "first_name?": str,
    "last_name?": str,
    "email": str,
    "is_email_verified?": maybe(bool),
    "hedgehog_config": maybe(dict),
    "role_at_organization?": maybe(str),
}
DASHBOARD_BASIC = {
    "id": int,
    "name": maybe(str),
    "description": str,
    "pinned": bool,
    "created_at": datetime,
    "created_by": USER_BASIC,
    "last_accessed_at": maybe(datetime),
    "last_viewed_at": maybe(datetime),
    "is_shared": bool,
    "deleted": bool,
    "creation_mode": str,
    "tags?": [str],
    "restriction_level": int,
    "effective_restriction_level": int,
    "effective_privilege_level": int,
    "user_access_level": maybe(str),
    "access_control_version": str,
    "last_refresh": maybe(datetime),
    "team_id": int,
}
DASHBOARD = {
    **DASHBOARD_BASIC,
    "filters": dict,
    "variables": maybe(dict),
    "breakdown_colors?": ANY,
    "data_color_theme_id?": maybe(int),
    "persisted_filters": maybe(dict),
    "persisted_variables": maybe(dict),
    "tiles": maybe([dict]),
}
COLLABORATOR = {
    "id": uuid.UUID,
    "dashboard_id": int,
    "user": USER_BASIC,
    "level": int,
    "added_at": datetime,
    "updated_at": datetime,
}
THEME = {
    "id": int,
    "name": str,
    "colors?": ANY,
    "is_global": bool,
    "created_at": maybe(datetime),
    "created_by": maybe(USER_BASIC),
}
INSIGHT = {
    "id": int,
    "short_id": str,
    "name?": maybe(str),
    "derived_name?": maybe(str),
    "query?": maybe(dict),
    "order?": maybe(int),
    "deleted?": bool,
    "dashboards?": [int],
    "dashboard_tiles": [{"id": int, "dashboard_id": int, "deleted?": maybe(bool)}],
    "last_refresh": ANY,
    "cache_target_age": ANY,
    "next_allowed_client_refresh": ANY,
    "result": ANY,
    "hasMore": ANY,
    "columns": ANY,
    "created_at": maybe(datetime),
    "created_by": USER_BASIC,
    "description?": maybe(str),
    "updated_at": datetime,
    "tags?": [str],
    "favorited?": bool,
    "last_modified_at": datetime,
    "last_modified_by": USER_BASIC,
    "is_sample": bool,
    "effective_restriction_level": int,
    "effective_privilege_level": int,
    "user_access_level": maybe(str),
    "timezone": ANY,
    "is_cached": ANY,
    "query_status": ANY,
    "hogql": ANY,
    "types": ANY,
    "alerts": ANY,
    "last_viewed_at": maybe(datetime),
}
# What `JSON.stringify` makes of a typed request body: everything the type has.
BODY = {
    "name": "Generated",
    "description": "by a client",
    "pinned": True,
    "last_accessed_at": "2025-10-29T10:00:00Z",
    "deleted": False,
    "breakdown_colors": None,
    "data_color_theme_id": None,
    "tags": ["generated"],
    "restriction_level": 21,
    "last_refresh": None,
    "use_template": "",
    "use_dashboard": None,
    "delete_insights": False,
    "_create_in_folder": "",
}
TEMPLATE = {
    "template_name": "T",
    "dashboard_description": "d",
    "dashboard_filters": {},
    "tiles": [{"type": "TEXT", "body": "hello", "layouts": {}}],
}


@dataclass(frozen=True)
class Api:
    """The generated class: `new PosthogAPIClient({BASE, TOKEN})` and a project."""

    wire: Wire
    base: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """As its `request()`: JSON where the answer says so, undefined at 204, else an error."""
        response = self.wire.send(method, f"{self.base}/{path}", body)
        if response.status_code == 204:
            assert response.content == b""
            return None
        if response.status_code >= 400:
            is_json = "json" in response.get("Content-Type", "")
            raise ApiError(response.status_code, response.json() if is_json else None)
        assert response["Content-Type"] == "application/json"
        return response.json()


class ApiError(Exception):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@pytest.fixture(params=["projects", "environments"])
def api(request: pytest.FixtureRequest, member: User, project: Project, connect: Connect) -> Api:
    return Api(connect(member, HEADERS), f"/api/{request.param}/{project.pk}")


def test_dashboards_list_create_retrieve_update_partial_update(api: Api) -> None:
    created = api.call("POST", "dashboards/?format=json", BODY)
    assert_shape(created, DASHBOARD)
    assert (created["name"], created["tags"], created["tiles"]) == ("Generated", ["generated"], [])
    path = f"dashboards/{created['id']}/"
    page = api.call("GET", "dashboards/?format=json&limit=10&offset=0")
    assert_shape(page, {**PAGE, "results": [DASHBOARD_BASIC]})
    assert [row["id"] for row in page["results"]] == [created["id"]]
    retrieved = api.call("GET", f"{path}?format=json")
    assert_shape(retrieved, DASHBOARD)
    replaced = api.call("PUT", path, {**BODY, "name": "Put"})
    assert_shape(replaced, DASHBOARD)
    patched = api.call("PATCH", path, {"pinned": False})
    assert_shape(patched, DASHBOARD)
    assert (patched["name"], patched["pinned"]) == ("Put", False)


def test_the_body_of_dashboards_create_is_optional(api: Api) -> None:
    created = api.call("POST", "dashboards/")
    assert_shape(created, DASHBOARD)
    assert created["name"] is None


def test_dashboards_destroy_is_the_declared_405(api: Api) -> None:
    created = api.call("POST", "dashboards/", BODY)
    with pytest.raises(ApiError) as error:
        api.call("DELETE", f"dashboards/{created['id']}/?format=json")
    assert (error.value.status, error.value.body) == (405, None)
    assert api.call("GET", f"dashboards/{created['id']}/")["deleted"] is False


def test_dashboards_move_tile(api: Api) -> None:
    source = api.call("POST", "dashboards/", {**BODY, "use_template": "DEFAULT_APP"})
    target = api.call("POST", "dashboards/", BODY)
    body = {"tile": {"id": source["tiles"][0]["id"]}, "toDashboard": target["id"]}
    api.call("PATCH", f"dashboards/{source['id']}/move_tile/?format=json", body)
    assert len(api.call("GET", f"dashboards/{source['id']}/")["tiles"]) == 5
    assert len(api.call("GET", f"dashboards/{target['id']}/")["tiles"]) == 1


def test_dashboards_stream_tiles_is_an_event_stream(api: Api) -> None:
    created = api.call("POST", "dashboards/", {**BODY, "use_template": "DEFAULT_APP"})
    for query in ("", "?format=json"):
        url = f"{api.base}/dashboards/{created['id']}/stream_tiles/{query}"
        response = api.wire.send("GET", url)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/event-stream"
        events = b"".join(response.streaming_content).split(b"\n\n")
        assert events[0].startswith(b'data: {"type":"metadata","dashboard":{')
        assert events[-2:] == [b'data: {"type":"complete"}', b""]


def test_dashboards_create_from_template_json(api: Api) -> None:
    made = api.call("POST", "dashboards/create_from_template_json/", {"template": TEMPLATE})
    assert_shape(made, DASHBOARD)
    assert [tile["text"]["body"] for tile in made["tiles"]] == ["hello"]
    with pytest.raises(ApiError) as error:  # the body its document declares is not the real one
        api.call("POST", "dashboards/create_from_template_json/", BODY)
    assert (error.value.status, error.value.body["attr"]) == (400, "template")


def test_dashboards_collaborators_list_create_destroy(api: Api, project: Project) -> None:
    guest = make_member(project, "guest@example.com")
    board = api.call("POST", "dashboards/", {**BODY, "restriction_level": 37})["id"]
    path = f"dashboards/{board}/collaborators/"
    made = api.call("POST", path, {"level": 37, "user_uuid": str(guest.uuid)})
    assert_shape(made, COLLABORATOR)
    assert_shape(api.call("GET", path), [COLLABORATOR])
    assert api.call("DELETE", f"{path}{guest.uuid}/") is None
    assert api.call("GET", path) == []


def test_data_color_themes(api: Api) -> None:
    created = api.call("POST", "data_color_themes/", {"name": "T", "colors": ["#112233"]})
    assert_shape(created, THEME)
    path = f"data_color_themes/{created['id']}/"
    page = api.call("GET", "data_color_themes/?limit=5&offset=0")
    assert_shape(page, {**PAGE, "results": [THEME]})
    assert api.call("GET", path) == created
    assert_shape(api.call("PUT", path, {"name": "U"}), THEME)
    patched = api.call("PATCH", path, {"colors": ["#445566"]})
    assert (patched["name"], patched["colors"]) == ("U", ["#445566"])
    with pytest.raises(ApiError) as error:
        api.call("DELETE", path)
    assert error.value.status == 405


def test_insights_list_create_retrieve_update_partial_update(api: Api, member: User) -> None:
    body = {"name": "I", "query": TRENDS, "dashboards": [], "tags": ["x"], "favorited": True}
    created = api.call("POST", "insights/?format=json", body)
    assert_shape(created, INSIGHT)
    path = f"insights/{created['id']}/"
    query = f"?basic=false&created_by={member.pk}&format=json&limit=5&offset=0&refresh=async"
    page = api.call("GET", f"insights/{query}&short_id={created['short_id']}")
    assert_shape(page, {**PAGE, "results": [INSIGHT]})
    assert [row["id"] for row in page["results"]] == [created["id"]]
    assert_shape(api.call("GET", f"{path}?format=json&refresh=force_cache"), INSIGHT)
    assert api.call("PUT", path, {**body, "name": "J"})["name"] == "J"
    assert api.call("PATCH", path, {"description": "d"})["description"] == "d"


def test_insights_basic_list_leaves_the_results_out(api: Api) -> None:
    api.call("POST", "insights/", {"name": "I", "query": TRENDS})
    (row,) = api.call("GET", "insights/?basic=true")["results"]
    assert_shape(row, {"id": int, "short_id": str, "query": dict})
    assert "result" not in row


def test_insights_destroy_is_405_and_views_are_noted(api: Api) -> None:
    created = api.call("POST", "insights/", {"name": "I", "query": TRENDS})
    with pytest.raises(ApiError) as error:
        api.call("DELETE", f"insights/{created['id']}/")
    assert error.value.status == 405
    response = api.wire.send(
        "POST", f"{api.base}/insights/viewed/", {"insight_ids": [created["id"]]}
    )
    assert response.status_code == 201
    (row,) = api.call("GET", "insights/my_last_viewed/?format=json")
    assert row["id"] == created["id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "dashboards/", 400),
        ("GET", "dashboards/999999/", 404),
        ("PUT", "dashboards/999999/", 404),
        ("PATCH", "insights/999999/", 404),
        ("GET", "data_color_themes/999999/", 404),
        ("GET", "dashboards/999999/collaborators/", 404),
    ],
)
def test_errors_carry_the_declared_body(api: Api, method: str, path: str, status: int) -> None:
    with pytest.raises(ApiError) as error:
        api.call(method, path, {"tags": 1} if method != "GET" else None)
    assert error.value.status == status
    assert_shape(error.value.body, ERROR)


def test_both_prefixes_serve_the_same_objects(
    member: User, project: Project, connect: Connect
) -> None:
    wire = connect(member, HEADERS)
    made = wire.ask("POST", f"/api/projects/{project.pk}/dashboards/", BODY, status=201)
    url = f"/api/environments/{project.pk}/dashboards/{made['id']}/"
    wire.ask("PATCH", url, {"name": "From the environment"})
    read = wire.ask("GET", f"/api/projects/{project.pk}/dashboards/{made['id']}/")
    assert read["name"] == "From the environment"
    assert not wire.send("GET", url).has_header("Deprecation")
