"""POST and DELETE of `/sharing/passwords/`."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import Project, User
from sharing.models import SharePassword
from sharing.services import MAX_ACTIVE_PASSWORDS
from tests.sharing.conftest import PASSWORD, Share
from tests.support.errors import assert_error


@pytest.fixture
def url(client: APIClient, sharing_url: str) -> str:
    """The passwords of a link that asks for one."""
    client.patch(sharing_url, {"enabled": True, "password_required": True})
    return f"{sharing_url}passwords/"


def test_a_given_password_is_hashed_and_shown_once(
    client: APIClient, member: User, url: str, sharing_url: str
) -> None:
    response = client.post(url, {"raw_password": PASSWORD, "note": "press"})
    body = response.json()
    assert response.status_code == 201
    assert list(body) == ["id", "password", "note", "created_at", "created_by_email"]
    assert (body["password"], body["note"]) == (PASSWORD, "press")
    assert body["created_by_email"] == member.email
    row = SharePassword.all_projects.get()
    assert PASSWORD not in row.password_hash
    assert check_password(PASSWORD, row.password_hash)

    text = client.get(sharing_url).content.decode()
    assert PASSWORD not in text
    assert row.password_hash not in text


def test_the_link_lists_its_active_passwords_newest_first(
    client: APIClient, member: User, url: str, sharing_url: str
) -> None:
    first = client.post(url, {"note": "first"}).json()
    client.post(url, {"note": "second"})
    rows = client.get(sharing_url).json()["share_passwords"]
    assert [row["note"] for row in rows] == ["second", "first"]
    assert rows[1] == {
        "id": first["id"],
        "created_at": first["created_at"],
        "note": "first",
        "created_by_email": member.email,
        "is_active": True,
    }


@pytest.mark.parametrize("body", [{}, {"raw_password": ""}, {"raw_password": "          "}])
def test_without_a_password_a_strong_one_is_made(
    client: APIClient, url: str, body: dict[str, str]
) -> None:
    one, other = (client.post(url, body).json() for _ in range(2))
    assert len(one["password"]) == 22
    assert one["password"] != other["password"]
    assert one["note"] == ""


def test_blanks_around_a_password_do_not_count(client: APIClient, url: str) -> None:
    assert client.post(url, {"raw_password": f"  {PASSWORD} "}).json()["password"] == PASSWORD


@pytest.mark.parametrize(
    ("body", "attr", "detail"),
    [
        ({"raw_password": "1234567"}, "raw_password", "Password must be at least 8 characters"),
        ({"raw_password": "x" * 1025}, "raw_password", ""),
        ({"raw_password": None}, "raw_password", ""),
        ({"raw_password": ["12345678"]}, "raw_password", ""),
        ({"raw_password": "1234567\u00008"}, None, ""),
        ({"note": None}, "note", ""),
        ({"note": "x" * 101}, "note", ""),
    ],
)
def test_bad_input_is_refused_and_nothing_is_stored(
    client: APIClient, url: str, body: dict[str, Any], attr: str | None, detail: str
) -> None:
    response = client.post(url, body)
    assert_error(response, 400, attr=attr)
    assert detail in response.json()["detail"]
    assert not SharePassword.all_projects.exists()


def test_a_link_without_protection_takes_no_passwords(client: APIClient, sharing_url: str) -> None:
    error = {"error": "Password protection must be enabled before creating passwords"}
    for body in ({"raw_password": PASSWORD}, {"raw_password": "short"}):
        response = client.post(f"{sharing_url}passwords/", body)
        assert (response.status_code, response.json()) == (400, error)
    assert not SharePassword.all_projects.exists()


def test_passwords_are_limited_because_each_costs_a_hash(client: APIClient, url: str) -> None:
    for _ in range(MAX_ACTIVE_PASSWORDS):
        assert client.post(url).status_code == 201
    assert_error(client.post(url), 400, detail="A link takes at most 20 passwords.")
    client.delete(f"{url}{SharePassword.all_projects.latest('id').pk}/")
    assert client.post(url).status_code == 201


def test_a_revoked_password_is_gone_but_its_row_stays(
    client: APIClient, url: str, sharing_url: str
) -> None:
    kept = client.post(url, {"note": "kept"}).json()["id"]
    gone = client.post(url, {"note": "gone"}).json()["id"]
    response = client.delete(f"{url}{gone}/")
    assert (response.status_code, response.content) == (204, b"")
    rows = client.get(sharing_url).json()["share_passwords"]
    assert [row["id"] for row in rows] == [kept]
    assert SharePassword.all_projects.get(pk=gone).is_active is False


def test_revoking_needs_no_protection_and_leaves_it_on(
    client: APIClient, url: str, sharing_url: str
) -> None:
    only = client.post(url).json()["id"]
    client.patch(sharing_url, {"password_required": False})
    assert client.delete(f"{url}{only}").status_code == 204
    client.patch(sharing_url, {"password_required": True})
    assert client.get(sharing_url).json()["password_required"] is True


@pytest.mark.parametrize("lookup", ["999999", "x", "0", "-1", "1.5", "99999999999999999999"])
def test_an_unknown_password_is_not_found(client: APIClient, url: str, lookup: str) -> None:
    assert_error(client.delete(f"{url}{lookup}/"), 404, detail="Password not found")


def test_a_password_revoked_before_or_of_another_link_is_not_found(
    client: APIClient, project: Project, dashboard: Dashboard, insight: Any, share: Share
) -> None:
    share(dashboard, password=PASSWORD)
    share(insight, password=PASSWORD)
    own, other = SharePassword.all_projects.order_by("id").values_list("pk", flat=True)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/passwords/"
    assert_error(client.delete(f"{url}{other}/"), 404, detail="Password not found")
    assert client.delete(f"{url}{own}/").status_code == 204
    assert_error(client.delete(f"{url}{own}/"), 404, detail="Password not found")
    assert SharePassword.all_projects.get(pk=other).is_active is True


def test_the_maker_of_a_password_may_be_gone(client: APIClient, url: str, sharing_url: str) -> None:
    client.post(url)
    SharePassword.all_projects.update(created_by=None)
    rows = client.get(sharing_url).json()["share_passwords"]
    assert rows[0]["created_by_email"] == "deleted user"


@pytest.mark.parametrize("method", ["get", "put", "patch"])
def test_there_is_nothing_else_to_do_with_passwords(
    client: APIClient, url: str, method: str
) -> None:
    assert_error(getattr(client, method)(url), 405)
    assert_error(getattr(client, method)(f"{url}1/"), 405)
