"""The worker processes of `serve`, which granian starts, replaces and stops.

On Linux the parent loads the application before it forks them, so that all processes share the
memory it takes. A fork copies only the thread that forks: whatever another thread holds at that
moment stays held in the worker for ever. The parent therefore opens no database connection, and its
one thread that does work, the keeper of the embedded database, rests during forks. Elsewhere
(system libraries of macOS do not survive a fork) each worker is spawned and loads the application
itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils.module_loading import import_string
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from posthog_lite.embedded.stop_signals import STOP_SIGNALS
from posthog_lite.server.granian_protocol import Server, hand_over_protocols

if TYPE_CHECKING:
    from collections.abc import Callable

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
# Threads are made when needed. An open stream holds one, and so does a body that is slow to arrive;
# however many there are of both, these are free for everything else.
THREADS_FOR_THE_REST = 16
OPEN_SOCKETS_PER_WORKER = 4096  # idle keep-alive and half-open connections count too
STOP_SECONDS = 6  # then open streams are cut, to have stopped everything within ten
SECONDS_BETWEEN_LOOKS = 1
# How long a thread that computes keeps others waiting, each time that they have waited for the
# database: a short request waits so often that it would take seconds beside a few long ones.
SECONDS_OF_A_TURN = 0.001
# How many new objects let the garbage collector look for some that are lost. An answer consists of
# more than its usual 700, which it would go through in vain, for a tenth of the time of a request.
OBJECTS_BEFORE_A_LOOK = 5_000


def threads_per_worker() -> int:
    """Return the most threads that one process may have. Settings are not there at import."""
    return settings.MAX_OPEN_STREAMS + settings.MAX_AWAITED_BODIES + THREADS_FOR_THE_REST


def run_workers(*, address: str, port: int, workers: int) -> None:
    """Serve requests until a stop signal comes."""
    multiprocessing.set_start_method(START_METHOD, force=True)
    if START_METHOD == "fork":
        _load_to_share()
    else:
        _start_helper_of_spawn()
    server = Server(
        "posthog_lite.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        # Told to expect either version, granian waits for ever for the first bytes of a connection.
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads_per_worker(),
        backpressure=OPEN_SOCKETS_PER_WORKER,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    try:
        server.serve(target_loader=_start_work, wrap_loader=False)
    except SystemExit:  # a worker ended by itself: no failure when all of us were told to stop
        if not server.was_told_to_stop:
            raise


def _load_to_share() -> None:
    """Load the application, and keep the garbage collector from writing to what is shared."""
    _load_application()
    connections.close_all()
    gc.collect()
    gc.freeze()


def _start_helper_of_spawn() -> None:
    """Now, because it lets the signals through that are held while workers start."""
    from multiprocessing import resource_tracker  # noqa: PLC0415  # a fork needs none

    resource_tracker.ensure_running()


def _load_application() -> Callable[..., Any]:
    application: Callable[..., Any] = import_string(settings.WSGI_APPLICATION)  # loads every app
    reverse("schema")  # so the first request need neither load the views nor look for names
    return application


def _start_work() -> Callable[..., Any]:
    """Runs in a worker, which was started with the stop signals held."""
    _leave_terminal()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    hand_over_protocols()
    sys.setswitchinterval(SECONDS_OF_A_TURN)
    gc.set_threshold(OBJECTS_BEFORE_A_LOOK)
    return _load_application()


def _leave_terminal() -> None:
    """Leave Ctrl-C to the parent, which stops its workers by SIGTERM from now on."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian is ready to end in good order
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def _end_with_parent() -> None:
    """Poll for the parent: forked workers hold each other's pipes open, so none of them closes."""
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
