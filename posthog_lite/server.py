"""Serves the application with granian: worker processes on one database, started and stopped whole.

The parent process holds the embedded database, where there is one, and never answers a request
itself. Workers are spawned, not forked: they read the settings anew and find the running database
in DATABASE_URL.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import connection, connections
from django.urls import get_resolver
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import MPServer, mp

from posthog_lite.database.embedded import embedded_database_url, kept_running
from posthog_lite.domain import DomainError
from posthog_lite.early_answers import PROTOCOL
from posthog_lite.metrics import FOLDER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType
    from wsgiref.types import WSGIEnvironment

# Made when needed. An open stream holds one, and so does a body that is slow to arrive; settings
# bound both to leave the others free.
THREADS_PER_WORKER = 96
CONNECTIONS_PER_WORKER = 10
CONNECTIONS_OF_ALL_WORKERS = 90  # PostgreSQL allows 100 unless told otherwise
OPEN_SOCKETS_PER_WORKER = 4096  # idle keep-alive and half-open connections count too
FILES_BESIDES_SOCKETS = 256
STOP_SECONDS = 8  # then open streams are cut, to have stopped everything within ten
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to


class AddressUnavailable(DomainError):
    """The server cannot listen where it was told to."""


def exit_on_signals() -> None:
    """From here on Ctrl-C, SIGTERM and a closed terminal end the process in an orderly way.

    Without this SIGTERM would leave the embedded database running.
    """
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


def check_address(*, host: str, port: int) -> str:
    """The address to bind for `host`. Raises AddressUnavailable, naming the option to change."""
    if not 0 < port < 65536:
        raise AddressUnavailable("a port is a number from 1 to 65535.", attr="port")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise AddressUnavailable(f"{host!r} is no address: {error}.", attr="host") from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            raise AddressUnavailable(
                f"port {port} of {host} is taken by another program. Stop it, or choose another."
                if is_taken
                else f"cannot listen on port {port} of {host}: {error.strerror}.",
                attr="host" if error.errno == errno.EADDRNOTAVAIL else "port",
            ) from error
    return str(address[0])


def base_url(*, host: str, port: int) -> str:
    """Where a client on this machine reaches the server."""
    name = "127.0.0.1" if host in EVERY_ADDRESS else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve until a stop signal comes, then stop the workers. Raises AddressUnavailable."""
    address = check_address(host=host, port=port)
    _prepare_environment(host=host, workers=workers)
    _close_database_connections()
    _allow_open_files(OPEN_SOCKETS_PER_WORKER + FILES_BESIDES_SOCKETS)
    multiprocessing.set_start_method("spawn", force=True)
    server = _Server(
        "posthog_lite.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        # Told to expect either version, granian waits for ever for the first bytes of a connection.
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=THREADS_PER_WORKER,
        backpressure=OPEN_SOCKETS_PER_WORKER,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    try:
        with _database_kept_running(), _folder_for_metrics():
            server.serve(target_loader=_load_application, wrap_loader=False)
    except SystemExit:  # a worker ended by itself: no failure when all of us were told to stop
        if not server.interrupt_signal:
            raise


def _prepare_environment(*, host: str, workers: int) -> None:
    """What the workers read instead of what this process read."""
    if "EMBEDDED_DIR" in settings.DATABASES["default"]:
        folder = Path(settings.DATABASES["default"]["EMBEDDED_DIR"])
        os.environ["DATABASE_URL"] = embedded_database_url(folder)
    pool_size = max(1, min(CONNECTIONS_PER_WORKER, CONNECTIONS_OF_ALL_WORKERS // workers))
    os.environ.setdefault("DATABASE_POOL_SIZE", str(pool_size))
    if host not in EVERY_ADDRESS and not os.environ.get("ALLOWED_HOSTS"):
        name = f"[{host}]" if ":" in host else host
        os.environ["ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, name])


def _database_kept_running() -> AbstractContextManager[None]:
    folder = settings.DATABASES["default"].get("EMBEDDED_DIR")
    return nullcontext() if folder is None else kept_running(Path(folder))


@contextmanager
def _folder_for_metrics() -> Iterator[None]:
    """Where workers count together what they answered, for as long as this server runs."""
    if not settings.PROMETHEUS_ENABLED or os.environ.get(FOLDER_VARIABLE):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="posthog-lite-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield


def _allow_open_files(count: int) -> None:
    """Raise the limit of this process, and of its workers, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _close_database_connections() -> None:
    connections.close_all()
    if "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL's wrapper has pools


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


class _Server(MPServer):
    """Granian whose workers are stopped by their parent alone, not by a Ctrl-C of their own."""

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        is_detached = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # started with nohup
        self.on_startup(_ignore_terminal)
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's
        signal.signal(signal.SIGINT, self.signal_handler_interrupt)
        if not is_detached:
            signal.signal(signal.SIGHUP, self.signal_handler_interrupt)


def _ignore_terminal() -> None:
    """What is ignored here stays ignored in the workers spawned next, until they are ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _load_application() -> Callable[..., Any]:
    """Runs in a worker: leave the terminal's process group, end with the parent, load Django."""
    os.setpgrp()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _hand_over_protocols()
    from posthog_lite.wsgi import application  # noqa: PLC0415  # loads every app: in workers only

    get_resolver().url_patterns  # noqa: B018  # the first request need not load the views
    return application


def _hand_over_protocols() -> None:
    """Have the environment of each request hold what its answer goes through."""
    wrap = vars(mp)["_wsgi_call_wrap"]  # granian asks it what to call for each request

    def wrap_call(*args: Any) -> Callable[..., Any]:
        call = wrap(*args)

        def call_with_protocol(protocol: Any, environ: WSGIEnvironment) -> Any:
            environ[PROTOCOL] = protocol
            return call(protocol, environ)

        return call_with_protocol

    vars(mp)["_wsgi_call_wrap"] = wrap_call


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
