from __future__ import annotations

from rest_framework.routers import SimpleRouter

from posthog_lite.api.routers import register_project_routes
from themes.views import DataColorThemeViewSet


def register(router: SimpleRouter) -> None:
    """Mount the color themes endpoints."""
    register_project_routes(router, "data_color_themes", DataColorThemeViewSet)
