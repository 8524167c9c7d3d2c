"""GET and PATCH of `/sharing/`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, RestrictionLevel, Tile
from posthog_lite.accounts.models import Organization, Project, User
from sharing.models import SharingConfiguration
from tests.conftest import KeyClient
from tests.factories import DashboardFactory
from tests.sharing.conftest import Share
from tests.support.errors import assert_error
from tests.support.queries import count_queries

KEYS = [
    "created_at",
    "enabled",
    "access_token",
    "settings",
    "password_required",
    "share_passwords",
]
CLOSED: dict[str, Any] = {
    "enabled": False,
    "settings": None,
    "password_required": False,
    "share_passwords": [],
}


def stored() -> list[SharingConfiguration]:
    return list(SharingConfiguration.all_projects.order_by("id"))


def test_reading_gives_one_closed_object_and_stores_nothing(
    client: APIClient, sharing_url: str
) -> None:
    body = client.get(sharing_url).json()
    assert list(body) == KEYS
    assert len(body.pop("access_token")) == 30
    made = client.get(sharing_url.removesuffix("sharing/")).json()["created_at"]
    assert body.pop("created_at") == made  # of what is shared: clients want a moment
    assert body == CLOSED
    assert stored() == []


@pytest.mark.parametrize("prefix", ["projects", "environments"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_spelling_of_the_url_works(
    client: APIClient, sharing_url: str, prefix: str, slash: str
) -> None:
    url = sharing_url.replace("projects", prefix).rstrip("/") + slash
    assert client.patch(url, {"enabled": True}).json()["enabled"] is True
    assert client.get(url).json()["enabled"] is True


def test_the_first_change_stores_the_link_and_reading_gives_the_same(
    client: APIClient, sharing_url: str
) -> None:
    body = client.patch(sharing_url, {"enabled": True}).json()
    assert list(body) == KEYS
    assert body["enabled"] is True
    assert body["created_at"] is not None
    assert client.get(sharing_url).json() == body
    assert [row.access_token for row in stored()] == [body["access_token"]]


@pytest.mark.parametrize("body", [{}, {"enabled": False}])
def test_any_first_change_stores_the_link(
    client: APIClient, sharing_url: str, body: dict[str, Any]
) -> None:
    assert client.patch(sharing_url, body).status_code == 200
    assert len(stored()) == 1


def test_switching_off_and_on_keeps_the_token(client: APIClient, sharing_url: str) -> None:
    token = client.patch(sharing_url, {"enabled": True}).json()["access_token"]
    assert client.patch(sharing_url, {"enabled": False}).json()["enabled"] is False
    again = client.patch(sharing_url, {"enabled": True}).json()
    assert (again["enabled"], again["access_token"]) == (True, token)
    assert len(stored()) == 1


def test_a_change_leaves_other_fields_alone(client: APIClient, sharing_url: str) -> None:
    client.patch(sharing_url, {"enabled": True, "settings": {"legend": True}})
    body = client.patch(sharing_url, {"password_required": True}).json()
    assert (body["enabled"], body["settings"]) == (True, {"legend": True})
    assert body["password_required"] is True


def test_what_cannot_be_written_is_ignored(client: APIClient, sharing_url: str) -> None:
    body = client.patch(
        sharing_url,
        {"access_token": "mine", "created_at": "2020-01-01T00:00:00Z", "share_passwords": [1]},
    ).json()
    assert body["access_token"] != "mine"
    assert not body["created_at"].startswith("2020")
    assert body["share_passwords"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ({}, {}),
        ({"whitelabel": True, "noHeader": False}, {"whitelabel": True, "noHeader": False}),
        ({"unknown": 1, "detailed": True}, {"detailed": True}),
        ({"legend": None, "theme": None}, {}),
        ({"legend": "yes", "detailed": 0, "showInspector": "OFF"}, None),
        ({"hideExtraDetails": 1.0}, {"hideExtraDetails": True}),
        ({"theme": "dark"}, {"theme": "dark"}),
    ],
)
def test_settings_are_replaced_whole_and_cleaned(
    client: APIClient,
    sharing_url: str,
    sent: dict[str, Any] | None,
    kept: dict[str, Any] | None,
) -> None:
    if sent and sent.get("legend") == "yes":
        kept = {"legend": True, "detailed": False, "showInspector": False}
    client.patch(sharing_url, {"settings": {"whitelabel": True, "legend": True}})
    assert client.patch(sharing_url, {"settings": sent}).json()["settings"] == kept


@pytest.mark.parametrize(
    "bad", ["x", [], 1, True, {"legend": "maybe"}, {"legend": []}, {"theme": "pink"}, {"theme": 1}]
)
def test_bad_settings_are_refused_and_nothing_is_stored(
    client: APIClient, sharing_url: str, bad: Any
) -> None:
    response = client.patch(sharing_url, {"enabled": True, "settings": bad})
    assert_error(
        response,
        400,
        type="validation_error",
        detail="Invalid settings format",
        attr="settings",
    )
    assert stored() == []


@pytest.mark.parametrize("field", ["enabled", "password_required"])
@pytest.mark.parametrize("bad", [None, "maybe", 2, [], {}])
def test_a_bad_switch_is_refused(client: APIClient, sharing_url: str, field: str, bad: Any) -> None:
    assert_error(client.patch(sharing_url, {field: bad}), 400, attr=field)
    assert stored() == []


def test_is_shared_follows_the_active_link(
    client: APIClient, project: Project, dashboard: Dashboard
) -> None:
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/"

    def is_shared() -> bool:
        listed = client.get(f"/api/projects/{project.pk}/dashboards/").json()["results"][0]
        shared: bool = client.get(url).json()["is_shared"]
        assert listed["is_shared"] is shared
        return shared

    assert is_shared() is False
    client.patch(f"{url}sharing/", {"enabled": True})
    assert is_shared() is True
    client.post(f"{url}sharing/refresh/")
    assert is_shared() is True
    client.patch(f"{url}sharing/", {"enabled": False})
    assert is_shared() is False


def test_a_fading_link_does_not_count_as_shared(
    client: APIClient, project: Project, dashboard: Dashboard, share: Share
) -> None:
    share(dashboard)
    SharingConfiguration.all_projects.update(expires_at=timezone.now() + timedelta(minutes=4))
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/"
    assert client.get(url).json()["is_shared"] is False


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_other_methods_are_not_allowed(client: APIClient, sharing_url: str, method: str) -> None:
    assert_error(getattr(client, method)(sharing_url, {"enabled": True}), 405)


@pytest.mark.parametrize("noun", ["Dashboard", "Insight"])
@pytest.mark.parametrize("lookup", ["999999", "x", "0", "99999999999999999999", "-1", "٣"])
@pytest.mark.parametrize(
    ("method", "tail"),
    [("get", ""), ("patch", ""), ("post", "refresh/"), ("post", "passwords/")],
)
def test_an_unknown_resource_is_named(
    client: APIClient, project: Project, noun: str, lookup: str, method: str, tail: str
) -> None:
    url = f"/api/projects/{project.pk}/{noun.lower()}s/{lookup}/sharing/{tail}"
    assert_error(getattr(client, method)(url), 404, detail=f"{noun} not found.")


def test_a_short_id_is_no_id_here(client: APIClient, project: Project, insight: Insight) -> None:
    insight.short_id = "abcdefgh"
    insight.save()
    url = f"/api/projects/{project.pk}/insights/abcdefgh/sharing/"
    assert_error(client.get(url), 404, detail="Insight not found.")


def test_an_unknown_resource_wins_over_a_bad_body(client: APIClient, project: Project) -> None:
    url = f"/api/projects/{project.pk}/dashboards/1/sharing/"
    assert_error(client.patch(url, {"enabled": "x"}), 404, detail="Dashboard not found.")
    assert_error(client.post(f"{url}passwords/", {"note": []}), 404, detail="Dashboard not found.")


def test_a_deleted_resource_is_not_found(
    client: APIClient, sharing_url: str, dashboard: Dashboard, insight: Insight
) -> None:
    for row in (dashboard, insight):
        row.deleted = True
        row.save()
    assert client.get(sharing_url).status_code == 404
    assert client.patch(sharing_url, {"enabled": True}).status_code == 404


def test_a_resource_of_another_project_is_not_found(
    client: APIClient, project: Project, other_project: Project
) -> None:
    foreign = DashboardFactory.create(project=other_project)
    url = f"/api/projects/{project.pk}/dashboards/{foreign.pk}/sharing/"
    assert_error(client.patch(url, {"enabled": True}), 404, detail="Dashboard not found.")
    assert stored() == []


def test_a_share_token_opens_no_sharing_endpoint(
    visitor: APIClient, dashboard: Dashboard, share: Share, sharing_url: str
) -> None:
    token = share(dashboard).access_token
    assert_error(visitor.get(sharing_url, {"sharing_access_token": token}), 401)


def test_a_restricted_dashboard_is_shared_only_by_who_may_edit_it(
    client: APIClient, admin: User, key_client: KeyClient, project: Project
) -> None:
    dashboard = DashboardFactory.create(
        project=project,
        created_by=admin,
        restriction_level=RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT,
    )
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/"
    detail = "You don't have edit permissions for this dashboard."
    assert client.get(url).status_code == 200
    assert_error(client.patch(url, {"enabled": True}), 403, detail=detail)
    assert_error(client.patch(url, {"enabled": "x"}), 403, detail=detail)
    assert_error(client.post(f"{url}refresh/"), 403, detail=detail)
    assert_error(client.post(f"{url}passwords/"), 403, detail=detail)
    assert_error(client.delete(f"{url}passwords/1/"), 403, detail=detail)
    assert key_client(admin).patch(url, {"enabled": True}).status_code == 200


def test_an_insight_on_a_restricted_dashboard_is_shared_only_by_who_may_edit_that(
    client: APIClient, admin: User, key_client: KeyClient, project: Project, insight: Insight
) -> None:
    dashboard = DashboardFactory.create(
        project=project,
        created_by=admin,
        restriction_level=RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT,
    )
    tile = Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    url = f"/api/projects/{project.pk}/insights/{insight.pk}/sharing/"
    detail = f"You don't have edit permissions for this insight: dashboard {dashboard.pk} shows it."
    assert client.get(url).status_code == 200
    for body in ({"enabled": True}, {"enabled": False}, {"password_required": True}):
        assert_error(client.patch(url, body), 403, detail=detail)
    assert_error(client.post(f"{url}refresh/"), 403, detail=detail)
    assert_error(client.post(f"{url}passwords/"), 403, detail=detail)
    assert_error(client.delete(f"{url}passwords/1/"), 403, detail=detail)
    assert key_client(admin).patch(url, {"enabled": True}).status_code == 200
    tile.deleted = True
    tile.save()
    assert client.patch(url, {"enabled": False}).status_code == 200


def test_the_organization_switch_stops_only_switching_on(
    client: APIClient, organization: Organization, sharing_url: str
) -> None:
    client.patch(sharing_url, {"password_required": True})
    organization.allow_publicly_shared_resources = False
    organization.save()
    assert_error(
        client.patch(sharing_url, {"enabled": True}),
        403,
        detail="Public sharing is disabled for this organization.",
    )
    assert client.patch(sharing_url, {"enabled": False}).status_code == 200
    assert client.patch(sharing_url, {"settings": {"legend": True}}).status_code == 200
    assert client.post(f"{sharing_url}refresh/").status_code == 200
    assert client.post(f"{sharing_url}passwords/").status_code == 201


def test_an_admin_changes_the_switch_with_the_organization(
    admin: User,
    client: APIClient,
    key_client: KeyClient,
    organization: Organization,
    sharing_url: str,
) -> None:
    url = f"/api/organizations/{organization.pk}/"
    answer = key_client(admin).patch(url, {"allow_publicly_shared_resources": False})
    assert answer.json()["allow_publicly_shared_resources"] is False
    assert client.patch(sharing_url, {"enabled": True}).status_code == 403


def test_the_database_holds_one_active_link_per_resource(
    project: Project, dashboard: Dashboard, insight: Insight
) -> None:
    for resource in ({"dashboard": dashboard}, {"insight": insight}):
        SharingConfiguration.objects.create(project=project, **resource)
        SharingConfiguration.objects.create(project=project, expires_at=timezone.now(), **resource)
        with pytest.raises(IntegrityError), transaction.atomic():
            SharingConfiguration.objects.create(project=project, **resource)
    for nothing_or_both in ({}, {"dashboard": dashboard, "insight": insight}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SharingConfiguration.objects.create(project=project, **nothing_or_both)


def test_reading_takes_as_many_queries_with_ten_passwords_as_with_one(
    client: APIClient, project: Project, dashboard: Dashboard, share: Share
) -> None:
    share(dashboard, password="first password")
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/"
    client.get(url)
    with count_queries() as one:
        client.get(url)
    for number in range(9):
        client.post(f"{url}passwords/", {"note": str(number)})
    with count_queries() as ten:
        assert len(client.get(url).json()["share_passwords"]) == 10
    # Key, project, dashboard, link, passwords with their makers.
    assert len(one) == len(ten) == 4  # caller and project, resource, link, passwords
