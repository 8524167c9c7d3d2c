from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.access import OrganizationAccess
from posthog_lite.accounts.models import Membership, MembershipLevel, Project, User
from posthog_lite.accounts.services.members import (
    MembershipNotEditable,
    change_level,
    remove_member,
)
from tests.conftest import KeyClient
from tests.factories import make_member
from tests.support.errors import assert_error
from tests.support.wire_keys import USER_KEYS

MEMBERS = "/api/organizations/@current/members/"


def test_members_are_listed_latest_first(client: APIClient, member: User, admin: User) -> None:
    body = client.get(MEMBERS).json()
    assert (body["count"], body["next"], body["previous"]) == (2, None, None)
    second, first = body["results"]
    assert first["user"]["email"] == "member@example.com"
    assert set(first) == {
        "id",
        "user",
        "level",
        "joined_at",
        "updated_at",
        "is_2fa_enabled",
        "has_social_auth",
        "last_login",
    }
    assert (first["level"], second["level"], second["last_login"]) == (1, 8, None)
    assert list(first["user"]) == USER_KEYS


def test_the_scope_is_organization_member(member: User, key_client: KeyClient) -> None:
    assert key_client(member, scopes=["organization_member:read"]).get(MEMBERS).status_code == 200
    response = key_client(member, scopes=["organization:write"]).get(MEMBERS)
    assert_error(response, 403, detail="API key missing required scope 'organization_member:read'")


def test_members_of_a_foreign_organization_are_refused(
    client: APIClient, session_client: APIClient, other_project: Project
) -> None:
    for caller in (client, session_client):
        response = caller.get(f"/api/organizations/{other_project.organization_id}/members/")
        detail = "You do not have permission to perform this action."
        assert_error(response, 403, code="permission_denied", detail=detail)


@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
def test_the_list_is_only_read(client: APIClient, method: str) -> None:
    assert_error(getattr(client, method)(MEMBERS), 405, code="method_not_allowed")


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    client: APIClient, project: Project, rows: int
) -> None:
    for number in range(rows - 1):
        make_member(project, f"m{number}@example.com")
    client.get(MEMBERS)  # moves last_used_at
    # The key with its user, the organization, its projects, the membership, the count, the page,
    # the caller's levels.
    with assertNumQueries(7):
        assert len(client.get(MEMBERS).json()["results"]) == rows


def emails(client: APIClient, **wanted: str) -> list[str]:
    return [row["user"]["email"] for row in client.get(MEMBERS, wanted).json()["results"]]


def test_members_are_found(client: APIClient, member: User, admin: User, project: Project) -> None:
    ada = make_member(project, "ada@example.com")
    User.objects.filter(pk=ada.pk).update(first_name="Ada", last_name="Lovelace")
    assert emails(client, email="ada@example.com") == ["ada@example.com"]
    assert emails(client, email="ada") == []
    assert emails(client, search="lace ADA") == ["ada@example.com"]
    assert emails(client, search=" ") == emails(client, order="user__password") == emails(client)
    assert emails(client, order="joined_at") == emails(client)[::-1]
    assert_error(client.get(MEMBERS, {"search": "x" * 201}), 400, attr="search")


@pytest.fixture
def owner(project: Project) -> User:
    return make_member(project, "owner@example.com", level=MembershipLevel.OWNER)


@pytest.fixture
def other(project: Project) -> User:
    return make_member(project, "other@example.com")


def level_of(user: User, project: Project) -> int | None:
    rows = Membership.objects.filter(user=user, organization=project.organization)
    return rows.values_list("level", flat=True).first()


WRITE = ["organization_member:write"]


@pytest.mark.parametrize(("by", "level"), [("admin", 8), ("owner", 15), ("owner", 1)])
def test_levels_are_changed(
    by: str,
    level: int,
    request: pytest.FixtureRequest,
    key_client: KeyClient,
    other: User,
    project: Project,
) -> None:
    caller = key_client(request.getfixturevalue(by), scopes=WRITE)
    answer = caller.patch(f"{MEMBERS}{other.uuid}", {"level": level, "user": {"email": "x"}})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["level"], answer.json()["user"]["uuid"]) == (level, str(other.uuid))
    assert level_of(other, project) == level


ADMINS_ONLY = "You can only edit others if you are an admin."


