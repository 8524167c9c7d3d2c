"""Rows that wait for the engine, and their move: exactly once, in order, safe against crashes.

A batch is a project's oldest entries. Before it is sent, its entries are recorded with a token by
which the engine recognizes a repeated insert. A batch whose mover died is sent again unchanged, and
counts once even while the engine still works on the first attempt. Events whose uuid the engine
already has are left out.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import orjson
from django.db import Error, connection, transaction

from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.events.models import DeletedProject
from posthog_lite.events.rows import DELETIONS, ENGINE_TABLES, EVENTS, KINDS, UUID_IN_LINE
from posthog_lite.server import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from posthog_lite.events.rows import Rows

_BYTES_PER_ENTRY = 1024 * 1024
_ENTRIES_PER_BATCH = 10_000
_BYTES_PER_BATCH = 24 * 1024 * 1024
_UUIDS_PER_QUESTION = 10_000
# Of more than these, reading all uuids of a project is faster than asking an index of each block.
_FEW_UUIDS = 100
_LOCK = 0x6F75_0000_0000_0000  # plus the project's id
_ANY_LOCK = _LOCK  # shared by all who move; no project has the number 0
_SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_TO_WAIT = 30


@dataclass(frozen=True, slots=True)
class Batch:
    token: UUID
    entries: list[int]


def put_rows(*, rows: Rows) -> None:
    """Add rows to the outbox; they are moved after the transaction."""
    entries = [
        (table, len(chunk), b"\n".join(chunk).decode())
        for table in KINDS
        for chunk in _chunks(rows.lines[table])
    ]
    if not entries:
        return
    places = ", ".join(["(%s, %s, %s, %s, now())"] * len(entries))
    with connection.cursor() as cursor:  # not as an array, in which every quote is escaped
        cursor.execute(
            "INSERT INTO events_outboxentry (project_id, kind, rows, lines, created_at)"  # noqa: S608  # made above
            f" VALUES {places}",
            [value for entry in entries for value in (rows.project_id, *entry)],
        )


def move_waiting(*, project_id: int, seconds: float = SECONDS_TO_WAIT) -> None:
    """Move everything that waits for the engine now, or wait until another process has.

    Raises EngineError, and EngineUnavailable when it takes too long.
    """
    last = _last_waiting(project_id)
    deadline = time.monotonic() + seconds
    while last is not None and _is_waiting(project_id, last):
        if time.monotonic() > deadline:
            raise EngineUnavailable("Events are still on their way. Try again in a moment.")
        if not move_next_batch(project_id=project_id):
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def move_next_batch(*, project_id: int) -> bool:
    """Move one batch; nothing happens while another process moves the project's."""
    with only_mover(project_id=project_id) as is_alone:
        batch = (_interrupted(project_id) or _begin(project_id)) if is_alone else None
        if batch is None:
            return False
        _send(project_id, batch)
        _finish(project_id, batch)
        return True


def what_waits() -> dict[str, float]:
    """Return how many rows wait and how long, as metrics; none while the database is away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(rows), 0),"
                " coalesce(extract(epoch FROM now() - min(created_at)), 0)"
                " FROM events_outboxentry"
            )
            rows, seconds = cursor.fetchone()
    except Error:
        return {}
    return {
        "posthog_lite_outbox_rows": float(rows),
        "posthog_lite_outbox_oldest_seconds": float(seconds),
    }


def projects_waiting() -> list[int]:
    """The ids of the projects for which anything waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM accounts_project p WHERE EXISTS"
            " (SELECT FROM events_outboxentry e WHERE e.project_id = p.id) ORDER BY p.id"
        )
        return [project_id for (project_id,) in cursor.fetchall()]


def empty_engine_of_deleted_projects() -> None:
    """Delete the rows of deleted projects from the engine. Raises EngineError."""
    for deleted in DeletedProject.objects.order_by("id"):
        with only_mover(project_id=deleted.project_id) as is_alone:
            if is_alone:
                for table in ENGINE_TABLES:
                    engine.delete(table, "project_id = {id:Int64}", {"id": deleted.project_id})
                deleted.delete()


@contextmanager
def only_mover(*, project_id: int) -> Iterator[bool]:
    """Keep other processes from moving a project's rows; yield False where one does.

    The locks are the session's, as a move spans several transactions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN pg_try_advisory_lock_shared(%s) THEN pg_try_advisory_lock(%s) END",
            [_ANY_LOCK, _LOCK + project_id],
        )
        (is_alone,) = cursor.fetchone()  # None where nobody may move
    try:
        yield bool(is_alone)
    finally:
        if is_alone is not None:
            _unlock(project_id, is_alone=is_alone)


@contextmanager
def nobody_moves() -> Iterator[None]:
    """Wait until no rows are on their way to the engine, and keep all of them where they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ANY_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ANY_LOCK])


