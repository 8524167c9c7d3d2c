"""Rules for every request, whichever view answers it."""

from __future__ import annotations

import logging
import re
import uuid
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex

from posthog_lite.accounts.access import key_of
from posthog_lite.accounts.selectors import CURRENT
from posthog_lite.api.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    LengthRequired,
    Unauthenticated,
    Unavailable,
    body_too_large,
    error_response,
)
from posthog_lite.api.throttling import check_pages, check_unknown_sender
from posthog_lite.domain import DomainError
from posthog_lite.ids import parse_row_id
from posthog_lite.logging import ACCESS_LOGGER, current_request_id, mask_secrets
from posthog_lite.server import metrics
from posthog_lite.server.request_bodies import (
    INCOMPLETE,
    MAX_ESCAPES,
    NO_LENGTH,
    NOBODY_KNOWN,
    NOT_READ,
    PROBLEM,
    SENDER_UNKNOWN,
    TOO_MANY_ESCAPES,
    TOO_SLOW,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

access_logger = logging.getLogger(ACCESS_LOGGER)
REQUEST_ID = "X-Request-ID"
LONGEST_REQUEST_ID = 128
LONGEST_PATH = 500
_PROJECT_SLOT = re.compile(r"/(?:projects|environments)/<(project_id|id)>")


class RequestMiddleware:
    """The outermost: gives each request an id, and says afterwards what became of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        request_id = choose_request_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
            response.headers[REQUEST_ID] = request_id
            _record(request, response, perf_counter() - started)
        finally:
            current_request_id.reset(token)
        return response


def choose_request_id(given: str) -> str:
    """The caller's id where it is fit to be logged and sent back, else a new one."""
    is_fit = given.isascii() and given.isprintable() and 0 < len(given) <= LONGEST_REQUEST_ID
    return given if is_fit else str(uuid.uuid4())


def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route = route_of(request)
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    if access_logger.isEnabledFor(level):
        _log(level, route, request, response, seconds)
    if settings.PROMETHEUS_ENABLED:
        metrics.observe(
            method=request.method, route=route, status=response.status_code, seconds=seconds
        )


def _log(
    level: int, route: str | None, request: HttpRequest, response: HttpResponse, seconds: float
) -> None:
    """Write a line of the access log. The route stands for the path, which may hold a token."""
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "key": _key_mask(request),
        "project_id": _project_id(request),
        "request_id": response.headers[REQUEST_ID],
    }
    if settings.LOG_FORMAT == "text":  # for people, who want to see what was asked for
        fields["route"] = mask_secrets(request.get_full_path())[:LONGEST_PATH]
    sentence = "%(method)s %(route)s %(status)s in %(ms)s ms"
    access_logger.log(level, sentence, fields, extra={"fields": fields})


def route_of(request: HttpRequest) -> str | None:
    """`/api/projects/<project_id>/dashboards/`: which URL was called, without its values."""
    match = request.resolver_match
    return None if match is None else _readable(match.route)


@lru_cache(maxsize=1024)  # as many as there are routes
def _readable(route: str) -> str:
    return simplify_regex(route)


def _key_mask(request: HttpRequest) -> str | None:
    key = key_of(getattr(request, "auth", None))  # REST framework leaves it there
    return None if key is None else key.mask_value


def _project_id(request: HttpRequest) -> int | None:
    """The project the URL names. Asks the database nothing: it may be what failed."""
    match = request.resolver_match
    slot = match and _PROJECT_SLOT.search(_readable(match.route))
    if not match or not slot:
        return None
    name = match.kwargs[slot[1]]
    if name != CURRENT:
        return parse_row_id(name)
    key = key_of(getattr(request, "auth", None))
    # Django keeps the user of a session there once it has been asked for.
    user = key.user if key is not None else getattr(request, "_cached_user", None)
    return getattr(user, "current_project_id", None)


_PROBLEMS = {
    INCOMPLETE: BodyIncomplete("The request body ended before its Content-Length."),
    TOO_SLOW: BodyTooSlow("The request body did not arrive in time."),
    NOT_READ: Unavailable("Too many request bodies are slow to arrive. Try again in a moment."),
    TOO_MANY_ESCAPES: BodyTooLarge(
        f"A form may hold at most {MAX_ESCAPES:,} escaped characters. Send JSON instead."
    ),
    NO_LENGTH: LengthRequired("Send the request body with its Content-Length."),
    NOBODY_KNOWN: Unauthenticated(
        "Authentication credentials were not provided. A key is not looked for in a request body "
        "of more than 64 kB: send it in the Authorization header."
    ),
    SENDER_UNKNOWN: Unauthenticated(
        "The personal API key or the session of the request is invalid, so that its body of more "
        "than 64 kB was not read."
    ),
}


# For pages that say nothing themselves: those of the admin, and of errors.
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


# Shown to anybody, and more work than it is to ask for them.
PAGES = ("/shared/", "/embedded/", "/api/schema")


def _check(request: HttpRequest) -> None:
    """Raise what is known to be wrong before a view is looked for."""
    problem = _PROBLEMS.get(request.META.get(PROBLEM, ""))
    if problem is _PROBLEMS[SENDER_UNKNOWN]:
        check_unknown_sender(request)
    if problem is not None:
        raise problem
    if request.path_info.startswith(PAGES) and "Authorization" not in request.headers:
        check_pages(request)


class APIMiddleware:
    """Refuses bodies that did not arrive or are over the limit, sets headers of all answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _check(request)
        except DomainError as error:
            return error_response(error)
        if not request.path_info.startswith("/api/"):
            response = self.get_response(request)
            if not settings.DEBUG:  # whose pages of errors bring scripts of their own
                response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            return response
        response = self._refusal(request) or self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        policy = PAGE_POLICY if is_page else "default-src 'none'"
        response.headers.setdefault("Content-Security-Policy", policy)
        # A key may stand in the URL, where caches between do not look for credentials.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if response.status_code == 204:
            del response["Content-Type"]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer in words what a view outside of REST framework raises."""
        return error_response(exception) if isinstance(exception, DomainError) else None

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.MAX_BODY_BYTES:
            return error_response(body_too_large())
        return None
