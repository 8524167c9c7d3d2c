"""Personal API keys in the admin: made, shown once, rolled, confined."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from posthog_lite.accounts.models import (
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.scopes import USED_OBJECTS, is_granted
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.keys import IssuedKey, create_key
from tests.support.admin import text_of
from tests.support.openapi import document

ROOT = "/admin/accounts/"
KEYS = f"{ROOT}personalapikey/"


def shown_values(response: Any) -> list[str]:
    return re.findall(r"phx_[0-9a-zA-Z]{40,}", text_of(response))


def key_form(owner: User, **fields: Any) -> dict[str, Any]:
    return {
        "user": owner.pk,
        "label": "new",
        "description": "",
        "scopes": ["dashboard:read", "insight:write"],
        **fields,
    }


def test_a_new_key_shows_its_value_once(operator: Client, member: User, project: Project) -> None:
    form = key_form(
        member,
        scoped_teams=str(project.pk),
        scoped_organizations=str(project.organization_id),
    )
    answer = operator.post(f"{KEYS}add/", form)
    assert "no-store" in answer["Cache-Control"]
    [value] = shown_values(answer)
    key = get_key(value=value)
    assert key is not None
    assert (key.user, key.scopes) == (member, ["dashboard:read", "insight:write"])
    assert (key.scoped_teams, key.scoped_organizations) == (
        [project.pk],
        [str(project.organization_id)],
    )
    assert shown_values(operator.get(f"{KEYS}{key.pk}/change/")) == []


@pytest.mark.parametrize("path", [f"{KEYS}add/", KEYS])
def test_a_value_is_in_one_answer_and_kept_nowhere(
    operator: Client, issued: IssuedKey, path: str
) -> None:
    """Neither a cookie nor the session carries it to another page."""
    confirmed = {"action": "roll", "_selected_action": [issued.key.pk], "confirmed": "yes"}
    body = confirmed if path == KEYS else key_form(issued.key.user)
    [value] = shown_values(operator.post(path, body))
    assert not any(value in str(cookie) for cookie in operator.cookies.values())
    assert value not in str(dict(operator.session))
    assert shown_values(operator.get(KEYS)) == []


def test_rolling_asks_first(operator: Client, issued: IssuedKey) -> None:
    body = {"action": "roll", "_selected_action": [issued.key.pk]}
    page = text_of(operator.post(KEYS, body))
    assert "The old values stop working at once." in page
    assert get_key(value=issued.value) == issued.key


def test_a_key_is_revoked_after_a_question(operator: Client, issued: IssuedKey) -> None:
    path = f"{KEYS}{issued.key.pk}/delete/"
    assert "Are you sure" in text_of(operator.get(path))
    assert get_key(value=issued.value) == issued.key
    operator.post(path, {"post": "yes"})
    assert get_key(value=issued.value) is None


def test_rolling_shows_the_new_value(operator: Client, issued: IssuedKey) -> None:
    body = {"action": "roll", "_selected_action": [issued.key.pk], "confirmed": "yes"}
    [value] = shown_values(operator.post(KEYS, body, follow=True))
    assert value != issued.value
    assert get_key(value=issued.value) is None
    assert get_key(value=value) == issued.key


def test_a_key_is_changed_without_its_value(operator: Client, issued: IssuedKey) -> None:
    form = key_form(issued.key.user, label="renamed", scopes="*")
    assert shown_values(operator.post(f"{KEYS}{issued.key.pk}/change/", form, follow=True)) == []
    key = get_key(value=issued.value)
    assert key is not None
    assert (key.label, key.scopes) == ("renamed", ["*"])


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("scopes", "nonsense", "Invalid scope: nonsense"),
        ("scopes", "dashboards:read", "dashboards:read (did you mean dashboard:read?)"),
        ("scopes", [], "Choose at least one"),
        ("scoped_teams", "0", "Select a valid choice"),
        ("scoped_organizations", "x", "is not a valid UUID"),
        ("preset", "x", "Select a valid choice"),
        ("label", "x" * 41, "at most 40 characters"),
        ("user", "", "This field is required."),
    ],
)
def test_a_refused_key_is_an_error_of_the_form(
    operator: Client, member: User, field: str, value: str | list[str], error: str
) -> None:
    answer = operator.post(f"{KEYS}add/", key_form(member, **{field: value}))
    assert error in text_of(answer)
    assert not PersonalAPIKey.objects.exists()


def test_a_key_for_where_its_user_is_not_is_an_error_of_the_form(
    operator: Client, member: User, other_project: Project
) -> None:
    for field, pk in (
        ("scoped_teams", str(other_project.pk)),
        ("scoped_organizations", str(other_project.organization_id)),
    ):
        answer = operator.post(f"{KEYS}add/", key_form(member, **{field: pk}))
        assert "You must be a member of all" in text_of(answer)
    assert not PersonalAPIKey.objects.exists()


@pytest.mark.parametrize(
    ("preset", "granted", "refused"),
    [
        ("look", "insight:read", "dashboard:write"),
        ("build", "sharing_configuration:write", "person:read"),
        ("read", "person:read", "dashboard:write"),
        ("all", "project:write", None),
    ],
)
def test_a_preset_chooses_the_scopes(
    operator: Client, member: User, preset: str, granted: str, refused: str | None
) -> None:
    operator.post(f"{KEYS}add/", key_form(member, scopes=[], preset=preset))
    key = PersonalAPIKey.objects.get()
    assert is_granted(granted, key.scopes)
    assert refused is None or not is_granted(refused, key.scopes)


def test_a_preset_replaces_the_scopes_of_a_key(operator: Client, issued: IssuedKey) -> None:
    path = f"{KEYS}{issued.key.pk}/change/"
    operator.post(path, key_form(issued.key.user, label="robot", preset="all"))
    issued.key.refresh_from_db()
    assert issued.key.scopes == ["*"]


def test_a_key_whose_project_is_gone_does_not_come_to_open_all(
    operator: Client, issued: IssuedKey
) -> None:
    PersonalAPIKey.objects.update(scoped_teams=[999_999])
    path = f"{KEYS}{issued.key.pk}/change/"
    answer = operator.post(path, key_form(issued.key.user, label="renamed"))
    assert "What it was for is gone." in text_of(answer)
    issued.key.refresh_from_db()
    assert (issued.key.label, issued.key.scoped_teams) == ("robot", [999_999])


def test_scopes_that_open_something_come_first_and_the_others_are_folded(operator: Client) -> None:
    page = text_of(operator.get(f"{KEYS}add/"))
    used, _, unused = page.partition("<details")
    assert 'value="dashboard:read"' in used
    assert 'value="feature_flag:read"' in unused
    assert 'value="feature_flag:read"' not in used
    issued = create_key(user=User.objects.get(), label="old", scopes=["survey:read"])
    assert "<details open>" in text_of(operator.get(f"{KEYS}{issued.key.pk}/change/"))


def test_scopes_that_open_something_are_those_that_routes_ask_for() -> None:
    asked = {
        scope.partition(":")[0]
        for path in document()["paths"].values()
        for operation in path.values()
        for security in operation["security"]
        for scope in security.get("PersonalAPIKeyAuth", [])
    }
    assert asked == set(USED_OBJECTS)


def test_the_eleventh_key_is_an_error_of_the_form(operator: Client, member: User) -> None:
    for _ in range(10):
        create_key(user=member, label="x", scopes=["*"])
    answer = operator.post(f"{KEYS}add/", key_form(member), follow=True)
    assert "You can only have 10 personal API keys." in text_of(answer)
    assert PersonalAPIKey.objects.count() == 10
