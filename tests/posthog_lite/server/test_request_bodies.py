from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings

from posthog_lite.server import request_bodies as bodies
from posthog_lite.server.request_bodies import (
    FORM,
    INCOMPLETE,
    NO_LENGTH,
    NOBODY_KNOWN,
    NOT_READ,
    PROBLEM,
    SENDER_UNKNOWN,
    TOO_MANY_ESCAPES,
    WholeBodies,
)

Body = Callable[[dict[str, Any]], tuple[str | None, bytes, str | None]]


@pytest.fixture
def body_seen() -> Body:
    """The length and body the application finds in an environment, and what is wrong with it."""

    def call(environ: dict[str, Any]) -> tuple[str | None, bytes, str | None]:
        seen: dict[str, Any] = {}

        def app(inner: dict[str, Any], start_response: Any) -> list[bytes]:
            seen.update(inner)
            return []

        list(WholeBodies(app)(environ, lambda *args: lambda data: None))
        return seen.get("CONTENT_LENGTH"), seen["wsgi.input"].read(), seen.get(PROBLEM)

    return call


def test_a_chunked_body_gets_its_length(body_seen: Body) -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(b'{"a": 1}')}
    assert body_seen(environ) == ("8", b'{"a": 1}', None)


def test_a_chunked_body_over_the_limit_is_read_no_further(
    body_seen: Body, settings: LazySettings
) -> None:
    settings.MAX_BODY_BYTES = 100
    stream = BytesIO(b"x" * 200)
    length, body, _ = body_seen({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream})
    assert (length, len(body)) == ("101", 101)


def test_a_body_with_a_length_is_left_as_it_is(body_seen: Body) -> None:
    environ = {"CONTENT_LENGTH": "2", "wsgi.input": BytesIO(b"{}")}
    assert body_seen(environ) == ("2", b"{}", None)


def test_a_body_over_the_limit_is_not_read(body_seen: Body, settings: LazySettings) -> None:
    settings.MAX_BODY_BYTES = 1
    stream = BytesIO(b"{}")
    assert body_seen({"CONTENT_LENGTH": "2", "wsgi.input": stream}) == ("2", b"", None)
    assert stream.tell() == 0


@pytest.mark.parametrize("path", ["/api/projects/1/dashboards/", "/shared/a", "/admin/login/"])
def test_a_body_without_a_length_is_not_read_where_people_write(body_seen: Body, path: str) -> None:
    """Its end could not be told from a connection that broke off."""
    stream = BytesIO(b"name=hal")
    environ = {"PATH_INFO": path, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream}
    assert body_seen(environ) == ("0", b"", NO_LENGTH)
    assert stream.tell() == 0


LARGE = b"x" * (64 * 1024 + 1)


@pytest.mark.parametrize("path", ["/api/projects/1/dashboards/", "/shared/a", "/admin/login/"])
def test_a_large_body_of_nobody_is_not_read(body_seen: Body, path: str) -> None:
    stream = BytesIO(LARGE)
    environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(len(LARGE)), "wsgi.input": stream}
    assert body_seen(environ) == ("0", b"", NOBODY_KNOWN)
    assert stream.tell() == 0


@pytest.mark.parametrize(
    "credential",
    [
        {"HTTP_AUTHORIZATION": "Bearer phx_a"},
        {"QUERY_STRING": "a=1&personal_api_key=phx_a"},
        {"HTTP_COOKIE": "a=b; sessionid=c"},
        {"PATH_INFO": "/batch/"},
    ],
)
def test_a_large_body_is_read_where_somebody_may_be_known(
    body_seen: Body, credential: dict[str, str]
) -> None:
    environ = {
        "PATH_INFO": "/api/projects/1/dashboards/",
        "CONTENT_LENGTH": str(len(LARGE)),
        "wsgi.input": BytesIO(LARGE),
    }
    assert body_seen(environ | credential) == (str(len(LARGE)), LARGE, None)


@pytest.mark.parametrize(
    ("size", "problem"), [(len(LARGE), SENDER_UNKNOWN), (len(LARGE) - 1, None)]
)
def test_a_large_body_is_not_read_before_its_key_is_found(size: int, problem: str | None) -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        return []

    stream = BytesIO(LARGE[:size])
    environ = {"PATH_INFO": "/api/a/", "HTTP_AUTHORIZATION": "Bearer phx_a", "wsgi.input": stream}
    gate = WholeBodies(app, knows=lambda _: False)
    list(gate(environ | {"CONTENT_LENGTH": str(size)}, lambda *args: lambda data: None))
    assert seen.get(PROBLEM) == problem
    assert stream.tell() == (size if problem is None else 0)


