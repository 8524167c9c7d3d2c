"""Rate limits: off by default, counted exactly whichever thread or process answers."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.throttling import SimpleRateThrottle

from posthog_lite.accounts.access import key_of
from posthog_lite.accounts.services.limits import Limit, count
from posthog_lite.api.addresses import client_network
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView


class TooManyRequests(DomainError):
    status_code = 429
    code = "throttled"
    type = "throttled_error"

    def __init__(self, seconds: float) -> None:
        self.retry_after = str(math.ceil(seconds))
        super().__init__(
            f"Request was throttled. Expected available in {self.retry_after} seconds."
        )


class CountedThrottle(SimpleRateThrottle):
    """A limit in a window of time that begins with the first call."""

    scope: str
    num_requests: int | None
    duration: int | None
    seconds_to_wait = 0.0

    def is_allowed(self, subject: str) -> bool:
        """Count one call for the subject, and tell whether it is one too many."""
        if self.num_requests is None or self.duration is None:
            return True
        limit = Limit(self.scope, self.num_requests, self.duration)
        now = datetime.fromtimestamp(self.timer(), UTC)
        self.seconds_to_wait = count(limit=limit, subject=subject, now=now)
        return self.seconds_to_wait == 0

    def wait(self) -> float:
        return self.seconds_to_wait


class KeyThrottle(CountedThrottle):
    """A limit per key. Browser sessions are not limited."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = key_of(request.auth)
        return not settings.RATE_LIMIT_ENABLED or key is None or self.is_allowed(key.pk)


class FailedKeyThrottle(CountedThrottle):
    """Counts wrong keys per address. Right keys are never refused for them.

    A key cannot be guessed, so a limit need not lock out a whole office for one broken script.
    """

    scope = "failed_key"
    rate = "60/minute"


class SlowKeyThrottle(CountedThrottle):
    """Counts keys that are compared with slow hashes of older releases, per address."""

    scope = "slow_key"
    rate = "60/minute"


class PageThrottle(CountedThrottle):
    """Counts pages that are shown to anybody, per address."""

    scope = "page"
    rate = "480/minute"


def count_failed_key(request: Request) -> None:
    """Raise Throttled, instead of what else is wrong, where an address brought too many."""
    if settings.RATE_LIMIT_ENABLED:
        _check(FailedKeyThrottle(), request)


def count_slow_key(request: Request) -> None:
    """Raise Throttled where an address has too many keys hashed slowly, whatever the settings."""
    _check(SlowKeyThrottle(), request)


def check_pages(request: HttpRequest) -> None:
    """Raise TooManyRequests where an address asks for pages too often."""
    throttle = PageThrottle()
    if settings.RATE_LIMIT_ENABLED and not throttle.is_allowed(client_network(request)):
        raise TooManyRequests(throttle.wait())


def check_unknown_sender(request: HttpRequest) -> None:
    """Count what was refused unread as a wrong key; raise TooManyRequests after too many."""
    throttle = FailedKeyThrottle()
    if settings.RATE_LIMIT_ENABLED and not throttle.is_allowed(client_network(request)):
        raise TooManyRequests(throttle.wait())


def _check(throttle: CountedThrottle, request: HttpRequest | Request) -> None:
    if not throttle.is_allowed(client_network(request)):
        raise Throttled(wait=throttle.wait())


class BurstThrottle(KeyThrottle):
    scope = "burst"
    rate = "480/minute"


class SustainedThrottle(KeyThrottle):
    scope = "sustained"
    rate = "4800/hour"


class QueryBurstThrottle(KeyThrottle):
    scope = "query_burst"
    rate = "240/minute"


class QuerySustainedThrottle(KeyThrottle):
    scope = "query_sustained"
    rate = "2400/hour"
