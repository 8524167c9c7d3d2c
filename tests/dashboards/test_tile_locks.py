"""Writers of the same tiles, on one dashboard or through several."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory
from tests.support.locks import waiting_for_locks
from tests.support.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


@pytest.fixture
def writer(member: User, key_client: KeyClient) -> APIClient:
    return key_client(member)


class Patch(threading.Thread):
    """A PATCH from another connection."""

    def __init__(self, client: APIClient, path: str, body: Any) -> None:
        super().__init__()
        self.send: Callable[[], Any] = lambda: client.patch(path, body)
        self.status = 0

    def run(self) -> None:
        try:
            self.status = self.send().status_code
        finally:
            connection.close()


def test_deleting_an_insight_waits_for_the_dashboards_that_show_it(
    project: Project, writer: APIClient, path: str
) -> None:
    dashboard: Dashboard = DashboardFactory.create(project=project)
    insight = InsightFactory.create(project=project)
    tile = Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    other = Patch(writer, f"{path}insights/{insight.pk}/", {"deleted": True})
    with transaction.atomic():
        Dashboard.objects.for_project(project).select_for_update(no_key=True).get(pk=dashboard.pk)
        other.start()
        wait_until(lambda: waiting_for_locks() > 0, "wait for the dashboard")
    other.join()
    tile.refresh_from_db()
    assert (other.status, tile.deleted) == (200, True)
