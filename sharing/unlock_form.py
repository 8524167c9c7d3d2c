"""Takes passwords of links from visitors, and remembers who gave a right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.http.response import HttpResponseBase
from django.utils import timezone

from posthog_lite.accounts.slow_hashes import TooManyHashes
from posthog_lite.api.addresses import client_address
from posthog_lite.api.authentication import BEARER
from posthog_lite.strict_json import parse_json
from sharing.authentication import password_of_unlock_token
from sharing.tokens import LIFETIME, issue_unlock_token
from sharing.unlocking import unlock

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sharing.models import SharingConfiguration

R = TypeVar("R", bound=HttpResponseBase)
COOKIE = "posthog_sharing_token"
COOKIE_OF_DATA = "posthog_sharing_token_json"
WRONG_PASSWORD = "Incorrect password"  # noqa: S105  # a message
LONGEST_BODY = 16_384  # bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """Describes how an attempt ended: a JWT, or a problem in words with its status."""

    token: str | None = None
    problem: str = ""
    status: int = 200
    retry_after: int | None = None


def try_password(request: HttpRequest, link: SharingConfiguration, *, is_form: bool) -> Attempt:
    """Judge the password in a request. Every attempt counts for the limits."""
    now = timezone.now()
    try:
        outcome = unlock(
            configuration=link,
            given=_given_password(request, is_form=is_form),
            address=client_address(request),
            now=now,
        )
    except TooManyHashes as error:
        return Attempt(problem=error.detail, status=error.status_code, retry_after=1)
    if outcome.retry_after is not None:
        problem = f"Too many attempts. Try again in {outcome.retry_after} seconds."
        return Attempt(problem=problem, status=429, retry_after=outcome.retry_after)
    if outcome.password is None:
        return Attempt(problem=WRONG_PASSWORD, status=401)
    return Attempt(token=issue_unlock_token(password=outcome.password, now=now))


def remember_unlock(response: R, request: HttpRequest, token: str) -> R:
    """Put the JWT into cookies for the page and for its `.json`, which share no path."""
    page = request.path.partition(".")[0].rstrip("/")
    for name, path in ((COOKIE, page), (COOKIE_OF_DATA, f"{page}.json")):
        response.set_cookie(
            name,
            token,
            max_age=int(LIFETIME.total_seconds()),
            path=path,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def is_unlocked(request: HttpRequest, link: SharingConfiguration) -> bool:
    """Return whether a JWT of this very link is there; a header, where there is one, decides."""
    header = request.headers.get("Authorization")
    match = BEARER.match(header) if header is not None else None
    value = match.group(1).strip() if match else unlock_cookie(request)
    password = None if value is None else password_of_unlock_token(value)
    return password is not None and password.configuration_id == link.pk


def unlock_cookie(request: HttpRequest) -> str | None:
    """Return the JWT in the cookies, which a header puts out of force."""
    if "Authorization" in request.headers:
        return None
    return request.COOKIES.get(COOKIE) or request.COOKIES.get(COOKIE_OF_DATA)


def _given_password(request: HttpRequest, *, is_form: bool) -> str:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return ""
    if is_form:
        return str(request.POST.get("password", ""))
    try:
        body = parse_json(request.body)
    except ValueError:
        return ""
    given = body.get("password") if isinstance(body, dict) else None
    return given if isinstance(given, str) else ""
