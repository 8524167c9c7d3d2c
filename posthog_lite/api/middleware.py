"""What holds for every answer below /api/, whichever view gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from posthog_lite.api.errors import BodyTooLarge, error_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class APIMiddleware:
    """Refuses bodies over the limit unread and sets the headers that all answers share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        response = self._refusal(request) or self.get_response(request)
        if not response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
        if response.status_code == 204:
            del response["Content-Type"]
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.MAX_BODY_BYTES:
            return error_response(BodyTooLarge("Request body exceeds the limit of 20 MB."))
        return None
