from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error


def add_tile(
    dashboard: Dashboard, insight: Insight | None = None, text: Text | None = None
) -> Tile:
    return Tile.objects.create(
        project=dashboard.project, dashboard=dashboard, insight=insight, text=text
    )


@pytest.mark.parametrize("pk", ["{}", "999999", "abc"])
def test_delete_is_a_405_without_a_body(
    client: APIClient, dashboard: Dashboard, url: str, pk: str
) -> None:
    response = client.delete(f"{url}{pk.format(dashboard.pk)}/")
    assert (response.status_code, response.content) == (405, b"")
    assert "Content-Type" not in response
    dashboard.refresh_from_db()
    assert dashboard.deleted is False


def test_delete_of_a_restricted_dashboard_is_a_405_too(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    Dashboard.all_projects.update(restriction_level=37)
    assert client.delete(f"{url}{dashboard.pk}/").status_code == 405


def test_a_soft_deleted_dashboard_is_gone_until_restored(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    path = f"{url}{dashboard.pk}/"
    add_tile(dashboard, InsightFactory.create(project=project))

    response = client.patch(path, {"deleted": True})

    assert response.status_code == 200
    assert (response.json()["deleted"], response.json()["tiles"]) == (True, [])
    assert_error(client.get(path), 404)
    assert_error(client.patch(path, {"deleted": True}), 404)
    assert_error(client.patch(path, {"name": "x"}), 404)
    assert client.get(url).json()["count"] == 0
    restored = client.put(path, {"deleted": "false", "name": "Back"}).json()
    assert (restored["deleted"], restored["name"], len(restored["tiles"])) == (False, "Back", 1)


def test_restoring_brings_back_what_that_deletion_removed_and_no_more(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    path = f"{url}{dashboard.pk}/"
    kept, removed = (add_tile(dashboard, InsightFactory.create(project=project)) for _ in range(2))
    client.patch(path, {"tiles": [{"id": removed.pk, "deleted": True}]})
    client.patch(path, {"deleted": True})
    tiles = client.patch(path, {"deleted": False}).json()["tiles"]
    assert [tile["id"] for tile in tiles] == [kept.pk]


def test_delete_insights_takes_only_insights_shown_nowhere_else(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    path = f"{url}{dashboard.pk}/"
    alone, shared, elsewhere_removed = (InsightFactory.create(project=project) for _ in range(3))
    other = DashboardFactory.create(project=project)
    for insight in (alone, shared, elsewhere_removed):
        add_tile(dashboard, insight)
    add_tile(other, shared)
    Tile.objects.create(project=project, dashboard=other, insight=elsewhere_removed, deleted=True)
    long_gone = InsightFactory.create(project=project, deleted=True)
    add_tile(dashboard, long_gone)

    client.patch(path, {"deleted": True, "delete_insights": True})

    def deleted() -> set[int]:
        rows = Insight.objects.for_project(project).filter(deleted=True)
        return set(rows.values_list("pk", flat=True))

    assert deleted() == {alone.pk, elsewhere_removed.pk, long_gone.pk}
    tiles = client.patch(path, {"deleted": False}).json()["tiles"]
    assert deleted() == {long_gone.pk}
    assert {tile["insight"]["id"] for tile in tiles} == {
        alone.pk,
        shared.pk,
        elsewhere_removed.pk,
    }


def test_insights_stay_without_delete_insights(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    insight = InsightFactory.create(project=project)
    add_tile(dashboard, insight)
    client.patch(f"{url}{dashboard.pk}/", {"deleted": True})
    insight.refresh_from_db()
    assert insight.deleted is False


def test_deletion_needs_the_edit_right(
    project: Project, admin: User, client: APIClient, key_client: KeyClient, url: str
) -> None:
    dashboard = DashboardFactory.create(project=project, created_by=admin, restriction_level=37)
    assert_error(client.patch(f"{url}{dashboard.pk}/", {"deleted": True}), 403)
    assert key_client(admin).patch(f"{url}{dashboard.pk}/", {"deleted": True}).status_code == 200
    assert_error(client.patch(f"{url}{dashboard.pk}/", {"deleted": False}), 403)


@pytest.mark.django_db(transaction=True)
def test_deletion_and_changes_of_its_insights_do_not_wait_for_each_other(
    project: Project, admin: User, key_client: KeyClient
) -> None:
    client = key_client(admin)
    url = f"/api/projects/{project.pk}/"
    insights = [InsightFactory.create(project=project) for _ in range(4)]
    dashboards = [DashboardFactory.create(project=project) for _ in range(4)]
    for dashboard in dashboards:
        for insight in insights:
            add_tile(dashboard, insight)
    statuses: list[int] = []

    def call(path: str, bodies: list[dict[str, Any]]) -> None:
        try:
            statuses.extend(client.patch(url + path, body).status_code for body in bodies)
        finally:
            connection.close()

    switch = [{"deleted": True, "delete_insights": True}, {"deleted": False}] * 4
    ids = [dashboard.pk for dashboard in dashboards]
    threads = [
        *(Thread(target=call, args=[f"dashboards/{pk}/", switch]) for pk in ids),
        *(
            Thread(target=call, args=[f"insights/{insight.pk}/", [{"dashboards": ids}] * 8])
            for insight in insights
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 400, 404}, statuses  # gone just then: insight or dashboard
