"""Answers to SDKs: in plain text when something is wrong, and to pages of any origin."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, Error, InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from posthog_lite.api.addresses import client_network
from posthog_lite.api.throttling import CountedThrottle
from posthog_lite.domain import DomainError
from posthog_lite.events.payloads_v1 import BatchRefusal
from posthog_lite.events.refusals import PayloadTooLarge, UnknownToken

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
METHODS = ("GET", "POST", "OPTIONS")
RETRY_AFTER = "5"
SECONDS_OF_PREFLIGHT = "86400"
ERROR_URI = "https://posthog.com/docs/api/capture"
TAGS = {  # of capture v1, for what has no tag of its own
    401: "invalid_api_token",
    413: "payload_too_large",
    429: "rate_limited",
    503: "service_unavailable",
}
TRY_AGAIN = "transient error, please retry"


class WrongTokenThrottle(CountedThrottle):
    """Counts unknown tokens per address. Requests with a right one are never refused for them."""

    scope = "wrong_token"
    rate = "60/minute"


def sdk_view(view: View) -> View:
    """A view for SDKs: no session, no CSRF, errors as plain text, open to every origin."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "OPTIONS":
            response: HttpResponse = JsonResponse({"status": 1})
        elif request.method not in METHODS:
            response = plain_text("method not allowed", 405)
            response.headers["Allow"] = ", ".join(METHODS)
        else:
            response = _answer(view, request, *args, **kwargs)
        _open_to_origin(request, response)
        return response

    return wrapped


def v1_errors(view: View) -> View:
    """Errors as capture v1 gives them: JSON with a tag for programs."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = _answer(view, request, *args, **kwargs)
        if response.status_code < 400:
            return response
        detail = response.content.decode()
        body = {"error": _tag(response), "error_description": detail, "error_uri": ERROR_URI}
        described = JsonResponse(body, status=response.status_code)
        if "Retry-After" in response.headers:
            described.headers["Retry-After"] = response.headers["Retry-After"]
        return described

    return wrapped


def _tag(response: HttpResponse) -> str:
    return getattr(response, "tag", None) or TAGS.get(response.status_code, "invalid_request")


def plain_text(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _answer(view: View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except UnknownToken as error:
        return _unknown_token(request, error)
    except DomainError as error:
        return _refusal(error)
    except RequestDataTooBig:
        return _refusal(PayloadTooLarge())
    except SuspiciousOperation:
        return plain_text("failed to decode request: malformed", 400)
    except Error as error:
        return _database_error(error)


def _refusal(error: DomainError) -> HttpResponse:
    response = plain_text(error.detail, error.status_code)
    if isinstance(error, BatchRefusal):
        vars(response)["tag"] = error.code  # read by `v1_errors`
    if error.status_code == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _unknown_token(request: HttpRequest, error: UnknownToken) -> HttpResponse:
    throttle = WrongTokenThrottle()
    if throttle.is_allowed(client_network(request)):
        return _refusal(error)
    response = plain_text("rate limited", 429)
    response.headers["Retry-After"] = str(int(throttle.wait() or 1) + 1)
    return response


def _database_error(error: Error) -> HttpResponse:
    """SDKs keep what they sent when it is the database that could not take it."""
    if isinstance(error, DataError):
        logger.warning("Events passed validation but not the database: %s", error)
        return plain_text("failed to parse request: a value cannot be stored", 400)
    is_away = isinstance(error, OperationalError | InterfaceError)
    logger.error("Events could not be stored", exc_info=None if is_away else error)
    response = plain_text(TRY_AGAIN, 503)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _open_to_origin(request: HttpRequest, response: HttpResponse) -> None:
    """Let a page of any origin read the answer: it holds nothing, and no cookie counts here."""
    response.headers["Vary"] = "Origin"
    origin = request.META.get("HTTP_ORIGIN")
    if not origin:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    if request.method == "OPTIONS":
        wanted = request.headers.get("Access-Control-Request-Headers", "")
        response.headers["Access-Control-Allow-Headers"] = wanted
        response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        response.headers["Access-Control-Max-Age"] = SECONDS_OF_PREFLIGHT
