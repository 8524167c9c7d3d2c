from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.security.conftest import PASSWORD
from tests.support.routes import project_routes

ME = "/api/users/@me/"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def sign_in(browser: Client, password: str = PASSWORD) -> None:
    form = {"username": "staff@example.com", "password": password}
    assert browser.post("/admin/login/", form).status_code == 302


def test_signing_in_gives_the_session_a_new_number(staff: User) -> None:
    """A number that somebody else put into the browser before opens nothing afterwards."""
    planted = Client()
    planted.force_login(staff)
    planted.post("/admin/logout/")
    session = planted.session
    session["planted"] = True
    session.save()
    planted.cookies["sessionid"] = session.session_key or ""
    before = planted.cookies["sessionid"].value
    sign_in(planted)
    assert planted.cookies["sessionid"].value != before
    attacker = Client()
    attacker.cookies["sessionid"] = before
    assert attacker.get(ME).status_code == 401


def test_signing_out_ends_the_session_for_good(staff: User) -> None:
    browser = Client()
    sign_in(browser)
    copy = Client()
    copy.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert copy.get(ME).status_code == 200
    assert browser.post("/admin/logout/").status_code == 200
    assert copy.get(ME).status_code == 401
    assert Session.objects.count() == 0


def test_a_new_password_ends_the_other_sessions(staff: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    new = "another long passphrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert here.get(ME).status_code == 200
    assert elsewhere.get(ME).status_code == 401


def test_a_deactivated_user_is_signed_out(staff: User) -> None:
    browser = Client()
    sign_in(browser)
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert browser.get(ME).status_code == 401


def test_a_session_writes_only_with_the_token_of_its_pages(member: User, project: Project) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(member)
    refused = 0
    for route in project_routes():
        if route.method in WRITES and route.template.startswith("/api/projects/"):
            response = browser.generic(route.method, route.url(project.pk))
            assert response.status_code == 403, route
            assert "CSRF Failed" in response.json()["detail"], route
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("path", ["/api/personal_api_keys/", ME, "/api/organizations/@current/"])
def test_neither_do_accounts_change_without_it(member: User, path: str) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(member)
    method = "POST" if "keys" in path else "PATCH"
    response = browser.generic(method, path, content_type="application/json")
    assert response.status_code == 403
    assert "CSRF Failed" in response.json()["detail"]


def test_a_key_needs_no_such_token(member: User, project: Project, client: APIClient) -> None:
    client.handler.enforce_csrf_checks = True
    response = client.post(f"/api/projects/{project.pk}/dashboards/", {"name": "x"})
    assert response.status_code == 201


def test_the_admin_signs_in_only_with_it(browser: Client, staff: User) -> None:
    form = {"username": staff.email, "password": PASSWORD}
    assert browser.post("/admin/login/", form).status_code == 403
