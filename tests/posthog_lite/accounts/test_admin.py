from __future__ import annotations

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
    Project,
    User,
)
from posthog_lite.accounts.services.keys import IssuedKey, create_key
from tests.factories import ProjectFactory, make_member
from tests.support.admin import text_of

ROOT = "/admin/accounts/"
MODELS = ["organization", "membership", "project", "user", "personalapikey"]
KEYS = f"{ROOT}personalapikey/"


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
def test_every_page_opens(
    operator: Client, model: str, issued: IssuedKey, project: Project
) -> None:
    rows = {
        "organization": project.organization,
        "membership": project.organization.memberships.get(),
        "project": project,
        "user": issued.key.user,
        "personalapikey": issued.key,
    }
    for page in ("", "add/", f"{rows[model].pk}/change/", f"{rows[model].pk}/delete/"):
        page_text = text_of(operator.get(f"{ROOT}{model}/{page}"))
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
    operator: Client, issued: IssuedKey, stranger: User, model: str, query: str
) -> None:
    create_key(user=stranger, label="other", scopes=["*"])
    assert "1 result" in text_of(operator.get(f"{ROOT}{model}/?q={query}"))


@pytest.mark.parametrize("model", [*MODELS, "loginattempt"])
def test_lists_cost_the_same_whatever_their_length(operator: Client, model: str) -> None:
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
            operator.get(f"{ROOT}{model}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_members_and_keys_are_called_by_names(
    operator: Client, member: User, project: Project
) -> None:
    page = text_of(operator.get(f"{ROOT}organization/{project.organization_id}/change/"))
    assert "member@example.com in Acme as member" in page
    page = text_of(operator.get(f"{ROOT}user/{member.pk}/change/"))
    assert "member@example.com in Acme as member" in page


def test_attempts_to_sign_in_are_listed_without_the_names_typed(operator: Client) -> None:
    Client().post("/admin/login/", {"username": "secret typed here", "password": "x"})
    page = text_of(operator.get(f"{ROOT}loginattempt/"))
    assert "127.0.0.1" in page
    assert "secret typed here" not in page
    attempt = LoginAttempt.objects.get()
    assert attempt.name_digest not in page
    assert attempt.name_digest[:8] in page
    assert operator.post(f"{ROOT}loginattempt/{attempt.pk}/delete/").status_code == 403


def test_a_user_is_added_by_e_mail_whatever_its_case(operator: Client) -> None:
    form = {"email": "Ada@Example.COM", "usable_password": "true"}
    passwords = {"password1": "correct horse", "password2": "correct horse"}
    operator.post(f"{ROOT}user/add/", form | passwords)
    user = User.objects.get(email="ada@example.com")
    assert user.check_password("correct horse")
    assert Client().login(username="ADA@example.com", password="correct horse")


def test_of_a_password_only_its_being_there_is_shown(operator: Client, member: User) -> None:
    address = f"{ROOT}user/{member.pk}/change/"
    member.set_password("correct horse")
    member.save()
    page = text_of(operator.get(address))
    assert "A password is set." in page
    for part in member.password.split("$"):
        assert part not in page
    member.set_unusable_password()
    member.save()
    assert "No password is set." in text_of(operator.get(address))
    assert "../password/" in text_of(operator.get(address))


def test_an_e_mail_address_is_taken_in_every_case(operator: Client, member: User) -> None:
    form = {"email": "MEMBER@example.com", "usable_password": "false"}
    answer = operator.post(f"{ROOT}user/add/", form)
    assert "already exists" in text_of(answer)


def test_who_joins_gets_a_current_project(
    operator: Client, lonely_user: User, project: Project
) -> None:
    organization = project.organization
    path = f"{ROOT}organization/{organization.pk}/change/"
    assert operator.post(path, membership_form(lonely_user, organization)).status_code == 302
    lonely_user.refresh_from_db()
    assert lonely_user.current_project == project


def test_who_is_removed_loses_what_was_current(
    operator: Client, member: User, organization: Organization
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
    assert operator.post(path, form).status_code == 302
    member.refresh_from_db()
    assert (member.current_organization, member.current_project) == (None, None)


def test_who_is_removed_on_the_list_of_members_loses_what_was_current(
    operator: Client, member: User
) -> None:
    membership = Membership.objects.get(user=member)
    path = f"{ROOT}membership/{membership.pk}/"
    assert operator.post(f"{path}change/", {"level": "8"}).status_code == 302
    membership.refresh_from_db()
    assert membership.level == MembershipLevel.ADMIN
    assert operator.post(f"{path}delete/", {"post": "yes"}).status_code == 302
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
def test_characters_that_cannot_be_stored_are_refused(operator: Client, path: str) -> None:
    assert operator.get(f"{ROOT}{path}").status_code == 400
    assert operator.post(KEYS, {"action": "roll", "_selected_action": "\0"}).status_code == 400


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
    operator: Client, model: str, field: str
) -> None:
    answer: Any = operator.post(f"{ROOT}{model}/add/", {field: "x"})
    assert field in answer.context["adminform"].form.errors
    assert operator.get(f"{ROOT}{model}/add/?{field}=x").status_code == 200
