"""Rate limits: off by default, counted per personal API key in the shared cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.throttling import SimpleRateThrottle

from posthog_lite.accounts.models import PersonalAPIKey
from posthog_lite.api.addresses import client_address

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class KeyThrottle(SimpleRateThrottle):
    """A sliding window per key. Browser sessions are not limited; refused calls do not count."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        return not settings.RATE_LIMIT_ENABLED or super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not isinstance(request.auth, PersonalAPIKey):
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class FailedKeyThrottle(SimpleRateThrottle):
    """Counts wrong keys per address. Right keys are never refused for them.

    A key cannot be guessed, so a limit need not lock out a whole office for one broken script.
    """

    scope = "failed_key"
    rate = "60/minute"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return self.cache_format % {"scope": self.scope, "ident": client_address(request)}


def count_failed_key(request: Request) -> None:
    """Raise Throttled, instead of what else is wrong, where an address brought too many."""
    if not settings.RATE_LIMIT_ENABLED:
        return
    throttle = FailedKeyThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]  # any view will do
        raise Throttled(wait=throttle.wait())


class BurstThrottle(KeyThrottle):
    scope = "burst"
    rate = "480/minute"


class SustainedThrottle(KeyThrottle):
    scope = "sustained"
    rate = "4800/hour"
