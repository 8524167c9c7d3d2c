"""Health checks for load balancers: `/_livez` and `/_readyz`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error, connection
from django.http import HttpResponse, JsonResponse

from posthog_lite.api.errors import DatabaseUnavailable, error_response

if TYPE_CHECKING:
    from django.http import HttpRequest


def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, 503 with Retry-After otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return error_response(DatabaseUnavailable("The database is unavailable."))
    return JsonResponse({"status": "ok"})
