"""What a visitor could see of the shared dashboard of these tests, and where."""

from __future__ import annotations

from typing import Any

SECRETS = ("Revenue", "What we earn", "Hello", "Sales", "By day")
PLACES = ("shared", "shared_dashboard", "embedded")


def shows_nothing(response: Any) -> bool:
    told = response.content.decode() + str(dict(response.headers))
    return not any(secret in told for secret in SECRETS)
