"""Reads request bodies before Django sees them, from however slow a client."""

from __future__ import annotations

import threading
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings

from posthog_lite.server.body_deadlines import AwaitedBodies
from posthog_lite.server.bytes_in_hand import BytesInHand
from posthog_lite.server.granian_protocol import PROTOCOL, answer_and_close

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PROBLEM = "posthog_lite.body_problem"  # in the environment: one of those below
INCOMPLETE, NOT_READ, TOO_SLOW = "incomplete", "not read", "too slow"
NO_LENGTH, NOBODY_KNOWN = "no length", "nobody known"
WRITTEN_BY_PEOPLE = ("/api/", "/shared/", "/embedded/", "/admin/")
ANONYMOUS_BYTES = 64 * 1024
CREDENTIALS_IN_QUERY = ("personal_api_key", "sharing_access_token")
SECONDS_TO_WAIT = 1  # for those that are being read; what has arrived already takes no time


class WholeBodies:
    """Gives Django whole bodies, with their length, or the word that there is none.

    A thread waits while its client sends a body, so that only so many may wait at once, and only
    for so long: the others find their body not read, or are answered that they are too slow. A
    body that ends early, because its client is gone, must not be taken for a shorter one. One over
    the limit is not read, or no further; its length makes Django refuse it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._places = threading.BoundedSemaphore(settings.MAX_AWAITED_BODIES)
        self._awaited = AwaitedBodies(settings.MAX_AWAITED_BODIES)
        self._in_hand = BytesInHand(settings.MAX_BYTES_OF_BODIES)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _declared_length(environ)
        problem = _problem(environ, length)
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
        size = settings.MAX_BODY_BYTES if length is None else length
        with self._in_hand.holding(size, timeout=SECONDS_TO_WAIT) as has_room:
            if not has_room or not self._places.acquire(timeout=SECONDS_TO_WAIT):
                _give(environ, b"", NOT_READ)
            else:
                try:
                    is_answered = _read(self._app, environ, length, self._awaited)
                finally:
                    self._places.release()
                if is_answered:
                    return []
            return self._app(environ, start_response)


def _problem(environ: WSGIEnvironment, length: int | None) -> str | None:
    """Return why a body is not to be read at all: where people write, not where events come in."""
    if not environ.get("PATH_INFO", "").startswith(WRITTEN_BY_PEOPLE):
        return None
    if length is None:
        return NO_LENGTH  # where it breaks off cannot be told from its end
    is_large = ANONYMOUS_BYTES < length <= settings.MAX_BODY_BYTES
    return NOBODY_KNOWN if is_large and not _may_be_known(environ) else None


def _may_be_known(environ: WSGIEnvironment) -> bool:
    """Return whether there is something outside of the body that may say who calls."""
    query, cookies = environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")
    return (
        "HTTP_AUTHORIZATION" in environ
        or any(f"{name}=" in query for name in CREDENTIALS_IN_QUERY)
        or f"{settings.SESSION_COOKIE_NAME}=" in cookies
    )


def _declared_length(environ: WSGIEnvironment) -> int | None:
    """None for a body of unknown length, which Django would take for an empty one.

    Clients that stream send `Transfer-Encoding: chunked` without a Content-Length.
    """
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared and "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _read(
    app: WSGIApplication, environ: WSGIEnvironment, length: int | None, awaited: AwaitedBodies
) -> bool:
    """True where it took too long and the client has been told so: nothing is left to do."""
    wanted = settings.MAX_BODY_BYTES + 1 if length is None else length
    if PROTOCOL not in environ:  # not served by granian: nothing could end the read
        body = environ["wsgi.input"].read(wanted)
    else:
        with awaited.awaiting(partial(_refuse, app, environ)) as one:
            body = environ["wsgi.input"].read(wanted)
        if one.was_refused:
            return True
    is_short = length is not None and len(body) < length
    _give(environ, body, INCOMPLETE if is_short else None)
    return False


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
