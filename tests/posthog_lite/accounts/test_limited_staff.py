"""What staff with a few of Django's permissions may do, and what is left to superusers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.services.keys import create_key
from tests.factories import UserFactory
from tests.support.admin import form_at, list_address, page_address, run_action, save

Staff = Callable[..., Client]


@pytest.fixture
def clerk(db: None) -> User:
    return UserFactory.create(email="clerk@example.com", is_staff=True)


@pytest.fixture
def root(db: None) -> User:
    return UserFactory.create(email="root@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def with_permissions(clerk: User) -> Staff:
    def give(*names: str) -> Client:
        clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
        client = Client()
        client.force_login(clerk)
        return client

    return give


def test_rights_are_not_among_what_clerks_change(
    with_permissions: Staff, clerk: User, member: User
) -> None:
    browser = with_permissions("view_user", "change_user")
    for user in (clerk, member):
        address = page_address(user)
        assert not form_at(browser, address).keys() & {
            "is_superuser",
            "is_staff",
            "groups",
            "user_permissions",
        }
        save(browser, address, is_superuser="on", is_staff="on", first_name="Ada")
        user.refresh_from_db()
        assert (user.is_superuser, user.first_name) == (False, "Ada")


def test_clerks_change_nobody_who_may_enter_the_admin(with_permissions: Staff, root: User) -> None:
    browser = with_permissions("view_user", "change_user", "delete_user")
    form = {"email": "mine@example.com", "first_name": "x"}
    assert browser.post(page_address(root), form).status_code == 403
    assert browser.post(page_address(root, "delete"), {"post": "yes"}).status_code == 403
    run_action(browser, "delete_selected", root)
    root.refresh_from_db()
    assert root.email == "root@example.com"


@pytest.mark.parametrize("whose", ["root", "member"])
def test_clerks_set_no_passwords_of_others(
    with_permissions: Staff, root: User, member: User, whose: str
) -> None:
    browser = with_permissions("view_user", "change_user")
    user = root if whose == "root" else member
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    before = User.objects.get(pk=user.pk).password
    password = {"password1": "long-enough-123", "password2": "long-enough-123"}
    assert browser.post(address, password | {"usable_password": "true"}).status_code == 403
    assert User.objects.get(pk=user.pk).password == before


def test_clerks_make_keys_for_themselves_alone(
    with_permissions: Staff, clerk: User, root: User
) -> None:
    browser = with_permissions("view_personalapikey", "add_personalapikey", "view_user")
    address = reverse("admin:accounts_personalapikey_add")
    form = {"label": "x", "scopes": ["*"]}
    assert browser.post(address, form | {"user": root.pk}).status_code == 200
    assert PersonalAPIKey.objects.count() == 0
    assert "phx_" in browser.post(address, form | {"user": clerk.pk}).content.decode()
    assert PersonalAPIKey.objects.get().user == clerk


def test_clerks_roll_and_change_no_keys_of_others(with_permissions: Staff, root: User) -> None:
    browser = with_permissions("view_personalapikey", "change_personalapikey")
    key = create_key(user=root, label="root", scopes=["dashboard:read"]).key
    run = {"action": "roll", "_selected_action": [key.pk], "confirmed": "yes", "post": "yes"}
    assert browser.post(list_address(key), run).status_code in (302, 403)
    assert browser.post(page_address(key), {"label": "x", "scopes": ["*"]}).status_code == 403
    stored = PersonalAPIKey.objects.get()
    assert (stored.secure_value, stored.scopes) == (key.secure_value, ["dashboard:read"])


def test_clerks_make_nobody_a_member(
    with_permissions: Staff, clerk: User, member: User, organization: Organization
) -> None:
    browser = with_permissions(
        "view_membership",
        "add_membership",
        "change_membership",
        "view_organization",
        "change_organization",
        "view_user",
    )
    form = {"user": clerk.pk, "organization": organization.pk, "level": MembershipLevel.OWNER}
    add = reverse("admin:accounts_membership_add")
    assert browser.post(add, form).status_code == 403
    membership = Membership.objects.get(user=member)
    assert browser.post(page_address(membership), form).status_code == 403
    page = browser.get(page_address(organization)).content.decode()
    assert 'name="memberships-0-level"' not in page
    assert set(Membership.objects.values_list("user", "level")) == {(member.pk, 1)}


def test_clerks_change_no_sets_of_rights(with_permissions: Staff) -> None:
    group = Group.objects.create(name="Clerks")
    browser = with_permissions("view_group", "add_group", "change_group")
    assert browser.post(page_address(group), {"name": "x"}).status_code == 403
    assert browser.post(reverse("admin:auth_group_add"), {"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (PersonalAPIKey, "secure_value__startswith=sha256"),
        (PersonalAPIKey, "user__password__startswith=pbkdf2"),
        (User, "password__startswith=pbkdf2"),
        (User, "hedgehog_config__isnull=True"),
        (Project, "api_token__startswith=phc_a"),
        (Membership, "user__password__contains=a"),
    ],
)
def test_lists_answer_no_questions_about_columns(root: User, model: type[Any], lookup: str) -> None:
    browser = Client()
    browser.force_login(root)
    assert browser.get(f"{list_address(model)}?{lookup}").status_code == 400


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (User, "is_staff__exact=1&q=root&o=1&p=1"),
        (PersonalAPIKey, "created_at__gte=2026-01-01+00:00:00%2B00:00&last_used_at__isempty=1"),
        (Project, "is_demo__exact=0&_popup=1&_to_field=id"),
        (Membership, "level__exact=15&e=1"),
    ],
)
def test_lists_are_filtered_as_before(root: User, model: type[Any], query: str) -> None:
    browser = Client()
    browser.force_login(root)
    assert browser.get(f"{list_address(model)}?{query}").status_code == 200
