from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight
from sharing.models import ShareAttempt, SharePassword
from sharing.tokens import AUDIENCE, signing_key
from tests.sharing.conftest import PASSWORD, Share
from tests.sharing.visitors import island, page, unlock

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("ending", [".json", ".json/"])
def test_the_data_of_a_locked_link_asks_for_the_password_as_data(
    visitor: APIClient, share: Share, dashboard: Dashboard, ending: str
) -> None:
    link = share(dashboard, password=PASSWORD, settings={"theme": "dark"})
    response = visitor.get(f"/shared/{link.access_token}{ending}")
    assert response.status_code == 401
    assert response.json() == {
        "type": "unlock",
        "theme": "dark",
        "error": "This link asks for a password.",
        "password_required": True,
    }


def test_who_unlocked_the_page_has_unlocked_its_data(share: Share, dashboard: Dashboard) -> None:
    browser, path = APIClient(), f"/shared/{share(dashboard, password=PASSWORD).access_token}"
    answer = browser.post(path, "password=correct+horse", content_type=FORM)
    paths = {cookie["path"] for cookie in answer.cookies.values()}
    assert paths == {path, f"{path}.json"}
    assert browser.get(f"{path}.json").json()["dashboard"]["name"] == "Revenue"


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ({"password_required": False}, {"password_required": True}),
        ({"enabled": False}, {"enabled": True}),
    ],
)
def test_switching_off_and_on_again_ends_every_unlock_for_good(
    visitor: APIClient,
    share: Share,
    dashboard: Dashboard,
    off: dict[str, bool],
    on: dict[str, bool],
) -> None:
    link = share(dashboard, password=PASSWORD)
    value = unlock(visitor, link, PASSWORD).json()["shareToken"]
    headers, path = {"authorization": f"Bearer {value}"}, f"/shared/{link.access_token}.json"
    assert APIClient().get(path, headers=headers).status_code == 200
    share(dashboard, **{"password_required": True, **off})
    share(dashboard, **{"password_required": True, **on})
    assert APIClient().get(path, headers=headers).status_code == 401
    assert unlock(visitor, link, PASSWORD).status_code == 200


