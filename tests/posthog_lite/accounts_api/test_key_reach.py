"""What `scoped_teams`, `scoped_organizations` and the organization's switch keep keys from."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, MembershipLevel, Organization, Project, User
from tests.conftest import KeyClient
from tests.factories import OrganizationFactory, ProjectFactory
from tests.support.errors import assert_error

ONLY_PROJECTS = "API keys with scoped projects are only supported on project-based endpoints."
ROOTS = ["/api/projects/", "/api/environments/", "/api/organizations/"]


@pytest.fixture
def sister(project: Project) -> Project:
    """Another project of the same organization."""
    return ProjectFactory.create(organization=project.organization, name="Sister")


@pytest.fixture
def second(member: User) -> Project:
    """A project of another organization that the member is in too."""
    project = ProjectFactory.create(organization=OrganizationFactory.create(name="Beta"))
    Membership.objects.create(organization=project.organization, user=member)
    return project


@pytest.fixture
def team_key(member: User, project: Project, key_client: KeyClient) -> APIClient:
    return key_client(member, scoped_teams=[project.pk])


@pytest.fixture
def organization_key(member: User, second: Project, key_client: KeyClient) -> APIClient:
    """A key for the organization that is not the member's current one."""
    return key_client(member, scoped_organizations=[str(second.organization_id)])


def paths_of(project: Project) -> list[str]:
    return [
        f"/api/projects/{project.pk}/",
        f"/api/environments/{project.pk}/",
        f"/api/organizations/{project.organization_id}/projects/{project.pk}/",
    ]


def test_a_team_scoped_key_reads_its_project(team_key: APIClient, project: Project) -> None:
    for path in [*paths_of(project), "/api/projects/@current/"]:
        assert team_key.get(path).json()["id"] == project.pk, path


def test_a_team_scoped_key_is_refused_other_projects(team_key: APIClient, sister: Project) -> None:
    for path in paths_of(sister):
        detail = f"API key does not have access to the requested project: ID {sister.pk}."
        assert_error(team_key.get(path), 403, code="permission_denied", detail=detail)


def test_a_team_scoped_key_is_refused_outside_of_projects(
    team_key: APIClient, organization: Organization
) -> None:
    nested = [
        f"/api/organizations/{organization.pk}/{noun}" for noun in ("", "projects", "members")
    ]
    for path in [*ROOTS, *nested, "/api/organizations/@current/"]:
        assert_error(team_key.get(path), 403, code="permission_denied", detail=ONLY_PROJECTS)


def test_a_team_scoped_key_creates_no_projects(
    admin: User, project: Project, key_client: KeyClient
) -> None:
    client = key_client(admin, scoped_teams=[project.pk])
    response = client.post("/api/organizations/@current/projects/", {"name": "x"})
    assert_error(response, 403, detail=ONLY_PROJECTS)


def test_an_organization_scoped_key_reaches_its_organization(
    organization_key: APIClient, second: Project
) -> None:
    organization = second.organization
    for named in (str(organization.pk), organization.slug):
        body = organization_key.get(f"/api/organizations/{named}/").json()
        assert body["id"] == str(organization.pk)
    for path in paths_of(second):
        assert organization_key.get(path).status_code == 200, path
    assert organization_key.get(f"/api/organizations/{organization.pk}/members/").status_code == 200


def test_an_organization_scoped_key_does_not_find_others(
    organization_key: APIClient, project: Project
) -> None:
    for path in (
        f"/api/organizations/{project.organization_id}/",
        "/api/organizations/acme/",
        "/api/organizations/@current/",
        f"/api/projects/{project.pk}/",
        "/api/projects/@current/",
        "/api/environments/@current/",
    ):
        assert_error(organization_key.get(path), 404, code="not_found", detail="Not found.")


def test_an_organization_scoped_key_is_refused_below_others(
    organization_key: APIClient, project: Project
) -> None:
    organization_id = project.organization_id
    for noun in ("projects/", "members/", f"projects/{project.pk}/"):
        response = organization_key.get(f"/api/organizations/{organization_id}/{noun}")
        detail = (
            f"API key does not have access to the requested organization: ID {organization_id}."
        )
        assert_error(response, 403, code="permission_denied", detail=detail)


