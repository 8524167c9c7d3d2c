"""Who sends a large body: looked up before it is read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.api import senders
from posthog_lite.api.senders import is_known

pytestmark = pytest.mark.django_db


def environ(**more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/", "wsgi.input": BytesIO(b"")} | more


def test_keys_in_the_header_and_in_the_query_are_known(member: User) -> None:
    value = create_key(user=member, label="a", scopes=["*"]).value
    assert is_known(environ(HTTP_AUTHORIZATION=f"Bearer {value}"))
    assert is_known(environ(QUERY_STRING=f"personal_api_key={value}"))


def test_a_session_is_known(member: User) -> None:
    browser = Client()
    browser.force_login(member)
    assert is_known(environ(HTTP_COOKIE=f"sessionid={browser.cookies['sessionid'].value}"))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"HTTP_AUTHORIZATION": "Bearer phx_wrong"},
        {"HTTP_AUTHORIZATION": "Basic phx_wrong"},
        {"HTTP_AUTHORIZATION": "Bearer a\x00b"},
        {"QUERY_STRING": "personal_api_key=phx_wrong"},
        {"HTTP_COOKIE": "sessionid=wrong"},
        {"HTTP_COOKIE": "sessionid=a\x00b"},
    ],
)
def test_others_are_not(given: dict[str, str]) -> None:
    assert not is_known(environ(**given))


def test_the_view_tells_of_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: str) -> bool:
        raise OperationalError

    monkeypatch.setattr(senders, "may_be_key", fail)
    assert is_known(environ(HTTP_AUTHORIZATION="Bearer phx_a"))
