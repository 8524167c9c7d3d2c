"""The engine of the test run: one for all test processes, started when a test first asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.http import client, database_name
from posthog_lite.clickhouse.schema import ensure_schema, forget_schema

TABLES = ("events", "persons", "person_distinct_ids", "person_overrides", "groups")


def make_engine_database() -> None:
    """An empty database with all tables, which never wait for the disk."""
    name = database_name()
    client("").command(f"DROP DATABASE IF EXISTS `{name}`")
    forget_schema(name)
    ensure_schema(name)
    for table in TABLES:
        engine.command(
            f"ALTER TABLE {table} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0"
        )


def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Store rows of JSON values, datetimes and UUIDs."""
    lines = (orjson.dumps(dict(zip(columns, row, strict=True))) for row in rows)
    engine.insert_lines(table, b"\n".join(lines))