def test_small_bodies_are_read_while_large_ones_fill_the_room(
    body_seen: Body, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS_TO_WAIT", 0)
    settings.MAX_BYTES_OF_BODIES = 1
    inner: list[tuple[str | None, bytes, str | None]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["QUERY_STRING"] == "large":
            for size in (LARGE, b"{}"):
                again = {"CONTENT_LENGTH": str(len(size)), "wsgi.input": BytesIO(size)}
                list(gate(again | {"QUERY_STRING": ""}, start_response))
        else:
            inner.append(
                (environ["CONTENT_LENGTH"], environ["wsgi.input"].read(), environ.get(PROBLEM))
            )
        return []

    gate = WholeBodies(app)
    environ = {"CONTENT_LENGTH": str(len(LARGE)), "QUERY_STRING": "large"}
    list(gate(environ | {"wsgi.input": BytesIO(LARGE)}, lambda *args: lambda data: None))
    assert inner == [("0", b"", NOT_READ), ("2", b"{}", None)]


def test_bodies_of_many_values_are_objects_one_at_a_time(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS_FOR_OBJECTS", 0)
    settings.MAX_BYTES_OF_OBJECTS = 1
    problems: list[str | None] = []
    many = b"[" + b"{}," * 60_000 + b"{}]"

    def environ() -> dict[str, Any]:
        stream = BytesIO(many)
        return {"PATH_INFO": "/api/", "HTTP_AUTHORIZATION": "Bearer a", "wsgi.input": stream} | {
            "CONTENT_LENGTH": str(len(many))
        }

    def app(environ_: dict[str, Any], start_response: Any) -> list[bytes]:
        problems.append(environ_.get(PROBLEM))
        if len(problems) == 1:
            list(gate(environ(), start_response))
        return []

    gate = WholeBodies(app)
    list(gate(environ(), lambda *args: lambda data: None))
    assert problems == [None, NOT_READ]


def test_nothing_of_a_large_body_outlives_its_answer() -> None:
    kept = []

    class Request:
        def __init__(self, environ: dict[str, Any]) -> None:
            self.itself, self.data = self, environ["wsgi.input"].read()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        request = Request(environ)
        kept.append(weakref.ref(request))
        return [request.data[:2]]

    stream = BytesIO(b"x" * 2**21)
    environ: dict[str, Any] = {"CONTENT_LENGTH": str(2**21), "wsgi.input": stream}
    assert WholeBodies(app)(environ, lambda *args: lambda data: None) == [b"xx"]
    assert kept[0]() is None
    assert environ["wsgi.input"].closed


@pytest.mark.parametrize(("length", "is_kept"), [("1000000", False), ("999999", True)])
def test_a_large_answer_is_gone_with_the_next_request(length: str, is_kept: bool) -> None:
    kept = []

    class Answer:
        def __init__(self) -> None:
            self.itself = self

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            kept.append(weakref.ref(Answer()))
            start_response("200 OK", [("Content-Length", length)])
        return []

    gate = WholeBodies(app)
    gc.disable()
    try:
        for method in ("GET", "HEAD"):
            gate({"REQUEST_METHOD": method}, lambda *args: lambda data: None)
        assert (kept[0]() is not None) is is_kept
    finally:
        gc.enable()


@pytest.mark.parametrize("path", ["/api/a/", "/batch/", "/shared/a", "/admin/login/"])
def test_a_form_of_too_many_escapes_is_not_taken_apart(body_seen: Body, path: str) -> None:
    form = b"a=" + b"%41" * 250_001
    environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(len(form)), "wsgi.input": BytesIO(form)}
    environ |= {"CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": "Bearer a"}
    assert body_seen(environ) == ("0", b"", TOO_MANY_ESCAPES)


def test_a_body_of_a_head_is_not_read(body_seen: Body) -> None:
    stream = BytesIO(b"{}")
    environ = {"REQUEST_METHOD": "HEAD", "CONTENT_LENGTH": "2", "wsgi.input": stream}
    assert body_seen(environ) == ("0", b"", None)
    assert stream.tell() == 0


def test_a_body_that_ends_early_is_no_shorter_body(body_seen: Body) -> None:
    environ = {"CONTENT_LENGTH": "9", "wsgi.input": BytesIO(b"name=hal")}
    assert body_seen(environ)[2] == INCOMPLETE


def test_only_so_many_wait_for_slow_bodies(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_AWAITED_BODIES = 1
    monkeypatch.setattr(bodies, "SECONDS_TO_WAIT", 0)
    problems: list[str | None] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        problems.append(environ.get(PROBLEM))
        return []

    class SlowBody(BytesIO):
        is_read = threading.Event()
        arrives = threading.Event()

        def read(self, size: int | None = -1, /) -> bytes:
            self.is_read.set()
            assert self.arrives.wait(60)
            return super().read(size)

    gate = WholeBodies(app)
    slow = {"CONTENT_LENGTH": "2", "wsgi.input": SlowBody(b"{}")}
    other = threading.Thread(target=gate, args=(slow, lambda *args: lambda data: None))
    other.start()
    assert SlowBody.is_read.wait(60)
    for environ in ({"CONTENT_LENGTH": "2", "wsgi.input": BytesIO(b"{}")}, {"CONTENT_LENGTH": ""}):
        gate(environ, lambda *args: lambda data: None)
    SlowBody.arrives.set()
    other.join()
    assert problems == [NOT_READ, None, None]
