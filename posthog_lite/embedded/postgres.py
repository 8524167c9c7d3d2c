"""Runs the PostgreSQL that comes in a wheel, for when DATABASE_URL is unset.

Several processes may share one folder: the first one starts the server, the last one to exit
stops it.
"""

from __future__ import annotations

import logging
import os
import pwd
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from posthog_lite.embedded.folder_lock import FolderLock, one_thread
from posthog_lite.embedded.postgres_cluster import (
    PORT,
    VERSION,
    EmbeddedServerUnavailable,
    Postmaster,
    create_cluster,
    ensure_postmaster,
    read_postmaster,
    stop_postmaster,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ANOTHER_FOLDER = (
    "Give the database another folder with DATA_DIR, or a running PostgreSQL with DATABASE_URL."
)
SECONDS_BETWEEN_LOOKS = 0.5
_lock = FolderLock(stop=stop_postmaster)

logger = logging.getLogger(__name__)


def start_embedded_server(folder: Path) -> dict[str, str | int]:
    """Start or join the server whose data lives in `folder`; made when missing, kept between runs.

    Answers where it listens, as psycopg takes it. Raises EmbeddedServerUnavailable with a sentence
    for the operator.
    """
    folder = folder.absolute().resolve()
    postmaster = read_postmaster(folder) if _lock.is_used_here(folder) else None
    if postmaster is None:
        try:
            postmaster = _join(folder)
        except OSError as error:
            raise EmbeddedServerUnavailable(
                f"The embedded PostgreSQL cannot use {folder}: {error}. {ANOTHER_FOLDER}"
            ) from error
    return {"host": postmaster.socket_dir, "port": PORT, "user": "postgres"}


def embedded_database_url(folder: Path) -> str:
    """Start or join the server in `folder`; its address in the form DATABASE_URL takes."""
    host = quote(str(start_embedded_server(folder)["host"]), safe="")
    return f"postgresql://postgres@/postgres?host={host}&port={PORT}"


@contextmanager
def kept_running(folder: Path) -> Iterator[None]:
    """Start the server in `folder` again whenever it was killed, as long as the block lasts."""
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, is_over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(folder: Path, is_over: threading.Event) -> None:
    while not is_over.wait(SECONDS_BETWEEN_LOOKS):
        with one_thread:
            try:
                start_embedded_server(folder)
            except EmbeddedServerUnavailable as error:  # its processes may still be ending
                logger.warning("The embedded PostgreSQL is down: %s", error)


def keep_for_next_program(folder: Path) -> None:
    """Leave the server of `folder` in use when this process goes on as another program (exec)."""
    _lock.keep_for_next_program(folder.absolute().resolve())


def stop_embedded_server(folder: Path) -> None:
    """Stop the server of `folder` whoever else uses it; nothing happens when none runs."""
    folder = folder.absolute().resolve()
    if read_postmaster(folder) is not None:
        with _lock.alone(folder):
            stop_postmaster(folder)


def _join(folder: Path) -> Postmaster:
    _refuse_unusable_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock.alone(folder):
        _refuse_unusable_folder(folder)  # again: it may have been made while we waited
        if not (folder / "PG_VERSION").exists():
            create_cluster(folder)
        _lock.join(folder)
        return ensure_postmaster(folder)


def _refuse_unusable_folder(folder: Path) -> None:
    if not folder.exists():
        _refuse_unwritable(next(path for path in folder.parents if path.exists()))
        return
    if not folder.is_dir():
        raise EmbeddedServerUnavailable(f"{folder} is a file; the database needs a folder there.")
    _refuse_foreign_owner(folder)
    _refuse_unwritable(folder)
    _refuse_foreign_content(folder)


def _refuse_unwritable(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedServerUnavailable(
            f"{folder} is not a folder this user may write to. {ANOTHER_FOLDER}"
        )


def _refuse_foreign_owner(folder: Path) -> None:
    owner = folder.stat().st_uid
    if os.geteuid() == 0:
        if owner == 0 and any(folder.iterdir()):
            raise EmbeddedServerUnavailable(
                f"{folder} belongs to root, whom PostgreSQL refuses. Give it to the user who runs "
                f"this (chown -R). {ANOTHER_FOLDER}"
            )
    elif owner != os.geteuid():
        name = str(owner)
        with suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
        raise EmbeddedServerUnavailable(
            f"{folder} belongs to the user {name}, so only {name} and root can use the database in "
            f"it. {ANOTHER_FOLDER}"
        )


def _refuse_foreign_content(folder: Path) -> None:
    version_file = folder / "PG_VERSION"
    if not version_file.exists():
        if any(folder.iterdir()):
            raise EmbeddedServerUnavailable(
                f"{folder} holds something that is not a database of PostHog Lite. {ANOTHER_FOLDER}"
            )
        return
    version = version_file.read_text(errors="replace").strip()
    if version != VERSION:
        raise EmbeddedServerUnavailable(
            f"{folder} holds a database of PostgreSQL {version}; this release runs PostgreSQL "
            f"{VERSION}. Dump it with the release that made it, and restore it into a new folder."
        )
    if not (folder / "global" / "pg_control").exists():
        raise EmbeddedServerUnavailable(
            f"{folder} holds an unfinished database. Remove that folder and try again."
        )
