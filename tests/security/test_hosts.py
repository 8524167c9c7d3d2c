"""Requests that name another host, and redirects that would lead to one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory
from tests.security.conftest import PASSWORD

EVIL = "evil.example"
PATHS = ["/api/users/@me/", "/admin/login/", "/shared/x", "/nowhere", "/_livez", "/api/schema/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", [EVIL, f"testserver.{EVIL}", f"testserver@{EVIL}", "testserver:80:80", f"a b.{EVIL}"]
)
@pytest.mark.usefixtures("undocumented_answers")
def test_another_host_is_refused_and_not_repeated(client: APIClient, path: str, host: str) -> None:
    response = client.get(path, headers={"Host": host})
    assert response.status_code == 400
    assert EVIL not in response.content.decode()
    assert EVIL not in str(response.headers)


def test_links_to_other_pages_name_the_host_that_was_asked(
    client: APIClient, project: Project, settings: Settings
) -> None:
    DashboardFactory.create_batch(3, project=project)
    url = f"/api/projects/{project.pk}/dashboards/?limit=1&offset=1"
    forwarded = {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"}
    page = client.get(url, headers=forwarded).json()
    for link in (page["next"], page["previous"]):
        assert link.startswith(f"http://testserver/api/projects/{project.pk}/dashboards/?")


@pytest.mark.usefixtures("undocumented_answers")
def test_also_a_trusted_proxy_cannot_name_an_unknown_host(
    client: APIClient, settings: Settings
) -> None:
    settings.USE_X_FORWARDED_HOST = True
    assert client.get("/api/users/@me/", headers={"X-Forwarded-Host": EVIL}).status_code == 400


@pytest.mark.parametrize(
    "goal",
    [
        f"https://{EVIL}/",
        f"//{EVIL}/",
        f"///{EVIL}",
        f"/\\{EVIL}",
        f"\\\\{EVIL}",
        f"http:///{EVIL}",
        f"https:{EVIL}",
        "javascript:alert(1)",
        f"/admin/@{EVIL}\r\nLocation: https://{EVIL}",
    ],
)
def test_signing_in_leads_to_no_other_host(staff: User, goal: str) -> None:
    form = {"username": staff.email, "password": PASSWORD}
    for query in ({}, {"next": goal}):
        response = Client().post("/admin/login/", form | {"next": goal}, query_params=query)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/"), response["Location"]
        assert "\n" not in response["Location"]


@pytest.mark.parametrize("path", [f"//{EVIL}", f"//{EVIL}/", f"//{EVIL}/admin", f"/%2f{EVIL}/"])
def test_no_path_is_taken_for_a_host(db: None, path: str) -> None:
    """A redirect never repeats what was asked for, which could lead elsewhere."""
    response = Client().generic("GET", path)
    assert response.status_code in (200, 302, 404)
    assert EVIL not in response.headers.get("Location", "")


def test_signing_out_leads_to_no_other_host(staff: User) -> None:
    browser = Client()
    browser.force_login(staff)
    response = browser.post(f"/admin/logout/?next=https://{EVIL}/", {"next": f"https://{EVIL}/"})
    assert EVIL not in response.headers.get("Location", "")


def test_unlocking_leads_back_to_the_page_itself(
    client: APIClient, project: Project, dashboard: Dashboard
) -> None:
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/"
    changes = {"enabled": True, "password_required": True}
    token = client.patch(url, changes).json()["access_token"]
    client.post(f"{url}passwords/", {"raw_password": PASSWORD})
    form: dict[str, Any] = {"password": PASSWORD, "next": f"https://{EVIL}"}
    response = Client().post(f"/shared/{token}?next=//{EVIL}", form)
    assert response.status_code == 303
    assert response["Location"].startswith(f"/shared/{token}?")


@pytest.mark.parametrize("path", ["/admin/password_reset/", "/accounts/password_reset/"])
def test_nobody_is_mailed_a_link_that_a_request_could_shape(db: None, path: str) -> None:
    """There is no password reset by mail; `manage.py changepassword` is for that."""
    response = Client().post(path, {"email": "staff@example.com"})
    assert response.status_code in (302, 404)  # 302: the admin asks to sign in