@pytest.mark.parametrize(
    ("by", "whom", "level", "detail"),
    [
        ("member", "other", 8, ADMINS_ONLY),
        ("member", "other", 1, ADMINS_ONLY),
        ("member", "member", 8, "You can't change your own access level."),
        ("owner", "owner", 1, "You can't change your own access level."),
        (
            "admin",
            "other",
            15,
            "You can only make another member owner if you're this organization's owner.",
        ),
        ("admin", "owner", 1, "You can only edit others with level lower or equal to you."),
    ],
)
def test_nobody_reaches_above_themselves(
    by: str,
    whom: str,
    level: int,
    detail: str,
    request: pytest.FixtureRequest,
    key_client: KeyClient,
    project: Project,
) -> None:
    target = request.getfixturevalue(whom)
    before = level_of(target, project)
    caller = key_client(request.getfixturevalue(by), scopes=WRITE)
    refused = caller.patch(f"{MEMBERS}{target.uuid}/", {"level": level})
    assert_error(refused, 403, code="permission_denied", detail=detail)
    assert level_of(target, project) == before
    if whom != by:
        refused = caller.delete(f"{MEMBERS}{target.uuid}/")
        assert refused.status_code == (204 if (by, whom) == ("admin", "other") else 403)


def test_levels_that_are_none_are_refused(
    key_client: KeyClient, owner: User, other: User, project: Project
) -> None:
    caller = key_client(owner, scopes=WRITE)
    for level in (2, None, "owner"):
        refused = caller.patch(f"{MEMBERS}{other.uuid}/", {"level": level})
        assert_error(refused, 400, attr="level")
    assert caller.patch(f"{MEMBERS}{other.uuid}/", {}).json()["level"] == 1
    assert_error(caller.patch(f"{MEMBERS}{project.pk}/", {"level": 8}), 404)


def test_members_are_removed(
    key_client: KeyClient, admin: User, other: User, project: Project
) -> None:
    caller = key_client(admin, scopes=WRITE)
    assert caller.delete(f"{MEMBERS}{other.uuid}/").status_code == 204
    assert level_of(other, project) is None
    other.refresh_from_db()
    assert other.current_organization is None
    assert_error(caller.delete(f"{MEMBERS}{other.uuid}/"), 404)


def test_everybody_but_the_last_owner_may_leave(
    key_client: KeyClient, member: User, owner: User, project: Project
) -> None:
    detail = "Make somebody else owner before the last owner leaves."
    assert_error(key_client(owner, scopes=WRITE).delete(f"{MEMBERS}@me/"), 400, detail=detail)
    assert key_client(member, scopes=WRITE).delete(f"{MEMBERS}{member.uuid}/").status_code == 204
    assert level_of(member, project) is None
    assert level_of(owner, project) == 15


def test_members_of_other_organizations_are_out_of_reach(
    key_client: KeyClient, owner: User, other_project: Project
) -> None:
    foreign = make_member(other_project, "foreign@example.com")
    caller = key_client(owner, scopes=WRITE)
    assert_error(caller.delete(f"{MEMBERS}{foreign.uuid}/"), 404)
    at = f"/api/organizations/{other_project.organization_id}/members/{foreign.uuid}/"
    assert_error(caller.delete(at), 403)
    assert level_of(foreign, other_project) == 1


def test_of_owners_that_demote_each_other_one_comes_late(owner: User, project: Project) -> None:
    second = make_member(project, "second@example.com", level=MembershipLevel.OWNER)
    # As both are known before one of them waits for the other.
    by_owner, by_second = (
        OrganizationAccess(project.organization, user, MembershipLevel.OWNER)
        for user in (owner, second)
    )
    change_level(access=by_owner, given=str(second.uuid), level=MembershipLevel.MEMBER)
    with pytest.raises(MembershipNotEditable):
        change_level(access=by_second, given=str(owner.uuid), level=MembershipLevel.MEMBER)
    with pytest.raises(MembershipNotEditable):
        remove_member(access=by_second, given=str(owner.uuid))
    assert (level_of(owner, project), level_of(second, project)) == (15, 1)


def test_changing_needs_the_right_to_write(key_client: KeyClient, admin: User, other: User) -> None:
    reader = key_client(admin, scopes=["organization_member:read"])
    detail = "API key missing required scope 'organization_member:write'"
    assert_error(reader.patch(f"{MEMBERS}{other.uuid}/", {"level": 8}), 403, detail=detail)
