from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.support.errors import assert_error

PATHS = [
    "users/",
    "users/@me/",
    "organizations/",
    "organizations/@current/",
    "organizations/@current/projects/",
    "organizations/@current/projects/1/",
    "organizations/@current/members/",
    "projects/",
    "projects/@current/",
    "projects/1/",
    "environments/",
    "environments/abc/",
    "personal_api_keys/",
    "personal_api_keys/@current",
    "personal_api_keys/x/roll/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_nobody_is_told_anything(path: str, method: str) -> None:
    response = getattr(APIClient(), method)(f"/api/{path}")
    assert_error(
        response,
        401,
        code="not_authenticated",
        detail="Authentication credentials were not provided.",
    )
    assert response["WWW-Authenticate"] == "Bearer"
