from __future__ import annotations

import re
from typing import Any

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import PersonalAPIKey, Project, User
from posthog_lite.accounts.services.keys import IssuedKey, create_key
from tests.conftest import KeyClient
from tests.support.clients import client_with
from tests.support.errors import assert_error

KEYS = "/api/personal_api_keys/"
REFUSED = "This action does not support personal API key access"
BODY: dict[str, Any] = {
    "label": "CI",
    "scopes": ["dashboard:read"],
    "scoped_teams": [],
    "scoped_organizations": [],
}


@pytest.fixture
def issued(member: User) -> IssuedKey:
    return create_key(user=member, label="first", scopes=["dashboard:read"])


def test_a_key_is_created_and_its_value_shown_once(session_client: APIClient, member: User) -> None:
    response = session_client.post(KEYS, BODY | {"description": ""})
    body = response.json()
    assert response.status_code == 201
    value = body.pop("value")
    assert value.startswith("phx_")
    assert body.pop("mask_value") == f"phx_...{value[-4:]}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", body.pop("created_at"))
    key = PersonalAPIKey.objects.get()
    assert body == {
        "id": key.pk,
        "label": "CI",
        "description": None,
        "last_used_at": None,
        "last_rolled_at": None,
        "user_id": member.pk,
        "is_legacy_hashing": False,
        "scopes": ["dashboard:read"],
        "scoped_teams": [],
        "scoped_organizations": [],
        "local_dev_value": None,
    }
    assert session_client.get(f"{KEYS}{key.pk}/").json()["value"] is None
    assert client_with(value).get(f"{KEYS}@current").status_code == 200


def test_keys_are_listed_newest_first_as_a_bare_array(
    session_client: APIClient, member: User, stranger: User
) -> None:
    create_key(user=stranger, label="not mine", scopes=["*"])
    for label in ("old", "new"):
        create_key(user=member, label=label, scopes=["*"])
    body = session_client.get(KEYS).json()
    assert [(row["label"], row["value"]) for row in body] == [("new", None), ("old", None)]


def test_a_key_may_be_scoped_to_projects_and_organizations(
    session_client: APIClient, project: Project
) -> None:
    organization_id = str(project.organization_id)
    scoped = {"scoped_teams": [project.pk], "scoped_organizations": [organization_id.upper()]}
    body = session_client.post(KEYS, BODY | scoped).json()
    assert body["scoped_teams"] == [project.pk]
    assert body["scoped_organizations"] == [organization_id], "in the spelling that is compared"


def test_null_means_unrestricted(session_client: APIClient) -> None:
    scoped = {"scoped_teams": None, "scoped_organizations": None}
    body = session_client.post(KEYS, BODY | scoped).json()
    assert (body["scoped_teams"], body["scoped_organizations"]) == ([], [])


def test_stored_nulls_read_as_lists(session_client: APIClient, issued: IssuedKey) -> None:
    PersonalAPIKey.objects.update(scopes=None, scoped_teams=None, scoped_organizations=None)
    body = session_client.get(f"{KEYS}{issued.key.pk}").json()
    assert (body["scopes"], body["scoped_teams"], body["scoped_organizations"]) == ([], [], [])


@pytest.mark.parametrize("field", ["label", "scopes", "scoped_teams", "scoped_organizations"])
def test_label_and_the_three_lists_are_required(session_client: APIClient, field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}
    response = session_client.post(KEYS, body)
    assert_error(response, 400, code="required", detail="This field is required.", attr=field)
    assert not PersonalAPIKey.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("label", "", "blank"),
        ("label", None, "null"),
        ("label", "x" * 41, "max_length"),
        ("description", "x" * 1001, "max_length"),
        ("scopes", [], "empty"),
        ("scopes", None, "null"),
        ("scopes", "dashboard:read", "not_a_list"),
        ("scopes", [None], "null"),
        ("scopes", [{}], "invalid_input"),
        ("scopes", ["x" * 101], "max_length"),
        ("scopes", ["dashboard"], "invalid_input"),
        ("scoped_teams", ["one"], "invalid_input"),
        ("scoped_teams", [[]], "invalid_input"),
        ("scoped_teams", {}, "not_a_list"),
        ("scoped_organizations", [7], "invalid_input"),
        ("scoped_organizations", "x", "not_a_list"),
    ],
)
def test_bad_values_name_their_field(
    session_client: APIClient, issued: IssuedKey, field: str, value: object, code: str
) -> None:
    response = session_client.post(KEYS, BODY | {field: value})
    assert_error(response, 400, code=code, attr=field)
    response = session_client.patch(f"{KEYS}{issued.key.pk}/", {field: value})
    assert_error(response, 400, code=code, attr=field)
    assert PersonalAPIKey.objects.get().scopes == ["dashboard:read"]


