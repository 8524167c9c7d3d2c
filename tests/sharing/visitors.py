"""What visitors of a link do, where, and what they are shown of these tests' dashboard."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from sharing.models import SharingConfiguration

SECRETS = ("Revenue", "What we earn", "Hello", "Sales", "By day")
PLACES = ("shared", "shared_dashboard", "embedded")


def shows_nothing(response: Any) -> bool:
    told = response.content.decode() + str(dict(response.headers))
    return not any(secret in told for secret in SECRETS)


def island(html: str) -> dict[str, Any]:
    """The data that the page carries: a JSON string that holds JSON."""
    match = re.search(
        r'<script id="posthog-exported-data" type="application/json">(.*?)</script>', html
    )
    assert match is not None
    data: dict[str, Any] = json.loads(json.loads(match.group(1)))
    return data


def page(visitor: APIClient, path: str, status: int = 200) -> str:
    response = visitor.get(path)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    return str(response.getvalue().decode())


def unlock(visitor: APIClient, link: SharingConfiguration, password: str) -> Any:
    return visitor.post(f"/shared/{link.access_token}", {"password": password})
