"""Capture v1: the protocol that SDKs can be switched to, with a result for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from posthog_lite.api.addresses import client_address
from posthog_lite.events.compression import Packing
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.events.payloads_v1 import BatchRefusal, Request
from posthog_lite.events.receiving import receive_v1
from posthog_lite.events.timestamps import parse_moment
from posthog_lite.events_api.answers import sdk_view, v1_errors

if TYPE_CHECKING:
    from django.http import HttpRequest

REQUEST_ID = "PostHog-Request-Id"
ENCODINGS = ("", "identity", "gzip", "deflate", "zstd")
BEARER = "bearer"


@sdk_view
@v1_errors
def capture_v1(request: HttpRequest) -> HttpResponse:
    token = _token(request)
    packing = _packing(request)
    described = _read_headers(request)
    results = receive_v1(token=token, body=request.body, packing=packing, request=described)
    response = JsonResponse({"results": results})
    response.headers[REQUEST_ID] = request.headers[REQUEST_ID]
    return response


def _token(request: HttpRequest) -> str:
    if request.method != "POST":
        raise BatchRefusal("method_not_allowed", "Send events with POST.", 405)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != BEARER:
        raise BatchRefusal(
            "invalid_api_token", "Send the project's token as `Authorization: Bearer`.", 401
        )
    return given


def _packing(request: HttpRequest) -> Packing:
    if request.content_type != "application/json":
        raise BatchRefusal("unsupported_content_type", "Send application/json.", 415)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise BatchRefusal(
            "unsupported_content_encoding", "Send gzip, deflate, zstd or none of them.", 415
        )
    return Packing.named(encoding)


def _read_headers(request: HttpRequest) -> Request:
    library, _, version = _header(request, "PostHog-Sdk-Info").partition("/")
    sent_at = parse_moment(_header(request, "PostHog-Request-Timestamp"))
    attempt = _header(request, "PostHog-Attempt")
    has_id = parse_uuid(_header(request, REQUEST_ID)) is not None
    _header(request, "User-Agent")
    is_attempt = attempt.isascii() and attempt.isdigit() and int(attempt[:9]) > 0
    if not (has_id and is_attempt and sent_at and version):
        raise BatchRefusal("invalid_headers", "A PostHog-… header has no valid value.")
    return Request(
        now=timezone.now(),
        sent_at=sent_at,
        ip=client_address(request) or None,
        library=library[:200],
        library_version=version[:200],
    )


def _header(request: HttpRequest, name: str) -> str:
    value = request.headers.get(name, "").strip()
    if not value:
        raise BatchRefusal("missing_required_headers", f"The header {name} is required.")
    return value
