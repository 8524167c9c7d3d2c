from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tile
from posthog_lite.accounts.models import Organization, Project
from sharing.models import SharePassword, SharingConfiguration
from tests.factories import DashboardFactory, InsightFactory
from tests.sharing.conftest import PASSWORD, Share
from tests.support.errors import assert_error


@pytest.fixture
def root(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


@pytest.fixture
def link(share: Share, dashboard: Dashboard) -> SharingConfiguration:
    return share(dashboard)


def names(visitor: APIClient, path: str, link: SharingConfiguration) -> list[str]:
    response = visitor.get(path, {"sharing_access_token": link.access_token})
    assert response.status_code == 200, response.json()
    return [row["name"] for row in response.json()["results"]]


def test_a_token_shows_the_insights_of_its_dashboard_and_no_others(
    visitor: APIClient, root: str, project: Project, link: SharingConfiguration
) -> None:
    hidden = InsightFactory.create(project=project, name="hidden")
    assert names(visitor, root + "insights/", link) == ["Sales"]
    shown = Insight.all_projects.get(name="Sales")
    query = {"sharing_access_token": link.access_token}
    body = visitor.get(f"{root}insights/{shown.pk}/", query).json()
    assert (body["name"], body["effective_privilege_level"]) == ("Sales", 21)
    assert b"@example.com" not in visitor.get(f"{root}insights/{shown.pk}/", query).content
    assert_error(visitor.get(f"{root}insights/{hidden.pk}/", query), 404)


def test_removed_tiles_and_deleted_things_close_at_once(
    visitor: APIClient, root: str, link: SharingConfiguration
) -> None:
    shown = Insight.all_projects.get(name="Sales")
    query = {"sharing_access_token": link.access_token}
    Tile.all_projects.filter(insight=shown).update(deleted=True)
    assert names(visitor, root + "insights/", link) == []
    assert_error(visitor.get(f"{root}insights/{shown.pk}/", query), 404)
    Tile.all_projects.update(deleted=False)
    Dashboard.all_projects.update(deleted=True)
    assert names(visitor, root + "insights/", link) == []


def test_a_token_shows_themes_without_their_makers(
    visitor: APIClient, root: str, client: APIClient, link: SharingConfiguration
) -> None:
    own = client.post(root + "data_color_themes/", {"name": "Own", "colors": ["#fff"]}).json()
    query = {"sharing_access_token": link.access_token}
    rows = visitor.get(root + "data_color_themes/", query).json()["results"]
    assert "Own" in [row["name"] for row in rows]
    assert all(set(row) == {"id", "name", "colors", "is_global"} for row in rows)
    assert visitor.get(f"{root}data_color_themes/{own['id']}/", query).status_code == 200


def test_hidden_details_are_not_among_the_keys(
    visitor: APIClient, root: str, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, settings={"hideExtraDetails": True})
    query = {"sharing_access_token": link.access_token}
    (row,) = visitor.get(f"{root}insights/", query).json()["results"]
    whole = visitor.get(f"{root}insights/{row['id']}/", query).json()
    hidden = {"created_by", "last_modified_by", "created_at", "last_modified_at"}
    assert not hidden & (row.keys() | whole.keys())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created_by", "1"),
        ("user", "true"),
        ("date_from", "-7d"),
        ("date_to", "2020-01-01"),
        ("created_date_from", "-7d"),
        ("created_date_to", "2020-01-01"),
        ("last_viewed_date_from", "-7d"),
        ("last_viewed_date_to", "2020-01-01"),
        ("order", "created_at"),
        ("order", "-created_by"),
        ("order", "updated_at"),
        ("order", "last_modified_at"),
        ("order", "-last_modified_by"),
        ("order", "last_viewed_at"),
    ],
)
def test_hidden_details_are_not_told_by_filters_and_orders(
    visitor: APIClient, root: str, share: Share, dashboard: Dashboard, name: str, value: str
) -> None:
    link = share(dashboard, settings={"hideExtraDetails": True})
    query = {"sharing_access_token": link.access_token, name: value}
    assert_error(visitor.get(f"{root}insights/", query), 400, attr=name)
    share(dashboard, settings={})
    assert visitor.get(f"{root}insights/", query).status_code == 200


