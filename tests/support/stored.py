"""What the database holds, to be compared before and after."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

# When somebody was last here says nothing about what was written.
MOVING = ("last_used_at", "last_accessed_at", "last_login")
TRANSIENT = ("sessions.session",)
ROW = "to_jsonb(t)" + "".join(f" - '{column}'" for column in MOVING)


def stored(project_id: int | None = None) -> dict[str, str | None]:
    """A fingerprint of each table, or of what it holds of one project."""
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower not in TRANSIENT
        and (project_id is None or any(f.attname == "project_id" for f in model._meta.fields))
    ]
    which = "TRUE" if project_id is None else f"project_id = {project_id}"
    parts = [
        f"SELECT '{table}', md5(string_agg(({ROW})::text, ',' ORDER BY ({ROW})::text)) "  # noqa: S608  # our own names
        f'FROM "{table}" t WHERE {which}'
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
