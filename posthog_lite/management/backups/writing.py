"""Writes a backup: PostgreSQL and the engine as they were at one moment, while both are used.

A file of the ZIP format: `manifest.json`, the dump `postgres.sql`, and `engine/<table>/<number>`
with lines of JSON. What waited for the engine at that moment is in the dump and in no table.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from posthog_lite import __version__
from posthog_lite.clickhouse.copies import Copy, copied_tables
from posthog_lite.clickhouse.schema import migration_files
from posthog_lite.database.dumps import dump_database, exported_snapshot
from posthog_lite.domain import DomainError
from posthog_lite.events.outbox import nobody_moves
from posthog_lite.events.rows import ENGINE_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

FORM = 1  # of the file
MANIFEST, DUMP = "manifest.json", "postgres.sql"
BACKUP_LOCK = 0x6261636B7570  # any number, the same for every process
QUICK = 1  # of zlib's levels; the higher ones save little and take long


class FileExists(DomainError):
    """A backup overwrites nothing."""


class BackupRuns(DomainError):
    """One backup at a time: its copies of tables have fixed names."""


@dataclass(slots=True)
class Moment:
    """The state of everything at one moment, for as long as it is held."""

    snapshot: str
    copies: list[Copy]


def write_backup(*, path: Path, now: datetime) -> int:
    """Write the file whole or not at all; return its size. Raises DomainError."""
    if path.exists():
        raise FileExists(f"{path} exists already.")
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        with _privately(draft) as target, ZipFile(target, "w", ZIP_DEFLATED) as file:
            file.compresslevel = QUICK
            with _only_backup(), _one_moment() as moment:
                file.writestr(MANIFEST, orjson.dumps(_manifest(moment, now)))
                with file.open(DUMP, "w", force_zip64=True) as member:
                    dump_database(snapshot=moment.snapshot, target=member)
                _write_tables(file, moment.copies)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return path.stat().st_size


def has_engine() -> bool:
    """Return whether there is an engine that may hold something; none is started for nothing."""
    folder = Path(settings.CLICKHOUSE_EMBEDDED_DIR)
    return bool(settings.CLICKHOUSE_URL) or (folder / "data").exists()


def _write_tables(file: ZipFile, copies: list[Copy]) -> None:
    for copy in copies:
        for number, chunk in enumerate(copy.chunks()):
            with file.open(f"engine/{copy.table}/{number:08}", "w", force_zip64=True) as member:
                member.write(chunk)


@contextmanager
def _one_moment() -> Iterator[Moment]:
    """Hold both databases as they are while nothing is on its way from one to the other."""
    with ExitStack() as stack:
        with nobody_moves():
            snapshot = stack.enter_context(exported_snapshot())
            tables = ENGINE_TABLES if has_engine() else ()
            copies = stack.enter_context(copied_tables(tables)) if tables else []
        yield Moment(snapshot, copies)


def _manifest(moment: Moment, now: datetime) -> dict[str, object]:
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "form": FORM,
        "version": __version__,
        "created_at": now.isoformat(),
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
        "engine": [file.stem for file in migration_files()] if moment.copies else None,
    }


@contextmanager
def _only_backup() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [BACKUP_LOCK])
        if not cursor.fetchone()[0]:
            raise BackupRuns("Another backup of this server is being written.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [BACKUP_LOCK])


@contextmanager
def _privately(path: Path) -> Iterator[IO[bytes]]:
    """Make a file that its owner alone may read, and have it on the disk at the end."""
    path.unlink(missing_ok=True)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise DomainError(f"{path.parent} cannot be written to: {error.strerror}.") from error
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
