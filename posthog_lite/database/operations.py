"""Changes of the tables that a server in use does not notice."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import OperationalError, connection, transaction
from django.db.migrations.operations import AddConstraint, AddField, RunSQL
from django.db.migrations.operations.base import Operation
from psycopg.errors import LockNotAvailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

LOCK_TIMEOUT = "500ms"
SECONDS_BETWEEN_ATTEMPTS = 0.5
ATTEMPTS = 120


class AddIndexOnline(AddIndexConcurrently):
    """Builds an index while its table is read and written. The migration sets `atomic = False`.

    It can be repeated when it was interrupted: PostgreSQL keeps a half-built index as invalid.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
                [self.index.name],
            )
            found = cursor.fetchone()
            if found == (False,):
                cursor.execute(f'DROP INDEX CONCURRENTLY "{self.index.name}"')
        if found != (True,):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class WhenFree(Operation):
    """A change that needs a table in use for a moment, such as to give it a column.

    Whoever asks for the table meanwhile queues behind a statement that waits for it. So this one
    waits for a moment only, and then lets the others pass before it tries again. The migration sets
    `atomic = False`.
    """

    def database_forwards(self, app_label: str, *given: Any, **named: Any) -> None:
        _when_free(partial(super().database_forwards, app_label, *given, **named))

    def database_backwards(self, app_label: str, *given: Any, **named: Any) -> None:
        _when_free(partial(super().database_backwards, app_label, *given, **named))


class RunSQLOnline(WhenFree, RunSQL):
    """Statements that need a table in use for a moment."""


class AddFieldOnline(WhenFree, AddField):
    """A column with a default of the database, so that the last release can still write rows."""


class AddConstraintOnline(WhenFree, AddConstraint):
    """A constraint on a small table: its rows are checked while the table is locked."""


def _when_free(run: Callable[[], None]) -> None:
    """Raises OperationalError where others hold the table all the time."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                run()
        except OperationalError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        else:
            return
