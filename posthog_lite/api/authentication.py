"""Authentication by a personal API key, or by a browser session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from posthog_lite.accounts.access import KeyCall
from posthog_lite.accounts.key_access import get_key_in_project
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.keys import is_use_recorded, record_key_use
from posthog_lite.api.throttling import count_failed_key, count_slow_key

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

    from posthog_lite.accounts.models import User

BEARER = re.compile(r"^Bearer\s+(\S.+)$")
OAUTH_PREFIX = "pha_"
PARAMETER = "personal_api_key"
LARGEST_BODY_WITH_KEY = 64 * 1024


def bearer_value(request: HttpRequest | Request) -> str | None:
    """Return what follows `Bearer` in the Authorization header: case-sensitive, blanks trimmed."""
    match = BEARER.match(request.headers.get("Authorization", ""))
    return match.group(1).strip() if match else None


def _key_in_body(request: Request) -> str | None:
    """Return the key in a body that is small enough to be read for somebody unknown."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY_WITH_KEY:
        return None
    body: object = request.data  # a list or a bare value too, when the client sends one
    value = body.get(PARAMETER) if isinstance(body, Mapping) else None
    return value if isinstance(value, str) and value else None


class PersonalAPIKeyAuthentication(BaseAuthentication):
    """A key in the Authorization header, else in the body, else in the query string.

    Only the first one found is tried.
    """

    def authenticate(self, request: Request) -> tuple[User, KeyCall] | None:
        value, place = self._find(request)
        if value is None:
            return None
        call = self._find_call(request, value)
        if call is None:
            count_failed_key(request)
            raise AuthenticationFailed(f"Personal API key found in request {place} is invalid.")
        key, now = call.key, timezone.now()
        if not is_use_recorded(key=key, now=now):
            record_key_use(key=key, value=value, now=now)
            key.last_used_at = now
        return key.user, call

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _find_call(self, request: Request, value: str) -> KeyCall | None:
        if "\x00" in value:
            return None
        project_id = request.parser_context["kwargs"].get("project_id")
        call = get_key_in_project(value=value, project_id=project_id) if project_id else None
        if call is not None:
            return call
        key = get_key(value=value, before_slow_hash=partial(count_slow_key, request))
        return None if key is None else KeyCall(key)

    def _find(self, request: Request) -> tuple[str | None, str]:
        header = bearer_value(request)
        if header is not None:
            return (None if header.startswith(OAUTH_PREFIX) else header), "Authorization header"
        in_body = _key_in_body(request)
        if in_body is not None:
            return in_body, "body"
        return request.query_params.get(PARAMETER) or None, "query string"


class BrowserSessionAuthentication(SessionAuthentication):
    """A signed-in browser: the session cookie, with CSRF protection on writes."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
