from __future__ import annotations

import gzip
import zlib
from typing import Any, cast

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client

from posthog_lite.accounts.models import Project
from posthog_lite.events.compression import zstd
from tests.posthog_lite.events_api.conftest import Stored

PATH = "/i/v1/analytics/events"
REQUEST_ID = "0198c0de-0000-7000-8000-00000000ffff"


def uuid(number: int) -> str:
    return f"0198c0de-0000-7000-8000-{number:012}"


def event(number: int = 1, **keys: Any) -> dict[str, Any]:
    return {
        "event": "signed up",
        "distinct_id": "u1",
        "uuid": uuid(number),
        "timestamp": "2026-11-20T10:00:00Z",
        "options": {},
        "properties": {"plan": "pro"},
        **keys,
    }


def send(
    sdk: Client, project: Project, body: Any, headers: dict[str, str | None] | None = None
) -> HttpResponse:
    sent: dict[str, str | None] = {
        "Authorization": f"Bearer {project.api_token}",
        "Content-Type": "application/json",
        "User-Agent": "posthog-python/7.91.1",
        "PostHog-Sdk-Info": "posthog-python/7.91.1",
        "PostHog-Attempt": "1",
        "PostHog-Request-Id": REQUEST_ID,
        "PostHog-Request-Timestamp": "2099-01-01T00:00:00Z",
        **(headers or {}),
    }
    if not isinstance(body, bytes):
        body = orjson.dumps({"created_at": "2026-11-20T10:00:00Z", "batch": body})
    content_type = sent.pop("Content-Type") or ""
    given = {name: value for name, value in sent.items() if value is not None}
    answer: Any = sdk.generic("POST", PATH, body, content_type, headers=given)
    return cast("HttpResponse", answer)


def assert_error(response: HttpResponse, status: int, tag: str) -> None:
    assert response.status_code == status, response.content
    assert orjson.loads(response.content)["error"] == tag


def test_each_event_has_its_result(sdk: Client, project: Project, stored: Stored) -> None:
    batch = [
        event(1),
        event(2, distinct_id="Anonymous"),
        event(3, event=""),
        event(4, event="n" * 201),
        event(5, distinct_id=None),
        event(6, distinct_id="d" * 201),
        event(7, timestamp="soon"),
        event(8, properties=[]),
        event(9, options={"cookieless_mode": "yes"}),
        event(10, options=[]),
    ]
    response = send(sdk, project, batch)
    assert response.status_code == 200, response.content
    assert response["PostHog-Request-Id"] == REQUEST_ID

    def drop(why: str) -> dict[str, str]:
        return {"result": "drop", "details": why}

    assert orjson.loads(response.content)["results"] == {
        uuid(1): {"result": "ok"},
        uuid(2): {"result": "warning", "details": "person_processing_disabled"},
        uuid(3): drop("missing_event_name"),
        uuid(4): drop("event_name_too_long"),
        uuid(5): drop("missing_distinct_id"),
        uuid(6): drop("distinct_id_too_large"),
        uuid(7): drop("invalid_event_timestamp"),
        uuid(8): drop("malformed_event_properties"),
        uuid(9): drop("invalid_options"),
        uuid(10): drop("invalid_options"),
    }
    assert [row["uuid"] for row in stored()] == [uuid(1), uuid(2)]


def test_fields_and_headers_become_properties(
    sdk: Client, project: Project, stored: Stored
) -> None:
    options = {"disable_skew_correction": True, "process_person_profile": False}
    batch = [event(session_id="s1", window_id="w1", options=options)]
    assert send(sdk, project, batch).status_code == 200
    [row] = stored()
    assert row["timestamp"].startswith("2026-11-20 10:00:00")
    assert row["properties"] == {
        "plan": "pro",
        "$lib": "posthog-python",
        "$lib_version": "7.91.1",
        "$session_id": "s1",
        "$window_id": "w1",
        "$ignore_sent_at": True,
        "$process_person_profile": False,
        "$ip": "127.0.0.1",
    }


