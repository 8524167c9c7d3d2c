from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from posthog_lite.api.throttling import BurstThrottle, PageThrottle, SustainedThrottle
from tests.conftest import KeyClient
from tests.support.clients import authorization_of
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


def test_a_window_begins_with_the_first_call(
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


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_for_calls_that_come_at_once(
    client: APIClient, path: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = authorization_of(client)
    settings.RATE_LIMIT_ENABLED = True
    monkeypatch.setattr(BurstThrottle, "rate", "20/minute")

    def call(_: int) -> int:
        caller = APIClient()
        caller.credentials(HTTP_AUTHORIZATION=key)
        try:
            return caller.get(path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(60)))
    assert (statuses.count(200), statuses.count(429)) == (20, 40)


def test_pages_for_anybody_are_limited_by_network(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    monkeypatch.setattr(PageThrottle, "rate", "3/minute")
    addresses = [f"2001:db8::{number}" for number in range(5)]
    pages = ["/shared/a", "/embedded/a", "/shared/a.json", "/api/schema/", "/shared/a"]
    answers = [
        APIClient().get(page, REMOTE_ADDR=address)
        for page, address in zip(pages, addresses, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert APIClient().get("/shared/a", REMOTE_ADDR="2001:db8:0:1::").status_code == 404


def test_pages_are_not_limited_unless_switched_on(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PageThrottle, "rate", "1/minute")
    assert [APIClient().get("/shared/a").status_code for _ in range(3)] == [404] * 3
