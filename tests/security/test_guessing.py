"""Somebody tries keys, tokens and passwords; what an answer tells and how often it is given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from posthog_lite.accounts import slow_hashes
from posthog_lite.accounts.models import LoginAttempt, PersonalAPIKey, User
from posthog_lite.accounts.models.personal_api_key import LEGACY_SALT
from posthog_lite.accounts.services.logins import (
    ATTEMPTS_PER_NAME,
    ATTEMPTS_PER_NETWORK,
    WINDOW,
    count_login_attempt,
    forget_login_attempts,
)
from posthog_lite.api.throttling import FailedKeyThrottle, SlowKeyThrottle
from sharing.models import SharingConfiguration
from sharing.open_links import get_open_configuration
from tests.conftest import KeyClient
from tests.factories import DashboardFactory
from tests.security.conftest import PASSWORD
from tests.support.clients import authorization_of
from tests.support.errors import assert_error
from tests.support.queries import count_queries

ME = "/api/users/@me/"
LOGIN = "/admin/login/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOME = "192.0.2.1"


# -- Keys -----------------------------------------------------------------------------------------
def test_an_unknown_key_and_one_of_somebody_gone_look_the_same(
    member: User, key_client: KeyClient
) -> None:
    gone = key_client(member)
    User.objects.filter(pk=member.pk).update(is_active=False)
    unknown = APIClient()
    unknown.credentials(HTTP_AUTHORIZATION="Bearer phx_nobodysKeyButOfTheRightForm")
    answers = [client.get(ME) for client in (gone, unknown)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_keys_are_looked_up_by_a_digest(
    client: APIClient,
) -> None:
    """What the database compares is a digest, of which a near miss says nothing."""
    with count_queries() as queries:
        client.get(ME)
    value = authorization_of(client).removeprefix("Bearer ")
    assert not [query for query in queries if value in query]
    assert (PersonalAPIKey.objects.get().secure_value or "?") in queries[0]


def test_wrong_keys_are_limited_by_address_and_right_ones_go_on(
    client: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMIT_ENABLED = True
    monkeypatch.setattr(FailedKeyThrottle, "rate", "3/minute")
    monkeypatch.setattr(FailedKeyThrottle, "timer", lambda self: 1_000_000.0)
    guesser = APIClient()
    for number in range(3):
        assert guesser.get(f"{ME}?personal_api_key=phx_{number}").status_code == 401
    response = guesser.get(f"{ME}?personal_api_key=phx_4")
    detail = "Request was throttled. Expected available in 60 seconds."
    assert_error(response, 429, type="throttled_error", code="throttled", detail=detail)
    assert response["Retry-After"] == "60"
    assert guesser.get(f"{ME}?personal_api_key=phx_5", REMOTE_ADDR="192.0.2.9").status_code == 401
    assert client.get(ME).status_code == 200


def test_wrong_keys_are_not_counted_unless_limits_are_on(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailedKeyThrottle, "rate", "1/minute")
    statuses = [APIClient().get(f"{ME}?personal_api_key=x").status_code for _ in range(3)]
    assert statuses == [401] * 3


# -- Tokens of shares -----------------------------------------------------------------------------
def make_link(
    *, enabled: bool, expires_at: datetime | None = None, is_blocked: bool = False
) -> SharingConfiguration:
    dashboard = DashboardFactory.create()
    organization = dashboard.project.organization
    organization.allow_publicly_shared_resources = not is_blocked
    organization.save()
    return SharingConfiguration.objects.create(
        project=dashboard.project, dashboard=dashboard, enabled=enabled, expires_at=expires_at
    )


def test_unknown_and_closed_links_take_the_same_query_and_get_the_same_page(db: None) -> None:
    now = timezone.now()
    past = now - timedelta(seconds=1)
    links = [
        make_link(enabled=False),
        make_link(enabled=True, expires_at=past),
        make_link(enabled=True, is_blocked=True),
    ]
    tokens = ["A" * 30, *(link.access_token for link in links)]
    numbers, pages = set(), set()
    for token in tokens:
        with count_queries() as queries:
            assert get_open_configuration(token=token, now=now) is None
        numbers.add(len(queries))
        page = Client().get(f"/shared/{token}")
        pages.add((page.status_code, page.content))
    assert numbers == {1}
    assert {status for status, _ in pages} == {404}
    assert len({len(content) for _, content in pages}) == 1  # but for a nonce


# -- The admin's login page -----------------------------------------------------------------------
def give(password: str, address: str = "127.0.0.1") -> tuple[int, str | None]:
    """What the page answers: the status and `Retry-After`."""
    form = {"username": "Staff@Example.com", "password": password}
    response = Client(REMOTE_ADDR=address).post(LOGIN, form)
    return response.status_code, response.headers.get("Retry-After")


def use_up_attempts(name: str, but: int = 0) -> None:
    for _ in range(ATTEMPTS_PER_NAME - but):
        assert count_login_attempt(name=name, address="127.0.0.1", now=timezone.now()) == 0


def test_the_eleventh_password_is_not_even_looked_at(staff: User) -> None:
    assert [give("wrong")[0] for _ in range(ATTEMPTS_PER_NAME)] == [200] * ATTEMPTS_PER_NAME
    for password in ("wrong", PASSWORD):
        status, seconds = give(password)
        assert status == 429
        assert 0 < int(seconds or 0) <= WINDOW.total_seconds()
    assert give(PASSWORD, address="192.0.2.9")[0] == 302


def test_the_page_says_when_to_come_back(staff: User) -> None:
    use_up_attempts(staff.email)
    response = Client().post(LOGIN, {"username": staff.email, "password": PASSWORD})
    assert "Try again in 15 minutes" in response.content.decode()
    assert response["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    "spelling",
    ["STAFF@example.com", " staff@example.com ", "\uff33taff@example.com", "Staff@ExAmPle.com"],
)
def test_a_name_is_counted_under_the_spelling_that_is_looked_up(staff: User, spelling: str) -> None:
    use_up_attempts(staff.email, but=1)
    form = {"username": spelling, "password": "wrong"}
    assert [Client().post(LOGIN, form).status_code for _ in range(2)] == [200, 429]


def test_a_clock_that_goes_back_locks_nobody_out(db: None) -> None:
    for _ in range(ATTEMPTS_PER_NAME):
        count_login_attempt(name="a", address=HOME, now=NOW)
    before = NOW - timedelta(hours=1)
    assert count_login_attempt(name="a", address=HOME, now=before) == 0
    assert LoginAttempt.objects.count() == 1


def test_a_server_that_checks_many_passwords_says_when_to_come_back(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_hashes, "WAIT_SECONDS", 0.01)
    with slow_hashes.slow_hash(), slow_hashes.slow_hash():
        assert give(PASSWORD) == (503, "5")
    assert give(PASSWORD)[0] == 302


def test_keys_hashed_slowly_are_limited_before_they_are_hashed(
    member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlowKeyThrottle, "rate", "2/minute")
    legacy = f"pbkdf2_sha256$260000${LEGACY_SALT}$x"
    PersonalAPIKey.objects.create(user=member, label="old", secure_value=legacy)
    statuses = [APIClient().get(f"{ME}?personal_api_key=phx_{n}").status_code for n in range(4)]
    assert statuses == [401, 401, 429, 429]


def test_the_right_password_starts_anew(staff: User) -> None:
    use_up_attempts(staff.email, but=1)
    assert give(PASSWORD)[0] == 302
    assert LoginAttempt.objects.count() == 0


def test_who_may_not_enter_is_counted_too(member: User) -> None:
    """The right password of somebody who is not staff tells no more than a wrong one."""
    member.set_password(PASSWORD)
    member.save()
    use_up_attempts(member.email, but=1)
    form = {"username": member.email, "password": PASSWORD}
    assert [Client().post(LOGIN, form).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("name", ["", "x" * 5000, "' OR 1=1 --"])
def test_odd_names_are_counted_like_others(db: None, name: str) -> None:
    statuses = [
        Client().post(LOGIN, {"username": name, "password": "x"}).status_code for _ in range(2)
    ]
    assert statuses == [200, 200]
    assert LoginAttempt.objects.count() == 2


def test_the_window_slides(db: None) -> None:
    for second in range(ATTEMPTS_PER_NAME):
        moment = NOW + timedelta(seconds=second)
        assert count_login_attempt(name="a", address=HOME, now=moment) == 0
    later = NOW + timedelta(minutes=5)
    assert count_login_attempt(name="a", address=HOME, now=later) == 600
    assert count_login_attempt(name="b", address=HOME, now=later) == 0
    assert count_login_attempt(name="a", address=HOME, now=NOW + WINDOW) == 0


def test_many_names_from_one_network_are_limited(db: None) -> None:
    for number in range(ATTEMPTS_PER_NETWORK):
        address = f"2001:db8::{number:x}"  # one customer has them all
        assert count_login_attempt(name=f"user{number}", address=address, now=NOW) == 0
    assert count_login_attempt(name="another", address="2001:db8::ffff:1", now=NOW) == 900
    assert count_login_attempt(name="another", address="2001:db8:0:1::1", now=NOW) == 0


def test_addresses_of_the_older_kind_stay_apart_on_a_socket_for_both(db: None) -> None:
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2", "unknown"):
        count_login_attempt(name="a", address=address, now=NOW)
    networks = LoginAttempt.objects.order_by("id").values_list("network", flat=True)
    assert list(networks) == ["192.0.2.1", "192.0.2.1", "192.0.2.2", "unknown"]


def test_what_counts_no_more_is_removed(db: None) -> None:
    count_login_attempt(name="a", address=HOME, now=NOW)
    count_login_attempt(name="b", address="192.0.2.9", now=NOW + WINDOW)
    assert LoginAttempt.objects.get().network == "192.0.2.9"
    forget_login_attempts(name="B ", address="192.0.2.9")
    assert LoginAttempt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_for_attempts_that_come_at_once() -> None:
    def attempt(_: int) -> int:
        try:
            return count_login_attempt(name="a", address=HOME, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(attempt, range(3 * ATTEMPTS_PER_NAME)))
    assert waits.count(0) == ATTEMPTS_PER_NAME == LoginAttempt.objects.count()
