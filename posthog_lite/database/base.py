"""Django's PostgreSQL engine, with times read by the driver itself and an embedded server.

An engine has to be in a module of this name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

from posthog_lite.database.pooled import PooledWrapper
from posthog_lite.embedded.postgres import start_embedded_server


class DatabaseWrapper(PooledWrapper):
    """Where `EMBEDDED_DIR` is among its settings, the server of that folder starts when needed."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params["context"] = _with_fast_times(params["context"])
        if "EMBEDDED_DIR" in self.settings_dict:
            params |= start_embedded_server(Path(self.settings_dict["EMBEDDED_DIR"]))
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of the driver: its times are right, as every connection's zone is UTC.

        There are no named ones: the settings switch cursors on the server off.
        """
        return self.connection.cursor()

    def fetch(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a statement.

        Where nobody counts statements or watches them the driver is asked directly: what Django
        puts around a cursor takes as long as to send one.
        """
        if self.queries_logged or self.execute_wrappers:
            with self.cursor() as watched:
                watched.execute(sql, params)
                return list(watched.fetchall())
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@cache
def _with_fast_times(adapters: AdaptersMap) -> AdaptersMap:
    """The adapters with times read by the driver's own loader.

    Django's is Python around it, to put its own object for UTC in the place of the driver's: that
    takes longer than all the rest of reading a row. The values are equal.
    """
    own = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)
    assert own is not None, "psycopg always has one"  # noqa: S101  # for the types
    copy = AdaptersMap(adapters)
    copy.register_loader("timestamptz", own)
    return copy
