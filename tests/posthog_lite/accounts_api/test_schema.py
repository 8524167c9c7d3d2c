"""The OpenAPI document tells the truth about accounts."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.services.keys import create_key
from tests.conftest import KeyClient

ANSWERS = [
    ("/api/users/", "PaginatedUserList"),
    ("/api/users/@me/", "User"),
    ("/api/organizations/", "PaginatedOrganizationList"),
    ("/api/organizations/@current/", "Organization"),
    ("/api/organizations/@current/members/", "PaginatedOrganizationMemberList"),
    ("/api/organizations/@current/projects/", "PaginatedTeamBasicList"),
    ("/api/organizations/@current/projects/@current/", "Team"),
    ("/api/projects/", "PaginatedTeamBasicList"),
    ("/api/projects/@current/", "Team"),
    ("/api/environments/@current/", "Team"),
    ("/api/personal_api_keys/@current", "PersonalAPIKey"),
]


@pytest.fixture(scope="module")
def document() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def assert_valid(document: Any, component: str, body: Any) -> None:
    reference = {"$ref": f"#/components/schemas/{component}"}
    jsonschema.Draft202012Validator({**document, **reference}).validate(body)


@pytest.mark.parametrize(("path", "component"), ANSWERS)
def test_answers_are_as_documented(
    client: APIClient, document: Any, path: str, component: str
) -> None:
    assert_valid(document, component, client.get(path).json())


def test_a_user_with_everything_set_is_as_documented(
    member: User, document: Any, key_client: KeyClient
) -> None:
    User.objects.update(
        hedgehog_config={"color": "red"}, role_at_organization="data", is_email_verified=True
    )
    assert_valid(document, "User", key_client(member).get("/api/users/@me/").json())


def test_a_user_of_no_organization_is_as_documented(
    lonely_user: User, document: Any, key_client: KeyClient
) -> None:
    assert_valid(document, "User", key_client(lonely_user).get("/api/users/@me/").json())


def test_a_new_and_a_rolled_key_are_as_documented(
    session_client: APIClient, member: User, project: Project, document: Any
) -> None:
    key = create_key(user=member, label="x", scopes=["*"], scoped_teams=[project.pk]).key
    rolled = session_client.post(f"/api/personal_api_keys/{key.pk}/roll/").json()
    assert_valid(document, "PersonalAPIKey", rolled)
    listed = session_client.get("/api/personal_api_keys/").json()
    for row in listed:
        assert_valid(document, "PersonalAPIKey", row)


def test_operations_name_their_scopes(document: Any) -> None:
    paths = document["paths"]
    assert {
        operation["operationId"]: operation["security"]
        for path, methods in paths.items()
        if path.startswith(("/api/organizations/", "/api/users/", "/api/personal_api_keys/{id}/"))
        for method, operation in methods.items()
        if method == "get"
    } == {
        "organizations_list": [{"PersonalAPIKeyAuth": ["organization:read"]}],
        "organizations_retrieve": [{"PersonalAPIKeyAuth": ["organization:read"]}],
        "members_list": [{"PersonalAPIKeyAuth": ["organization_member:read"]}],
        "organizations_projects_list": [{"PersonalAPIKeyAuth": ["project:read"]}],
        "organizations_projects_retrieve": [{"PersonalAPIKeyAuth": ["project:read"]}],
        "users_list": [{"PersonalAPIKeyAuth": ["user:read"]}],
        "users_retrieve": [{"PersonalAPIKeyAuth": ["user:read"]}],
        "personal_api_keys_retrieve": [{"PersonalAPIKeyAuth": []}, {"BrowserSession": []}],
    }
    assert set(document["components"]["securitySchemes"]) == {
        "PersonalAPIKeyAuth",
        "BrowserSession",
        "SharingAccessToken",
    }
