from __future__ import annotations

import pytest
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from posthog_lite import settings as real_settings
from posthog_lite.accounts.models import Project, User
from posthog_lite.api.throttling import BurstThrottle, SustainedThrottle
from tests.conftest import KeyClient
from tests.support.errors import assert_error


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/dashboards/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The throttles' time, which a test moves; three calls a minute are allowed."""
    now = [1_000_000.0]
    monkeypatch.setattr(BurstThrottle, "rate", "3/minute")
    for throttle in (BurstThrottle, SustainedThrottle):
        monkeypatch.setattr(throttle, "timer", lambda self: now[0])
    return now


def test_no_limits_unless_switched_on(client: APIClient, path: str, clock: list[float]) -> None:
    assert [client.get(path).status_code for _ in range(5)] == [200] * 5


def test_the_window_slides(
    client: APIClient, path: str, clock: list[float], settings: Settings
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    clock[0] += 20.5
    response = client.get(path)
    assert_error(
        response,
        429,
        type="throttled_error",
        code="throttled",
        detail="Request was throttled. Expected available in 40 seconds.",
    )
    assert response["Retry-After"] == "40"
    clock[0] += 40
    assert client.get(path).status_code == 200


def test_each_key_has_its_own_window(
    client: APIClient,
    member: User,
    key_client: KeyClient,
    path: str,
    clock: list[float],
    settings: Settings,
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    for _ in range(3):
        client.get(path)
    assert client.get(path).status_code == 429
    assert key_client(member).get(path).status_code == 200


def test_refusals_come_first_and_cost_nothing(
    client: APIClient, path: str, clock: list[float], settings: Settings
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    for _ in range(5):
        assert client.get("/api/projects/999999/dashboards/").status_code == 404
    assert client.get(path).status_code == 200


def test_browsers_are_not_limited(
    session_client: APIClient, path: str, clock: list[float], settings: Settings
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    assert [session_client.get(path).status_code for _ in range(5)] == [200] * 5


def test_the_limits_are_posthogs() -> None:
    assert (BurstThrottle.rate, SustainedThrottle.rate) == ("480/minute", "4800/hour")


def test_the_default_cache_keeps_the_counters_of_many_keys(db: None) -> None:
    """Django's own limit of 300 entries would be reached by 150 keys."""
    settings = real_settings.CACHES["default"]
    cache = DatabaseCache(settings["LOCATION"], {"OPTIONS": settings["OPTIONS"]})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posthog_lite_cache SELECT n, '', now() + interval '1 hour'"
            " FROM generate_series(1, 1000) n"
        )
        cache.set("throttle_burst_key", [1.0])
        cursor.execute("SELECT count(*) FROM posthog_lite_cache")
        assert cursor.fetchone() == (1001,)
