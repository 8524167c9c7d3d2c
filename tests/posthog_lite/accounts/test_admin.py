from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posthog_lite.accounts.models import (
    LoginAttempt,
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.scopes import USED_OBJECTS, is_granted
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.keys import IssuedKey, create_key
from tests.factories import ProjectFactory, UserFactory, make_member
from tests.support.openapi import document

ROOT = "/admin/accounts/"
MODELS = ["organization", "membership", "project", "user", "personalapikey"]
KEYS = f"{ROOT}personalapikey/"


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(
        UserFactory.create(email="root@example.com", is_staff=True, is_superuser=True)
    )
    return client


@pytest.fixture
def issued(member: User) -> IssuedKey:
    return create_key(user=member, label="robot", scopes=["dashboard:read"])


def text_of(response: Any) -> str:
    assert response.status_code == 200
    content: bytes = response.content
    return html.unescape(content.decode())


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


def membership_form(user: User, organization: Organization, **fields: Any) -> dict[str, Any]:
    return {
        "name": organization.name,
        "slug": organization.slug,
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-organization": str(organization.pk),
        "memberships-0-user": user.pk,
        "memberships-0-level": "8",
        **fields,
    }


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(browser: Client, model: str, issued: IssuedKey, project: Project) -> None:
    rows = {
        "organization": project.organization,
        "membership": project.organization.memberships.get(),
        "project": project,
        "user": issued.key.user,
        "personalapikey": issued.key,
    }
    for page in ("", "add/", f"{rows[model].pk}/change/", f"{rows[model].pk}/delete/"):
        page_text = text_of(browser.get(f"{ROOT}{model}/{page}"))
        assert "sha256$" not in page_text


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("organization", "acm"),
        ("organization", "member@example"),
        ("membership", "member@example"),
        ("project", "Web"),
        ("project", "Acme"),
        ("user", "member@"),
        ("user", "Mem"),
        ("personalapikey", "robot"),
        ("personalapikey", "member@example"),
    ],
)
def test_rows_are_found(
    browser: Client, issued: IssuedKey, stranger: User, model: str, query: str
) -> None:
    create_key(user=stranger, label="other", scopes=["*"])
    assert "1 result" in text_of(browser.get(f"{ROOT}{model}/?q={query}"))


@pytest.mark.parametrize("model", [*MODELS, "loginattempt"])
def test_lists_cost_the_same_whatever_their_length(browser: Client, model: str) -> None:
    def add_rows(number: int) -> None:
        for _ in range(number):
            user = make_member(ProjectFactory.create(), f"u{User.objects.count()}@example.com")
            create_key(user=user, label="x", scopes=["*"])
            LoginAttempt.objects.create(
                name_digest="0" * 64, network="127.0.0.1", attempted_at=timezone.now()
            )

    counts = []
    for number in (1, 9):
        add_rows(number)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{ROOT}{model}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_new_key_shows_its_value_once(browser: Client, member: User, project: Project) -> None:
    form = key_form(
        member,
        scoped_teams=str(project.pk),
        scoped_organizations=str(project.organization_id),
    )
    answer = browser.post(f"{KEYS}add/", form)
    assert "no-store" in answer["Cache-Control"]
    [value] = shown_values(answer)
    key = get_key(value=value)
    assert key is not None
    assert (key.user, key.scopes) == (member, ["dashboard:read", "insight:write"])
    assert (key.scoped_teams, key.scoped_organizations) == (
        [project.pk],
        [str(project.organization_id)],
    )
    assert shown_values(browser.get(f"{KEYS}{key.pk}/change/")) == []


@pytest.mark.parametrize("path", [f"{KEYS}add/", KEYS])
def test_a_value_is_in_one_answer_and_kept_nowhere(
    browser: Client, issued: IssuedKey, path: str
) -> None:
    """Neither a cookie nor the session carries it to another page."""
    confirmed = {"action": "roll", "_selected_action": [issued.key.pk], "confirmed": "yes"}
    body = confirmed if path == KEYS else key_form(issued.key.user)
    [value] = shown_values(browser.post(path, body))
    assert not any(value in str(cookie) for cookie in browser.cookies.values())
    assert value not in str(dict(browser.session))
    assert shown_values(browser.get(KEYS)) == []


def test_rolling_asks_first(browser: Client, issued: IssuedKey) -> None:
    body = {"action": "roll", "_selected_action": [issued.key.pk]}
    page = text_of(browser.post(KEYS, body))
    assert "The old values stop working at once." in page
    assert get_key(value=issued.value) == issued.key