def _unlock(project_id: int, *, is_alone: bool) -> None:
    own = ", pg_advisory_unlock(%s)" if is_alone else ""
    keys = [_ANY_LOCK, _LOCK + project_id] if is_alone else [_ANY_LOCK]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock_shared(%s){own}", keys)
    except Error:
        if connection.connection is not None:
            connection.connection.close()  # which ends the lock with the session
        raise


def _last_waiting(project_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM events_outboxentry WHERE project_id = %s ORDER BY id DESC LIMIT 1",
            [project_id],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _is_waiting(project_id: int, last: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM events_outboxentry WHERE project_id = %s AND id <= %s)",
            [project_id, last],
        )
        (is_waiting,) = cursor.fetchone()
    return bool(is_waiting)


def _interrupted(project_id: int) -> Batch | None:
    """The batch whose mover died, if any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT token, entries FROM events_movement WHERE project_id = %s AND entries <> '{}'",
            [project_id],
        )
        found = cursor.fetchone()
    return Batch(*found) if found else None


def _begin(project_id: int) -> Batch | None:
    """Record the next batch: as many entries as fit, or one deletion."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind FROM (SELECT id, kind,"
            "  sum(octet_length(lines)) OVER (ORDER BY id) - octet_length(lines) AS before"
            "  FROM events_outboxentry WHERE project_id = %s ORDER BY id LIMIT %s) AS oldest"
            " WHERE before < %s ORDER BY id",
            [project_id, _ENTRIES_PER_BATCH, _BYTES_PER_BATCH],
        )
        entries = _until_deletion(cursor.fetchall())
        if not entries:
            return None
        batch = Batch(uuid4(), entries)
        cursor.execute(
            "INSERT INTO events_movement (project_id, token, entries) VALUES (%s, %s, %s)"
            " ON CONFLICT (project_id)"
            " DO UPDATE SET token = EXCLUDED.token, entries = EXCLUDED.entries",
            [project_id, batch.token, batch.entries],
        )
    return batch


def _until_deletion(entries: Sequence[tuple[int, str]]) -> list[int]:
    for place, (entry, kind) in enumerate(entries):
        if kind == DELETIONS:
            return [each for each, _ in entries[:place]] or [entry]
    return [entry for entry, _ in entries]


def _send(project_id: int, batch: Batch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, string_agg(lines, chr(10) ORDER BY id) FROM events_outboxentry"
            " WHERE id = ANY(%s) GROUP BY kind",
            [batch.entries],
        )
        lines: dict[str, str] = dict(cursor.fetchall())
    for table in ENGINE_TABLES:
        if table in lines:
            _insert(project_id, table, lines[table].encode(), batch.token)
    for line in lines.get(DELETIONS, "").splitlines():
        deletion = orjson.loads(line)
        engine.delete(deletion["table"], deletion["condition"], deletion["parameters"])


def _insert(project_id: int, table: str, lines: bytes, token: UUID) -> None:
    if table != EVENTS:  # the engine keeps the row of the highest version, however often it comes
        engine.insert_lines(table, lines)
        return
    new = _new_events(project_id, lines.split(b"\n"))
    engine.insert_lines(EVENTS, b"\n".join(new), settings={"insert_deduplication_token": token.hex})


def _new_events(project_id: int, lines: list[bytes]) -> list[bytes]:
    """The events whose uuid is new to the engine; the first of several with the same uuid."""
    by_uuid: dict[str, bytes] = {}
    for line in lines:
        by_uuid.setdefault(line[UUID_IN_LINE].decode(), line)
    uuids = list(by_uuid)
    for start in range(0, len(uuids), _UUIDS_PER_QUESTION):
        asked = uuids[start : start + _UUIDS_PER_QUESTION]
        known = engine.execute(
            "SELECT uuid FROM events WHERE project_id = {project_id:Int64}"
            " AND uuid IN splitByChar(',', {uuids:String})::Array(UUID)",
            {"project_id": project_id, "uuids": ",".join(asked)},
            settings={"use_skip_indexes": int(len(asked) <= _FEW_UUIDS)},
        )
        for (uuid,) in known.rows:
            by_uuid.pop(uuid, None)
    return list(by_uuid.values())


def _finish(project_id: int, batch: Batch) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM events_outboxentry WHERE id = ANY(%s) RETURNING rows, kind",
            [batch.entries],
        )
        entries = cursor.fetchall()
        cursor.execute(
            "UPDATE events_movement SET entries = '{}' WHERE project_id = %s", [project_id]
        )
        if any(kind == DELETIONS for _, kind in entries):
            cursor.execute(
                "UPDATE events_eventdeletion SET verified_at = clock_timestamp()"
                " WHERE project_id = %s AND entry_id = ANY(%s)",
                [project_id, batch.entries],
            )
    metrics.rows_moved.inc(sum(rows for rows, _ in entries))


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
