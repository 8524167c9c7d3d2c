"""The addresses of callers, as far as the network tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from posthog_lite.accounts.networks import network_of, parse_address

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request


def client_address(request: HttpRequest | Request) -> str:
    """Return the address of the peer, or what a trusted proxy says of it."""
    if settings.TRUST_PROXY_HEADERS:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2]
        if address := parse_address(forwarded):
            return str(address)
    peer = str(request.META.get("REMOTE_ADDR", ""))
    return str(parse_address(peer) or peer)


def client_network(request: HttpRequest | Request) -> str:
    """Return whom to count attempts for: an address, or a /64 of the newer kind."""
    return network_of(client_address(request))
