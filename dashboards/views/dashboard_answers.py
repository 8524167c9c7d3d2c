"""The base of the dashboards views: finding a dashboard and answering with all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.response import Response

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard
from dashboards.selectors.read_dashboard import (
    WholeDashboard,
    is_found_under,
    read_dashboard,
)
from dashboards.selectors.read_tiles import DEFAULT_LAYOUT_SIZE
from dashboards.serializers.dashboard_write import (
    LookUpQuerySerializer,
    OverridesQuerySerializer,
)
from dashboards.services.dashboards import is_access_recorded, record_access, record_view
from dashboards.shapes.dashboard import Dashboard as DashboardShape
from dashboards.views.refresh import kept_results, read_refresh
from posthog_lite.api.renderers import EventStreamRenderer, FastJSONRenderer
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.transfer import ignore_moment
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import Missing
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet
    from rest_framework.serializers import BaseSerializer

    from posthog_lite.accounts.models import Project


DASHBOARD = documented(DashboardShape)


class DashboardAnswers(ProjectViewSet):
    """The base of every view that answers with a whole dashboard."""

    integer_ids = ("id",)
    tag_description = "Dashboards with their tiles, collaborators and public links."
    scope_object = "dashboard"
    is_never_deleted = True
    renderer_classes = [FastJSONRenderer, EventStreamRenderer]

    def scoped_queryset(self, project: Project) -> QuerySet[Dashboard]:
        return Dashboard.objects.for_project(project)

    def parse(self, serializer_class: type[BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """The body, once it is sure that the answer can be given: nothing is written before."""
        data = super().parse(serializer_class, **options)
        self.overrides()
        return data

    def overrides(self) -> Overrides:
        """Return what the query string applies to stored filters and variables."""
        return Overrides.from_query(self.parse_query(OverridesQuerySerializer))

    def answer_written(
        self, write: Callable[[], object], *, pk: str | None = None, status: int = 200
    ) -> Response:
        """Write, and answer with the whole dashboard: that named, or the one that was written.

        The answer is made before anything is committed, so that what cannot be shown is not
        stored either.
        """
        overrides = self.overrides()

        @one_transaction
        def write_and_read() -> dict[str, Any]:
            written: Any = write()
            whole = read_dashboard(
                access=self.access,
                dashboard_id=written.pk if pk is None else row_id(pk),
                overrides=overrides,
                include_deleted=True,
                asking=kept_results(),
            )
            return whole.shape()

        return Response(write_and_read(), status=status)

    def open_dashboard(
        self,
        pk: str,
        *,
        layout_size: str = DEFAULT_LAYOUT_SIZE,
        only_two_tiles: bool = False,
    ) -> WholeDashboard:
        """The dashboard for reading, which moves `last_accessed_at`, and in a browser the view."""
        overrides = self.overrides()
        narrowing = self.parse_query(LookUpQuerySerializer)
        if not is_found_under(access=self.access, dashboard_id=row_id(pk), **narrowing):
            raise Missing("Not found.")
        whole = read_dashboard(
            access=self.access,
            dashboard_id=row_id(pk),
            overrides=overrides,
            layout_size=layout_size,
            only_two_tiles=only_two_tiles,
            asking=read_refresh(self.request),
        )
        self.note_access(whole, timezone.now())
        return whole

    def answer_open(self, whole: WholeDashboard) -> Response:
        """The dashboard that was opened, for which clients that have it get 304."""
        response = Response(whole.shape())
        ignore_moment(response, whole.head["last_accessed_at"])
        return response

    def note_access(self, whole: WholeDashboard, now: datetime) -> None:
        """Answer that it was read now, and note it."""
        dashboard_id, stored = whole.row.id, whole.row.last_accessed_at
        if self.key is None:
            record_view(access=self.access, dashboard_id=dashboard_id, now=now)
            whole.head["last_viewed_at"] = now
        if not is_access_recorded(stored=stored, now=now):
            record_access(project=self.project, dashboard_id=dashboard_id, now=now)
        whole.head["last_accessed_at"] = now
