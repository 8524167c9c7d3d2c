from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, MembershipLevel, Project, User
from tests.conftest import KeyClient
from tests.factories import ProjectFactory, make_member
from tests.support.errors import assert_error

PREFIXES = pytest.mark.parametrize("prefix", ["projects", "environments"])
INSUFFICIENT = "Your organization access level is insufficient."


@PREFIXES
@pytest.mark.parametrize("name", ["id", "@current", "%40current"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_project_shows_its_settings(
    client: APIClient, project: Project, prefix: str, name: str, slash: str
) -> None:
    named = str(project.pk) if name == "id" else name
    body = client.get(f"/api/{prefix}/{named}{slash}").json()
    assert (body["id"], body["project_id"], body["name"]) == (project.pk, project.pk, "Web")
    assert body["organization"] == str(project.organization_id)
    assert (body["api_token"], body["timezone"]) == (project.api_token, "UTC")
    assert (body["effective_membership_level"], body["user_access_level"]) == (1, "member")
    assert (body["app_urls"], body["test_account_filters"], body["group_types"]) == ([], [], [])
    assert body["data_attributes"] == ["data-attr"]
    assert (body["base_currency"], body["primary_dashboard"]) == ("USD", None)


@PREFIXES
def test_the_list_holds_rows_without_settings(
    client: APIClient, project: Project, other_project: Project, prefix: str
) -> None:
    body = client.get(f"/api/{prefix}").json()
    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    assert set(body["results"][0]) == {
        "id",
        "uuid",
        "organization",
        "project_id",
        "api_token",
        "name",
        "completed_snippet_onboarding",
        "has_completed_onboarding_for",
        "ingested_event",
        "is_demo",
        "timezone",
        "access_control",
    }


@pytest.mark.parametrize("place", ["projects", "environments", "organizations/@current/projects"])
def test_projects_are_found_by_a_part_of_their_name(
    client: APIClient, project: Project, place: str
) -> None:
    def found(search: str) -> list[str]:
        page = client.get(f"/api/{place}/", {"search": search}).json()
        return [row["name"] for row in page["results"]]

    assert (found("WE"), found("mobile"), found("")) == (["Web"], [], ["Web"])
    assert_error(client.get(f"/api/{place}/", {"search": "x" * 201}), 400, attr="search")


@PREFIXES
@pytest.mark.parametrize(
    "name", ["foreign", "999999", "abc", "1.5", "-1", "%00", "9" * 30, "9" * 5000, "²"]
)
def test_foreign_and_unknown_projects_are_not_found(
    client: APIClient, other_project: Project, prefix: str, name: str
) -> None:
    path = f"/api/{prefix}/{other_project.pk if name == 'foreign' else name}/"
    assert_error(client.get(path), 404, code="not_found", detail="Not found.")
    assert_error(client.patch(path, {"name": "x"}), 404, code="not_found", detail="Not found.")


def test_a_project_token_is_no_id(client: APIClient, project: Project) -> None:
    assert_error(client.get(f"/api/projects/{project.api_token}/"), 404, detail="Not found.")


def test_without_a_current_project_there_is_no_current_one(
    lonely_user: User, key_client: KeyClient
) -> None:
    response = key_client(lonely_user).get("/api/projects/@current/")
    assert_error(response, 404, detail="Project not found.")


@PREFIXES
def test_admins_change_name_and_timezone(
    admin: User, project: Project, key_client: KeyClient, prefix: str
) -> None:
    changes = {"name": "Mobile", "timezone": "Europe/Berlin"}
    body = key_client(admin).patch(f"/api/{prefix}/{project.pk}/", {**changes, "id": 7}).json()
    assert {field: body[field] for field in changes} == changes
    assert (body["id"], body["user_access_level"]) == (project.pk, "admin")
    project.refresh_from_db()
    assert (project.name, project.timezone) == ("Mobile", "Europe/Berlin")


def test_members_may_not_change_a_project(
    client: APIClient, session_client: APIClient, project: Project
) -> None:
    for caller in (client, session_client):
        response = caller.patch("/api/projects/@current/", {"name": "x"})
        assert_error(response, 403, code="permission_denied", detail=INSUFFICIENT)
    project.refresh_from_db()
    assert project.name == "Web"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", "x" * 201, "max_length"),
        ("name", None, "null"),
        ("timezone", "Mars/Olympus", "invalid_choice"),
        ("timezone", [], "invalid_choice"),
        ("timezone", None, "null"),
    ],
)
def test_bad_values_name_their_field(
    admin: User, key_client: KeyClient, field: str, value: object, code: str
) -> None:
    response = key_client(admin).patch("/api/projects/@current/", {field: value})
    assert_error(response, 400, code=code, attr=field)


@PREFIXES
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_do_not_exist(client: APIClient, prefix: str, method: str) -> None:
    for path in (f"/api/{prefix}/", f"/api/{prefix}/@current/"):
        assert_error(getattr(client, method)(path), 405, code="method_not_allowed")


def test_reading_needs_project_read_and_writing_project_write(
    admin: User, key_client: KeyClient
) -> None:
    reader = key_client(admin, scopes=["project:read"])
    assert reader.get("/api/projects/").status_code == 200
    response = reader.patch("/api/projects/@current/", {})
    assert_error(response, 403, detail="API key missing required scope 'project:write'")
    response = key_client(admin, scopes=["dashboard:write"]).get("/api/projects/@current/")
    assert_error(response, 403, detail="API key missing required scope 'project:read'")


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    client: APIClient, project: Project, member: User, rows: int
) -> None:
    for _ in range(rows - 1):
        extra = ProjectFactory.create()
        Membership.objects.create(organization=extra.organization, user=member)
    client.get("/api/projects/")  # moves last_used_at
    # The key with its user, the count, the page, the caller's levels.
    with assertNumQueries(4):
        assert len(client.get("/api/projects/").json()["results"]) == rows


def test_an_owner_counts_as_admin(project: Project, key_client: KeyClient) -> None:
    owner = make_member(project, "owner@example.com", MembershipLevel.OWNER)
    body = key_client(owner).get("/api/projects/@current/").json()
    assert (body["effective_membership_level"], body["user_access_level"]) == (15, "admin")


@pytest.mark.parametrize("prefix", ["projects", "environments"])
def test_admins_reset_the_token(
    prefix: str, admin: User, key_client: KeyClient, project: Project, other_project: Project
) -> None:
    old, theirs = project.api_token, other_project.api_token
    caller = key_client(admin, scopes=["project:write"])
    answer = caller.patch(f"/api/{prefix}/@current/reset_token/")
    assert answer.status_code == 200, answer.content
    project.refresh_from_db()
    assert answer.json()["api_token"] == project.api_token != old
    assert project.api_token.startswith("phc_")
    assert_error(caller.patch(f"/api/{prefix}/{other_project.pk}/reset_token/"), 404)
    other_project.refresh_from_db()
    assert other_project.api_token == theirs


def test_only_admins_with_the_scope_reset_the_token(
    member: User, admin: User, key_client: KeyClient, project: Project
) -> None:
    old = project.api_token
    at = f"/api/projects/{project.pk}/reset_token/"
    refused = key_client(member, scopes=["project:write"]).patch(at)
    assert_error(refused, 403, detail="Your organization access level is insufficient.")
    refused = key_client(admin, scopes=["project:read"]).patch(at)
    assert_error(refused, 403, detail="API key missing required scope 'project:write'")
    project.refresh_from_db()
    assert project.api_token == old
