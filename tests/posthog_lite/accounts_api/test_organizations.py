from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Membership, MembershipLevel, Organization, Project, User
from tests.conftest import KeyClient
from tests.factories import OrganizationFactory, ProjectFactory, make_member
from tests.support.errors import assert_error

LIST = "/api/organizations/"
CURRENT = "/api/organizations/@current/"
INSUFFICIENT = "Your organization access level is insufficient."


def test_an_organization_shows_its_projects_and_settings(
    client: APIClient, project: Project, admin: User
) -> None:
    organization = project.organization
    body = client.get(f"{LIST}{organization.pk}/").json()
    assert [row["id"] for row in body.pop("teams")] == [project.pk]
    features = {row["key"] for row in body.pop("available_product_features")}
    assert {"tagging", "dashboard_permissioning", "white_labelling"} <= features
    assert body.pop("created_at") <= body.pop("updated_at")
    assert body == {
        "id": str(organization.pk),
        "name": "Acme",
        "slug": "acme",
        "logo_media_id": None,
        "membership_level": 1,
        "members_can_use_personal_api_keys": True,
        "is_active": True,
        "is_not_active_reason": None,
        "is_pending_deletion": False,
        "plugins_access_level": 3,
        "projects": [{"id": project.pk, "organization_id": str(organization.pk), "name": "Web"}],
        "is_member_join_email_enabled": True,
        "metadata": {"instance_tag": "none"},
        "customer_id": None,
        "enforce_2fa": None,
        "members_can_invite": True,
        "allow_publicly_shared_resources": True,
        "member_count": 2,
        "is_ai_data_processing_approved": None,
        "default_experiment_stats_method": "bayesian",
        "default_role_id": None,
    }


@pytest.mark.parametrize("name", ["@current", "%40current", "acme"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_found_by_slug_and_as_the_current_one(
    client: APIClient, organization: Organization, name: str, slash: str
) -> None:
    assert client.get(f"{LIST}{name}{slash}").json()["id"] == str(organization.pk)


def test_the_list_holds_the_organizations_one_is_in(
    client: APIClient, member: User, other_project: Project
) -> None:
    second = OrganizationFactory.create(name="Second")
    Membership.objects.create(organization=second, user=member)
    body = client.get(LIST).json()
    assert (body["count"], [row["name"] for row in body["results"]]) == (2, ["Acme", "Second"])
    assert body["results"][0]["member_count"] == 1


def test_the_list_is_paged(client: APIClient, member: User) -> None:
    Membership.objects.create(organization=OrganizationFactory.create(), user=member)
    body = client.get(f"{LIST}?limit=1").json()
    assert len(body["results"]) == 1
    assert body["next"] == f"http://testserver{LIST}?limit=1&offset=1"


@pytest.mark.parametrize(
    "name", ["foreign", "unknown", "no-such-slug", "%00", "a.b", "%F0%9F%A6%94"]
)
def test_others_are_not_found(client: APIClient, other_project: Project, name: str) -> None:
    named = {"foreign": str(other_project.organization_id), "unknown": str(uuid4())}.get(name, name)
    assert_error(client.get(f"{LIST}{named}/"), 404, code="not_found", detail="Not found.")
    assert_error(client.patch(f"{LIST}{named}/", {"name": "x"}), 404, detail="Not found.")


def test_a_foreign_slug_is_not_found(client: APIClient, other_project: Project) -> None:
    assert_error(client.get(f"{LIST}{other_project.organization.slug}/"), 404, detail="Not found.")


@pytest.mark.parametrize("left", [False, True])
def test_without_a_current_organization_there_is_no_current_one(
    lonely_user: User, organization: Organization, key_client: KeyClient, left: bool
) -> None:
    if left:
        User.objects.filter(pk=lonely_user.pk).update(current_organization=organization)
    response = key_client(lonely_user).get(CURRENT)
    assert_error(response, 404, detail="Current organization not found.")


@pytest.mark.parametrize("level", [MembershipLevel.ADMIN, MembershipLevel.OWNER])
def test_admins_and_owners_change_settings(
    project: Project, key_client: KeyClient, level: MembershipLevel
) -> None:
    client = key_client(make_member(project, "boss@example.com", level))
    changes = {
        "name": "New",
        "allow_publicly_shared_resources": False,
        "members_can_use_personal_api_keys": False,
    }
    body = client.patch(CURRENT, {**changes, "slug": "new", "id": "x"}).json()
    assert {field: body[field] for field in changes} == changes
    assert (body["slug"], body["membership_level"]) == ("acme", level)
    assert Organization.objects.get().name == "New"


def test_members_may_not_change_settings(
    client: APIClient, session_client: APIClient, organization: Organization
) -> None:
    for caller in (client, session_client):
        response = caller.patch(CURRENT, {"name": ""})
        assert_error(response, 403, code="permission_denied", detail=INSUFFICIENT)
    organization.refresh_from_db()
    assert organization.name == "Acme"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", "x" * 65, "max_length"),
        ("name", None, "null"),
        ("allow_publicly_shared_resources", "maybe", "invalid_input"),
        ("members_can_use_personal_api_keys", None, "null"),
    ],
)
def test_bad_values_name_their_field(
    admin: User, key_client: KeyClient, field: str, value: object, code: str
) -> None:
    assert_error(key_client(admin).patch(CURRENT, {field: value}), 400, code=code, attr=field)


@pytest.mark.parametrize(
    ("method", "path"), [("post", LIST), ("put", CURRENT), ("delete", CURRENT), ("post", CURRENT)]
)
def test_organizations_are_neither_made_nor_deleted(
    client: APIClient, session_client: APIClient, method: str, path: str
) -> None:
    for caller in (client, session_client):
        assert_error(getattr(caller, method)(path), 405, code="method_not_allowed")


def test_reading_needs_organization_read_and_writing_organization_write(
    admin: User, key_client: KeyClient
) -> None:
    reader = key_client(admin, scopes=["organization:read"])
    assert reader.get(LIST).status_code == reader.get(CURRENT).status_code == 200
    response = reader.patch(CURRENT, {})
    assert_error(response, 403, detail="API key missing required scope 'organization:write'")
    other = key_client(admin, scopes=["project:write"])
    for path in (LIST, CURRENT):
        detail = "API key missing required scope 'organization:read'"
        assert_error(other.get(path), 403, detail=detail)


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    client: APIClient, member: User, rows: int
) -> None:
    for _ in range(rows - 1):
        project = ProjectFactory.create()
        Membership.objects.create(organization=project.organization, user=member)
    client.get(CURRENT)  # moves last_used_at
    # The key with its user, the count, the page, its projects, the caller's levels.
    with assertNumQueries(5):
        assert len(client.get(LIST).json()["results"]) == rows