def test_a_form_with_a_number_beyond_64_bits_is_refused(session_client: APIClient) -> None:
    form = {
        "label": "CI",
        "scopes": "*",
        "scoped_teams": str(10**30),
        "scoped_organizations": "",
    }
    response = session_client.post(KEYS, form, format="multipart")
    assert_error(response, 400, code="max_value", attr="scoped_teams")


@pytest.mark.parametrize(
    "scope", ["dashboard:delete", "nonsense:read", "*:read", "INTERNAL", "dashboard:read:x"]
)
def test_unknown_scopes_are_refused(
    session_client: APIClient, issued: IssuedKey, scope: str
) -> None:
    for response in (
        session_client.post(KEYS, BODY | {"scopes": ["dashboard:read", scope]}),
        session_client.post(KEYS, {"label": "a", "scopes": [scope]}),  # before what is missing
        session_client.patch(f"{KEYS}{issued.key.pk}/", {"scopes": [scope]}),
    ):
        detail = f"Invalid scope: {scope}"
        assert_error(response, 400, code="invalid_input", detail=detail, attr="scopes")


def test_a_key_cannot_be_scoped_to_what_its_owner_is_not_in(
    session_client: APIClient, issued: IssuedKey, other_project: Project
) -> None:
    path = f"{KEYS}{issued.key.pk}/"
    must = "You must be a member of all {} that you are scoping the key to."
    for field, value, detail in (
        ("scoped_teams", other_project.pk, must.format("teams")),
        ("scoped_teams", 2**63 - 1, must.format("teams")),
        ("scoped_organizations", str(other_project.organization_id), must.format("organizations")),
        ("scoped_organizations", "not-a-uuid", "Invalid organization UUID"),
    ):
        for response in (
            session_client.post(KEYS, BODY | {field: [value]}),
            session_client.patch(path, {field: [value]}),
        ):
            assert_error(response, 400, code="invalid_input", detail=detail, attr=field)
    assert PersonalAPIKey.objects.count() == 1


def test_a_user_holds_ten_keys(session_client: APIClient, member: User) -> None:
    for _ in range(10):
        create_key(user=member, label="x", scopes=["*"])
    assert_error(
        session_client.post(KEYS, BODY),
        400,
        code="invalid_input",
        detail="You can only have 10 personal API keys. Remove an existing key before creating a "
        "new one.",
    )


def test_patch_changes_what_it_names(session_client: APIClient, issued: IssuedKey) -> None:
    changes = {"label": "New", "description": "why", "scopes": ["insight:write"]}
    body = session_client.patch(f"{KEYS}{issued.key.pk}/", {**changes, "value": "x"}).json()
    assert {field: body[field] for field in changes} == changes
    assert (body["value"], body["mask_value"]) == (None, issued.key.mask_value)
    assert session_client.patch(f"{KEYS}{issued.key.pk}/", {}).status_code == 200


def test_a_deleted_key_stops_working(session_client: APIClient, issued: IssuedKey) -> None:
    response = session_client.delete(f"{KEYS}{issued.key.pk}/")
    assert (response.status_code, response.content) == (204, b"")
    assert client_with(issued.value).get(f"{KEYS}@current").status_code == 401


