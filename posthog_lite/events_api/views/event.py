"""`/events/`: events one by one, as the engine has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.csv import CSVRenderer, csv_response
from posthog_lite.api.schema.errors import TOO_COSTLY
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.database.listing import USUAL_LIMIT
from posthog_lite.events_api.pagination import PageOfEvents
from posthog_lite.events_api.selectors.event_values import list_event_values
from posthog_lite.events_api.selectors.events import (
    EventFilters,
    event_lines,
    get_event,
    list_events,
)
from posthog_lite.events_api.serializers.event import (
    LONGEST_PAGE,
    EventListQuerySerializer,
    EventValueSerializer,
    EventValuesQuerySerializer,
)
from posthog_lite.events_api.shapes.event import Event

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

    Renderers = list[BaseRenderer]

EVENT = documented(Event)


class EventViewSet(ProjectViewSet):
    """The events of a project."""

    tag_description = "Events, one by one. Numbers come from queries."
    scope_object = "event"
    pagination_class = PageOfEvents
    serializer_class = EVENT

    @extend_schema(
        parameters=[EventListQuerySerializer],
        responses={
            (200, "application/json"): EVENT(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
            504: TOO_COSTLY,
        },
    )
    def list(self, request: Request, **kwargs: str) -> Response | HttpResponseBase:
        """List events, the newest first. Queries answer more, and faster.

        With `format=csv` as a table, which has no next page.
        """
        is_table = request.accepted_renderer.format == CSVRenderer.format
        usual = {"limit": LONGEST_PAGE if is_table else USUAL_LIMIT}
        filters = EventFilters(**usual | self.parse_query(EventListQuerySerializer))
        rows = list_events(project=self.project, filters=filters, now=timezone.now())
        if is_table:
            return csv_response(event_lines(rows), name="events")
        if len(rows) == filters.limit:
            name = "after" if filters.is_ascending else "before"
            page: Any = self.paginator
            page.set_last(request, name, rows[-1])
        return self.get_paginated_response(rows)

    def get_renderers(self) -> Renderers:
        own: Renderers = super().get_renderers()
        return [*own, CSVRenderer()] if self.action in ("list", None) else own

    @extend_schema(responses={200: EVENT, 504: TOO_COSTLY})
    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get an event by its UUID."""
        return Response(get_event(project=self.project, given=pk, now=timezone.now()))

    @extend_schema(
        parameters=[EventValuesQuerySerializer],
        responses={200: EventValueSerializer(many=True), 504: TOO_COSTLY},
    )
    @action(detail=False, methods=["get"], required_scopes=["event:read"], pagination_class=None)
    def values(self, request: Request, **kwargs: str) -> Response:
        """List the ten most frequent values of a property of the events of the last week."""
        wanted = self.parse_query(EventValuesQuerySerializer)
        found = list_event_values(
            project=self.project,
            key=wanted["key"],
            value=wanted["value"],
            event_names=[name for name in wanted["event_name"] if name],
            is_column=wanted["is_column"],
            now=timezone.now(),
        )
        return self.answer([{"name": name} for name in found], EventValueSerializer, many=True)
