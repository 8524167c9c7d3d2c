"""Reads request bodies before Django sees them, from however slow a client."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PROBLEM = "posthog_lite.body_problem"  # in the environment: one of the two below
INCOMPLETE, NOT_READ = "incomplete", "not read"
SECONDS_TO_WAIT = 1  # for those that are being read; what has arrived already takes no time


def with_whole_bodies(app: WSGIApplication) -> WSGIApplication:
    """Give Django whole bodies, with their length, or the word that there is none.

    A thread waits for as long as its client takes to send a body, so that only so many may wait at
    once: the others find their body not read. A body that ends early, because its client is gone,
    must not be taken for a shorter one. One over the limit is not read, or no further; its length
    makes Django refuse it.
    """
    readers = threading.BoundedSemaphore(settings.MAX_AWAITED_BODIES)

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _declared_length(environ)
        if length is None or 0 < length <= settings.MAX_BODY_BYTES:
            if readers.acquire(timeout=SECONDS_TO_WAIT):
                try:
                    _read(environ, length)
                finally:
                    readers.release()
            else:
                _give(environ, b"", NOT_READ)
        elif length:
            environ["wsgi.input"] = BytesIO()
        return app(environ, start_response)

    return wrapped


def _declared_length(environ: WSGIEnvironment) -> int | None:
    """None for a body of unknown length, which Django would take for an empty one.

    Clients that stream send `Transfer-Encoding: chunked` without a Content-Length.
    """
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared and "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _read(environ: WSGIEnvironment, length: int | None) -> None:
    wanted = settings.MAX_BODY_BYTES + 1 if length is None else length
    body = environ["wsgi.input"].read(wanted)
    is_short = length is not None and len(body) < length
    _give(environ, body, INCOMPLETE if is_short else None)


def _give(environ: WSGIEnvironment, body: bytes, problem: str | None = None) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    if problem:
        environ[PROBLEM] = problem