def test_lists_hold_what_an_organization_scoped_key_reaches(
    organization_key: APIClient, project: Project, second: Project
) -> None:
    assert [row["id"] for row in organization_key.get(ROOTS[0]).json()["results"]] == [second.pk]
    names = [row["name"] for row in organization_key.get(ROOTS[2]).json()["results"]]
    assert names == ["Beta"]


@pytest.mark.parametrize("level", [MembershipLevel.MEMBER, MembershipLevel.ADMIN])
def test_the_switch_of_an_organization_stops_the_keys_of_members(
    member: User, project: Project, key_client: KeyClient, level: MembershipLevel
) -> None:
    Organization.objects.update(members_can_use_personal_api_keys=False)
    Membership.objects.update(level=level)
    client = key_client(member)
    organization = f"/api/organizations/{project.organization_id}/"
    detail = (
        "Organization 'Acme' does not allow using personal API keys. Contact an admin to enable "
        "personal API keys for this organization."
    )
    for path in [*paths_of(project), organization, f"{organization}members/"]:
        response = client.get(path)
        if level == MembershipLevel.ADMIN:
            assert response.status_code == 200, path
        else:
            assert_error(response, 403, code="permission_denied", detail=detail)
    for path in ROOTS:
        assert client.get(path).json()["count"] == (1 if level == MembershipLevel.ADMIN else 0)


def test_the_switch_does_not_touch_sessions(session_client: APIClient, project: Project) -> None:
    Organization.objects.update(members_can_use_personal_api_keys=False)
    for path in [*paths_of(project), *ROOTS]:
        assert session_client.get(path).status_code == 200, path


# -- The user's own page --------------------------------------------------------------------------
ME = "/api/users/@me/"


def test_a_team_scoped_key_sees_of_its_user_what_it_reaches(
    team_key: APIClient, project: Project, sister: Project, second: Project
) -> None:
    me = team_key.get(ME).json()
    assert me["team"]["id"] == project.pk
    assert [team["id"] for team in me["organization"]["teams"]] == [project.pk]
    assert [one["id"] for one in me["organizations"]] == [str(project.organization_id)]
    listed = team_key.get("/api/users/").json()["results"]
    assert [one["id"] for one in listed[0]["organizations"]] == [str(project.organization_id)]


def test_what_is_current_beyond_the_reach_of_a_key_is_not_shown(
    organization_key: APIClient, project: Project, second: Project
) -> None:
    me = organization_key.get(ME).json()
    assert (me["team"], me["organization"]) == (None, None)
    assert [one["id"] for one in me["organizations"]] == [str(second.organization_id)]


def test_a_key_without_a_scope_of_its_own_sees_everything(
    client: APIClient, project: Project, sister: Project, second: Project
) -> None:
    me = client.get(ME).json()
    assert {team["id"] for team in me["organization"]["teams"]} == {project.pk, sister.pk}
    assert len(me["organizations"]) == 2


@pytest.mark.parametrize("change", ["set_current_team", "set_current_organization"])
def test_a_confined_key_does_not_move_what_is_current(
    member: User,
    team_key: APIClient,
    organization_key: APIClient,
    project: Project,
    second: Project,
    change: str,
) -> None:
    goal = second.pk if change == "set_current_team" else str(second.organization_id)
    for key in (team_key, organization_key):
        assert_error(key.patch(ME, {change: goal}), 403, code="permission_denied")
    member.refresh_from_db()
    assert member.current_project_id == project.pk


def test_a_confined_key_changes_the_name_and_leaves_the_rest(
    member: User, organization_key: APIClient, project: Project
) -> None:
    assert organization_key.patch(ME, {"first_name": "Ada"}).json()["first_name"] == "Ada"
    member.refresh_from_db()
    assert (member.first_name, member.current_project_id) == ("Ada", project.pk)
