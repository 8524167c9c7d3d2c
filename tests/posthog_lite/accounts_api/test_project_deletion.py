from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, MembershipLevel, Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, ProjectFactory
from tests.support.errors import assert_error


@pytest.fixture
def sister(project: Project) -> Project:
    return ProjectFactory.create(organization=project.organization, name="Sister")


def url_of(project: Project) -> str:
    return f"/api/organizations/{project.organization_id}/projects/{project.pk}/"


@pytest.mark.parametrize("level", [MembershipLevel.ADMIN, MembershipLevel.OWNER])
def test_admins_and_owners_delete_a_project_with_everything_in_it(
    member: User, project: Project, sister: Project, key_client: KeyClient, level: MembershipLevel
) -> None:
    Membership.objects.filter(user=member).update(level=level)
    DashboardFactory.create(project=sister)
    client = key_client(member)
    response = client.delete(url_of(sister))
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(url_of(sister)).status_code == 404
    assert client.get(url_of(project)).status_code == 200


def test_the_last_project_stays(admin: User, project: Project, key_client: KeyClient) -> None:
    client = key_client(admin)
    detail = "The last project of an organization cannot be deleted."
    assert_error(client.delete(url_of(project)), 400, detail=detail)
    assert client.get(url_of(project)).status_code == 200


def test_members_delete_none(client: APIClient, sister: Project) -> None:
    assert_error(client.delete(url_of(sister)), 403, code="permission_denied")
    assert Project.objects.filter(pk=sister.pk).exists()


def test_a_key_that_may_only_read_deletes_none(
    admin: User, sister: Project, key_client: KeyClient
) -> None:
    client = key_client(admin, scopes=["project:read"])
    detail = "API key missing required scope 'project:write'"
    assert_error(client.delete(url_of(sister)), 403, detail=detail)


def test_whoever_was_in_it_is_in_another_one(
    admin: User, project: Project, sister: Project, key_client: KeyClient
) -> None:
    client = key_client(admin)
    client.patch("/api/users/@me/", {"set_current_team": sister.pk})
    client.delete(url_of(sister))
    assert client.get("/api/users/@me/").json()["team"]["id"] == project.pk
