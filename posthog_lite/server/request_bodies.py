"""Reads request bodies before Django sees them, from however slow a client."""

from __future__ import annotations

import gc
import threading
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings

from posthog_lite.server.body_deadlines import AwaitedBodies
from posthog_lite.server.byte_budget import ByteBudget
from posthog_lite.server.granian_protocol import PROTOCOL, answer_and_close
from posthog_lite.strict_json import MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from posthog_lite.server.body_deadlines import AwaitedBody
    from posthog_lite.server.byte_budget import Grow

PROBLEM = "posthog_lite.body_problem"  # in the environment: one of those below
INCOMPLETE, NOT_READ, TOO_SLOW = "incomplete", "not read", "too slow"
NO_LENGTH, NOBODY_KNOWN, SENDER_UNKNOWN = "no length", "nobody known", "sender unknown"
TOO_MANY_ESCAPES = "too many escapes"
WRITTEN_BY_PEOPLE = ("/api/", "/shared/", "/embedded/", "/admin/")
ANONYMOUS_BYTES = 64 * 1024
KEY_IN_QUERY = "personal_api_key"
PIECE = 64 * 1024  # bytes that are read at once: the server below has as many of its own
BYTES_OF_A_VALUE = 100  # once JSON is read: more than an object or a number takes
BYTES_OF_A_CHARACTER = 4  # at most, where not all are ASCII
FORM = "application/x-www-form-urlencoded"
MAX_ESCAPES = 250_000  # of characters in a form, as `%41`
BYTES_OF_AN_ESCAPE = 250  # while they are taken apart
LIGHT = 1024 * 1024  # bytes of objects that need no room kept for them
SECONDS_FOR_OBJECTS = 5  # for those of other bodies to be gone
SECONDS_TO_WAIT = 1  # for those that are being read; what has arrived already takes no time


