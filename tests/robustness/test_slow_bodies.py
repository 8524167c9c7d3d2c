"""Clients that take their time over a request body, against the production server."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from functools import partial

import pytest
from django.conf import settings

from posthog_lite.accounts.models import Project
from tests.robustness.conftest import serving
from tests.support.callers import Caller, at_once, statuses
from tests.support.processes import SECONDS, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WORKERS = 2  # of the fixture `caller`
BODY = json.dumps({"name": "Slowly"}).encode()
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


@pytest.fixture
def hasty(caller: Caller, own_database_url: str) -> Iterator[Caller]:
    """Calls a server that waits for bodies for a second only."""
    with serving(own_database_url, workers=1, BODY_TIMEOUT="1") as (_, port):
        yield Caller(port, caller.headers)


def begin(
    caller: Caller, path: str, *, method: str = "POST", header: str = LENGTH, sent: bytes = b""
) -> socket.socket:
    """A connection on which a body has been announced, and some of it sent."""
    client = socket.create_connection(("127.0.0.1", caller.port), timeout=SECONDS)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in caller.headers.items()]
    client.sendall("\r\n".join([*lines, header, "", ""]).encode() + sent)
    return client


def refusal(client: socket.socket) -> tuple[int, bytes]:
    """The status and body of an answer that breaks off, and after it the end of the connection."""
    with closing(client), http.client.HTTPResponse(client, method="POST") as response:
        response.begin()
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
        assert client.recv(1) == b""
    return response.status, broken.value.partial


def test_a_body_that_comes_in_pieces_is_taken_whole(caller: Caller, path: str) -> None:
    with closing(begin(caller, path)) as client:
        for piece in (BODY[:1], BODY[1:5], BODY[5:]):
            assert not threading.Event().wait(0.1)
            client.sendall(piece)
        response = http.client.HTTPResponse(client, method="POST")
        response.begin()
        assert (response.status, json.load(response)["name"]) == (201, "Slowly")


@pytest.mark.parametrize("ending", [b"0\r\n\r\n", b"", b"zz\r\n", b"40\r\nname"])
def test_a_body_without_a_length_is_not_executed(caller: Caller, path: str, ending: bytes) -> None:
    """Whole, or without its last chunk, or with a bad size, or with a chunk of which too little."""
    part = b"%x\r\n%s\r\n" % (len(BODY), BODY)
    with closing(begin(caller, path, header=CHUNKED, sent=part + ending)) as client:
        client.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            answer = client.recv(100)
        assert not answer or answer.startswith((b"HTTP/1.1 411", b"HTTP/1.1 400"))
    assert caller("GET", path).json()["count"] == 0


def test_a_body_that_is_too_slow_is_cut_off(hasty: Caller, path: str) -> None:
    slow = [begin(hasty, path, method=method) for method in ("POST", "GET", "DELETE")]
    slow.append(begin(hasty, path, sent=BODY[:-1]))
    for client in slow:
        status, body = refusal(client)
        assert (status, json.loads(body)["code"]) == (408, "body_too_slow")
    assert hasty("GET", path).json()["count"] == 0


def test_slow_bodies_leave_room_for_quick_ones(caller: Caller, path: str) -> None:
    """More of them than there are places, and than there are threads."""
    per_worker = settings.MAX_AWAITED_BODIES * 2 // 3  # then the oldest has no time left at all
    with ExitStack() as stack:
        count = 3 * WORKERS * settings.MAX_AWAITED_BODIES
        slow = [stack.enter_context(closing(begin(caller, path))) for _ in range(count)]
        for client in slow:
            client.setblocking(False)
        wait_until(lambda: count - sum(map(is_answered, slow)) < WORKERS * per_worker, "make room")
        writes = at_once(*[partial(caller, "POST", path, {"name": "Quick"})] * 8)
        assert statuses(writes) == [201] * 8
        assert caller("GET", path).json()["count"] == 8


def test_large_bodies_that_are_only_announced_take_no_room(caller: Caller, path: str) -> None:
    """Of strangers, where events come in; those of others are taken meanwhile."""
    announced = f"Content-Length: {settings.MAX_BODY_BYTES}"
    with ExitStack() as stack:
        for _ in range(8 * WORKERS):
            client = begin(Caller(caller.port), "/batch/", header=announced, sent=b"{")
            stack.enter_context(closing(client))
        large = {"name": "Quick", "padding": "large " * 20_000}
        writes = at_once(*[partial(caller, "POST", path, large)] * 4)
        assert statuses(writes) == [201] * 4


def is_answered(client: socket.socket) -> bool:
    """Or closed by the server."""
    try:
        client.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True


def test_a_connection_is_not_asked_for_its_version(caller: Caller) -> None:
    """The server would wait for ever for one that sends nothing."""
    with socket.create_connection(("127.0.0.1", caller.port), timeout=SECONDS) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert not client.recv(9).startswith(b"\x00\x00")  # no frame of HTTP/2
