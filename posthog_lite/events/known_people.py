"""Remembers whom ids belong to, so that most events of one person take a single statement.

What is remembered may be out of date: the statement stores the events only where the database still
says the same, by the version that every change of a person gives it.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Any, NamedTuple

from posthog_lite.database.compiled import fetch
from posthog_lite.events.rows import EVENTS
from posthog_lite.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from posthog_lite.events.rows import Rows

MOST_BYTES = 4_000_000  # of a process
MOST_BYTES_OF_LINES = 1024 * 1024  # more are several entries of the outbox
OF_A_PERSON = 600  # bytes, about, beside the properties
_STORE = """
INSERT INTO events_outboxentry (project_id, kind, rows, lines, created_at)
SELECT t.id, %s, %s, %s, now() FROM accounts_project t
  JOIN LATERAL (SELECT person_id FROM events_persondistinctid
    WHERE project_id = t.id AND distinct_id = %s LIMIT 1) d ON true
  JOIN LATERAL (SELECT id, version FROM events_person WHERE id = d.person_id LIMIT 1) p ON true
WHERE t.api_token = %s AND t.id = %s AND t.anonymize_ips = %s AND p.id = %s AND p.version = %s
RETURNING id
"""


class Known(NamedTuple):
    """A row of what the database says of a project and one of its ids."""

    project_id: int
    anonymizes_ips: bool
    distinct_id: str | None  # None where the project has never seen it
    pk: int | None
    uuid: UUID | None
    created_at: datetime | None
    properties: Any  # as text
    is_identified: bool | None
    is_dated: bool | None
    is_implicit: bool | None
    version: int | None


_known: Recent[tuple[str, str], Known] = Recent(MOST_BYTES)


def recall(*, token: str, distinct_ids: Sequence[str]) -> Known | None:
    """Return what was last known of an id; None where events name several."""
    return _known.get((token, distinct_ids[0])) if len(distinct_ids) == 1 else None


def remember(*, token: str, rows: Sequence[Known]) -> None:
    """Remember the person of an id; rows of several ids are not worth it."""
    known = rows[0]
    if len(rows) == 1 and known.distinct_id is not None and known.pk is not None:
        size = OF_A_PERSON + getsizeof(known.properties)
        _known.keep((token, known.distinct_id), known, size=size)


def forget(*, token: str, known: Known) -> None:
    """Forget what turned out to be different."""
    if known.distinct_id is not None:
        _known.forget((token, known.distinct_id))


def put_rows_if_still(known: Known, *, token: str, rows: Rows) -> bool:
    """Add rows of events to the outbox, where the project and the person are as they were known."""
    lines = rows.lines[EVENTS]
    if sum(map(len, lines)) > MOST_BYTES_OF_LINES:
        return False
    entry = (EVENTS, len(lines), b"\n".join(lines).decode())
    as_known = (known.project_id, known.anonymizes_ips, known.pk, known.version)
    return bool(fetch(_STORE, [*entry, known.distinct_id, token, *as_known]))