def test_rolling_replaces_the_value(session_client: APIClient, issued: IssuedKey) -> None:
    before = session_client.get(f"{KEYS}{issued.key.pk}/").json()
    response = session_client.post(f"{KEYS}{issued.key.pk}/roll")
    after = response.json()
    assert response.status_code == 200
    assert after["value"] != issued.value
    assert after["mask_value"] == f"phx_...{after['value'][-4:]}"
    assert after["last_rolled_at"] is not None
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"value", "mask_value", "last_rolled_at"}
    assert client_with(issued.value).get(f"{KEYS}@current").status_code == 401
    assert client_with(after["value"]).get(f"{KEYS}@current").status_code == 200


def test_without_a_key_there_is_no_current_one(
    session_client: APIClient, issued: IssuedKey
) -> None:
    assert_error(session_client.get(f"{KEYS}@current/"), 404, detail="Not found.")


@pytest.mark.parametrize("name", ["other", "unknown", "%00", "a.b", "é"])
def test_keys_of_others_are_not_found(session_client: APIClient, stranger: User, name: str) -> None:
    other = create_key(user=stranger, label="other", scopes=["*"])
    path = f"{KEYS}{other.key.pk if name == 'other' else name}/"
    for response in (
        session_client.get(path),
        session_client.patch(path, {"label": "mine"}),
        session_client.delete(path),
        session_client.post(f"{path}roll/"),
    ):
        assert_error(response, 404, code="not_found", detail="Not found.")
    other.key.refresh_from_db()
    assert other.key.label == "other"


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("scopes", [["dashboard:read"], ["*"]])
def test_a_key_reads_itself(member: User, scopes: list[str], slash: str) -> None:
    issued = create_key(user=member, label="self", scopes=scopes)
    for name in ("@current", "%40current", issued.key.pk):
        body = client_with(issued.value).get(f"{KEYS}{name}{slash}").json()
        assert (body["id"], body["scopes"], body["value"]) == (issued.key.pk, scopes, None)
        assert (body["scoped_teams"], body["scoped_organizations"]) == ([], [])
        assert body["last_used_at"] is not None


def test_a_scoped_key_reads_itself(member: User, project: Project) -> None:
    issued = create_key(user=member, label="x", scopes=["*"], scoped_teams=[project.pk])
    assert client_with(issued.value).get(f"{KEYS}@current").json()["scoped_teams"] == [project.pk]


def test_a_key_without_scopes_still_reads_itself(member: User) -> None:
    issued = create_key(user=member, label="x", scopes=[])
    assert client_with(issued.value).get(f"{KEYS}@current").json()["scopes"] == []


def test_a_key_does_not_see_its_sisters(client: APIClient, issued: IssuedKey) -> None:
    assert_error(client.get(f"{KEYS}{issued.key.pk}/"), 404, detail="Not found.")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("post", ""),
        ("patch", "@current/"),
        ("put", "@current/"),
        ("delete", "@current/"),
        ("post", "@current/"),
        ("post", "@current/roll/"),
        ("options", ""),
    ],
)
def test_everything_else_is_refused_to_keys(client: APIClient, method: str, path: str) -> None:
    response = getattr(client, method)(f"{KEYS}{path}")
    assert_error(response, 403, code="permission_denied", detail=REFUSED)


@pytest.mark.parametrize(("method", "path"), [("put", ""), ("put", "x/"), ("get", "x/roll/")])
def test_unknown_methods_are_405_for_sessions(
    session_client: APIClient, method: str, path: str
) -> None:
    assert_error(getattr(session_client, method)(f"{KEYS}{path}"), 405, code="method_not_allowed")


def test_a_session_needs_the_csrf_token_to_write(member: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(member)
    response = client.post(KEYS, BODY)
    assert_error(response, 403, code="permission_denied")
    assert response.json()["detail"].startswith("CSRF Failed: ")


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_whatever_its_length(
    session_client: APIClient, member: User, rows: int, key_client: KeyClient
) -> None:
    for _ in range(rows):
        key_client(member)
    # The session, the user, the keys.
    with assertNumQueries(3):
        assert len(session_client.get(KEYS).json()) == rows
