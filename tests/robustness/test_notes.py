"""What is noted of a read, `last_used_at` and `last_accessed_at`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import transaction

from dashboards.models import Dashboard
from posthog_lite.accounts.models import PersonalAPIKey, Project, User
from tests.factories import DashboardFactory
from tests.support.callers import Caller, at_once, statuses

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


def test_the_next_read_makes_the_note(caller: Caller, path: str) -> None:
    with rows_held():
        assert caller("GET", path).status == 200
    assert caller("GET", path).status == 200
    assert is_noted()
