"""Who is calling: a personal API key, or a browser session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.keys import record_key_use

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posthog_lite.accounts.models import PersonalAPIKey, User

BEARER = re.compile(r"^Bearer\s+(\S.+)$")
OAUTH_PREFIX = "pha_"
PARAMETER = "personal_api_key"


def bearer_value(request: Request) -> str | None:
    """What follows `Bearer` in the Authorization header: case-sensitive, blanks trimmed."""
    match = BEARER.match(request.headers.get("Authorization", ""))
    return match.group(1).strip() if match else None


class PersonalAPIKeyAuthentication(BaseAuthentication):
    """A key in the Authorization header, else in the body, else in the query string.

    Only the first one found is tried.
    """

    def authenticate(self, request: Request) -> tuple[User, PersonalAPIKey] | None:
        value, place = self._find(request)
        if value is None:
            return None
        key = None if "\x00" in value else get_key(value=value)
        if key is None:
            raise AuthenticationFailed(f"Personal API key found in request {place} is invalid.")
        record_key_use(key=key, value=value, now=timezone.now())
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _find(self, request: Request) -> tuple[str | None, str]:
        header = bearer_value(request)
        if header is not None:
            return (None if header.startswith(OAUTH_PREFIX) else header), "Authorization header"
        body: object = request.data  # a list or a bare value too, when the client sends one
        in_body = body.get(PARAMETER) if isinstance(body, Mapping) else None
        if isinstance(in_body, str) and in_body:
            return in_body, "body"
        return request.query_params.get(PARAMETER) or None, "query string"


class BrowserSessionAuthentication(SessionAuthentication):
    """A signed-in browser: the session cookie, with CSRF protection on writes."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
