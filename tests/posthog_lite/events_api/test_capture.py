from __future__ import annotations

import base64
import gzip
import zlib
from typing import Any, cast
from urllib.parse import quote_plus

import orjson
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from pytest_django.asserts import assertNumQueries

from posthog_lite.accounts.models import Project
from posthog_lite.events import receiving
from tests.posthog_lite.events.lz_string import compress_to_base64
from tests.posthog_lite.events_api.conftest import Stored

UUID_TEXT = "0198c0de-0000-7000-8000-000000000001"
ROUTES = ["/i/v0/e", "/e", "/capture", "/batch", "/track", "/engage", "/i/v0/ai/batch"]
FORM = "application/x-www-form-urlencoded"
PERSONLESS = {"$process_person_profile": False}


def event(project: Project, **keys: Any) -> dict[str, Any]:
    return {
        "api_key": project.api_token,
        "event": "signed up",
        "distinct_id": "u1",
        "uuid": UUID_TEXT,
        "timestamp": "2026-11-20T10:00:00Z",
        "properties": {"plan": "pro"},
        **keys,
    }


def send(
    sdk: Client, data: Any, path: str = "/e/", content_type: str = "application/json", **extra: Any
) -> HttpResponse:
    body = data if isinstance(data, bytes) else orjson.dumps(data)
    answer: Any = sdk.generic("POST", path, body, content_type, **extra)
    return cast("HttpResponse", answer)


def assert_refused(response: HttpResponse, status: int, text: str) -> None:
    assert response.content.decode() == text
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_route_stores_an_event(
    route: str, slash: str, sdk: Client, project: Project, stored: Stored
) -> None:
    response = send(sdk, event(project), route + slash)
    assert response.status_code == 200
    assert orjson.loads(response.content) == {"status": 1}
    [row] = stored()
    assert row["uuid"] == UUID_TEXT
    assert row["project_id"] == project.pk
    assert (row["event"], row["distinct_id"]) == ("signed up", "u1")
    assert row["timestamp"].startswith("2026-11-20 10:00:00")
    assert row["properties"] == {"plan": "pro", "$ip": "127.0.0.1"}


def test_a_get_carries_the_event_in_its_query(
    sdk: Client, project: Project, stored: Stored
) -> None:
    data = base64.b64encode(orjson.dumps(event(project))).decode()
    assert sdk.get("/e/", {"data": data}).status_code == 200
    assert sdk.get(f"/e/?data={data}").status_code == 200  # its plus signs not escaped
    assert sdk.get("/track/", {"data": orjson.dumps(event(project)).decode()}).status_code == 200
    assert len(stored()) == 3


def test_a_beacon_is_answered_without_a_body(sdk: Client, project: Project, stored: Stored) -> None:
    body = gzip.compress(orjson.dumps([event(project)]))
    response = send(sdk, body, "/e/?beacon=1&compression=gzip-js", "text/plain")
    assert (response.status_code, response.content) == (204, b"")
    assert len(stored()) == 1


def _form(body: bytes, more: str = "") -> bytes:
    return f"data={quote_plus(body)}{more}".encode()


