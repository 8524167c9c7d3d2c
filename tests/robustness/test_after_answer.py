"""What is noted of a read, `last_used_at` and `last_accessed_at`: after its answer, but always."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import transaction

from dashboards.models import Dashboard
from posthog_lite.accounts.models import PersonalAPIKey, Project, User
from posthog_lite.accounts.services.keys import create_key
from tests.factories import DashboardFactory
from tests.support.callers import Caller, at_once, statuses, with_key
from tests.support.processes import RunningProcess, is_listening, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# More than there are connections to the database, and than threads with those of another kind.
MANY = 60


@pytest.fixture
def dashboard(project: Project, member: User) -> Dashboard:
    return DashboardFactory.create(project=project, created_by=member)


@pytest.fixture
def path(dashboard: Dashboard) -> str:
    return f"/api/projects/{dashboard.project_id}/dashboards/{dashboard.pk}/"


@contextmanager
def rows_held() -> Iterator[None]:
    """Somebody else is in the middle of changing the dashboard and the key."""
    with transaction.atomic():
        Dashboard.all_projects.select_for_update().get()
        PersonalAPIKey.objects.select_for_update().get()
        yield


def is_noted() -> bool:
    dashboard, key = Dashboard.all_projects.get(), PersonalAPIKey.objects.get()
    return dashboard.last_accessed_at is not None and key.last_used_at is not None


def test_no_read_waits_for_rows_that_others_hold(caller: Caller, path: str) -> None:
    with rows_held():
        assert statuses(at_once(*[partial(caller, "GET", path)] * MANY)) == [200] * MANY
        assert not is_noted()


def test_a_read_is_noted_when_the_rows_are_free(caller: Caller, path: str) -> None:
    with rows_held():
        assert caller("GET", path).status == 200
    wait_until(is_noted, "note the read")


def test_a_server_that_stops_notes_the_last_reads(
    stoppable: tuple[RunningProcess, int], member: User, path: str
) -> None:
    server, port = stoppable
    caller = with_key(port, create_key(user=member, label="test", scopes=["*"]).value)
    with rows_held():
        assert caller("GET", path).status == 200
        server.signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(port), "stop listening")
    assert server.wait() == 0
    assert is_noted()
