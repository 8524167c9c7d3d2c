"""Every endpoint of the reference page, called as the page's curl lines call it.

The page's bodies are `-d name="string"`: a form. Where its line also says that the body is JSON,
the form is refused, and the call is repeated with JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import BASE, FORM, JSON, TRENDS, Wire
from tests.factories import ThemeFactory
from tests.support.errors import assert_error
from tests.support.wire_keys import DASHBOARD_KEYS, USER_KEYS

CURL = {"User-Agent": "curl/8.5.0", "Accept": "*/*"}
NAME = b"name=string"
# Those the page names, and one to put something on a dashboard with.
SCOPES = ["dashboard:write", "sharing_configuration:write", "project:read", "insight:write"]
FORMATS = ["", "?format=json", "?format=txt"]

SHARING_KEYS = [
    "created_at",
    "enabled",
    "access_token",
    "settings",
    "password_required",
    "share_passwords",
]
THEME_KEYS = ["id", "name", "colors", "is_global", "created_at", "created_by"]
TEMPLATE = {
    "template_name": "string",
    "dashboard_description": "string",
    "dashboard_filters": {},
    "tiles": [{"type": "TEXT", "body": "string", "layouts": {}}],
}

Curl = Callable[..., Any]


@pytest.fixture
def base(project: Project) -> str:
    return f"/api/environments/{project.pk}"


@pytest.fixture
def curl(member: User, connect: Connect) -> Curl:
    """`curl(method, path, body, content_type)`, as the program sends it."""
    wire = connect(member, CURL, scopes=SCOPES)

    def call(method: str, path: str, body: Any = None, content_type: str = FORM) -> Any:
        headers = CURL if body is None else {**CURL, "Content-Type": content_type}
        return Wire(wire.key, headers).send(method, path, body)

    return call


@pytest.fixture
def dashboard(curl: Curl, base: str) -> str:
    """The path of a dashboard that a form has made."""
    form = urlencode({"name": "string", "description": "string", "pinned": "true"}).encode()
    response = curl("POST", f"{base}/dashboards/", form)
    assert response.status_code == 201, response.content
    return f"{base}/dashboards/{response.json()['id']}/"


def read(response: Any, form: str, status: int = 200) -> Any:
    """What an answer holds: plain JSON, or for `format=txt` one event of it."""
    assert response.status_code == status, response.content
    if form != "?format=txt":
        assert response["Content-Type"] == JSON
        return response.json()
    assert response["Content-Type"] == "text/event-stream"
    assert response.content.startswith(b"data: ")
    assert response.content.endswith(b"\n\n")
    return orjson.loads(response.content.removeprefix(b"data: "))


def assert_documented(body: Any) -> None:
    assert list(body) == DASHBOARD_KEYS
    assert list(body["created_by"]) == USER_KEYS


@pytest.mark.parametrize("form", FORMATS)
def test_retrieve(curl: Curl, dashboard: str, form: str) -> None:
    body = read(curl("GET", dashboard + form), form)
    assert_documented(body)
    assert (body["name"], body["description"], body["pinned"]) == ("string", "string", True)


@pytest.mark.parametrize("form", FORMATS)
def test_partial_update(curl: Curl, dashboard: str, form: str) -> None:
    body = read(curl("PATCH", dashboard + form, b"name=another"), form)
    assert_documented(body)
    assert (body["name"], body["description"], body["pinned"]) == ("another", "string", True)


def test_partial_update_takes_every_request_parameter_in_a_form(
    curl: Curl, base: str, dashboard: str, project: Project
) -> None:
    theme = ThemeFactory.create(project=project)
    fields = [
        ("name", "string"),
        ("description", "text"),
        ("pinned", "false"),
        ("last_accessed_at", "2019-08-24T14:15:22Z"),
        ("deleted", "false"),
        ("breakdown_colors", '[{"breakdownValue": "a", "colorToken": "preset-1"}]'),
        ("data_color_theme_id", str(theme.pk)),
        ("tags", "b"),
        ("tags", "a"),
        ("restriction_level", "37"),
        ("last_refresh", "2019-08-24T14:15:22Z"),
        ("use_template", ""),
        ("delete_insights", "false"),
        ("_create_in_folder", "string"),
    ]
    body = read(curl("PATCH", dashboard, urlencode(fields).encode()), "")
    assert_documented(body)
    assert (body["description"], body["pinned"], body["restriction_level"]) == ("text", False, 37)
    assert body["last_accessed_at"] == body["last_refresh"] == "2019-08-24T14:15:22Z"
    assert body["breakdown_colors"] == [{"breakdownValue": "a", "colorToken": "preset-1"}]
    assert (body["data_color_theme_id"], set(body["tags"])) == (theme.pk, {"a", "b"})


def test_a_form_creates_with_a_template_or_a_source(curl: Curl, base: str, dashboard: str) -> None:
    templated = read(curl("POST", f"{base}/dashboards/", b"use_template=DEFAULT_APP"), "", 201)
    assert_documented(templated)
    assert (templated["creation_mode"], len(templated["tiles"])) == ("template", 6)
    source = f"use_dashboard={templated['id']}&name=string".encode()
    copy = read(curl("POST", f"{base}/dashboards/", source), "", 201)
    assert (copy["creation_mode"], copy["name"], len(copy["tiles"])) == ("duplicate", "string", 6)


def test_a_form_deletes_and_restores(curl: Curl, dashboard: str) -> None:
    assert read(curl("PATCH", dashboard, b"deleted=true"), "")["deleted"] is True
    assert curl("GET", dashboard).status_code == 404
    assert read(curl("PATCH", dashboard, b"deleted=false"), "")["deleted"] is False
    assert curl("GET", dashboard).status_code == 200


@pytest.mark.parametrize("form", FORMATS)
def test_destroy_is_405_without_a_body(curl: Curl, dashboard: str, form: str) -> None:
    response = curl("DELETE", dashboard + form)
    assert (response.status_code, response.content) == (405, b"")
    assert not response.get("Content-Type")
    assert read(curl("GET", dashboard), "")["deleted"] is False


@pytest.mark.parametrize("form", FORMATS)
def test_move_tile(curl: Curl, base: str, dashboard: str, form: str) -> None:
    source = read(curl("POST", f"{base}/dashboards/", b"use_template=DEFAULT_APP"), "", 201)
    target = int(dashboard.split("/")[-2])
    path = f"{base}/dashboards/{source['id']}/move_tile/"
    assert_error(curl("PATCH", path, NAME), 400, type="validation_error", attr="tile")

    first, second = (tile["id"] for tile in source["tiles"][:2])
    body = {"tile": {"id": first}, "toDashboard": target}
    assert_documented(read(curl("PATCH", path + form, body, JSON), form))
    as_form = urlencode({"tile.id": second, "toDashboard": target}).encode()
    assert_documented(read(curl("PATCH", path + form, as_form), form))
    assert {tile["id"] for tile in read(curl("GET", dashboard), "")["tiles"]} == {first, second}


@pytest.mark.parametrize("form", FORMATS)
def test_stream_tiles(curl: Curl, base: str, form: str) -> None:
    made = read(curl("POST", f"{base}/dashboards/", b"use_template=DEFAULT_APP"), "", 201)
    response = curl("GET", f"{base}/dashboards/{made['id']}/stream_tiles/{form}")
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    stream = b"".join(response.streaming_content)
    events = [orjson.loads(line[6:]) for line in stream.split(b"\n\n") if line]
    assert [event["type"] for event in events] == ["metadata", *["tile"] * 4, "complete"]
    assert sorted(events[0]["dashboard"]) == sorted(DASHBOARD_KEYS)


@pytest.mark.parametrize("form", FORMATS)
def test_create_from_template_json(curl: Curl, base: str, form: str) -> None:
    path = f"{base}/dashboards/create_from_template_json/"
    assert_error(curl("POST", path, NAME, JSON), 400, code="parse_error")
    assert_error(curl("POST", path, NAME), 415, code="unsupported_media_type")
    body = read(curl("POST", path + form, {"template": TEMPLATE}, JSON), form)
    assert_documented(body)
    assert (body["name"], body["creation_mode"]) == ("string", "default")


@pytest.mark.parametrize("form", FORMATS)
def test_create_unlisted_dashboard(curl: Curl, base: str, form: str) -> None:
    path = f"{base}/dashboards/create_unlisted_dashboard/"
    assert_error(curl("POST", path, NAME, JSON), 400, code="parse_error")
    response = curl("POST", path, NAME)
    assert (response.status_code, response.json()) == (400, {"error": "tag is required"})
    body = read(curl("POST", path + form, b"tag=llm-analytics"), form, 201)
    assert_documented(body)
    assert (body["creation_mode"], body["tags"]) == ("unlisted", ["llm-analytics"])
    assert curl("POST", path, {"tag": "llm-analytics"}, JSON).status_code == 409


@pytest.mark.parametrize("slash", ["/", ""])
def test_sharing_refresh(curl: Curl, dashboard: str, slash: str) -> None:
    path = f"{dashboard}sharing/refresh{slash}"
    first = read(curl("POST", path, b"created_at=string", JSON), "")
    assert list(first) == SHARING_KEYS
    assert (first["enabled"], first["settings"], first["password_required"]) == (False, None, False)
    assert first["share_passwords"] == []
    form = urlencode({"enabled": "true", "password_required": "true"}).encode()
    again = read(curl("POST", path, form), "")
    assert again["access_token"] != first["access_token"]
    assert (again["enabled"], again["password_required"]) == (False, False)


def test_list_data_color_themes(curl: Curl, base: str, project: Project, member: User) -> None:
    for number in range(3):
        ThemeFactory.create(project=project, created_by=member, name=f"T{number}")
    everything = read(curl("GET", f"{base}/data_color_themes/"), "")
    assert list(everything) == ["count", "next", "previous", "results"]
    for row in everything["results"]:
        assert list(row) == THEME_KEYS
        assert type(row["is_global"]) is bool
        assert row["created_by"] is None or list(row["created_by"]) == USER_KEYS

    page = read(curl("GET", f"{base}/data_color_themes/?limit=1&offset=1"), "")
    assert page["count"] == everything["count"]
    assert page["results"] == everything["results"][1:2]
    assert page["next"] == f"{BASE}{base}/data_color_themes/?limit=1&offset=2"
    assert page["previous"] == f"{BASE}{base}/data_color_themes/?limit=1"


def test_the_page_s_paths_work_without_the_last_slash(
    curl: Curl, base: str, dashboard: str
) -> None:
    path = dashboard.removesuffix("/")
    assert_documented(read(curl("GET", path), ""))
    assert_documented(read(curl("PATCH", path, NAME), ""))
    assert curl("DELETE", path).status_code == 405
    assert curl("GET", f"{path}/stream_tiles").status_code == 200
    assert curl("GET", f"{base}/data_color_themes").status_code == 200
    assert curl("POST", f"{base}/dashboards/create_unlisted_dashboard", NAME).status_code == 400


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_format_is_not_found(curl: Curl, dashboard: str, method: str) -> None:
    assert_error(curl(method, f"{dashboard}?format=xml"), 404, code="not_found")


def test_a_tile_on_the_page_is_an_object(curl: Curl, base: str, dashboard: str) -> None:
    board = int(dashboard.split("/")[-2])
    body = {"name": "string", "query": TRENDS, "dashboards": [board]}
    assert curl("POST", f"{base}/insights/", body, JSON).status_code == 201
    (tile,) = read(curl("GET", dashboard), "")["tiles"]
    assert isinstance(tile, dict)


def test_a_form_put_keeps_what_it_leaves_out(curl: Curl, dashboard: str) -> None:
    body = read(curl("PUT", dashboard, NAME), "")
    assert (body["name"], body["description"], body["deleted"]) == ("string", "string", False)
    assert body["pinned"] is True