JSON_TYPE = "application/json"
PACKINGS: dict[str, tuple[Any, str, str, dict[str, str]]] = {
    "python, gzip": (gzip.compress, "/batch/", JSON_TYPE, {"HTTP_CONTENT_ENCODING": "gzip"}),
    "browser, nothing said": (gzip.compress, "/e/", "text/plain", {}),
    "older browser": (gzip.compress, "/e/?ip=1&compression=gzip-js", "text/plain", {}),
    "base64 in a form": (
        lambda body: _form(base64.b64encode(body)), "/e/?compression=base64", FORM, {},
    ),
    "base64, not escaped": (lambda body: b"data=" + base64.b64encode(body), "/e/", FORM, {}),
    "lz64 in a form": (
        lambda body: _form(compress_to_base64(body.decode()).encode(), "&compression=lz64"),
        "/e/", FORM, {},
    ),
    "JSON in a form": (_form, "/capture/", FORM, {}),
    "gzip in base64": (lambda body: base64.b64encode(gzip.compress(body)), "/e/", "text/plain", {}),
    "deflate": (zlib.compress, "/batch/", JSON_TYPE, {"HTTP_CONTENT_ENCODING": "deflate"}),
    "as it is, no type": (lambda body: body, "/batch", "", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKINGS)
def test_bodies_come_packed_in_every_way(
    name: str, sdk: Client, project: Project, stored: Stored
) -> None:
    pack, path, content_type, headers = PACKINGS[name]
    batch = {
        "api_key": project.api_token,
        "batch": [event(project, event="M\u00fcller \U0001f44b")],
    }
    response = send(sdk, pack(orjson.dumps(batch)), path, content_type, **headers)
    assert response.status_code == 200, response.content
    assert [row["event"] for row in stored()] == ["M\u00fcller \U0001f44b"]


def test_engage_identifies_where_no_event_is_named(
    sdk: Client, project: Project, stored: Stored
) -> None:
    data = {"token": project.api_token, "$distinct_id": "u1", "$set": {"email": "u1@example.org"}}
    assert send(sdk, data, "/engage/").status_code == 200
    [row] = stored()
    assert (row["event"], row["distinct_id"]) == ("$identify", "u1")


def test_nothing_to_keep_is_no_error(sdk: Client, project: Project, stored: Stored) -> None:
    assert send(sdk, event(project, event="$snapshot")).status_code == 200
    assert stored() == []


def test_one_bad_event_refuses_all(sdk: Client, project: Project, stored: Stored) -> None:
    batch = {"api_key": project.api_token, "batch": [event(project), {"event": "no id"}]}
    response = send(sdk, batch, "/batch/")
    assert_refused(response, 400, "event submitted without a distinct_id")
    assert stored() == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "text"),
    [
        (b"", JSON_TYPE, 400, "request missing data payload"),
        (b"[]", JSON_TYPE, 400, "request holds no event"),
        (b"{}", JSON_TYPE, 401, "event submitted without an api_key"),
        (b"a=1", FORM, 400,
         "failed to decode request: expected form data in POST request payload"),
        (b"{\xff}", JSON_TYPE, 400, "failed to decode request: invalid UTF-8"),
        (b'{"api_key":"phx_secret","batch":[{}]}', JSON_TYPE, 401,
         "API key is not valid: personal_api_key"),
        (b'{"api_key":"phc_\\u0000","batch":[{}]}', JSON_TYPE, 401,
         "API key is not valid: null_byte"),
        (b'{"api_key":"phc_unknown","batch":[{}]}', JSON_TYPE, 401,
         "Project API key invalid. You can find your project API key in your project settings."),
        (b'[{"api_key":"a"},{"api_key":"b"}]', JSON_TYPE, 401,
         "batch submitted with inconsistent api_key values"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(
    body: bytes, content_type: str, status: int, text: str, sdk: Client
) -> None:
    assert_refused(send(sdk, body, "/batch/", content_type), status, text)


def test_json_errors_name_their_place(sdk: Client) -> None:
    response = send(sdk, b'{"a":NaN}')
    assert response.status_code == 400
    assert response.content.startswith(b"failed to parse request: ")
    response = send(sdk, b"{}", "/e/?compression=gzip", "text/plain")
    assert_refused(response, 400, "failed to decode request: invalid GZIP data")


def test_bombs_are_413(sdk: Client, project: Project, stored: Stored) -> None:
    bomb = gzip.compress(b'{"api_key":"' + b"x" * 21 * 1024 * 1024)
    assert len(bomb) < 30_000
    assert_refused(send(sdk, bomb), 413, "maximum event size exceeded")
    response = send(sdk, b"{" * (20 * 1024 * 1024 + 1))
    assert_refused(response, 413, "maximum event size exceeded")


def test_large_bodies_are_stored(sdk: Client, project: Project, stored: Stored) -> None:
    events = [event(project, uuid="", properties={"text": "x" * 10_000}) for _ in range(200)]
    response = send(sdk, {"batch": events, "api_key": project.api_token}, "/batch/")
    assert response.status_code == 200
    assert len(stored()) == 200


def test_nothing_large_is_read_for_an_unknown_token(
    sdk: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(receiving, "load_json")
    large = [{"event": "e", "distinct_id": "u", "x": "x" * 100_000}]
    response = send(sdk, {"batch": large, "api_key": "phc_unknown"})
    assert response.status_code == 401
    assert response.content.startswith(b"Project API key invalid.")
    response = send(sdk, {"batch": large, "api_key": "phx_personal"})
    assert_refused(response, 401, "API key is not valid: personal_api_key")
    assert_refused(send(sdk, {"batch": large}), 401, "event submitted without an api_key")


def test_a_large_body_waits_for_another(
    sdk: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SECONDS_TO_WAIT", 0.01)
    large = event(project, properties={"text": "x" * (receiving.SMALL + 1)})
    with receiving._alone():
        response = send(sdk, large)
        assert_refused(response, 503, "transient error, please retry")
        assert response["Retry-After"]
        assert send(sdk, event(project)).status_code == 200
    assert send(sdk, large).status_code == 200


def test_a_database_that_is_away_is_503(
    sdk: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(receiving, "ingest_by_token", fail)
    response = send(sdk, event(project), HTTP_ORIGIN="https://example.org")
    assert_refused(response, 503, "transient error, please retry")
    assert response["Retry-After"]
    assert response["Access-Control-Allow-Origin"] == "https://example.org"


def test_addresses_may_bring_only_so_many_wrong_tokens(sdk: Client, project: Project) -> None:
    wrong = event(project, api_key="phc_wrong")
    for _ in range(60):
        assert send(sdk, wrong).status_code == 401
    response = send(sdk, wrong)
    assert_refused(response, 429, "rate limited")
    assert 0 < int(response["Retry-After"]) <= 61
    assert send(sdk, wrong, REMOTE_ADDR="203.0.113.9").status_code == 401
    assert send(sdk, event(project)).status_code == 200


def test_pages_of_any_origin_may_send(sdk: Client, project: Project) -> None:
    origin = "https://shop.example.org"
    preflight = sdk.options(
        "/e/",
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="content-type,x-custom",
    )
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Headers"] == "content-type,x-custom"
    assert preflight["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    for response in (preflight, send(sdk, event(project), HTTP_ORIGIN=origin),
                     send(sdk, b"", HTTP_ORIGIN=origin)):  # fmt: skip
        assert response["Access-Control-Allow-Origin"] == origin
        assert response["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in response["Vary"]
    assert "Access-Control-Allow-Origin" not in send(sdk, event(project)).headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods_are_405(method: str, sdk: Client) -> None:
    assert sdk.generic(method, "/e/").status_code == 405


@pytest.mark.parametrize("number", [1, 100])
def test_events_of_known_people_take_two_statements(
    number: int,
    sdk: Client,
    project: Project,
    stored: Stored,
    django_capture_on_commit_callbacks: Any,
) -> None:
    events = [event(project, uuid="", distinct_id=f"u{count}") for count in range(number)]
    with django_capture_on_commit_callbacks(execute=True):  # after which names are remembered
        send(sdk, events)

    # The project of the token with the people behind the ids; the outbox.
    with assertNumQueries(2):
        send(sdk, events)

    assert len(stored()) == 2 * number


def test_a_large_body_asks_for_its_project_before_its_events_are_read(
    sdk: Client, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    large = event(project, uuid="", properties={"text": "x" * receiving.SCANNED_FROM})
    with django_capture_on_commit_callbacks(execute=True):
        send(sdk, large)

    # Any project with a token in it; the token's; that with the people; the outbox.
    with assertNumQueries(4):
        send(sdk, large)


def test_a_wrong_token_is_what_is_wrong_first(sdk: Client, project: Project) -> None:
    unknown = event(project, api_key="phc_unknown")

    for bad in ({"distinct_id": ""}, {"event": ""}, {"uuid": "x"}, {"event": "$snapshot"}):
        assert send(sdk, unknown | bad).status_code == 401
    assert send(sdk, unknown | {"event": "$identify", "properties": PERSONLESS}).status_code == 401


def test_a_new_token_counts_at_once(sdk: Client, project: Project) -> None:
    assert send(sdk, event(project)).status_code == 200
    old = project.api_token
    project.api_token = "phc_another"
    project.save(update_fields=["api_token"])

    assert send(sdk, event(project, api_key=old)).status_code == 401
    assert send(sdk, event(project)).status_code == 200


def test_a_host_that_is_not_this_one_is_refused(sdk: Client, project: Project) -> None:
    assert send(sdk, event(project), HTTP_HOST="elsewhere.example").status_code == 400


@pytest.mark.parametrize("path", ["/e/more", "/i/v0", "/array/x", "/static-e/", "/s/x/"])
def test_paths_that_only_begin_like_those_of_sdks_are_404(path: str, sdk: Client) -> None:
    assert sdk.get(path).status_code == 404
