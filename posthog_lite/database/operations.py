"""Changes of the tables that a server in use does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.operations import AddIndexConcurrently

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


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
