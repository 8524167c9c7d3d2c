from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import make_member
from tests.support.errors import assert_error

MEMBERS = "/api/organizations/@current/members/"


def test_members_are_listed_longest_first(client: APIClient, member: User, admin: User) -> None:
    body = client.get(MEMBERS).json()
    assert (body["count"], body["next"], body["previous"]) == (2, None, None)
    first, second = body["results"]
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
    assert set(first["user"]) == {
        "id",
        "uuid",
        "distinct_id",
        "first_name",
        "last_name",
        "email",
        "is_email_verified",
        "hedgehog_config",
        "role_at_organization",
    }


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
def test_members_are_only_read(client: APIClient, method: str) -> None:
    assert_error(getattr(client, method)(MEMBERS), 405, code="method_not_allowed")


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    client: APIClient,
    project: Project,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows - 1):
        make_member(project, f"m{number}@example.com")
    client.get(MEMBERS)  # moves last_used_at
    # The key with its user, the organization, its projects, the membership, the count, the page,
    # the caller's levels.
    with django_assert_num_queries(7):
        assert len(client.get(MEMBERS).json()["results"]) == rows
