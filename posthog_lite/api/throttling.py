"""Rate limits: off by default, counted per personal API key in the shared cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle

from posthog_lite.accounts.models import PersonalAPIKey

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


class BurstThrottle(KeyThrottle):
    scope = "burst"
    rate = "480/minute"


class SustainedThrottle(KeyThrottle):
    scope = "sustained"
    rate = "4800/hour"
