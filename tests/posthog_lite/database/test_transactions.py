from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import errors

from posthog_lite.accounts.models import Organization
from posthog_lite.api.errors import exception_handler
from posthog_lite.database import transactions
from posthog_lite.database.transactions import one_transaction


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)


class Service:
    """Writes a row, then fails as many times as it is told to."""

    def __init__(self, failures: int, cause: type[Exception] = errors.DeadlockDetected) -> None:
        self.calls = 0
        self.failures = failures
        self.cause = cause
        self.run = one_transaction(self._run)

    def _run(self, *, name: str) -> str:
        self.calls += 1
        Organization.objects.create(name=name, slug=f"slug-{self.calls}")
        if self.calls <= self.failures:
            raise OperationalError("undone") from self.cause()
        return name


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [errors.DeadlockDetected, errors.SerializationFailure])
def test_a_collision_is_repeated_from_the_start(cause: type[Exception]) -> None:
    service = Service(2, cause)
    assert service.run(name="once") == "once"
    assert service.calls == 3
    assert Organization.objects.get().name == "once"


@pytest.mark.django_db(transaction=True)
def test_collisions_without_end_are_told_as_503() -> None:
    service = Service(1000)
    with pytest.raises(OperationalError) as caught:
        service.run(name="never")
    assert service.calls == transactions.ATTEMPTS
    assert not Organization.objects.exists()
    response = exception_handler(caught.value, {})
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert response.data["code"] == "unavailable"


@pytest.mark.django_db(transaction=True)
def test_other_failures_are_not_repeated() -> None:
    service = Service(1, errors.AdminShutdown)
    with pytest.raises(OperationalError):
        service.run(name="never")
    assert service.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_part_of_a_transaction_is_not_repeated_alone() -> None:
    inner = Service(1)
    outer = one_transaction(lambda: inner.run(name="inner"))
    assert outer() == "inner"
    assert inner.calls == 2
    with pytest.raises(OperationalError), transaction.atomic():
        Service(1).run(name="never")


@pytest.mark.django_db(transaction=True)
def test_services_of_one_service_are_one_transaction_without_savepoints() -> None:
    outer = one_transaction(lambda: Service(0).run(name="inner"))
    with CaptureQueriesContext(connection) as found:
        outer()
    begun = [query["sql"] for query in found if query["sql"].startswith(("BEGIN", "SAVEPOINT"))]
    assert begun == ["BEGIN"]
