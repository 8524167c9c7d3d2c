"""The short way of SDK calls."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import Resolver404, resolve

from posthog_lite.events_api.sdk_urls import CAPTURE, FIRST_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch


class SDKMiddleware:
    """Answers SDKs without what comes after it, which is for people and their browsers.

    No session, no CSRF token, no message concerns a program that sends events, and together they
    take as long as the rest of a request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info[1:].partition("/")[0] not in FIRST_PARTS:
            return self.get_response(request)
        try:
            match = _of_capture().get(request.path_info) or resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost, as CommonMiddleware would
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


@cache
def _of_capture() -> dict[str, ResolverMatch]:
    """Return what the paths of capture resolve to, as most requests are for one of these few."""
    paths = (f"/{route}{ending}" for route in CAPTURE for ending in ("", "/"))
    return {path: resolve(path) for path in paths}
