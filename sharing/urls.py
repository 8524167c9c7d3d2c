from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import re_path

from posthog_lite.api.routers import PROJECT_PREFIXES
from sharing.members import list_own, show_own, sign_in, sign_out
from sharing.viewer import view_nothing, view_share
from sharing.views import DashboardSharingViewSet, InsightSharingViewSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLPattern

    from sharing.views import SharingViewSet

WRITE = ["sharing_configuration:write"]


def _patterns(root: str, view: type[SharingViewSet]) -> Iterator[URLPattern]:
    """By hand: a router knows no PATCH without an id."""
    yield re_path(rf"^{root}/?$", view.as_view({"get": "list", "patch": "partial_update"}))
    yield re_path(rf"^{root}/refresh/?$", view.as_view({"post": "refresh"}, required_scopes=WRITE))
    yield re_path(
        rf"^{root}/passwords/?$", view.as_view({"post": "create_password"}, required_scopes=WRITE)
    )
    yield re_path(
        rf"^{root}/passwords/(?P<password_id>[^/]+)/?$",
        view.as_view({"delete": "destroy_password"}, required_scopes=WRITE),
    )


# Mounted below /api/.
api_urlpatterns = [
    pattern
    for prefix in PROJECT_PREFIXES
    for noun, view in (
        ("dashboards/(?P<dashboard_id>[^/]+)", DashboardSharingViewSet),
        ("insights/(?P<insight_id>[^/]+)", InsightSharingViewSet),
    )
    for pattern in _patterns(f"{prefix}/(?P<project_id>[^/]+)/{noun}/sharing", view)
]

# Mounted at the root.
member_urlpatterns = [
    re_path(r"^login/?$", sign_in),
    re_path(r"^logout/?$", sign_out),
    re_path(r"^dashboards/?$", list_own),
    re_path(r"^dashboards/(?P<dashboard_id>[0-9]+)(?:\.(?P<ending>csv|json))?/?$", show_own),
]
viewer_urlpatterns = [
    re_path(
        r"^(?P<prefix>shared|shared_dashboard|embedded)/(?P<segment>[^/]+)/?$",
        view_share,
    ),
    re_path(r"^(?P<prefix>shared|shared_dashboard|embedded)(?:/.*)?$", view_nothing),
]
