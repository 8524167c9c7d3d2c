"""Swagger UI and ReDoc, with nothing from another host: assets come with the packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.views import APIView

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# Both pages write styles into themselves; ReDoc runs its search in a worker made from a blob.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class LocalPage(APIView):
    """A page that the browser keeps from asking other hosts."""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response


class SwaggerPage(LocalPage, SpectacularSwaggerSplitView):
    """Every operation, to be tried with a pasted key. Its script is a URL of its own."""


class RedocPage(LocalPage, SpectacularRedocView):
    """Every operation, to be read."""

    template_name = "posthog_lite/redoc.html"  # the library's own loads fonts from elsewhere
