"""Who asks, as far as the network tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

LONGEST_ADDRESS = 45


def client_address(request: HttpRequest | Request) -> str:
    """The peer, or what a trusted proxy says of it."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.TRUST_PROXY_HEADERS and forwarded:
        return forwarded.rpartition(",")[2].strip()[:LONGEST_ADDRESS]
    return str(request.META.get("REMOTE_ADDR", ""))[:LONGEST_ADDRESS]
