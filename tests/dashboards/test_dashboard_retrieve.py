from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from dashboards.models import CreationMode, Dashboard, DashboardCollaborator, InsightVariable
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries


@pytest.fixture
def dashboard(project: Project, admin: User) -> Dashboard:
    return DashboardFactory.create(
        project=project,
        name="D",
        created_by=admin,
        filters={"date_from": "-7d", "interval": "day"},
    )


def test_it_answers_with_stored_filters(client: APIClient, dashboard: Dashboard, url: str) -> None:
    body = client.get(f"{url}{dashboard.pk}/").json()
    assert body["filters"] == body["persisted_filters"] == {"date_from": "-7d", "interval": "day"}
    assert body["tiles"] == []
    assert body["created_by"]["email"] == "admin@example.com"


def test_overrides_change_the_answer_and_nothing_else(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    override = json.dumps({"date_from": "-1d", "properties": []})
    body = client.get(f"{url}{dashboard.pk}/", {"filters_override": override}).json()
    assert body["filters"] == {"date_from": "-1d", "interval": "day", "properties": []}
    assert body["persisted_filters"] == {"date_from": "-7d", "interval": "day"}
    dashboard.refresh_from_db()
    assert dashboard.filters == {"date_from": "-7d", "interval": "day"}


@pytest.mark.parametrize("name", ["filters_override", "variables_override"])
@pytest.mark.parametrize("value", ["", "null", "{}"])
def test_an_empty_override_counts_as_absent(
    client: APIClient, dashboard: Dashboard, url: str, name: str, value: str
) -> None:
    response = client.get(f"{url}{dashboard.pk}/", {name: value})
    assert response.status_code == 200
    assert response.json()["filters"] == dashboard.filters


@pytest.mark.parametrize(
    "name", ["filters_override", "variables_override", "tile_filters_override"]
)
@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("{bad", "Invalid JSON passed in {} parameter"),
        ("[" * 500, "Invalid JSON passed in {} parameter"),
        ("[1]", "{} must be a JSON object"),
        ("5", "{} must be a JSON object"),
        ('"text"', "{} must be a JSON object"),
    ],
)
def test_a_bad_override_is_refused(
    client: APIClient, dashboard: Dashboard, url: str, name: str, value: str, detail: str
) -> None:
    response = client.get(f"{url}{dashboard.pk}/", {name: value})
    assert_error(response, 400, code="invalid_input", detail=detail.format(name), attr=name)


