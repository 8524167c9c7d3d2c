"""Reads a backup back into a database and an engine, in the place of what they hold."""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import orjson
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from posthog_lite import __version__
from posthog_lite.accounts.models import Organization
from posthog_lite.clickhouse.copies import empty_table, has_rows, insert_chunk
from posthog_lite.clickhouse.schema import migration_files
from posthog_lite.database.dumps import drop_tables, load_database, others_connected
from posthog_lite.database.migration_state import apply_migrations
from posthog_lite.domain import DomainError
from posthog_lite.events.rows import ENGINE_TABLES
from posthog_lite.management.backups.writing import DUMP, FORM, MANIFEST, has_engine

if TYPE_CHECKING:
    from pathlib import Path


class UnreadableBackup(DomainError):
    """The file is not a backup, or a damaged one."""


class NewerBackup(DomainError):
    """A later release made the file."""


class NotEmpty(DomainError):
    """The database that a backup is restored to is not empty."""


class InUse(DomainError):
    """A server runs on the database."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Metadata of a backup."""

    form: int
    version: str
    created_at: str
    migrations: list[str]
    engine: list[str] | None


def restore_backup(*, path: Path, is_forced: bool) -> Manifest:
    """Put everything of the file in the place of what is there. Raises DomainError.

    PostgreSQL comes last and in one transaction: until then there is no project to ask for rows.
    """
    with _opened(path) as file:
        manifest = _manifest(file)
        _refuse_newer(manifest)
        _refuse_damaged(file)
        _refuse_wrong_place(is_forced=is_forced)
        _load_engine(file, manifest)
        drop_tables()
        with file.open(DUMP) as member:
            load_database(member)
    apply_migrations()
    return manifest


def _opened(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except OSError as error:
        raise UnreadableBackup(f"{path} cannot be read: {error.strerror}.") from error
    except BadZipFile as error:
        raise UnreadableBackup(f"{path} is not a backup of PostHog Lite.") from error


def _manifest(file: ZipFile) -> Manifest:
    try:
        told: dict[str, Any] = orjson.loads(file.read(MANIFEST))
        if told["form"] > FORM:
            raise NewerBackup(_newer(told["version"]))
        return Manifest(**told)
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise UnreadableBackup(f"{file.filename} is not a backup of PostHog Lite.") from error


def _refuse_newer(manifest: Manifest) -> None:
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    tables = {file.stem for file in migration_files()}
    if set(manifest.migrations) - known or set(manifest.engine or ()) - tables:
        raise NewerBackup(_newer(manifest.version))


def _newer(version: str) -> str:
    return (
        f"The backup was made by a later release ({version}) than this one ({__version__}). "
        "Restore it with that release or a later one."
    )


def _refuse_damaged(file: ZipFile) -> None:
    """Look at all of it before anything is changed."""
    broken: str | None = MANIFEST
    with suppress(BadZipFile, EOFError, OSError, zlib.error):
        broken = file.testzip()
    if broken:
        raise UnreadableBackup(f"{file.filename} is damaged ({broken}); nothing was changed.")


def _refuse_wrong_place(*, is_forced: bool) -> None:
    if others_connected():
        raise InUse("The database is in use. Stop the server first.")
    if not is_forced and (_has_organizations() or (has_engine() and has_rows(ENGINE_TABLES))):
        raise NotEmpty(
            "There is data already. With --force all of it is removed, and the backup put in its "
            "place."
        )


def _has_organizations() -> bool:
    table = Organization._meta.db_table
    return table in connection.introspection.table_names() and Organization.objects.exists()


def _load_engine(file: ZipFile, manifest: Manifest) -> None:
    if manifest.engine is None and not has_engine():
        return
    for table in ENGINE_TABLES:
        empty_table(table)
        for name in sorted(file.namelist()):
            if name.startswith(f"engine/{table}/"):
                insert_chunk(table, file.read(name))
