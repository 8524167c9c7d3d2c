"""Addresses of the query endpoint, by hand: a word in the path is a kind, an action or an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, re_path

from posthog_lite.api.routers import PROJECT_PREFIXES, register_project_routes
from posthog_lite.query_api.tools import ToolViewSet
from posthog_lite.query_api.views import QueryViewSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLPattern
    from rest_framework.routers import SimpleRouter

as_view = QueryViewSet.as_view


def _patterns() -> Iterator[URLPattern]:
    yield re_path(r"^/?$", as_view({"post": "create"}))
    for action in ("upgrade", "check_auth_for_async"):
        yield re_path(rf"^/{action}/?$", as_view({"post": action}))
    yield re_path(r"^/(?P<query_kind>[A-Z][A-Za-z]*)/?$", as_view({"post": "create_kind"}))
    yield re_path(r"^/(?P<pk>[^/]+)/?$", as_view({"get": "retrieve", "delete": "destroy"}))


# Mounted below /api/.
urlpatterns = [
    re_path(rf"^{prefix}/(?P<project_id>[^/]+)/query", include(list(_patterns())))
    for prefix in PROJECT_PREFIXES
]


def register(router: SimpleRouter) -> None:
    """Mount the tools of agents."""
    register_project_routes(router, "mcp_tools", ToolViewSet)
