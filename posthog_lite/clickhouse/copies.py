"""Copies of tables at one moment, for backups: links to their files, read at leisure.

Lines are JSON objects, which any release and any server can read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BYTES_AT_ONCE = 8 * 1024 * 1024
AS_IT_COMES = {"insert_deduplicate": 0}  # a chunk is not a batch that was sent twice


class ClusterIsCopiedByItself(EngineError):
    """The tables of a cluster are spread over servers that only the cluster knows."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A table as it was at one moment."""

    table: str
    name: str

    def chunks(self) -> Iterator[bytes]:
        """Yield all rows, some megabytes of lines at once."""
        for part, rows, rows_at_once in self._parts():
            for start in range(0, rows, rows_at_once):
                chunk = engine.read_lines(
                    f"SELECT * FROM {self.name} WHERE _part = {{part:String}}"  # noqa: S608  # our own name
                    " AND _part_offset >= {start:UInt64} AND _part_offset < {end:UInt64}",
                    {"part": part, "start": start, "end": start + rows_at_once},
                )
                if chunk:  # rows that were deleted are still counted
                    yield chunk

    def _parts(self) -> list[tuple[str, int, int]]:
        found = engine.execute(
            "SELECT name, rows,"
            " greatest(1, intDiv({most:UInt64} * rows, data_uncompressed_bytes + 1))"
            " FROM system.parts WHERE database = currentDatabase() AND table = {name:String}"
            " AND active AND rows > 0 ORDER BY name",
            {"name": self.name, "most": BYTES_AT_ONCE},
        )
        return [(part, rows, at_once) for part, rows, at_once in found.rows]


@contextmanager
def copied_tables(tables: Sequence[str]) -> Iterator[list[Copy]]:
    """Copy tables without copying their data; the copies go at the end. Raises EngineError."""
    if settings.CLICKHOUSE_CLUSTER:
        raise ClusterIsCopiedByItself("A cluster makes its own backups: see BACKUP of ClickHouse.")
    copies = [Copy(table, f"backup_{table}") for table in tables]
    try:
        for copy in copies:
            engine.command(f"DROP TABLE IF EXISTS {copy.name}")  # of a backup that was killed
            engine.command(f"CREATE TABLE {copy.name} CLONE AS {copy.table}")
            engine.command(f"SYSTEM STOP MERGES {copy.name}")
        yield copies
    finally:
        for copy in copies:
            engine.command(f"DROP TABLE IF EXISTS {copy.name}")


def has_rows(tables: Sequence[str]) -> bool:
    """Return whether any of the tables has a row. Raises EngineError."""
    return any(engine.execute(f"SELECT 1 FROM {table} LIMIT 1").rows for table in tables)  # noqa: S608  # our own name


def empty_table(table: str) -> None:
    """Remove all rows. Raises EngineError."""
    engine.command(f"TRUNCATE TABLE {table}")


def insert_chunk(table: str, lines: bytes) -> None:
    """Store what `chunks` yielded, also what it yielded before. Raises EngineError."""
    engine.insert_lines(table, lines, settings=AS_IT_COMES)
