"""Serves the application: worker processes on one database, started and stopped whole.

The parent process holds the embedded database, where there is one, and never answers a request
itself. What it found out before it serves (where that database listens, how many connections each
worker gets) it puts into its environment, and goes on as the command `run_workers` in the same
process: settings are read once, before they are needed, and are the same for all processes.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psutil import net_if_addrs

from posthog_lite.domain import DomainError
from posthog_lite.embedded.clickhouse import keep_embedded_engine, keep_engine_for_next_program
from posthog_lite.embedded.postgres import (
    embedded_database_url,
    keep_for_next_program,
    kept_running,
    start_embedded_server,
)
from posthog_lite.embedded.stop_signals import STOP_SIGNALS
from posthog_lite.server.granian_protocol import check_granian
from posthog_lite.server.metrics import FOLDER_VARIABLE
from posthog_lite.server.program import command_line
from posthog_lite.server.temporary_data import remove_at_exit
from posthog_lite.server.workers import OPEN_SOCKETS_PER_WORKER, run_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

CONNECTIONS_PER_WORKER = 10
CONNECTIONS_OF_ALL_WORKERS = 90  # PostgreSQL allows 100 unless told otherwise
FILES_BESIDES_SOCKETS = 256
# What is large is given back to the system once it is free; the C library would keep it otherwise.
MEMORY_OPTIONS = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(1024 * 1024)}
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to


@dataclass(slots=True)
class Resources:
    """Things to give back when the server stops: folders of databases and of metrics.

    `data` is a folder that is removed with all that is in it.
    """

    database: str | None = None
    engine: str | None = None
    metrics: str | None = None
    data: str | None = None


class AddressUnavailable(DomainError):
    """The server cannot listen at the given address."""


def exit_on_signals() -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal end the process in an orderly way from here on.

    Without this SIGTERM would leave the embedded database running.
    """
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


def check_address(*, host: str, port: int) -> str:
    """Return the address to bind. Raises AddressUnavailable, naming the option to change."""
    if not 0 < port < 65536:
        raise AddressUnavailable("a port is a number from 1 to 65535.", attr="port")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise AddressUnavailable(f"{host!r} is not an address: {error}.", attr="host") from error
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
    """Return where a client on this machine reaches the server."""
    name = "127.0.0.1" if host in EVERY_ADDRESS else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def free_port(host: str) -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def own_addresses() -> list[str]:
    """Return the names and addresses under which other machines may reach this one."""
    found = {
        address.address.partition("%")[0]
        for one in net_if_addrs().values()
        for address in one
        if address.family in (socket.AF_INET, socket.AF_INET6)
    }
    return sorted({socket.gethostname(), *found} - {"127.0.0.1", "::1"})


def go_on_as_server(
    *, host: str, port: int, workers: int, farewell: str = "", data: str | None = None
) -> NoReturn:
    """Run the workers in this process, which keeps its number and its terminal.

    A stop signal waits until the next program has taken over what this one holds.
    """
    check_granian()
    resources = _prepare_environment(host=host, workers=workers)
    resources.data = data
    _close_database_connections()
    if resources.database:
        keep_for_next_program(Path(resources.database))
    if resources.engine:
        keep_engine_for_next_program(Path(resources.engine))
    options = {"--host": host, "--port": str(port), "--workers": str(workers)}
    options |= {"--farewell": farewell} if farewell else {}
    options |= {f"--{name}": folder for name, folder in asdict(resources).items() if folder}
    line = command_line("run_workers", *chain(*options.items()))
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    os.execv(line[0], line)  # noqa: S606  # our own command


def run_server(*, host: str, port: int, workers: int, resources: Resources) -> None:
    """Serve until a stop signal comes. Raises AddressUnavailable."""
    with _taken_over(resources):
        address = check_address(host=host, port=port)
        _allow_open_files(OPEN_SOCKETS_PER_WORKER + FILES_BESIDES_SOCKETS)
        run_workers(address=address, port=port, workers=workers)


def _prepare_environment(*, host: str, workers: int) -> Resources:
    """Put into the environment what the settings of the workers are to read."""
    resources = Resources(
        database=settings.DATABASES["default"].get("EMBEDDED_DIR"),
        engine=None if settings.CLICKHOUSE_URL else settings.CLICKHOUSE_EMBEDDED_DIR,
    )
    if resources.database:
        os.environ["DATABASE_URL"] = embedded_database_url(Path(resources.database))
    if settings.PROMETHEUS_ENABLED and not os.environ.get(FOLDER_VARIABLE):
        resources.metrics = tempfile.mkdtemp(prefix="posthog-lite-metrics-")
        os.environ[FOLDER_VARIABLE] = resources.metrics
    pool_size = max(1, min(CONNECTIONS_PER_WORKER, CONNECTIONS_OF_ALL_WORKERS // workers))
    os.environ.setdefault("DATABASE_POOL_SIZE", str(pool_size))
    for name, value in MEMORY_OPTIONS.items():
        os.environ.setdefault(name, value)
    if host not in EVERY_ADDRESS and not os.environ.get("ALLOWED_HOSTS"):
        name = f"[{host}]" if ":" in host else host
        os.environ["ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, name])
    return resources


@contextmanager
def _taken_over(resources: Resources) -> Iterator[None]:
    """Keep the database running and the metrics in their folder, for as long as this serves."""
    if resources.data:
        remove_at_exit(resources.data)
    with ExitStack() as stack:
        if resources.metrics:
            stack.callback(shutil.rmtree, resources.metrics, ignore_errors=True)
        if resources.database:
            start_embedded_server(Path(resources.database))
        if resources.engine:
            keep_embedded_engine(Path(resources.engine))  # the workers start it when they need it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        if resources.database:
            stack.enter_context(kept_running(Path(resources.database)))
        yield


def _allow_open_files(count: int) -> None:
    """Raise the limit of this process, and of its workers, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _close_database_connections() -> None:
    connections.close_all()
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_pool()  # does nothing where there is none


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
