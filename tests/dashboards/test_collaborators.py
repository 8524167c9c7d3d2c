from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardCollaborator
from posthog_lite.accounts.models import Membership, MembershipLevel, Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, UserFactory, make_member
from tests.support.errors import assert_error


@pytest.fixture
def dashboard(project: Project, admin: User) -> Dashboard:
    return DashboardFactory.create(project=project, created_by=admin, restriction_level=37)


@pytest.fixture
def path(url: str, dashboard: Dashboard) -> str:
    return f"{url}{dashboard.pk}/collaborators/"


@pytest.fixture
def owner(admin: User, key_client: KeyClient) -> APIClient:
    return key_client(admin)


def test_an_invitation_lets_a_member_edit_until_it_is_taken_back(
    owner: APIClient, client: APIClient, member: User, dashboard: Dashboard, url: str, path: str
) -> None:
    response = owner.post(path, {"user_uuid": str(member.uuid), "level": 37})
    row = response.json()
    assert response.status_code == 201
    assert set(row) == {"id", "dashboard_id", "user", "level", "added_at", "updated_at"}
    assert (row["dashboard_id"], row["level"]) == (dashboard.pk, 37)
    assert row["user"]["uuid"] == str(member.uuid)
    assert client.get(path).json() == [row]
    assert client.patch(f"{url}{dashboard.pk}/", {"name": "x"}).status_code == 200
    response = owner.delete(f"{path}{member.uuid}/")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(path).json() == []
    assert client.patch(f"{url}{dashboard.pk}/", {"name": "y"}).status_code == 403


def test_the_refusals(
    owner: APIClient,
    project: Project,
    dashboard: Dashboard,
    admin: User,
    member: User,
    stranger: User,
    path: str,
) -> None:
    gone = UserFactory.create(is_active=False)
    boss = make_member(project, "boss@example.com", MembershipLevel.OWNER)
    already = "Cannot add collaborators that already have inherent access (the dashboard owner or "
    for user, level, detail in (
        (member, 21, "Only edit access can be explicitly specified currently."),
        (gone, 37, "User does not exist."),
        (stranger, 37, "Cannot add collaborators that have no access to the project."),
        (boss, 37, already + "a project admins)."),
        (admin, 37, already + "a project admins)."),
    ):
        response = owner.post(path, {"user_uuid": str(user.uuid), "level": level})
        assert_error(response, 400, code="invalid_input", detail=detail)
    body = {"user_uuid": str(member.uuid), "level": 37}
    assert owner.post(path, body).status_code == 201
    assert_error(owner.post(path, body), 400, detail="User already is a collaborator.")
    Dashboard.all_projects.filter(pk=dashboard.pk).update(restriction_level=21)
    assert_error(
        owner.post(path, body),
        400,
        detail="Cannot add collaborators to a dashboard on the lowest restriction level.",
    )
    assert_error(
        owner.delete(f"{path}{member.uuid}/"),
        400,
        detail="Cannot remove collaborators from a dashboard on the lowest restriction level.",
    )


def test_bad_bodies_name_the_field(owner: APIClient, member: User, path: str) -> None:
    assert_error(owner.post(path, {"level": 37}), 400, code="required", attr="user_uuid")
    assert_error(owner.post(path, {"user_uuid": "x", "level": 37}), 400, attr="user_uuid")
    body = {"user_uuid": str(member.uuid)}
    assert_error(owner.post(path, body), 400, code="required", attr="level")
    assert_error(owner.post(path, {**body, "level": 5}), 400, code="invalid_choice", attr="level")


def test_members_without_the_edit_right_may_look_and_no_more(
    client: APIClient, member: User, path: str
) -> None:
    assert client.get(path).status_code == 200
    refusal = "You don't have edit permissions for this dashboard."
    body = {"user_uuid": str(member.uuid), "level": 37}
    assert_error(client.post(path, body), 403, detail=refusal)
    assert_error(client.delete(f"{path}{member.uuid}/"), 403, detail=refusal)


def test_deactivated_people_are_left_out(owner: APIClient, member: User, path: str) -> None:
    owner.post(path, {"user_uuid": str(member.uuid), "level": 37})
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert owner.get(path).json() == []


def test_what_does_not_exist(owner: APIClient, url: str, path: str, member: User) -> None:
    for missing in (f"{url}999999/collaborators/", f"{url}abc/collaborators/"):
        assert_error(owner.get(missing), 404, detail="Dashboard not found.")
        body = {"user_uuid": str(member.uuid), "level": 37}
        assert_error(owner.post(missing, body), 404, detail="Dashboard not found.")
    assert_error(owner.delete(f"{path}{member.uuid}/"), 404)
    assert_error(owner.delete(f"{path}not-a-uuid/"), 404)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_invitation_cannot_be_changed(
    owner: APIClient, member: User, path: str, method: str
) -> None:
    assert_error(getattr(owner, method)(f"{path}{member.uuid}/"), 405)


def test_an_invitation_ends_with_the_membership(
    owner: APIClient, client: APIClient, member: User, dashboard: Dashboard, url: str, path: str
) -> None:
    owner.post(path, {"user_uuid": str(member.uuid), "level": 37})
    membership = Membership.objects.get(user=member)
    membership.delete()
    assert owner.get(path).json() == []
    Membership.objects.create(user=member, organization=membership.organization)
    assert client.patch(f"{url}{dashboard.pk}/", {"name": "x"}).status_code == 403


def test_invitations_from_before_of_people_who_left_end_with_the_upgrade(
    project: Project, dashboard: Dashboard, member: User, stranger: User
) -> None:
    for user in (member, stranger):
        DashboardCollaborator.objects.create(
            project=project, dashboard=dashboard, user=user, level=37
        )
    migration = import_module("dashboards.migrations.0007_invitations_of_members")
    with connection.cursor() as cursor:
        cursor.execute(migration.END)
    assert DashboardCollaborator.objects.for_project(project).get().user == member
