"""The state of the engine, for operators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.http import database_name
from posthog_lite.clickhouse.schema import migration_files
from posthog_lite.embedded.clickhouse import find_embedded_engine


@dataclass(frozen=True, slots=True)
class TableState:
    """One table as it lies on the disk, before rows that replace others are merged."""

    name: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class EngineState:
    """The engine, where it is, and what is in it."""

    place: str
    version: str
    schema: str
    tables: list[TableState]


def engine_place() -> str:
    """Return where the engine is, without its password."""
    if not settings.CLICKHOUSE_URL:
        return f"embedded, in {settings.CLICKHOUSE_EMBEDDED_DIR}"
    url = urlsplit(settings.CLICKHOUSE_URL)
    return f"{url.scheme}://{url.hostname}:{url.port or ''}/{database_name()}"


def is_embedded_engine_running() -> bool:
    return find_embedded_engine(Path(settings.CLICKHOUSE_EMBEDDED_DIR)) is not None


def engine_state() -> EngineState:
    """Ask the engine, which is started where it is embedded. Raises EngineError."""
    (version,) = engine.execute("SELECT version()").rows[0]
    tables = engine.execute(
        "SELECT name, total_rows, total_bytes FROM system.tables "
        "WHERE database = {database:String} AND name != 'schema_migrations' ORDER BY name",
        {"database": database_name()},
    ).rows
    return EngineState(
        place=engine_place(),
        version=version,
        schema=migration_files()[-1].stem,
        tables=[TableState(name, rows or 0, size or 0) for name, rows, size in tables],
    )
