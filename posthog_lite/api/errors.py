"""One error shape for the whole API: type, code, detail, attr."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.views import defaults
from exceptions_hog.handler import exception_handler as hog_exception_handler
from psycopg_pool import PoolTimeout
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as APIValidationError
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings

from posthog_lite.api.renderers import FastJSONRenderer
from posthog_lite.api.throttling import TooManyRequests
from posthog_lite.database.transactions import is_collision
from posthog_lite.domain import Conflict, DomainError, Missing

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

logger = logging.getLogger(__name__)

LONGEST_DETAIL = 600
RETRY_AFTER = "1"  # seconds
API_ROOT = "/api/"


class BodyTooLarge(DomainError):
    status_code = 413
    code = "request_too_large"
    type = "invalid_request"


class MalformedRequest(DomainError):
    code = "parse_error"
    type = "invalid_request"


class UnforeseenError(DomainError):
    status_code = 500
    code = "error"
    type = "server_error"


class Unavailable(DomainError):
    """The service is unavailable for now; the same request may succeed in a moment."""

    status_code = 503
    code = "unavailable"
    type = "server_error"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class BodyIncomplete(DomainError):
    code = "body_incomplete"
    type = "invalid_request"


class BodyTooSlow(DomainError):
    status_code = 408
    code = "body_too_slow"
    type = "invalid_request"


class LengthRequired(DomainError):
    status_code = 411
    code = "length_required"
    type = "invalid_request"


class Unauthenticated(DomainError):
    status_code = 401
    code = "not_authenticated"
    type = "authentication_error"


def body_too_large() -> BodyTooLarge:
    """Return the error of a body above the limit, which it names."""
    return BodyTooLarge(f"Request body exceeds the limit of {settings.MAX_BODY_BYTES // 2**20} MB.")


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """Return what REST framework calls for every exception a view raises."""
    known = _as_domain_error(exc)
    if known is not None:
        response = Response(error_body(known), status=known.status_code)
    else:
        response = _as_api_error(exc, context)
    _render_as_json(response, context.get("request"))
    if response.status_code == 503:
        response["Retry-After"] = RETRY_AFTER
    return response


def _render_as_json(response: Response, request: Request | None) -> None:
    """Render an error as JSON, also where the answer would be an event stream, a page or YAML."""
    response.content_type = FastJSONRenderer.media_type
    if request is not None:
        request.accepted_renderer = FastJSONRenderer()
        request.accepted_media_type = FastJSONRenderer.media_type


def error_body(error: DomainError) -> dict[str, str | None]:
    detail = shortened(error.detail)
    if error.bare_key is not None:
        return {error.bare_key: detail}
    return {"type": error.type, "code": error.code, "detail": detail, "attr": error.attr}


def shortened(detail: str) -> str:
    """Return a refusal that can be read at a glance: of what it repeats, the middle is left out."""
    if len(detail) <= LONGEST_DETAIL:
        return detail
    return f"{detail[: LONGEST_DETAIL // 2]} … {detail[-LONGEST_DETAIL // 4 :]}"


def error_response(error: DomainError) -> HttpResponse:
    """The same shape outside of REST framework: middleware, unknown URLs."""
    response = JsonResponse(error_body(error), status=error.status_code)
    if error.status_code == 503:
        response["Retry-After"] = RETRY_AFTER
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = error.retry_after
    if error.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _as_domain_error(exc: Exception) -> DomainError | None:
    match exc:
        case DomainError():
            return exc
        case RequestDataTooBig():
            return body_too_large()
        case SuspiciousOperation():
            return MalformedRequest(f"Malformed request: {exc}")
        case DataError():
            logger.warning("A value passed validation but not the database: %s", exc)
            return DomainError("A value in the request cannot be stored.")
        case IntegrityError():
            logger.warning("A write broke a constraint: %s", exc)
            return Conflict("The write conflicts with another one. Read the resource, try again.")
        case OperationalError() | InterfaceError():
            return _as_unavailable(exc)
    return None


def _as_unavailable(exc: Exception) -> Unavailable:
    if is_collision(exc):
        return Unavailable("Too many writes collided. Try again in a moment.")
    if isinstance(exc.__cause__, PoolTimeout):
        return Unavailable("Too many requests use the database. Try again in a moment.")
    logger.error("The database did not answer: %s", exc)
    return DatabaseUnavailable("The database is unavailable. Try again in a moment.")


def _as_api_error(exc: Exception, context: dict[str, Any]) -> Response:
    if isinstance(exc, DjangoValidationError):
        exc = APIValidationError(as_serializer_error(exc))
    if isinstance(exc, APIValidationError) and isinstance(exc.detail, list):
        # Of a body that is a list: what is wrong with an item as a whole, such as null.
        of_item: Any = next((item for item in exc.detail if isinstance(item, list)), None)
        exc = exc if of_item is None else APIValidationError(of_item)
    response: Response = hog_exception_handler(exc, context)
    response.data["detail"] = shortened(str(response.data["detail"]))
    attr = response.data["attr"]
    if attr is not None:  # an error of a whole nested object is one of the field that holds it
        response.data["attr"] = attr.removesuffix(f"__{api_settings.NON_FIELD_ERRORS_KEY}")
    challenge = getattr(exc, "auth_header", None)
    if challenge:
        response["WWW-Authenticate"] = challenge
    if response.status_code == 500 and not isinstance(exc, APIException):
        logger.exception("Unhandled error", exc_info=exc)
        got_request_exception.send(sender=None, request=context.get("request"))
    return response


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return what Django refuses by itself: another host's name, too large a body or form."""
    error = _as_domain_error(exception) or MalformedRequest("Malformed request.")
    if isinstance(exception, DisallowedHost):
        error = MalformedRequest("This host name is not in ALLOWED_HOSTS.")
    if request.path_info.startswith(API_ROOT):
        return error_response(error)
    page = defaults.bad_request(request, exception)
    page.status_code = error.status_code
    return page


def endpoint_not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer 404 to unknown URLs below /api/, for every method."""
    return error_response(Missing("Endpoint not found."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return what Django calls for an exception outside of REST framework, still being handled."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return error_response(_as_unavailable(error))
    if request.path_info.startswith(API_ROOT):
        return error_response(UnforeseenError("A server error occurred."))
    return defaults.server_error(request)
