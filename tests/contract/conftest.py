from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import create_key
from tests.contract.support import Wire

Connect = Callable[..., Wire]

# What the clients' documentation asks users to grant; none of them is told to take `*`.
SCOPES = [
    "dashboard:write",
    "dashboard_template:read",
    "insight:write",
    "insight_variable:write",
    "organization:read",
    "organization_member:read",
    "project:write",
    "query:read",
    "user:read",
]


@pytest.fixture
def connect() -> Connect:
    """A client program run by somebody: `connect(member, {"User-Agent": "x"}, scopes=[...])`."""

    def make(user: User, headers: dict[str, str] | None = None, **key: Any) -> Wire:
        key.setdefault("scopes", SCOPES)
        return Wire(create_key(user=user, label="client", **key).value, headers or {})

    return make
