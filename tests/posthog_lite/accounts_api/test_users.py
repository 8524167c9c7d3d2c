from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, Organization, Project, User
from tests.conftest import KeyClient
from tests.factories import OrganizationFactory, ProjectFactory, UserFactory, make_member
from tests.support.errors import assert_error

ME = "/api/users/@me/"
NOT_STAFF = "As a non-staff user you're only allowed to access the `@me` user instance."


@pytest.fixture
def second_project(member: User) -> Project:
    """A project of another organization that the member is in too."""
    project = ProjectFactory.create(organization=OrganizationFactory.create(name="Beta"))
    Membership.objects.create(organization=project.organization, user=member)
    return project


def test_me_is_who_the_key_belongs_to(client: APIClient, member: User, project: Project) -> None:
    body = client.get(ME).json()
    assert (body["id"], body["uuid"], body["email"]) == (
        member.pk,
        str(member.uuid),
        "member@example.com",
    )
    assert body["distinct_id"] == member.distinct_id
    assert body["first_name"] == "Mem"
    assert (body["is_staff"], body["pending_invites"]) == (False, [])


def test_has_password_says_whether_one_can_sign_in(client: APIClient, member: User) -> None:
    for password, has_one in (("correct horse", True), (None, False)):
        member.set_password(password)
        member.save()
        assert client.get(ME).json()["has_password"] is has_one


def test_me_names_the_current_team_and_organization(
    client: APIClient, project: Project, second_project: Project
) -> None:
    body = client.get("/api/users/@me").json()
    organization = project.organization
    assert body["team"] == {
        "id": project.pk,
        "uuid": str(project.uuid),
        "organization": str(organization.pk),
        "project_id": project.pk,
        "api_token": project.api_token,
        "name": "Web",
        "completed_snippet_onboarding": False,
        "has_completed_onboarding_for": None,
        "ingested_event": False,
        "is_demo": False,
        "timezone": "UTC",
        "access_control": False,
    }
    assert body["organization"]["id"] == str(organization.pk)
    assert [row["id"] for row in body["organization"]["teams"]] == [project.pk]
    assert body["organization"]["projects"] == [
        {"id": project.pk, "organization_id": str(organization.pk), "name": "Web"}
    ]
    assert body["organizations"][0] == {
        "id": str(organization.pk),
        "name": "Acme",
        "slug": "acme",
        "logo_media_id": None,
        "membership_level": 1,
        "members_can_use_personal_api_keys": True,
        "is_active": True,
        "is_not_active_reason": None,
        "is_pending_deletion": False,
    }
    assert [row["name"] for row in body["organizations"]] == ["Acme", "Beta"]


def test_a_user_of_no_organization_has_no_team(lonely_user: User, key_client: KeyClient) -> None:
    body = key_client(lonely_user).get(ME).json()
    assert (body["team"], body["organization"], body["organizations"]) == (None, None, [])


def test_what_was_current_before_leaving_is_not_shown(client: APIClient, member: User) -> None:
    Membership.objects.filter(user=member).delete()
    body = client.get(ME).json()
    assert (body["team"], body["organization"], body["organizations"]) == (None, None, [])


def test_own_uuid_is_found_too(client: APIClient, member: User) -> None:
    assert client.get(f"/api/users/{member.uuid}/").json()["id"] == member.pk


@pytest.mark.parametrize("uuid", ["other", "unknown", "not-a-uuid", "%00"])
def test_other_users_are_refused(client: APIClient, admin: User, uuid: str) -> None:
    named = {"other": str(admin.uuid), "unknown": str(uuid4())}.get(uuid, uuid)
    for response in (client.get(f"/api/users/{named}/"), client.patch(f"/api/users/{named}/", {})):
        assert_error(response, 403, code="permission_denied", detail=NOT_STAFF)


def test_the_list_holds_oneself_only(client: APIClient, member: User, admin: User) -> None:
    body = client.get("/api/users/").json()
    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    assert [row["id"] for row in body["results"]] == [member.pk]


def test_staff_see_everybody(
    member: User, admin: User, stranger: User, key_client: KeyClient
) -> None:
    User.objects.filter(pk=member.pk).update(is_staff=True)
    staff = key_client(member)
    assert staff.get("/api/users/").json()["count"] == 3
    assert staff.get(f"/api/users/{stranger.uuid}/").json()["email"] == stranger.email
    assert_error(staff.get(f"/api/users/{uuid4()}/"), 404, detail="Not found.")
    assert_error(staff.get("/api/users/not-a-uuid/"), 404, detail="Not found.")


def test_patch_changes_the_profile(client: APIClient, member: User) -> None:
    changes = {"first_name": "Ada", "last_name": "L", "role_at_organization": "engineering"}
    body = client.patch(ME, changes).json()
    assert {field: body[field] for field in changes} == changes
    member.refresh_from_db()
    assert (member.first_name, member.role_at_organization) == ("Ada", "engineering")


