"""Capture: one handler under all the names that SDKs use for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import timezone

from posthog_lite.api.addresses import client_address
from posthog_lite.events.compression import Packing, read_form
from posthog_lite.events.payloads import Reception
from posthog_lite.events.receiving import receive
from posthog_lite.events.refusals import EmptyBody
from posthog_lite.events_api.answers import sdk_view

if TYPE_CHECKING:
    from django.http import HttpRequest

FORM = "application/x-www-form-urlencoded"
ENGAGE = "engage"
STORED = b'{"status":1}'


@sdk_view
def capture(request: HttpRequest, route: str) -> HttpResponse:
    body, packing = read_payload(request)
    reception = Reception(
        now=timezone.now(),
        ip=client_address(request) or None,
        sent_at=request.GET.get("_") or request.GET.get("sent_at"),
        default_event="$identify" if route == ENGAGE else None,
    )
    receive(body=body, packing=packing, reception=reception)
    if request.GET.get("beacon") == "1":
        return HttpResponse(status=204)
    return HttpResponse(STORED, content_type="application/json")


def read_payload(request: HttpRequest) -> tuple[bytes, Packing]:
    """Return what was sent, in query or body, and how its sender says that it was packed."""
    said = (request.GET.get("compression"), request.META.get("HTTP_CONTENT_ENCODING"))
    in_query = request.GET.get("data")
    if in_query:
        text = in_query if "{" in in_query else in_query.replace(" ", "+")
        return text.encode(errors="replace"), Packing.named(*said)
    body = request.body
    if not body:
        raise EmptyBody
    if request.content_type == FORM:
        data, packing = read_form(body)
        return data, packing or Packing.named(*said)
    return body, Packing.named(*said)
