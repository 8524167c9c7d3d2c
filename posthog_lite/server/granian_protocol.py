"""Everything that uses private parts of granian.

It is pinned to one release, and `check_granian` looks before the server starts whether these parts
are there. When the pin moves: read granian's `server/common.py` and `server/mp.py`, and run
`tests/robustness` and `tests/posthog_lite/management`.

Answers to slow bodies: a WSGI application that waits for a slow client cannot be told to stop, as
the read ends with the body or with the connection. Granian sends what its protocol object is given,
from whichever thread, and the first answer counts. It closes the connection of one that stops short
of its declared length.

Workers that end: granian exits when one that it has just replaced ends again. Here it goes on with
growing pauses, unless they end all the time.
"""

from __future__ import annotations

import logging
import signal
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import granian
from django.core.exceptions import ImproperlyConfigured
from granian.server import MPServer, mp

from posthog_lite.embedded.stop_signals import signals_held

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

GRANIAN = "2.8.7"  # as in pyproject.toml
PARTS_OF_SERVER = ("startup", "shutdown", "_respawn_workers", "signal_handler_interrupt")
WRAPPER = "_wsgi_call_wrap"  # granian asks it what to call for each request
PROTOCOL = "posthog_lite.protocol"  # in the environment, where granian serves
SECONDS_TO_SEND = 0.05  # for the answer to leave before its connection is closed
WINDOW_OF_ENDS = 120.0  # seconds
MOST_ENDS = 20  # of workers in that time
LONGEST_PAUSE = 5.0

logger = logging.getLogger(__name__)


def check_granian() -> None:
    """Raise ImproperlyConfigured unless the parts that are used here are those that we know."""
    missing = [part for part in PARTS_OF_SERVER if not hasattr(MPServer, part)]
    if granian.__version__ != GRANIAN or missing or not hasattr(mp, WRAPPER):
        raise ImproperlyConfigured(
            f"This release runs on granian {GRANIAN}, and {granian.__version__} is installed. "
            "Install requirements.lock."
        )


class Server(MPServer):
    """Granian whose workers are stopped by their parent alone, and are replaced when they end."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ends: deque[float] = deque()

    @property
    def was_told_to_stop(self) -> bool:
        return bool(self.interrupt_signal)

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        is_detached = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # started with nohup
        with signals_held():
            super().startup(spawn_target, target_loader)
            # Not what granian does, which is to replace its workers.
            action = signal.SIG_IGN if is_detached else self.signal_handler_interrupt
            signal.signal(signal.SIGHUP, action)

    def _respawn_workers(self, workers: list[int], *args: Any, **options: Any) -> None:
        self.main_loop_interrupt.wait(self._pause(len(workers)))  # a stop signal ends it
        if self.interrupt_signal:
            return
        with signals_held():
            super()._respawn_workers(workers, *args, **options)
        self.respawned_wrks.clear()  # by which granian would tell a crash loop

    def _pause(self, ended: int) -> float:
        """Seconds to wait before workers are replaced: none at first, then more and more."""
        now = time.monotonic()
        self._ends.extend([now] * ended)
        while self._ends[0] < now - WINDOW_OF_ENDS:
            self._ends.popleft()
        if len(self._ends) > MOST_ENDS:
            logger.error("Workers end as soon as they start: giving up.")
            self.shutdown(1)
        return min(LONGEST_PAUSE, 0.1 * 2.0 ** (len(self._ends) - 4))


def hand_over_protocols() -> None:
    """Have the environment of each request hold what its answer goes through."""
    wrap = vars(mp)[WRAPPER]

    def wrap_call(*args: Any) -> Callable[..., Any]:
        call = wrap(*args)

        def call_with_protocol(protocol: Any, environ: WSGIEnvironment) -> Any:
            environ[PROTOCOL] = protocol
            return call(protocol, environ)

        return call_with_protocol

    vars(mp)[WRAPPER] = wrap_call


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
