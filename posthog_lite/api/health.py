"""Health checks for load balancers: `/_livez` and `/_readyz`.

Both are answered under the names of PostHog's capture service too.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.db import Error, connection
from django.http import HttpResponse, JsonResponse

from posthog_lite.accounts.models import Organization
from posthog_lite.api.errors import DatabaseUnavailable, error_response

if TYPE_CHECKING:
    from django.http import HttpRequest

SECONDS_TO_WAIT = 1.5  # whatever the database does, an answer comes within two
_lock = threading.Lock()


class Check(threading.Thread):
    """Asks the database for a table, in a thread that nobody has to wait for."""

    is_passed = False
    _last: Check | None = None

    @classmethod
    def current(cls) -> Check:
        """Return the check that is under way, or a new one: a dead database keeps one thread."""
        with _lock:
            if cls._last is None or not cls._last.is_alive():
                cls._last = cls(daemon=True)
                cls._last.start()
            return cls._last

    def run(self) -> None:
        try:
            Organization.objects.exists()
            self.is_passed = True
        except Error:
            self.is_passed = False
        finally:
            connection.close()


def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers from its tables, 503 with Retry-After otherwise."""
    check = Check.current()
    check.join(SECONDS_TO_WAIT)
    if not check.is_passed:
        return error_response(DatabaseUnavailable("The database is unavailable."))
    return JsonResponse({"status": "ok"})