@pytest.mark.parametrize("query", [{"order": "-name"}, {"search": "x"}, {"basic": "true"}])
def test_filters_of_what_is_shown_stay(
    visitor: APIClient, root: str, share: Share, dashboard: Dashboard, query: dict[str, str]
) -> None:
    link = share(dashboard, settings={"hideExtraDetails": True})
    query = {"sharing_access_token": link.access_token, **query}
    assert visitor.get(f"{root}insights/", query).status_code == 200


def test_a_token_asks_for_group_types(
    visitor: APIClient, root: str, link: SharingConfiguration
) -> None:
    query = {"sharing_access_token": link.access_token}
    assert visitor.get(f"{root}groups_types/", query).json() == []


@pytest.mark.parametrize(
    "path", ["dashboards/", "insight_variables/", "dashboard_templates/", "dashboards/1/sharing/"]
)
def test_elsewhere_a_token_is_no_credential(
    visitor: APIClient, root: str, link: SharingConfiguration, path: str
) -> None:
    response = visitor.get(root + path, {"sharing_access_token": link.access_token})
    assert_error(response, 401, code="not_authenticated")


def test_actions_and_projects_outside_the_share_are_refused(
    visitor: APIClient, root: str, other_project: Project, link: SharingConfiguration
) -> None:
    query = {"sharing_access_token": link.access_token}
    for path in (
        root + "insights/my_last_viewed/",
        f"/api/projects/{other_project.pk}/insights/",
        "/api/projects/999999/insights/",
        "/api/projects/@current/insights/",
    ):
        assert_error(visitor.get(path, query), 403, code="permission_denied")


@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
def test_a_token_only_reads(
    visitor: APIClient, root: str, link: SharingConfiguration, method: str
) -> None:
    path = f"{root}insights/?sharing_access_token={link.access_token}"
    assert_error(
        getattr(visitor, method)(path, {}),
        403,
        code="authentication_failed",
        detail="Sharing access token can only be used for GET requests.",
    )


@pytest.mark.parametrize("how", ["unknown", "disabled", "expired", "organization"])
def test_a_closed_link_is_refused(
    visitor: APIClient, root: str, link: SharingConfiguration, how: str
) -> None:
    rows = SharingConfiguration.all_projects.filter(pk=link.pk)
    if how == "disabled":
        rows.update(enabled=False)
    if how == "expired":
        rows.update(expires_at=timezone.now() - timedelta(seconds=1))
    if how == "organization":
        Organization.objects.update(allow_publicly_shared_resources=False)
    token = "x" * 30 if how == "unknown" else link.access_token
    assert_error(
        visitor.get(root + "insights/", {"sharing_access_token": token}),
        403,
        code="authentication_failed",
        detail="Sharing access token is invalid.",
    )


def test_a_protected_share_needs_its_jwt(
    visitor: APIClient, root: str, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    query = {"sharing_access_token": link.access_token}
    assert_error(visitor.get(root + "insights/", query), 401, code="not_authenticated")
    value = visitor.post(f"/shared/{link.access_token}", {"password": PASSWORD}).json()
    headers = {"authorization": f"Bearer {value['shareToken']}"}
    assert visitor.get(root + "insights/", headers=headers).json()["count"] == 1
    SharePassword.all_projects.update(is_active=False)
    assert visitor.get(root + "insights/", headers=headers).status_code == 401


def test_overrides_do_not_count_for_visitors(
    visitor: APIClient, root: str, link: SharingConfiguration
) -> None:
    query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]}
    Insight.all_projects.filter(name="Sales").update(query=query)
    shown = Insight.all_projects.get(name="Sales")
    parameters = {
        "sharing_access_token": link.access_token,
        "filters_override": '{"date_from": "-1d"}',
    }
    assert visitor.get(f"{root}insights/{shown.pk}/", parameters).json()["query"] == query


def test_a_visitor_learns_nothing_of_another_dashboard_with_the_insight(
    visitor: APIClient, root: str, project: Project, link: SharingConfiguration
) -> None:
    query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]}
    Insight.all_projects.filter(name="Sales").update(query=query)
    shown = Insight.all_projects.get(name="Sales")
    secret = DashboardFactory.create(project=project, filters={"date_from": "-99d"})
    Tile.objects.create(project=project, dashboard=secret, insight=shown, color="secret")
    parameters = {"sharing_access_token": link.access_token, "from_dashboard": str(secret.pk)}
    response = visitor.get(f"{root}insights/{shown.pk}/", parameters)
    assert response.json()["query"] == query
    assert b"secret" not in response.content
