"""Whether the tables of the database are those of this release."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATION_LOCK = 0x706C697465  # any number, the same for every process


def has_pending_migrations() -> bool:
    """Whether `manage.py migrate` has something to do."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def apply_migrations() -> None:
    """Bring the tables up to date without a word, one process at a time."""
    if not has_pending_migrations():
        return
    with _migration_lock():
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _migration_lock() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
