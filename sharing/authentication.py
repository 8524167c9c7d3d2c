"""Visitors of the API: a share's token in the query string, or a JWT from unlocking one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication

from posthog_lite.api.authentication import bearer_value
from posthog_lite.domain import NotAllowed
from sharing.open_links import get_open_configuration
from sharing.selectors import get_unlocking_password
from sharing.tokens import read_unlock_token
from sharing.visitor import ShareVisitor

if TYPE_CHECKING:
    from rest_framework.request import Request

    from sharing.models import SharePassword

PARAMETER = "sharing_access_token"
SAFE_METHODS = ("GET", "HEAD")


class ShareTokenInvalid(NotAllowed):
    """The token opens nothing, or not for this. 403, where other bad credentials are 401."""

    code = "authentication_failed"


class ShareTokenAuthentication(BaseAuthentication):
    """A visitor instead of a user. What is neither a token nor a JWT of ours is left to others."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ShareVisitor] | None:
        visit = visit_by_bearer(request) or self._visit_by_token(request)
        return None if visit is None else (AnonymousUser(), visit)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _visit_by_token(self, request: Request) -> ShareVisitor | None:
        token = request.query_params.get(PARAMETER)
        if not token:
            return None
        if request.method not in SAFE_METHODS:
            raise ShareTokenInvalid("Sharing access token can only be used for GET requests.")
        configuration = get_open_configuration(token=token, now=timezone.now())
        if configuration is None:
            raise ShareTokenInvalid("Sharing access token is invalid.")
        return None if configuration.password_required else ShareVisitor(configuration)


def visit_by_bearer(request: Request) -> ShareVisitor | None:
    """The visit of whoever brings a JWT that still counts."""
    value = bearer_value(request)
    if value is None or request.method not in SAFE_METHODS:
        return None
    password = password_of_unlock_token(value)
    return None if password is None else ShareVisitor(password.configuration)


def password_of_unlock_token(value: str) -> SharePassword | None:
    """The password behind a JWT, while it and its link still count."""
    claims = read_unlock_token(value)
    return None if claims is None else get_unlocking_password(claims=claims, now=timezone.now())
