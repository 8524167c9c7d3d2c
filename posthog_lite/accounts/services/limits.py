"""Limits on how often something may be done, exact with any number of threads and processes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from posthog_lite.accounts.models import LimitCounter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SKEW = timedelta(minutes=1)  # by which clocks may differ; what is later is of one set back since
REMOVED_AT_ONCE = 100

# One statement that counts and tells; a window that is over, or that a clock gone back has put
# into the future, begins anew.
COUNT = f"""
INSERT INTO {LimitCounter._meta.db_table} AS counter (key, count, ends_at)
VALUES (%(key)s, 1, %(end)s)
ON CONFLICT (key) DO UPDATE SET
  (count, ends_at) = (
    SELECT CASE WHEN is_over THEN 1 ELSE LEAST(counter.count + 1, %(most)s + 1) END,
           CASE WHEN is_over THEN EXCLUDED.ends_at ELSE counter.ends_at END
    FROM (SELECT counter.ends_at <= %(now)s OR counter.ends_at > %(latest)s AS is_over) AS window_
  )
RETURNING count, ends_at
"""  # noqa: S608  # a name of our own


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of `most` times in `seconds`, which begin with the first time."""

    name: str
    most: int
    seconds: int


def count(*, limit: Limit, subject: str, now: datetime) -> float:
    """Count one more for `subject`; return the seconds to wait where that is too often, else 0."""
    digest = hashlib.sha256(f"{limit.name} {subject}".encode(errors="replace")).hexdigest()
    counted = _count_in_cache if settings.COUNT_IN_CACHE else _count_in_database
    number, wait = counted(digest, limit, now)
    return max(wait, 1.0) if number > limit.most else 0.0


def seconds_to_wait(
    moments: Sequence[datetime], most: int, window: timedelta, now: datetime
) -> int:
    """Return 0 where one more is allowed in a sliding window. The newest moment comes first."""
    if len(moments) < most:
        return 0
    return max(1, math.ceil((moments[most - 1] + window - now).total_seconds()))


def _count_in_database(key: str, limit: Limit, now: datetime) -> tuple[int, float]:
    end = now + timedelta(seconds=limit.seconds)
    values: dict[str, Any] = {
        "key": key,
        "most": limit.most,
        "now": now,
        "end": end,
        "latest": end + SKEW,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        number, ends_at = cursor.fetchone()
    if number == 1:
        _remove_old(now)
    return number, (ends_at - now).total_seconds()


def _remove_old(now: datetime) -> None:
    """Remove some counters that are over, but for those that another process is removing."""
    with connection.cursor() as cursor:
        table = LimitCounter._meta.db_table
        cursor.execute(
            f"DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE ends_at < %s "  # noqa: S608  # as above
            "ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED)",
            [now, REMOVED_AT_ONCE],
        )


def _count_in_cache(key: str, limit: Limit, now: datetime) -> tuple[int, float]:
    """Count in a cache that all machines share; its windows are those of the clock."""
    number = int(now.timestamp() // limit.seconds)
    name = f"limit:{key}:{number}"
    cache.add(name, 0, timeout=2 * limit.seconds)
    return cache.incr(name), (number + 1) * limit.seconds - now.timestamp()
