"""What waits for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from posthog_lite.events.rows import TABLES

if TYPE_CHECKING:
    from posthog_lite.events.rows import Rows

_BYTES_PER_ENTRY = 1024 * 1024


def put_rows(*, rows: Rows) -> None:
    """Have rows wait for the engine, from the end of the transaction on."""
    entries = [
        (table, len(chunk), b"\n".join(chunk).decode())
        for table in TABLES
        for chunk in _chunks(rows.lines[table])
    ]
    if not entries:
        return
    kinds, counts, lines = (list(column) for column in zip(*entries, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_outboxentry (project_id, kind, rows, lines, created_at)"
            " SELECT %s, u.kind, u.rows, u.lines, now()"
            " FROM unnest(%s::text[], %s::int[], %s::text[]) AS u(kind, rows, lines)",
            [rows.project_id, kinds, counts, lines],
        )


def _chunks(lines: list[bytes]) -> list[list[bytes]]:
    """Lines in lists of about a megabyte each."""
    chunks: list[list[bytes]] = []
    size = _BYTES_PER_ENTRY
    for line in lines:
        if size >= _BYTES_PER_ENTRY:
            chunks.append([])
            size = 0
        chunks[-1].append(line)
        size += len(line)
    return chunks
