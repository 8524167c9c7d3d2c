"""Lets a granian worker answer a request while its application still waits for the body.

A WSGI application that waits for a slow client cannot be told to stop: the read ends with the body
or with the connection. Granian sends what its protocol object is given, from whichever thread, and
the first answer counts. It closes the connection of one that stops short of its declared length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

PROTOCOL = "posthog_lite.protocol"  # in the environment, where granian serves
SECONDS_TO_SEND = 0.05  # for the answer to leave before its connection is closed


def answer_and_close(
    app: WSGIApplication, environ: WSGIEnvironment, client_is_gone: threading.Event
) -> None:
    """Send the application's answer but for one last byte, a line break, and end the connection.

    The missing byte is the only way to have it closed, and with it the body that is being read.
    """
    status, headers, body = _answer(app, environ)
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    ending = [("Content-Length", str(len(body) + 1)), ("Connection", "close")]
    environ[PROTOCOL].response_iter(status, kept + ending, _unfinished(body, client_is_gone))


def _answer(
    app: WSGIApplication, environ: WSGIEnvironment
) -> tuple[int, list[tuple[str, str]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    return int(status.split(" ", 1)[0]), headers, body


def _unfinished(body: bytes, client_is_gone: threading.Event) -> Iterator[bytes]:
    yield body
    client_is_gone.wait(SECONDS_TO_SEND)
    # Granian takes one part at a time: when it has taken these the first is on its way.
    yield b""
    yield b""