def test_variables_follow_the_projects_variables_by_code_name(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    variable = InsightVariable.objects.create(
        project=project, name="Country", type="String", code_name="country"
    )
    stored = {
        "old-id": {"code_name": "country", "variableId": "old-id", "value": "DE"},
        "other": {"code_name": "gone", "value": 1},
    }
    client.patch(f"{url}{dashboard.pk}/", {"variables": stored})

    body = client.get(f"{url}{dashboard.pk}/").json()

    key = str(variable.pk)
    assert body["variables"] == {key: {"code_name": "country", "variableId": key, "value": "DE"}}
    assert body["persisted_variables"] == stored
    override = json.dumps({key: {"code_name": "country", "variableId": key, "value": "FR"}})
    body = client.get(f"{url}{dashboard.pk}/", {"variables_override": override}).json()
    assert body["variables"][key]["value"] == "FR"


def test_reading_moves_last_accessed_at_at_most_once_a_minute(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    first = client.get(f"{url}{dashboard.pk}/").json()["last_accessed_at"]
    dashboard.refresh_from_db()
    stored = dashboard.last_accessed_at
    assert stored is not None
    second = client.get(f"{url}{dashboard.pk}/").json()["last_accessed_at"]
    dashboard.refresh_from_db()
    assert dashboard.last_accessed_at == stored
    assert first < second  # the answer says now, whatever is stored
    Dashboard.all_projects.update(last_accessed_at=timezone.now() - timedelta(seconds=61))
    client.get(f"{url}{dashboard.pk}/")
    dashboard.refresh_from_db()
    assert dashboard.last_accessed_at > stored


def test_last_viewed_at_is_per_user_and_moved_by_browsers_only(
    client: APIClient,
    session_client: APIClient,
    admin: User,
    key_client: KeyClient,
    dashboard: Dashboard,
    url: str,
) -> None:
    assert client.get(f"{url}{dashboard.pk}/").json()["last_viewed_at"] is None
    viewed = session_client.get(f"{url}{dashboard.pk}/").json()["last_viewed_at"]
    assert viewed is not None
    assert client.get(f"{url}{dashboard.pk}/").json()["last_viewed_at"] == viewed
    assert client.get(url).json()["results"][0]["last_viewed_at"] == viewed
    assert key_client(admin).get(f"{url}{dashboard.pk}/").json()["last_viewed_at"] is None


def test_viewed_moves_last_viewed_at(read_key: APIClient, dashboard: Dashboard, url: str) -> None:
    response = read_key.post(f"{url}{dashboard.pk}/viewed/")
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response
    first = read_key.get(f"{url}{dashboard.pk}/").json()["last_viewed_at"]
    read_key.post(f"{url}{dashboard.pk}/viewed")
    assert read_key.get(f"{url}{dashboard.pk}/").json()["last_viewed_at"] > first
    assert_error(read_key.post(f"{url}999999/viewed/"), 404)


@pytest.mark.parametrize("pk", ["999999", "abc", "9" * 30, "1.5", "-1", "٣", "²", "%00", "0x1"])
def test_an_id_that_names_nothing_is_a_404(client: APIClient, url: str, pk: str) -> None:
    assert_error(client.get(f"{url}{pk}/"), 404, code="not_found", detail="Not found.")


def test_a_deleted_dashboard_is_gone(client: APIClient, project: Project, url: str) -> None:
    dashboard = DashboardFactory.create(project=project, deleted=True)
    assert_error(client.get(f"{url}{dashboard.pk}/"), 404, detail="Not found.")


def test_an_unlisted_one_can_be_read_by_id(client: APIClient, project: Project, url: str) -> None:
    dashboard = DashboardFactory.create(project=project, creation_mode=CreationMode.UNLISTED)
    assert client.get(f"{url}{dashboard.pk}/").json()["creation_mode"] == "unlisted"


@pytest.mark.parametrize(
    ("query", "status"),
    [("?tags=x", 404), ("?creation_mode=template", 404), ("?creation_mode=default", 200)],
)
def test_list_filters_narrow_the_look_up(
    client: APIClient, dashboard: Dashboard, url: str, query: str, status: int
) -> None:
    assert client.get(f"{url}{dashboard.pk}/{query}").status_code == status


def test_a_restricted_dashboard_shows_what_each_may_do(
    client: APIClient,
    project: Project,
    admin: User,
    member: User,
    key_client: KeyClient,
    dashboard: Dashboard,
    url: str,
) -> None:
    Dashboard.all_projects.update(restriction_level=37)

    def levels(api: APIClient) -> tuple[Any, ...]:
        body = api.get(f"{url}{dashboard.pk}/").json()
        return (
            body["effective_restriction_level"],
            body["effective_privilege_level"],
            body["user_access_level"],
            body["access_control_version"],
        )

    assert levels(client) == (37, 21, "editor", "v1")
    assert levels(key_client(admin)) == (37, 37, "manager", "v1")
    DashboardCollaborator.objects.create(project=project, dashboard=dashboard, user=member)
    assert levels(client) == (37, 37, "editor", "v1")


def test_it_takes_few_queries(client: APIClient, dashboard: Dashboard, url: str) -> None:
    client.get(f"{url}{dashboard.pk}/")
    # caller and project, dashboard, tiles, authors
    with assertNumQueries(4):
        client.get(f"{url}{dashboard.pk}/")


def test_where_its_insights_are_shown_too_is_looked_up_and_not_joined(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    """Joined, a new dashboard cost a walk through all older ones until the next ANALYZE."""
    with count_queries() as queries:
        client.get(f"{url}{dashboard.pk}/")
    [tiles] = [sql for sql in queries if 'FROM "dashboards_tile"' in sql and "layouts" in sql]
    assert 'JOIN "dashboards_dashboard"' not in tiles
