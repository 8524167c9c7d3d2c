from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import Project

ELSEWHERE = "https://evil.example"
NONE = "default-src 'none'"


@pytest.fixture
def token(client: APIClient, project: Project, dashboard: Dashboard) -> str:
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/"
    token: str = client.patch(url, {"enabled": True}).json()["access_token"]
    return token


# method, path, status, how the policy begins, who may frame it
ANSWERS = [
    ("get", "/api/projects/{project}/dashboards/", 200, NONE, "SAMEORIGIN"),
    ("get", "/api/projects/{project}/dashboards/0/", 404, NONE, "SAMEORIGIN"),
    ("post", "/api/projects/{project}/insights/viewed/", 400, NONE, "SAMEORIGIN"),
    ("get", "/api/projects/999999/dashboards/", 404, NONE, "SAMEORIGIN"),
    ("post", "/api/projects/{project}/dashboards/{dashboard}/viewed/", 204, NONE, "SAMEORIGIN"),
    ("delete", "/api/projects/{project}/dashboards/{dashboard}/", 405, NONE, "SAMEORIGIN"),
    (
        "get",
        "/api/projects/{project}/dashboards/{dashboard}/stream_tiles/",
        200,
        NONE,
        "SAMEORIGIN",
    ),
    ("get", "/api/nowhere", 404, NONE, "SAMEORIGIN"),
    ("get", "/api/schema/", 200, NONE, "SAMEORIGIN"),
    ("get", "/api/schema/swagger-ui/", 200, NONE, "SAMEORIGIN"),
    ("get", "/api/schema/redoc/", 200, NONE, "SAMEORIGIN"),
    ("get", "/docs/", 200, NONE, "SAMEORIGIN"),
    ("get", "/docs/sharing/", 200, NONE, "SAMEORIGIN"),
    ("get", "/admin/login/", 200, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/admin/", 302, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/nowhere", 404, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/static/nowhere.css", 404, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/_livez", 200, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/_readyz", 200, "default-src 'self'", "SAMEORIGIN"),
    ("post", "/e/", 400, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/array/nobodys/config", 404, "default-src 'self'", "SAMEORIGIN"),
    ("get", "/static/sharing/share.css", 200, None, None),
    ("get", "/shared/{token}", 200, NONE, "SAMEORIGIN"),
    ("get", "/shared/{token}.json", 200, NONE, "SAMEORIGIN"),
    ("get", "/shared/nobodys", 404, NONE, "SAMEORIGIN"),
    ("get", "/embedded/{token}", 200, NONE, None),
    ("get", "/embedded/nobodys", 404, NONE, None),
]


@pytest.mark.parametrize(("method", "path", "status", "policy", "framing"), ANSWERS)
def test_every_kind_of_answer_is_guarded(
    client: APIClient,
    project: Project,
    dashboard: Dashboard,
    token: str,
    method: str,
    path: str,
    status: int,
    policy: str | None,
    framing: str | None,
) -> None:
    url = path.format(project=project.pk, dashboard=dashboard.pk, token=token)
    response = getattr(client, method)(url)
    response.close()  # files and streams
    assert response.status_code == status
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert response.headers.get("X-Frame-Options") == framing
    given = response.headers.get("Content-Security-Policy")
    assert given == policy or (given is not None and given.startswith(f"{policy};"))
    assert "Server" not in response.headers
    assert not {name for name in response.headers if name.lower().startswith("x-powered")}


def test_only_embedded_pages_may_be_framed_by_other_sites(client: APIClient, token: str) -> None:
    policies = {
        path: client.get(path)["Content-Security-Policy"]
        for path in (f"/shared/{token}", f"/embedded/{token}", "/admin/login/", "/nowhere")
    }
    # Without the rule apps of their own scheme may frame a page, too; `*` would keep them out.
    open_to_all = [path for path, text in policies.items() if "frame-ancestors" not in text]
    assert open_to_all == [f"/embedded/{token}"]


def test_no_cache_between_keeps_an_answer_for_others(client: APIClient, project: Project) -> None:
    answer = client.get(f"/api/projects/{project.pk}/dashboards/")
    assert answer["Cache-Control"] == "private, no-cache"


def test_no_page_may_run_scripts_of_its_own(client: APIClient, token: str) -> None:
    for path in ("/admin/login/", f"/shared/{token}", "/api/schema/swagger-ui/", "/nowhere"):
        policy = client.get(path)["Content-Security-Policy"]
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules.get("script-src", rules["default-src"]) == "'self'", path


# -- Cookies --------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_secure", [False, True])
def test_cookies_of_the_admin(
    browser: Client, staff: Any, settings: Settings, is_secure: bool
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = is_secure
    browser.get("/admin/login/")
    csrf = browser.cookies["csrftoken"]
    form = {
        "username": "staff@example.com",
        "password": "a passphrase of an admin",
        "csrfmiddlewaretoken": csrf.value,
    }
    headers = {"Referer": "https://testserver/admin/login/"}
    assert browser.post("/admin/login/", form, headers=headers).status_code == 302
    session = browser.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], csrf["samesite"]) == (True, "Lax", "Lax")
    assert (bool(session["secure"]), bool(csrf["secure"])) == (is_secure, is_secure)
    assert (session["domain"], session["path"]) == ("", "/")


# -- Cross-origin requests ------------------------------------------------------------------------
PREFLIGHT = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "PATCH"}


def cors_headers(response: Any) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k.startswith("Access-Control-")}


@pytest.mark.parametrize("path", ["/api/users/@me/", "/admin/login/", "/_livez", "/shared/x"])
def test_other_origins_are_not_answered_unless_configured(client: APIClient, path: str) -> None:
    assert cors_headers(client.get(path, headers={"Origin": ELSEWHERE})) == {}
    assert cors_headers(client.options(path, headers=PREFLIGHT)) == {}


def test_only_the_configured_origin_is_answered_and_without_credentials(
    client: APIClient, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    url = "/api/users/@me/"
    assert cors_headers(client.get(url, headers={"Origin": ELSEWHERE})) == {}
    assert cors_headers(client.get(url, headers={"Origin": "null"})) == {}
    assert cors_headers(client.get(url, headers={"Origin": "https://app.example.com.evil"})) == {}
    answer = client.get(url, headers={"Origin": "https://app.example.com"})
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "origin" in answer["Vary"].lower()
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert cors_headers(client.get("/admin/login/", headers={"Origin": ELSEWHERE})) == {}


def test_static_files_are_open_to_all_but_carry_no_credentials(db: None) -> None:
    answer = Client().get("/static/sharing/share.css", headers={"Origin": ELSEWHERE})
    answer.close()
    assert cors_headers(answer) == {"Access-Control-Allow-Origin": "*"}
