"""The base of the dashboards views: finding a dashboard and answering with all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.response import Response

from dashboards.models import Dashboard
from dashboards.selectors.contents import Overrides, get_contents
from dashboards.selectors.dashboards import dashboards_visible_to, filter_dashboards
from dashboards.serializers.dashboard import DashboardSerializer
from dashboards.serializers.dashboard_write import (
    LookUpQuerySerializer,
    OverridesQuerySerializer,
)
from dashboards.services.dashboards import record_access, record_view
from posthog_lite.api.renderers import EventStreamRenderer, FastJSONRenderer
from posthog_lite.api.viewsets import ProjectViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


class DashboardAnswers(ProjectViewSet):
    """What every view that answers with a whole dashboard shares."""

    scope_object = "dashboard"
    renderer_classes = [FastJSONRenderer, EventStreamRenderer]

    def scoped_queryset(self, project: Project) -> QuerySet[Dashboard]:
        return Dashboard.objects.for_project(project)

    def overrides(self) -> Overrides:
        """What the query string lays over stored filters and variables."""
        return Overrides.from_query(self.parse_query(OverridesQuerySerializer))

    def answer_dashboard(self, pk: int | str, *, status: int = 200) -> Response:
        """The whole dashboard as it is now, deleted or not."""
        rows = dashboards_visible_to(access=self.access, include_deleted=True)
        return self.answer_row(self.find(rows, str(pk)), status=status)

    def answer_row(self, dashboard: Dashboard, *, status: int = 200) -> Response:
        return Response(self.represent(dashboard), status=status)

    def represent(self, dashboard: Dashboard) -> dict[str, Any]:
        contents = get_contents(dashboard=dashboard, access=self.access, overrides=self.overrides())
        context = {"access": self.access, "contents": contents}
        return dict(DashboardSerializer(dashboard, context=context).data)

    def open_dashboard(self, pk: str) -> Dashboard:
        """The dashboard for reading, which moves `last_accessed_at`, and in a browser the view."""
        self.overrides()
        rows = filter_dashboards(
            dashboards_visible_to(access=self.access), **self.parse_query(LookUpQuerySerializer)
        )
        dashboard = self.find(rows, pk)
        now = timezone.now()
        if self.key is None:
            record_view(dashboard=dashboard, access=self.access, now=now)
            dashboard = self.find(rows, pk)
        record_access(dashboard=dashboard, now=now)
        return dashboard
