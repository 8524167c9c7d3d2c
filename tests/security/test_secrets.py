"""Secrets reach neither the log nor the disk."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite import settings as real_settings
from posthog_lite.accounts.models import PersonalAPIKey, Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.api.pagination import PageOfRows
from sharing.models import SharePassword, SharingConfiguration
from tests.security.conftest import PASSWORD, Logged
from tests.support.populated import ADMIN_PASSWORD, SHARE_PASSWORD, populate

KEY = "phx_aKeyThatNobodyHoldsButIsOfTheRightFormAbCd"
OLD_KEY = "a-key-of-another-form"
SHARE = "aShareTokenOfThirtyCharacters0"
ME = "/api/users/@me/"


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


# Each place where somebody may put a secret, rightly or not.
PLACES: list[tuple[str, dict[str, Any]]] = [
    (ME, {"headers": bearer(KEY)}),
    (ME, {"headers": bearer(OLD_KEY)}),
    (ME, {"headers": {"Authorization": f"Basic {OLD_KEY}"}}),
    (ME, {"headers": {"Cookie": f"sessionid={OLD_KEY}"}}),
    (ME, {"headers": {"X-Request-ID": KEY}}),
    (ME, {"headers": {"Referer": f"http://testserver/shared/{SHARE}"}}),
    (f"{ME}?personal_api_key={KEY}", {}),
    (f"{ME}?personal_api_key={OLD_KEY}", {}),
    (f"/api/projects/1/insights/?sharing_access_token={SHARE}", {}),
    (f"/api/projects/1/insights/?sharing%5Faccess_token={SHARE}", {}),
    (f"/shared/{SHARE}", {}),
    (f"/shared/{SHARE}.json", {}),
    (f"/embedded/{SHARE}/", {}),
    (f"/shared/{SHARE}/more", {}),
    (f"/nowhere/{KEY}", {}),
    (f"/api/nowhere/{OLD_KEY}", {}),
    (f"/api/projects/{KEY}/dashboards/", {}),
    (f"/api/personal_api_keys/{KEY}/", {}),
    (f"/static/{OLD_KEY}", {}),
    (f"/admin/login/?next=/shared/{SHARE}", {}),
    (f"/admin/{OLD_KEY}/", {}),
]


@pytest.mark.parametrize(("path", "options"), PLACES, ids=lambda value: str(value)[:60])
def test_a_secret_in_a_request_is_not_logged(
    db: None, logged: Logged, path: str, options: dict[str, Any]
) -> None:
    Client().get(path, **options)
    assert "posthog_lite.access" in logged()
    for secret in (KEY, OLD_KEY, SHARE):
        assert secret not in logged()


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
@pytest.mark.usefixtures("undocumented_answers")
def test_a_secret_in_a_body_is_not_logged(
    db: None, project: Project, logged: Logged, content_type: str
) -> None:
    body = {"personal_api_key": OLD_KEY, "raw_password": PASSWORD, "password": PASSWORD}
    text = json.dumps(body)
    for path in (ME, f"/api/projects/{project.pk}/dashboards/", f"/shared/{SHARE}"):
        Client().post(path, text, content_type=content_type)
        Client().post(path, text[:-1], content_type=content_type)  # broken
        Client().post(path, body)
    Client().post("/admin/login/", {"username": PASSWORD, "password": PASSWORD})
    Client(enforce_csrf_checks=True).post("/admin/login/", {"password": PASSWORD})
    for secret in (OLD_KEY, PASSWORD, SHARE):
        assert secret not in logged()


@pytest.mark.parametrize(
    "message",
    [
        "%s",
        "no key %r",
        "Authorization: Bearer %s",
        "{'personal_api_key': '%s'}",
        '{"personal_api_key": "%s"}',
        "GET /api/users/@me/?personal_api_key=%s&x=1",
    ],
)
@pytest.mark.usefixtures("undocumented_answers")
def test_a_secret_in_an_exception_is_not_logged_whole(
    client: APIClient,
    project: Project,
    logged: Logged,
    monkeypatch: pytest.MonkeyPatch,
    message: str,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(message % KEY)

    monkeypatch.setattr(PageOfRows, "get_limit", fail)
    client.raise_request_exception = False
    assert client.get(f"/api/projects/{project.pk}/dashboards/").status_code == 500
    assert "RuntimeError" in logged()
    assert KEY not in logged()
    json.loads(logged().splitlines()[0])  # still what machines read


@pytest.mark.parametrize(
    "message",
    [
        "{'raw_password': '%s'}",
        '{"password": "%s", "x": 1}',
        "GET /shared/%s",
        "GET /api/x/?sharing_access_token=%s",
        "password=%s",
        "{'access_token': '%s'}",
    ],
)
def test_other_secrets_are_known_by_their_names(logged: Logged, message: str) -> None:
    logging.getLogger("any").error(message, SHARE)
    assert "any" in logged()
    assert SHARE not in logged()


def test_the_row_that_breaks_a_constraint_is_not_logged(
    dashboard: Dashboard, logged: Logged
) -> None:
    """PostgreSQL tells the whole row, with tokens and digests in it."""
    with pytest.raises(IntegrityError, match=SHARE) as raised, transaction.atomic():
        SharingConfiguration.objects.create(project=dashboard.project, access_token=SHARE)
    logging.getLogger("any").warning("A write broke a constraint: %s", raised.value)
    logging.getLogger("any").error("Unhandled", exc_info=raised.value)
    assert "sharing_exactly_one_resource" in logged()
    assert SHARE not in logged()


# -- At rest --------------------------------------------------------------------------------------
def read_everything() -> str:
    """All rows of all tables, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  # no input
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)


def test_what_is_stored_opens_nothing(db: None) -> None:
    made = populate()
    stored = read_everything()
    assert "Sign-ups" in stored
    assert made.share_token in stored  # the API shows it again: it is the address of a page
    for secret in (made.key, ADMIN_PASSWORD, SHARE_PASSWORD):
        assert secret not in stored


def test_keys_are_stored_as_digests_and_passwords_as_slow_hashes(
    staff: User, dashboard: Dashboard, client: APIClient
) -> None:
    issued = create_key(user=staff, label="x", scopes=["*"])
    assert (issued.key.secure_value or "").startswith("sha256$")
    url = f"/api/projects/{dashboard.project_id}/dashboards/{dashboard.pk}/sharing/"
    client.patch(url, {"enabled": True, "password_required": True})
    client.post(f"{url}passwords/", {"raw_password": PASSWORD})
    for stored in (staff.password, SharePassword.all_projects.get().password_hash):
        assert identify_hasher(stored).verify(PASSWORD, stored)
        assert PASSWORD not in stored


def test_outside_of_tests_hashes_are_slow() -> None:
    """The test run replaces the hasher for speed; the settings themselves leave Django's."""
    assert not hasattr(real_settings, "PASSWORD_HASHERS")


def test_a_key_is_shown_once(staff: User) -> None:
    browser = APIClient()
    browser.force_login(staff)
    body = {"label": "x", "scopes": ["*"], "scoped_teams": [], "scoped_organizations": []}
    made = browser.post("/api/personal_api_keys/", body).json()
    assert made["value"].startswith("phx_")
    for path in ("", f"{made['id']}/"):
        assert made["value"] not in browser.get(f"/api/personal_api_keys/{path}").content.decode()
    page = browser.get(f"/admin/accounts/personalapikey/{made['id']}/change/").content.decode()
    assert made["value"] not in page
    assert (PersonalAPIKey.objects.get().secure_value or "?") not in page
