"""The floor of capture: parse the same JSON, COPY the rows, commit. No people, no engine.

Its table has the key that keeps an event from counting twice.
"""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TABLE = """CREATE TABLE IF NOT EXISTS capture_floor
(project_id bigint, uuid uuid, event text, distinct_id text, "timestamp" timestamptz,
properties jsonb, PRIMARY KEY (project_id, uuid))"""
COPY = "COPY capture_floor FROM STDIN"

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=10)
atexit.register(pool.close)
with pool.connection() as preparing:
    preparing.execute("SELECT pg_advisory_xact_lock(1)")  # its two workers start at once
    preparing.execute(TABLE)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    if body:
        with pool.connection() as connection, connection.cursor().copy(COPY) as copy:
            for event in orjson.loads(body)["batch"]:
                copy.write_row(
                    (
                        1,
                        uuid4(),
                        event["event"],
                        event["distinct_id"],
                        event["timestamp"],
                        orjson.dumps(event["properties"]).decode(),
                    )
                )
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "12")])
    return [b'{"status":1}']
