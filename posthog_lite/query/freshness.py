"""Refresh modes: how old an answer may be, and what is done when it is older. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Mode(StrEnum):
    """The refresh mode of a request, by its name on the wire."""

    CACHE_ONLY = "force_cache"
    BLOCKING = "blocking"
    ASYNC = "async"
    ASYNC_EXCEPT_ON_CACHE_MISS = "async_except_on_cache_miss"
    LAZY_ASYNC = "lazy_async"
    FORCE_BLOCKING = "force_blocking"
    FORCE_ASYNC = "force_async"


YES, NO = frozenset({"true", "1", "yes", ""}), frozenset({"false", "0", "no"})


@dataclass(frozen=True, slots=True)
class Freshness:
    """A mode, and the greatest age of an answer where the request names one."""

    mode: Mode
    max_age: timedelta | None = None


CACHE_ONLY = Freshness(Mode.CACHE_ONLY)
BLOCKING = Freshness(Mode.BLOCKING)
FORCE_BLOCKING = Freshness(Mode.FORCE_BLOCKING)


def read_freshness(value: object, *, default: Mode = Mode.CACHE_ONLY) -> Freshness:
    """The freshness that `refresh` of a request asks for; what nobody knows is the default."""
    if value is None:
        return Freshness(default)
    text = str(value).lower()
    if text in YES:
        return FORCE_BLOCKING
    if text in NO:
        return CACHE_ONLY
    return Freshness(Mode(text)) if text in set(Mode) else Freshness(default)


# Greatest age, and greatest age where somebody would rather not wait.
AGES = {
    "second": (5 * MINUTE, 15 * MINUTE),
    "minute": (5 * MINUTE, 15 * MINUTE),
    "hour": (HOUR, 2 * HOUR),
    "day": (6 * HOUR, 12 * HOUR),
    "week": (DAY, DAY),
    "month": (2 * DAY, 2 * DAY),
}
AGES_WITHOUT_INTERVAL = (6 * HOUR, 12 * HOUR)
SECONDS_TO_CLOSE = timedelta(seconds=10)
INTERVALS_OF_KINDS = {
    "HogQLQuery": "day",
    "EventsQuery": "minute",
    "ActorsQuery": "minute",
    "HogQLMetadata": "minute",
}


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages up to which an answer is fresh, lazily fresh, and not worth a refresh."""

    stale_at: datetime | None
    lazily_stale_at: datetime | None
    refreshable_at: datetime


def ages_of_stale(ages: Ages, computed_at: datetime) -> Ages:
    """The ages of an answer under which something was changed while it was computed."""
    return replace(ages, stale_at=computed_at, lazily_stale_at=computed_at)


def ages_of(
    kind: str,
    interval: str | None,
    *,
    computed_at: datetime,
    resolved: Mapping[str, str] | None,
    is_fixed: bool,
) -> Ages:
    """The ages of an answer that was computed at a moment, for the range it was resolved to.

    A fixed range is one that does not move with the clock.
    """
    interval = INTERVALS_OF_KINDS.get(kind, interval)
    start, end = _bounds(resolved)
    refreshable_at = computed_at + _pause(kind, interval, start, end)
    is_closed = is_fixed and end is not None and end < computed_at - SECONDS_TO_CLOSE
    if is_closed or (interval is not None and interval not in AGES):
        return Ages(None, None, refreshable_at)
    age, lazy_age = AGES[interval] if interval else AGES_WITHOUT_INTERVAL
    return Ages(computed_at + age, computed_at + lazy_age, refreshable_at)


def _bounds(resolved: Mapping[str, str] | None) -> tuple[datetime | None, datetime | None]:
    if not resolved:
        return None, None
    return (
        datetime.fromisoformat(resolved["date_from"]),
        datetime.fromisoformat(resolved["date_to"]),
    )


def _pause(
    kind: str, interval: str | None, start: datetime | None, end: datetime | None
) -> timedelta:
    """Return how long a client is advised to wait before a refresh."""
    if kind in INTERVALS_OF_KINDS or interval in ("second", "minute"):
        return MINUTE
    is_short = start is not None and end is not None and end - start <= 7 * DAY
    return 3 * MINUTE if interval == "hour" or is_short else 15 * MINUTE
