from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from posthog_lite.accounts.models import LimitCounter
from posthog_lite.accounts.networks import network_of, parse_address
from posthog_lite.accounts.services.limits import Limit, count

NOW = datetime(2026, 1, 1, tzinfo=UTC)
THREE_A_MINUTE = Limit("test", 3, 60)


def waits(number: int, *, subject: str = "a", now: datetime = NOW) -> list[float]:
    return [count(limit=THREE_A_MINUTE, subject=subject, now=now) for _ in range(number)]


@pytest.fixture(params=[False, True], ids=["database", "cache"])
def _both(request: pytest.FixtureRequest, settings: Settings, db: None) -> None:
    settings.COUNT_IN_CACHE = request.param


@pytest.mark.usefixtures("_both")
def test_the_limit_holds_for_each_subject_in_each_window() -> None:
    assert waits(5) == [0, 0, 0, 60, 60]
    assert waits(1, subject="b") == [0]
    assert waits(1, now=NOW + timedelta(seconds=20)) == [40]
    assert waits(4, now=NOW + timedelta(seconds=60)) == [0, 0, 0, 60]


@pytest.mark.usefixtures("_both")
def test_a_clock_that_goes_back_locks_nobody_out() -> None:
    assert waits(4)[-1] == 60
    assert waits(4, now=NOW - timedelta(days=1)) == [0, 0, 0, 60]


@pytest.mark.django_db
def test_refused_calls_do_not_make_the_window_longer() -> None:
    waits(50)
    assert LimitCounter.objects.get().count == 4
    assert waits(1, now=NOW + timedelta(seconds=61)) == [0]


@pytest.mark.django_db
def test_counters_that_are_over_are_removed() -> None:
    for number in range(5):
        waits(1, subject=str(number))
    waits(1, subject="later", now=NOW + timedelta(seconds=61))
    assert LimitCounter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_with_many_threads() -> None:
    def attempt(_: int) -> float:
        try:
            return count(limit=Limit("test", 40, 60), subject="a", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(200))).count(0) == 40


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2", "2001:db8::/64"),
        ("[2001:db8::1]:80", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::", "2001:db8::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_an_address_stands_for_its_network(text: str, network: str) -> None:
    assert network_of(text) == network
    assert (parse_address(text) is None) == (text in ("unknown", ""))
