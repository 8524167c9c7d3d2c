from __future__ import annotations

import threading
from time import monotonic

import pytest
from django.db import connection
from rest_framework.test import APIClient

from posthog_lite.api import health


@pytest.mark.parametrize("path", ["/_livez", "/_liveness"])
def test_livez_answers_without_a_database(path: str) -> None:
    response = APIClient().get(path)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/_readyz", "/_readyz/", "/_readiness"])
def test_readyz_asks_the_database(path: str) -> None:
    assert APIClient().get(path).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_readyz_asks_for_a_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_organization RENAME TO away")
        try:
            response = APIClient().get("/_readyz")
        finally:
            cursor.execute("ALTER TABLE away RENAME TO accounts_organization")
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert APIClient().get("/_readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_readyz_waits_for_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked, one thread waits."""
    monkeypatch.setattr(health, "SECONDS_TO_WAIT", 0.1)
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE accounts_organization")
        began, threads = monotonic(), threading.active_count()
        statuses = [APIClient().get("/_readyz").status_code for _ in range(3)]
        assert (statuses, threading.active_count() - threads) == ([503] * 3, 1)
        assert monotonic() - began < 2
        cursor.execute("ROLLBACK")
    health.Check.current().join(10)
    assert APIClient().get("/_readyz").status_code == 200