class WholeBodies:
    """Gives Django whole bodies with their length, or says why there is no body.

    A thread waits while its client sends a body, so that only so many may wait at once, and only
    for so long: the others find their body not read, or are answered that they are too slow. A
    body that ends early, because its client is gone, must not be taken for a shorter one. One over
    the limit is not read, or no further; its length makes Django refuse it.

    `knows` looks whether the key or the session of an environment exists: of somebody unknown
    nothing large is read.
    """

    def __init__(
        self, app: WSGIApplication, *, knows: Callable[[WSGIEnvironment], bool] = lambda _: True
    ) -> None:
        self._app = app
        self._knows = knows
        self._places = threading.BoundedSemaphore(settings.MAX_AWAITED_BODIES)
        self._awaited = AwaitedBodies(settings.MAX_AWAITED_BODIES)
        self._in_hand = ByteBudget(settings.MAX_BYTES_OF_BODIES)
        self._objects = ByteBudget(settings.MAX_BYTES_OF_OBJECTS)
        self._has_answered_large = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._has_answered_large:  # that answer refers to itself, and is gone only with this
            self._has_answered_large = False
            gc.collect()
        return self._with_length(environ, self._noting(start_response))

    def _noting(self, start_response: StartResponse) -> StartResponse:
        """Return what starts an answer, and notes that it is a large one."""

        def start(status: str, headers: list[tuple[str, str]], *args: Any) -> Any:
            if any(name == "Content-Length" and len(size) > 6 for name, size in headers):
                self._has_answered_large = True
            return start_response(status, headers, *args)

        return start

    def _with_length(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        length = _declared_length(environ)
        problem = self._problem(environ, length)
        if problem is not None:
            _give(environ, b"", problem)
        elif environ.get("REQUEST_METHOD") == "HEAD":
            _give(environ, b"")  # means nothing, and could not be cut: its answer has no body
        elif length is not None and length > settings.MAX_BODY_BYTES:
            environ["wsgi.input"] = BytesIO()
        elif length != 0:
            return self._with_body(environ, start_response, length)
        return self._app(environ, start_response)

    def _with_body(
        self, environ: WSGIEnvironment, start_response: StartResponse, length: int | None
    ) -> Iterable[bytes]:
        with self._in_hand.growing() as grow:
            if not self._places.acquire(timeout=SECONDS_TO_WAIT):
                _give(environ, b"", NOT_READ)
                return self._app(environ, start_response)
            try:
                is_there = self._receive(environ, length, grow)
            finally:
                self._places.release()
            return self._answer(environ, start_response) if is_there else []

    def _receive(self, environ: WSGIEnvironment, length: int | None, grow: Grow) -> bool:
        """Read the body; False where it took too long and the client has been told so."""
        wanted = settings.MAX_BODY_BYTES + 1 if length is None else length
        if PROTOCOL not in environ:  # not served by granian: nothing could end the read
            body = self._read(environ, wanted, grow, None)
        else:
            with self._awaited.awaiting(partial(_refuse, self._app, environ)) as one:
                body = self._read(environ, wanted, grow, one)
            if one.was_refused:
                return False
        if body is None:
            _give(environ, b"", NOT_READ)
        elif length is not None and len(body) < length:
            _give(environ, body, INCOMPLETE)
        elif _is_form(environ) and body.count(b"%") > MAX_ESCAPES:
            _give(environ, b"", TOO_MANY_ESCAPES)
        else:
            _give(environ, body)
        return True

    def _read(
        self, environ: WSGIEnvironment, wanted: int, grow: Grow, awaited: AwaitedBody | None
    ) -> bytes | None:
        """Read so many bytes, or as many as come; None where there is no room for them.

        Small bodies are never refused for large ones. What has only been announced takes no room.
        """
        body = BytesIO()
        while missing := wanted - body.tell():
            piece = environ["wsgi.input"].read(min(missing, PIECE))
            if not piece:
                break
            if wanted > ANONYMOUS_BYTES and not self._has_room(grow, len(piece)):
                return None
            body.write(piece)
            if awaited is not None:
                awaited.size = body.tell()
        return body.getvalue()  # no copy

    def _has_room(self, grow: Grow, count: int) -> bool:
        if grow(count, 0):
            return True
        self._awaited.make_room()
        return grow(count, SECONDS_TO_WAIT)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Have the application answer, once there is room for the objects in a body of JSON."""
        weight = _weight(environ)
        with self._objects.holding(weight, timeout=SECONDS_FOR_OBJECTS) as has_room:
            if not has_room:
                _give(environ, b"", NOT_READ)
            if weight or int(environ["CONTENT_LENGTH"]) > LIGHT:
                return _answer_and_forget(self._app, environ, start_response)
            return self._app(environ, start_response)

    def _problem(self, environ: WSGIEnvironment, length: int | None) -> str | None:
        """Return why a body is not to be read: where people write, not where events come in."""
        if not _is_of_people(environ):
            return None
        if length is None:
            return NO_LENGTH  # where it breaks off cannot be told from its end
        if not ANONYMOUS_BYTES < length <= settings.MAX_BODY_BYTES:
            return None
        if not _may_be_known(environ):
            return NOBODY_KNOWN
        return None if self._knows(environ) else SENDER_UNKNOWN


def _is_of_people(environ: WSGIEnvironment) -> bool:
    return str(environ.get("PATH_INFO", "")).startswith(WRITTEN_BY_PEOPLE)


def _weight(environ: WSGIEnvironment) -> int:
    """Return the bytes for which room is kept while a body is objects; 0 for light ones."""
    body: bytes = environ["wsgi.input"].getvalue()
    weight = 0
    if len(body) <= ANONYMOUS_BYTES:
        return 0
    if _is_form(environ):
        weight = BYTES_OF_AN_ESCAPE * body.count(b"%")
    elif _is_of_people(environ):
        values = min(sum(map(body.count, (b",", b"[", b"{"))), MAX_VALUES)
        is_wide = not body.isascii() or b"\\u" in body
        weight = BYTES_OF_A_VALUE * values + (BYTES_OF_A_CHARACTER if is_wide else 1) * len(body)
    return weight if weight > LIGHT else 0


def _is_form(environ: WSGIEnvironment) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).startswith(FORM)


def _answer_and_forget(
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    """Return the parts of an answer, once all is gone that a large body was read into.

    A request of Django refers to itself, so that it would stay until the collector comes by.
    """
    answer = app(environ, start_response)
    environ["wsgi.input"].close()
    parts = list(answer)
    if hasattr(answer, "close"):
        answer.close()
    del answer
    gc.collect()
    return parts


def _may_be_known(environ: WSGIEnvironment) -> bool:
    """Return whether there is something outside of the body that may say who calls."""
    query, cookies = environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")
    return (
        "HTTP_AUTHORIZATION" in environ
        or f"{KEY_IN_QUERY}=" in query
        or f"{settings.SESSION_COOKIE_NAME}=" in cookies
    )


def _declared_length(environ: WSGIEnvironment) -> int | None:
    """Return the declared length; None where it is unknown, which Django would take for empty.

    Clients that stream send `Transfer-Encoding: chunked` without a Content-Length.
    """
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared and "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _refuse(
    app: WSGIApplication, environ: WSGIEnvironment, client_is_gone: threading.Event
) -> None:
    late = dict(environ)
    _give(late, b"", TOO_SLOW)
    answer_and_close(app, late, client_is_gone)


def _give(environ: WSGIEnvironment, body: bytes, problem: str | None = None) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    if problem:
        environ[PROBLEM] = problem
