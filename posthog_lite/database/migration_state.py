"""The state of the tables: are they those of this release?"""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from posthog_lite.embedded.postgres import stop_embedded_server
from posthog_lite.embedded.postgres_cluster import VERSION as POSTGRES_VERSION
from posthog_lite.embedded.postgres_template import copy_template, keep_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

MIGRATION_LOCK = 0x706C697465  # any number, the same for every process
SECONDS_BETWEEN_TRIES = 0.2


def has_pending_migrations() -> bool:
    """Return whether `manage.py migrate` has something to do."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrations_digest() -> str:
    """Return what changes whenever any migration does."""
    digest = hashlib.sha256(POSTGRES_VERSION.encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.label} {file.name} ".encode() + file.read_bytes())
    return digest.hexdigest()[:32]


def apply_migrations_from_template() -> None:
    """Make the tables of a temporary embedded database, which takes seconds only once."""
    folder, key = Path(settings.DATABASES["default"]["EMBEDDED_DIR"]), migrations_digest()
    is_copied = copy_template(key=key, folder=folder)
    apply_migrations()
    if not is_copied:
        connection.close()
        stop_embedded_server(folder)
        keep_template(key=key, folder=folder)


def apply_migrations() -> None:
    """Bring the tables up to date without a word, one process at a time."""
    if not has_pending_migrations():
        return
    with _migration_lock():
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _migration_lock() -> Iterator[None]:
    """Ask again and again: an index is built once every statement that runs has ended.

    One that waits for the lock would be such a statement, and the two would wait for each other.
    """
    with connection.cursor() as cursor:
        while not _is_granted(cursor):
            time.sleep(SECONDS_BETWEEN_TRIES)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _is_granted(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])
    return bool(cursor.fetchone()[0])