@pytest.mark.parametrize("ending", ["", "/", "?force_type=scene", "?embedded"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_locked_link_shows_the_unlock_page_only(
    visitor: APIClient, share: Share, dashboard: Dashboard, ending: str, method: str
) -> None:
    link = share(dashboard, password=PASSWORD)
    response = getattr(visitor, method)(f"/shared/{link.access_token}{ending}")
    assert response.status_code == 200
    assert b"Revenue" not in response.content
    if method == "get":
        assert island(response.content.decode()) == {"type": "unlock"}


def test_programs_unlock_with_json_and_a_bearer(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    wrong = unlock(visitor, link, "wrong")
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Incorrect password"})
    right = unlock(visitor, link, PASSWORD)
    assert right.status_code == 200
    cookie = right.cookies["posthog_sharing_token"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 86400)
    assert cookie["path"] == f"/shared/{link.access_token}"
    value = right.json()["shareToken"]
    stranger = APIClient()
    path = f"/shared/{link.access_token}.json"
    response = stranger.get(path, headers={"authorization": f"Bearer {value}"})
    assert response.json()["dashboard"]["name"] == "Revenue"
    assert "shareToken" not in response.json()
    response = stranger.get(path, headers={"authorization": f"Bearer {value}x"})
    assert b"Revenue" not in response.content


def test_people_unlock_with_the_form(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    path = f"/shared/{link.access_token}"
    form = "application/x-www-form-urlencoded"
    wrong = visitor.post(path, "password=wrong", content_type=form)
    assert wrong.status_code == 401
    assert "Incorrect password" in wrong.content.decode()
    right = visitor.post(path, "password=correct+horse", content_type=form)
    assert (right.status_code, right["Location"]) == (303, path)
    html = page(visitor, path)
    assert ">Revenue</h1>" in html
    assert island(html)["shareToken"] == right.cookies["posthog_sharing_token"].value


def test_the_form_opens_an_embedded_page_without_a_cookie(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    response = visitor.post(
        f"/embedded/{share(dashboard, password=PASSWORD).access_token}",
        "password=correct+horse",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    html = response.content.decode()
    assert ">Revenue</h1>" in html
    token = response.cookies["posthog_sharing_token"].value
    assert island(html)["shareToken"] == token


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"password": 5}', rb'{"password": "\ud800"}', b"[" * 100_000]
)
def test_a_body_without_a_password_is_a_wrong_one(
    visitor: APIClient, share: Share, dashboard: Dashboard, body: bytes
) -> None:
    link = share(dashboard, password=PASSWORD)
    response = visitor.post(f"/shared/{link.access_token}", body, content_type="application/json")
    assert response.status_code == 401


def test_a_body_over_the_limit_is_a_413(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        response = unlock(visitor, link, PASSWORD)
    assert response.status_code == 413


def test_attempts_are_throttled_for_right_and_wrong_alike(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    assert [unlock(visitor, link, "wrong").status_code for _ in range(10)] == [401] * 10
    for password in ("wrong", PASSWORD):
        response = unlock(visitor, link, password)
        assert response.status_code == 429
        assert 1 <= int(response["Retry-After"]) <= 60
    ShareAttempt.all_projects.update(attempted_at=timezone.now() - timedelta(seconds=61))
    assert unlock(visitor, link, PASSWORD).status_code == 200


def test_a_link_has_a_limit_over_all_addresses(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    codes = [
        visitor.post(
            f"/shared/{link.access_token}", {"password": "x"}, REMOTE_ADDR=f"10.0.0.{number}"
        ).status_code
        for number in range(62)
    ]
    assert codes == [401] * 60 + [429] * 2


def test_only_a_trusted_proxy_names_the_address(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    headers = {"x-forwarded-for": "1.1.1.1, 2.2.2.2"}
    path = f"/shared/{link.access_token}"
    visitor.post(path, {"password": "x"}, headers=headers)
    with override_settings(TRUST_PROXY_HEADERS=True):
        visitor.post(path, {"password": "x"}, headers=headers)
    addresses = ShareAttempt.all_projects.order_by("id").values_list("address", flat=True)
    assert list(addresses) == ["127.0.0.1", "2.2.2.2"]


def test_every_attempt_is_recorded(visitor: APIClient, share: Share, dashboard: Dashboard) -> None:
    link = share(dashboard, password=PASSWORD)
    unlock(visitor, link, "wrong")
    unlock(visitor, link, PASSWORD)
    failed, succeeded = ShareAttempt.all_projects.order_by("id")
    assert (failed.success, failed.password, failed.dashboard) == (False, None, dashboard)
    assert (succeeded.success, succeeded.password_note) == (True, "press")
    assert succeeded.token_suffix == link.access_token[-6:]


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"exp": 1},
        {"access_token": "x" * 30},
        {"share_password_id": 10**9},
        {"team_id": 10**9},
        {"share_password_id": "x"},
        {"aud": None},
    ],
)
def test_a_jwt_that_says_anything_else_opens_nothing(
    visitor: APIClient, share: Share, dashboard: Dashboard, change: dict[str, Any]
) -> None:
    link = share(dashboard, password=PASSWORD)
    good = {
        "share_password_id": SharePassword.all_projects.get().pk,
        "team_id": link.project_id,
        "access_token": link.access_token,
        "aud": AUDIENCE,
        "exp": timezone.now() + timedelta(hours=1),
    }
    path = f"/shared/{link.access_token}.json"

    def body(claims: dict[str, Any], key: Any = None, algorithm: str = "HS256") -> bytes:
        claims = {name: value for name, value in claims.items() if value is not None}
        value = jwt.encode(claims, signing_key() if key is None else key, algorithm=algorithm)
        headers = {"authorization": f"Bearer {value}"}
        return bytes(visitor.get(path, headers=headers).content)

    assert b"Revenue" in body(good)
    assert b"Revenue" not in body({**good, **change})
    assert b"Revenue" not in body(good, key="another key of thirty-two bytes!!")
    assert b"Revenue" not in body(good, key="", algorithm="none")


def test_a_jwt_dies_with_its_password_and_opens_no_other_link(
    visitor: APIClient, share: Share, dashboard: Dashboard, insight: Insight
) -> None:
    link, other = share(dashboard, password=PASSWORD), share(insight, password=PASSWORD)
    value = unlock(visitor, link, PASSWORD).json()["shareToken"]
    headers = {"authorization": f"Bearer {value}"}
    assert (
        b"Signups" not in visitor.get(f"/shared/{other.access_token}.json", headers=headers).content
    )
    path = f"/shared/{link.access_token}.json"
    assert b"Revenue" in visitor.get(path, headers=headers).content
    SharePassword.all_projects.update(is_active=False)
    assert b"Revenue" not in visitor.get(path, headers=headers).content
