"""Swagger UI and ReDoc, with nothing from another host: assets come with the packages."""

from __future__ import annotations

import copy
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.views import APIView

from posthog_lite.api.schema.operations import KEY_SCHEME

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

FOR_SWAGGER = "swagger"  # in the query string of the document
_one_at_a_time = threading.Lock()
# Both pages write styles into themselves; ReDoc runs its search in a worker made from a blob.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SchemaView(SpectacularAPIView):
    """The document, rendered once per process in each form that is asked for."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        is_for_swagger = FOR_SWAGGER in request.query_params
        with _one_at_a_time:
            content = _rendered(renderer.media_type, is_for_swagger)
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        response = HttpResponse(content, content_type=f"{renderer.media_type}{charset}")
        response["Content-Disposition"] = f'inline; filename="schema.{renderer.format}"'
        return response


@cache
def _rendered(media_type: str, is_for_swagger: bool) -> bytes:
    document = SchemaGenerator().get_schema(request=None, public=True)
    if is_for_swagger:
        document = with_key_only(document)
    kinds: list[Any] = SpectacularAPIView.renderer_classes
    renderer = next(kind for kind in kinds if kind.media_type == media_type)()
    content: bytes | str = renderer.render(document, renderer_context={})
    return content.encode() if isinstance(content, str) else content


def with_key_only(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with one box for credentials; a session works by itself."""
    document = copy.deepcopy(document)
    schemes = document["components"]["securitySchemes"]
    document["components"]["securitySchemes"] = {KEY_SCHEME: schemes[KEY_SCHEME]}
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["security"] = [
                scheme for scheme in operation.get("security", []) if KEY_SCHEME in scheme
            ]
    return document


class LocalPage(APIView):
    """A page that the browser keeps from asking other hosts."""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response


class SwaggerPage(LocalPage, SpectacularSwaggerSplitView):
    """Every operation, to be tried with a pasted key. Its script is a URL of its own."""

    url = f"/api/schema/?format=json&{FOR_SWAGGER}=1"


class RedocPage(LocalPage, SpectacularRedocView):
    """Every operation, to be read."""

    template_name = "posthog_lite/redoc.html"  # the library's own loads fonts from elsewhere