def test_the_time_of_the_request_sets_clocks_right(
    sdk: Client, project: Project, stored: Stored
) -> None:
    """A sender whose clock runs decades ahead sent it an hour after it happened."""
    assert send(sdk, project, [event(timestamp="2098-12-31T23:00:00Z")]).status_code == 200
    [row] = stored()
    assert row["timestamp"] < row["created_at"]


@pytest.mark.parametrize(
    ("name", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress)],
)
def test_bodies_may_be_compressed(
    name: str, pack: Any, sdk: Client, project: Project, stored: Stored
) -> None:
    body = orjson.dumps({"created_at": "2026-11-20T10:00:00Z", "batch": [event()]})
    assert send(sdk, project, pack(body), {"Content-Encoding": name}).status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("headers", "status", "tag"),
    [
        ({"Authorization": None}, 401, "invalid_api_token"),
        ({"Authorization": "Bearer phc_unknown"}, 401, "invalid_api_token"),
        ({"Authorization": "Bearer phx_personal"}, 401, "invalid_api_token"),
        ({"Content-Type": "text/plain"}, 415, "unsupported_content_type"),
        ({"Content-Encoding": "br"}, 415, "unsupported_content_encoding"),
        ({"PostHog-Sdk-Info": None}, 400, "missing_required_headers"),
        ({"PostHog-Request-Id": None}, 400, "missing_required_headers"),
        ({"User-Agent": None}, 400, "missing_required_headers"),
        ({"PostHog-Request-Id": "1"}, 400, "invalid_headers"),
        ({"PostHog-Attempt": "0"}, 400, "invalid_headers"),
        ({"PostHog-Request-Timestamp": "now"}, 400, "invalid_headers"),
    ],
)
def test_headers_are_asked_for(
    headers: dict[str, str | None], status: int, tag: str, sdk: Client, project: Project
) -> None:
    assert_error(send(sdk, project, [event()], headers), status, tag)


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        (b"[]", "invalid_batch"),
        (b'{"batch":[{}]}', "invalid_created_at"),
        (b"{", "invalid_request"),
        (b'{"created_at":"2026-11-20","batch":[]}', "empty_batch"),
        ([event(uuid="x")], "invalid_event_uuid"),
        ([event(), event()], "duplicate_event_uuid"),
        ([None], "invalid_event_uuid"),
    ],
)
def test_bad_batches_are_refused_whole(
    body: Any, tag: str, sdk: Client, project: Project, stored: Stored
) -> None:
    assert_error(send(sdk, project, body), 400, tag)
    assert stored() == []


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_bombs_are_413(name: str, pack: Any, sdk: Client, project: Project) -> None:
    bomb = pack(b" " * 21 * 1024 * 1024)
    assert_error(send(sdk, project, bomb, {"Content-Encoding": name}), 413, "payload_too_large")


def with_large_window(text: bytes) -> bytes:
    """Return a body for which whoever unpacks it would have to keep 128 MB."""
    stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed: bytes = stream.compress(text) + stream.flush()
    return packed


EMPTY = b'{"batch":[]}'


@pytest.mark.parametrize("body", [EMPTY, zstd.compress(EMPTY)[:-1], with_large_window(EMPTY)])
def test_what_is_no_zstd_is_refused(body: bytes, sdk: Client, project: Project) -> None:
    response = send(sdk, project, body, {"Content-Encoding": "zstd"})
    assert_error(response, 400, "invalid_request")
    assert b"invalid zstd data" in response.content


def test_only_posts_are_taken(sdk: Client) -> None:
    assert sdk.get(PATH).status_code == 405


def test_the_scheme_of_the_token_may_be_written_in_any_case(sdk: Client, project: Project) -> None:
    written: dict[str, str | None] = {"Authorization": f"bearer {project.api_token}"}
    assert send(sdk, project, [event()], headers=written).status_code == 200
