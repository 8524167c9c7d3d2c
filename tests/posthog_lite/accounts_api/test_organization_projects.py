from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, MembershipLevel, Organization, Project, User
from tests.conftest import KeyClient
from tests.factories import ProjectFactory
from tests.support.errors import assert_error

PROJECTS = "/api/organizations/@current/projects/"


@pytest.mark.parametrize("name", ["id", "slug", "@current"])
def test_the_projects_of_an_organization_are_listed(
    client: APIClient, project: Project, other_project: Project, name: str
) -> None:
    named = {"id": str(project.organization_id), "slug": "acme"}.get(name, name)
    body = client.get(f"/api/organizations/{named}/projects/").json()
    assert (body["count"], [row["id"] for row in body["results"]]) == (1, [project.pk])


@pytest.mark.parametrize("slash", ["", "/"])
def test_one_project_shows_its_settings(client: APIClient, project: Project, slash: str) -> None:
    for named in (project.pk, "@current"):
        body = client.get(f"{PROJECTS}{named}{slash}").json()
        assert (body["id"], body["organization"]) == (project.pk, str(project.organization_id))
        assert body["app_urls"] == []


def test_admins_create_projects(
    admin: User, organization: Organization, key_client: KeyClient
) -> None:
    response = key_client(admin).post(PROJECTS, {"name": "New", "timezone": "Asia/Tokyo"})
    body = response.json()
    project = Project.objects.get(pk=body["id"])
    assert response.status_code == 201
    assert (body["name"], body["timezone"], body["is_demo"]) == ("New", "Asia/Tokyo", False)
    assert (body["organization"], project.organization) == (str(organization.pk), organization)
    assert body["api_token"].startswith("phc_")
    admin.refresh_from_db()
    assert admin.current_project_id != project.pk, "a new project does not move @current"


def test_the_first_project_becomes_the_current_one_of_its_creator(
    lonely_user: User, organization: Organization, key_client: KeyClient
) -> None:
    Membership.objects.create(
        organization=organization, user=lonely_user, level=MembershipLevel.OWNER
    )
    User.objects.filter(pk=lonely_user.pk).update(current_organization=organization)
    client = key_client(lonely_user)
    created = client.post(PROJECTS, {"name": "First"}).json()
    assert client.get("/api/projects/@current/").json()["id"] == created["id"]


def test_admins_change_projects(admin: User, project: Project, key_client: KeyClient) -> None:
    response = key_client(admin).patch(f"{PROJECTS}{project.pk}/", {"name": "Changed"})
    assert (response.status_code, response.json()["name"]) == (200, "Changed")


def test_members_may_not_write(client: APIClient, project: Project) -> None:
    for response in (
        client.post(PROJECTS, {"name": "x"}),
        client.patch(f"{PROJECTS}{project.pk}/", {"name": "x"}),
    ):
        assert_error(response, 403, detail="Your organization access level is insufficient.")
    assert list(Project.objects.values_list("name", flat=True)) == ["Web"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": "x", "timezone": "nowhere"}, "timezone", "invalid_choice"),
    ],
)
def test_bad_values_create_nothing(
    admin: User, key_client: KeyClient, body: dict[str, str], field: str, code: str
) -> None:
    assert_error(key_client(admin).post(PROJECTS, body), 400, code=code, attr=field)
    assert Project.objects.count() == 1


@pytest.mark.parametrize("name", ["foreign", "abc", "999999", "%00"])
def test_a_project_of_another_organization_is_not_found(
    client: APIClient, other_project: Project, name: str
) -> None:
    named = other_project.pk if name == "foreign" else name
    assert_error(client.get(f"{PROJECTS}{named}/"), 404, detail="Not found.")


def test_a_foreign_organization_is_refused(client: APIClient, other_project: Project) -> None:
    path = f"/api/organizations/{other_project.organization_id}/projects/"
    for response in (
        client.get(path),
        client.get(f"{path}{other_project.pk}/"),
        client.post(path, {"name": "x"}),
        client.patch(f"{path}{other_project.pk}/", {"name": "x"}),
    ):
        detail = "You do not have permission to perform this action."
        assert_error(response, 403, code="permission_denied", detail=detail)


@pytest.mark.parametrize(
    "name", ["6f9619ff-8b86-4011-b42d-00cf4fc964ff", "no-such-slug", "not a slug", "%00"]
)
def test_an_unknown_organization_is_not_found(client: APIClient, name: str) -> None:
    response = client.get(f"/api/organizations/{name}/projects/")
    assert_error(response, 404, detail="Organization not found.")


def test_without_a_current_organization_there_is_no_current_one(
    lonely_user: User, key_client: KeyClient
) -> None:
    response = key_client(lonely_user).get(PROJECTS)
    assert_error(response, 404, detail="Current organization not found.")


@pytest.mark.parametrize("method", ["put", "post"])
def test_projects_are_changed_by_patch(
    admin: User, project: Project, key_client: KeyClient, method: str
) -> None:
    response = getattr(key_client(admin), method)(f"{PROJECTS}{project.pk}/")
    assert_error(response, 405, code="method_not_allowed")


def test_the_scope_is_project(admin: User, key_client: KeyClient) -> None:
    reader = key_client(admin, scopes=["project:read"])
    assert reader.get(PROJECTS).status_code == 200
    response = reader.post(PROJECTS, {"name": "x"})
    assert_error(response, 403, detail="API key missing required scope 'project:write'")
    response = key_client(admin, scopes=["organization:write"]).get(PROJECTS)
    assert_error(response, 403, detail="API key missing required scope 'project:read'")


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    client: APIClient, project: Project, rows: int
) -> None:
    ProjectFactory.create_batch(rows - 1, organization=project.organization)
    client.get(PROJECTS)  # moves last_used_at
    # The key with its user, the organization, its projects, the membership, the count, the page,
    # the caller's levels.
    with assertNumQueries(7):
        assert len(client.get(PROJECTS).json()["results"]) == rows


def test_a_project_without_a_name_gets_one(admin: User, key_client: KeyClient) -> None:
    caller = key_client(admin, scopes=["project:write"])
    answer = caller.post("/api/organizations/@current/projects/", {})
    assert (answer.status_code, answer.json()["name"]) == (201, "Default project")