@pytest.mark.parametrize("role", ["", None])
def test_the_role_may_be_emptied(client: APIClient, role: str | None) -> None:
    body = client.patch(ME, {"role_at_organization": role}).json()
    assert body["role_at_organization"] == role


def test_patch_ignores_what_is_not_ours_to_write(
    client: APIClient, member: User, stranger: User
) -> None:
    before = client.get(ME).json()
    answer = client.patch(
        ME,
        {
            "id": stranger.pk,
            "uuid": str(stranger.uuid),
            "organization": str(stranger.current_organization_id),
            "team": stranger.current_project_id,
            "is_staff": True,
            "email": "new@example.com",
        },
    )
    assert (answer.status_code, answer.json()) == (200, before)


def test_an_empty_patch_changes_nothing(client: APIClient) -> None:
    assert client.patch(ME).status_code == 200


def test_set_current_organization_moves_the_team_too(
    client: APIClient, second_project: Project
) -> None:
    organization_id = str(second_project.organization_id)
    body = client.patch(ME, {"set_current_organization": organization_id}).json()
    assert body["organization"]["id"] == organization_id
    assert body["team"]["id"] == second_project.pk


def test_set_current_team_moves_the_organization_too(
    client: APIClient, second_project: Project
) -> None:
    body = client.patch(ME, {"set_current_team": second_project.pk}).json()
    assert body["organization"]["id"] == str(second_project.organization_id)
    assert body["team"]["id"] == second_project.pk


@pytest.mark.parametrize("field", ["set_current_team", "set_current_organization"])
def test_what_is_foreign_cannot_become_current(
    client: APIClient, member: User, stranger: User, field: str
) -> None:
    foreign: Any = {
        "set_current_team": stranger.current_project_id,
        "set_current_organization": str(stranger.current_organization_id),
    }[field]
    response = client.patch(ME, {field: foreign, "first_name": "Changed"})
    assert_error(
        response,
        400,
        code="does_not_exist",
        detail=f"Object with id {foreign} does not exist.",
        attr=field,
    )
    member.refresh_from_db()
    assert member.first_name == "Mem", "the whole request is one transaction"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("first_name", "x" * 151, "max_length"),
        ("first_name", None, "null"),
        ("first_name", ["x"], "invalid_input"),
        ("last_name", {}, "invalid_input"),
        ("role_at_organization", "wizard", "invalid_choice"),
        ("set_current_team", "one", "invalid_input"),
        ("set_current_team", 2**63 - 1, "does_not_exist"),
        ("set_current_organization", "acme", "invalid_input"),
        ("set_current_organization", None, "null"),
    ],
)
def test_bad_values_name_their_field(
    client: APIClient, field: str, value: object, code: str
) -> None:
    assert_error(client.patch(ME, {field: value}), 400, code=code, attr=field)


def test_a_form_with_a_number_beyond_64_bits_is_refused(client: APIClient) -> None:
    response = client.patch(ME, {"set_current_team": str(10**30)}, format="multipart")
    assert_error(response, 400, attr="set_current_team")


@pytest.mark.parametrize("body", [[], "text", 1])
def test_a_body_that_is_no_object_is_refused(client: APIClient, body: object) -> None:
    assert_error(client.patch(ME, body), 400, code="invalid_input")


@pytest.mark.parametrize(
    ("method", "path"), [("post", "/api/users/"), ("put", ME), ("delete", ME), ("post", ME)]
)
def test_users_are_neither_made_nor_deleted(client: APIClient, method: str, path: str) -> None:
    assert_error(getattr(client, method)(path), 405, code="method_not_allowed")


def test_reading_needs_user_read_and_writing_user_write(
    member: User, key_client: KeyClient
) -> None:
    reader = key_client(member, scopes=["user:read"])
    assert reader.get(ME).status_code == 200
    assert_error(reader.patch(ME, {}), 403, detail="API key missing required scope 'user:write'")
    other = key_client(member, scopes=["project:write"])
    for path in (ME, "/api/users/"):
        assert_error(other.get(path), 403, detail="API key missing required scope 'user:read'")


def test_scoped_keys_may_ask_whose_they_are(
    member: User, project: Project, key_client: KeyClient
) -> None:
    for scoped in (
        {"scoped_teams": [project.pk]},
        {"scoped_organizations": [str(project.organization_id)]},
    ):
        assert key_client(member, **scoped).get(ME).status_code == 200


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    member: User, organization: Organization, key_client: KeyClient, rows: int
) -> None:
    User.objects.filter(pk=member.pk).update(is_staff=True)
    for number in range(rows - 1):
        project = ProjectFactory.create()
        user = make_member(project, f"m{number}@example.com")
        Membership.objects.create(organization=organization, user=user)
    UserFactory.create()
    client = key_client(member)
    client.get(ME)  # moves last_used_at
    # The key with its user, the count, the page, the current organizations, their projects, the
    # memberships, the caller's levels.
    with assertNumQueries(7):
        assert len(client.get("/api/users/").json()["results"]) == rows + 1
