"""Who waits for whom in the database of the test run."""

from __future__ import annotations

from django.db import connection


def waiting_for_locks() -> int:
    """How many connections wait for a row or table that another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees only the first look
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        count: int = cursor.fetchone()[0]
    return count
