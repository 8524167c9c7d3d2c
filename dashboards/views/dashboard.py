"""`/dashboards/`: translates HTTP to one call of a service or selector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.selectors.dashboards import DashboardFilters, dashboards_visible_to
from dashboards.selectors.read_dashboard import read_dashboards
from dashboards.serializers.actions import BulkTagsSerializer
from dashboards.serializers.dashboard_write import (
    DashboardCreateSerializer,
    DashboardListQuerySerializer,
    DashboardUpdateSerializer,
    OverridesQuerySerializer,
)
from dashboards.services.bulk_tags import bulk_update_dashboard_tags
from dashboards.services.dashboards import (
    check_editable,
    create_dashboard,
    record_view,
    update_dashboard,
)
from dashboards.shapes.bulk_tags import BulkTagsResult
from dashboards.shapes.dashboard import DashboardBasic
from dashboards.views.dashboard_answers import DASHBOARD
from dashboards.views.refresh import REFRESH
from dashboards.views.template_actions import TemplateActions
from dashboards.views.tile_actions import TileActions
from posthog_lite.api.schema.shapes import documented
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from rest_framework.request import Request

DELETE_REFUSED = OpenApiResponse(
    description='Dashboards are never hard-deleted: use PATCH with {"deleted": true}.'
)


class DashboardViewSet(TileActions, TemplateActions):
    """The dashboards of a project."""

    bare_errors = {"create_unlisted_dashboard": "error", "reorder_tiles": "detail"}
    streaming_actions = frozenset({"stream_tiles"})
    operation_names = {"delete_tile_create": "delete_tile"}

    @extend_schema(
        parameters=[DashboardListQuerySerializer], responses=documented(DashboardBasic)(many=True)
    )
    def list(self, request: Request, **kwargs: str) -> Response:
        """List dashboards, pinned ones first, then by name."""
        filters = DashboardFilters(**self.parse_query(DashboardListQuerySerializer))
        return self.answer_listing(read_dashboards(access=self.access, filters=filters))

    @extend_schema(request=DashboardCreateSerializer, responses={201: DASHBOARD})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Create a dashboard: empty, from a template or as a copy of another one."""
        data = self.parse(DashboardCreateSerializer)
        write = partial(create_dashboard, access=self.access, data=data, now=timezone.now())
        return self.answer_written(write, status=201)

    @extend_schema(parameters=[OverridesQuerySerializer, REFRESH], responses=DASHBOARD)
    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get a dashboard with its tiles."""
        return self.answer_open(self.open_dashboard(pk))

    @extend_schema(request=DashboardUpdateSerializer, responses=DASHBOARD)
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a dashboard; fields left out keep their value."""
        data = self.parse(
            DashboardUpdateSerializer,
            partial=True,
            unless=partial(check_editable, access=self.access, dashboard_id=row_id(pk)),
        )
        if data.get("deleted") and data.get("delete_insights"):
            self.require_scope("insight:write")
        write = partial(
            update_dashboard,
            access=self.access,
            dashboard_id=row_id(pk),
            data=data,
            now=timezone.now(),
        )
        return self.answer_written(write)

    @extend_schema(request=DashboardUpdateSerializer, responses=DASHBOARD)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a dashboard; `deleted` hides it or brings it back."""
        return self.update(request, pk)

    @extend_schema(request=None, responses={405: DELETE_REFUSED})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Always 405: hide a dashboard by PATCH with `deleted` true."""
        return Response(status=405)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], required_scopes=["dashboard:read"])
    def viewed(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Note that you opened the dashboard: moves your `last_viewed_at`."""
        dashboard = self.find(dashboards_visible_to(access=self.access), pk)
        record_view(access=self.access, dashboard_id=dashboard.pk, now=timezone.now())
        return Response(status=204)

    @extend_schema(request=BulkTagsSerializer, responses=documented(BulkTagsResult))
    @action(detail=False, methods=["post"], required_scopes=["dashboard:write"])
    def bulk_update_tags(self, request: Request, **kwargs: str) -> Response:
        """Add, remove or set tags on up to 500 dashboards."""
        result = bulk_update_dashboard_tags(access=self.access, **self.parse(BulkTagsSerializer))
        return Response(BulkTagsResult.make((), updated=result.updated, skipped=result.skipped))
