from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posthog_lite.query.freshness import Freshness, Mode, ages_of, read_freshness

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH_UNTIL_NOW = {"date_from": "2026-10-26T00:00:00+00:00", "date_to": "2026-11-26T23:59:59+00:00"}
LAST_WEEK = {"date_from": "2026-11-16T00:00:00+00:00", "date_to": "2026-11-22T23:59:59+00:00"}


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        (None, Mode.CACHE_ONLY),
        ("false", Mode.CACHE_ONLY),
        ("0", Mode.CACHE_ONLY),
        ("nothing like it", Mode.CACHE_ONLY),
        ("true", Mode.FORCE_BLOCKING),
        (True, Mode.FORCE_BLOCKING),
        ("", Mode.FORCE_BLOCKING),
        ("lazy_async", Mode.LAZY_ASYNC),
        ("async_except_on_cache_miss", Mode.ASYNC_EXCEPT_ON_CACHE_MISS),
    ],
)
def test_refresh_of_a_request_is_read(value: object, mode: Mode) -> None:
    assert read_freshness(value) == Freshness(mode)


def test_default_of_the_place_holds_where_nothing_is_said_but_not_against_a_no() -> None:
    assert read_freshness(None, default=Mode.BLOCKING).mode == Mode.BLOCKING
    assert read_freshness("false", default=Mode.BLOCKING).mode == Mode.CACHE_ONLY


@pytest.mark.parametrize(
    ("kind", "interval", "age", "lazy_age"),
    [
        ("TrendsQuery", None, 6 * HOUR, 12 * HOUR),
        ("TrendsQuery", "second", 5 * MINUTE, 15 * MINUTE),
        ("TrendsQuery", "minute", 5 * MINUTE, 15 * MINUTE),
        ("TrendsQuery", "hour", HOUR, 2 * HOUR),
        ("TrendsQuery", "day", 6 * HOUR, 12 * HOUR),
        ("TrendsQuery", "week", DAY, DAY),
        ("TrendsQuery", "month", 2 * DAY, 2 * DAY),
        ("HogQLQuery", None, 6 * HOUR, 12 * HOUR),
        ("EventsQuery", None, 5 * MINUTE, 15 * MINUTE),
    ],
)
def test_age_follows_the_interval(
    kind: str, interval: str | None, age: timedelta, lazy_age: timedelta
) -> None:
    ages = ages_of(kind, interval, computed_at=NOW, resolved=MONTH_UNTIL_NOW, is_fixed=True)

    assert (ages.stale_at, ages.lazily_stale_at) == (NOW + age, NOW + lazy_age)


def test_closed_period_is_never_stale() -> None:
    ages = ages_of("TrendsQuery", "day", computed_at=NOW, resolved=LAST_WEEK, is_fixed=True)

    assert (ages.stale_at, ages.lazily_stale_at) == (None, None)


def test_period_that_moves_with_the_clock_is_not_closed() -> None:
    ages = ages_of("TrendsQuery", "day", computed_at=NOW, resolved=LAST_WEEK, is_fixed=False)

    assert ages.stale_at == NOW + 6 * HOUR


@pytest.mark.parametrize(
    ("kind", "interval", "resolved", "pause"),
    [
        ("TrendsQuery", "day", MONTH_UNTIL_NOW, 15 * MINUTE),
        ("TrendsQuery", "day", LAST_WEEK, 3 * MINUTE),
        ("TrendsQuery", "hour", MONTH_UNTIL_NOW, 3 * MINUTE),
        ("TrendsQuery", "second", MONTH_UNTIL_NOW, MINUTE),
        ("TrendsQuery", "minute", MONTH_UNTIL_NOW, MINUTE),
        ("HogQLQuery", None, None, MINUTE),
    ],
)
def test_clients_are_advised_when_to_ask_again(
    kind: str, interval: str | None, resolved: dict[str, str] | None, pause: timedelta
) -> None:
    ages = ages_of(kind, interval, computed_at=NOW, resolved=resolved, is_fixed=False)

    assert ages.refreshable_at == NOW + pause
