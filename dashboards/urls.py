from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.views.action_reference import ActionReferenceViewSet
from dashboards.views.collaborator import DashboardCollaboratorViewSet
from dashboards.views.dashboard import DashboardViewSet
from dashboards.views.insight import InsightViewSet
from dashboards.views.template import DashboardTemplateViewSet
from dashboards.views.variable import InsightVariableViewSet
from posthog_lite.api.routers import register_project_routes

if TYPE_CHECKING:
    from rest_framework.routers import SimpleRouter


def register(router: SimpleRouter) -> None:
    """Mount the endpoints of this app."""
    register_project_routes(router, "dashboards", DashboardViewSet)
    register_project_routes(
        router, "dashboards/(?P<dashboard_id>[^/]+)/collaborators", DashboardCollaboratorViewSet
    )
    register_project_routes(router, "insights", InsightViewSet)
    register_project_routes(
        router, "actions/(?P<action_id>[^/]+)/references", ActionReferenceViewSet
    )
    register_project_routes(router, "insight_variables", InsightVariableViewSet)
    register_project_routes(router, "dashboard_templates", DashboardTemplateViewSet)