def test_a_key_is_revoked_after_a_question(browser: Client, issued: IssuedKey) -> None:
    path = f"{KEYS}{issued.key.pk}/delete/"
    assert "Are you sure" in text_of(browser.get(path))
    assert get_key(value=issued.value) == issued.key
    browser.post(path, {"post": "yes"})
    assert get_key(value=issued.value) is None


def test_rolling_shows_the_new_value(browser: Client, issued: IssuedKey) -> None:
    body = {"action": "roll", "_selected_action": [issued.key.pk], "confirmed": "yes"}
    [value] = shown_values(browser.post(KEYS, body, follow=True))
    assert value != issued.value
    assert get_key(value=issued.value) is None
    assert get_key(value=value) == issued.key


def test_a_key_is_changed_without_its_value(browser: Client, issued: IssuedKey) -> None:
    form = key_form(issued.key.user, label="renamed", scopes="*")
    assert shown_values(browser.post(f"{KEYS}{issued.key.pk}/change/", form, follow=True)) == []
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
    browser: Client, member: User, field: str, value: str | list[str], error: str
) -> None:
    answer = browser.post(f"{KEYS}add/", key_form(member, **{field: value}))
    assert error in text_of(answer)
    assert not PersonalAPIKey.objects.exists()


def test_a_key_for_where_its_user_is_not_is_an_error_of_the_form(
    browser: Client, member: User, other_project: Project
) -> None:
    for field, pk in (
        ("scoped_teams", str(other_project.pk)),
        ("scoped_organizations", str(other_project.organization_id)),
    ):
        answer = browser.post(f"{KEYS}add/", key_form(member, **{field: pk}))
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
    browser: Client, member: User, preset: str, granted: str, refused: str | None
) -> None:
    browser.post(f"{KEYS}add/", key_form(member, scopes=[], preset=preset))
    key = PersonalAPIKey.objects.get()
    assert is_granted(granted, key.scopes)
    assert refused is None or not is_granted(refused, key.scopes)


def test_a_preset_replaces_the_scopes_of_a_key(browser: Client, issued: IssuedKey) -> None:
    path = f"{KEYS}{issued.key.pk}/change/"
    browser.post(path, key_form(issued.key.user, label="robot", preset="all"))
    issued.key.refresh_from_db()
    assert issued.key.scopes == ["*"]


def test_a_key_whose_project_is_gone_does_not_come_to_open_all(
    browser: Client, issued: IssuedKey
) -> None:
    PersonalAPIKey.objects.update(scoped_teams=[999_999])
    path = f"{KEYS}{issued.key.pk}/change/"
    answer = browser.post(path, key_form(issued.key.user, label="renamed"))
    assert "What it was for is gone." in text_of(answer)
    issued.key.refresh_from_db()
    assert (issued.key.label, issued.key.scoped_teams) == ("robot", [999_999])


def test_scopes_that_open_something_come_first_and_the_others_are_folded(browser: Client) -> None:
    page = text_of(browser.get(f"{KEYS}add/"))
    used, _, unused = page.partition("<details")
    assert 'value="dashboard:read"' in used
    assert 'value="feature_flag:read"' in unused
    assert 'value="feature_flag:read"' not in used
    issued = create_key(user=User.objects.get(), label="old", scopes=["survey:read"])
    assert "<details open>" in text_of(browser.get(f"{KEYS}{issued.key.pk}/change/"))


def test_scopes_that_open_something_are_those_that_routes_ask_for() -> None:
    asked = {
        scope.partition(":")[0]
        for path in document()["paths"].values()
        for operation in path.values()
        for security in operation["security"]
        for scope in security.get("PersonalAPIKeyAuth", [])
    }
    assert asked == set(USED_OBJECTS)


def test_members_and_keys_are_called_by_names(
    browser: Client, member: User, project: Project
) -> None:
    page = text_of(browser.get(f"{ROOT}organization/{project.organization_id}/change/"))
    assert "member@example.com in Acme as member" in page
    page = text_of(browser.get(f"{ROOT}user/{member.pk}/change/"))
    assert "member@example.com in Acme as member" in page


def test_attempts_to_sign_in_are_listed_without_the_names_typed(browser: Client) -> None:
    Client().post("/admin/login/", {"username": "secret typed here", "password": "x"})
    page = text_of(browser.get(f"{ROOT}loginattempt/"))
    assert "127.0.0.1" in page
    assert "secret typed here" not in page
    attempt = LoginAttempt.objects.get()
    assert attempt.name_digest not in page
    assert attempt.name_digest[:8] in page
    assert browser.post(f"{ROOT}loginattempt/{attempt.pk}/delete/").status_code == 403


def test_the_eleventh_key_is_an_error_of_the_form(browser: Client, member: User) -> None:
    for _ in range(10):
        create_key(user=member, label="x", scopes=["*"])
    answer = browser.post(f"{KEYS}add/", key_form(member), follow=True)
    assert "You can only have 10 personal API keys." in text_of(answer)
    assert PersonalAPIKey.objects.count() == 10


def test_a_user_is_added_by_e_mail_whatever_its_case(browser: Client) -> None:
    form = {"email": "Ada@Example.COM", "usable_password": "true"}
    passwords = {"password1": "correct horse", "password2": "correct horse"}
    browser.post(f"{ROOT}user/add/", form | passwords)
    user = User.objects.get(email="ada@example.com")
    assert user.check_password("correct horse")
    assert Client().login(username="ADA@example.com", password="correct horse")


def test_of_a_password_only_its_being_there_is_shown(browser: Client, member: User) -> None:
    address = f"{ROOT}user/{member.pk}/change/"
    member.set_password("correct horse")
    member.save()
    page = text_of(browser.get(address))
    assert "A password is set." in page
    for part in member.password.split("$"):
        assert part not in page
    member.set_unusable_password()
    member.save()
    assert "No password is set." in text_of(browser.get(address))
    assert "../password/" in text_of(browser.get(address))


def test_an_e_mail_address_is_taken_in_every_case(browser: Client, member: User) -> None:
    form = {"email": "MEMBER@example.com", "usable_password": "false"}
    answer = browser.post(f"{ROOT}user/add/", form)
    assert "already exists" in text_of(answer)


def test_who_joins_gets_a_current_project(
    browser: Client, lonely_user: User, project: Project
) -> None:
    organization = project.organization
    path = f"{ROOT}organization/{organization.pk}/change/"
    assert browser.post(path, membership_form(lonely_user, organization)).status_code == 302
    lonely_user.refresh_from_db()
    assert lonely_user.current_project == project


def test_who_is_removed_loses_what_was_current(
    browser: Client, member: User, organization: Organization
) -> None:
    membership = Membership.objects.get(user=member)
    form = membership_form(
        member,
        organization,
        **{
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": str(membership.pk),
            "memberships-0-DELETE": "on",
        },
    )
    path = f"{ROOT}organization/{organization.pk}/change/"
    assert browser.post(path, form).status_code == 302
    member.refresh_from_db()
    assert (member.current_organization, member.current_project) == (None, None)


def test_who_is_removed_on_the_list_of_members_loses_what_was_current(
    browser: Client, member: User
) -> None:
    membership = Membership.objects.get(user=member)
    path = f"{ROOT}membership/{membership.pk}/"
    assert browser.post(f"{path}change/", {"level": "8"}).status_code == 302
    membership.refresh_from_db()
    assert membership.level == MembershipLevel.ADMIN
    assert browser.post(f"{path}delete/", {"post": "yes"}).status_code == 302
    member.refresh_from_db()
    assert (member.current_organization, member.current_project) == (None, None)


@pytest.mark.parametrize(
    "path",
    [
        "personalapikey/%00/change/",
        "personalapikey/?id=%00",
        "personalapikey/?%00=x",
        "project/?name=%00",
    ],
)
def test_characters_that_cannot_be_stored_are_refused(browser: Client, path: str) -> None:
    assert browser.get(f"{ROOT}{path}").status_code == 400
    assert browser.post(KEYS, {"action": "roll", "_selected_action": "\0"}).status_code == 400


@pytest.mark.parametrize("level", ["is_staff", "nobody"])
def test_the_admin_is_closed_to_others(member: User, level: str) -> None:
    User.objects.filter(pk=member.pk).update(is_staff=level == "is_staff")
    client = Client()
    client.force_login(member)
    assert client.get(KEYS).status_code == (403 if level == "is_staff" else 302)


@pytest.mark.parametrize(
    ("model", "field"),
    [("membership", "organization"), ("project", "organization"), ("personalapikey", "user")],
)
def test_a_row_that_cannot_be_is_an_error_of_the_form(
    browser: Client, model: str, field: str
) -> None:
    answer: Any = browser.post(f"{ROOT}{model}/add/", {field: "x"})
    assert field in answer.context["adminform"].form.errors
    assert browser.get(f"{ROOT}{model}/add/?{field}=x").status_code == 200
