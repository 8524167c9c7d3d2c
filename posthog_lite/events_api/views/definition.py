"""`/event_definitions/`, `/property_definitions/`: names that events brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.events.models import EventDefinition, PropertyDefinition, PropertyKind
from posthog_lite.events.selectors.definitions import (
    EventDefinitionFilters,
    PropertyDefinitionFilters,
    events_that_carry,
    get_event_definition,
    get_event_definition_named,
    get_property_definition,
    list_event_definitions,
    list_property_definitions,
    primary_properties,
)
from posthog_lite.events.services.bulk_tags import bulk_update_tags
from posthog_lite.events.services.definitions import (
    create_event_definition,
    delete_event_definition,
    delete_property_definition,
    update_event_definition,
    update_property_definition,
)
from posthog_lite.events_api.serializers.bulk_tags import (
    DefinitionTagsResultSerializer,
    DefinitionTagsSerializer,
)
from posthog_lite.events_api.serializers.definition import (
    EventDefinitionCreateSerializer,
    EventDefinitionListQuerySerializer,
    EventDefinitionNameQuerySerializer,
    EventDefinitionSerializer,
    EventDefinitionWriteSerializer,
    PrimaryPropertiesQuerySerializer,
    PrimaryPropertiesSerializer,
    PropertyDefinitionListQuerySerializer,
    PropertyDefinitionSerializer,
    PropertyDefinitionWriteSerializer,
    SeenTogetherQuerySerializer,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project

KINDS = {kind.label: kind for kind in PropertyKind}


class EventDefinitionViewSet(ProjectViewSet):
    """The names of a project's events."""

    tag_description = "The names of events."
    scope_object = "event_definition"
    parser_classes = [StrictJSONParser]
    serializer_class = EventDefinitionSerializer

    def scoped_queryset(self, project: Project) -> QuerySet[EventDefinition]:
        filters = EventDefinitionFilters()
        return list_event_definitions(project=project, filters=filters, now=timezone.now())

    @extend_schema(parameters=[EventDefinitionListQuerySerializer])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the names of events, in the order of the alphabet."""
        filters = EventDefinitionFilters(**self.parse_query(EventDefinitionListQuerySerializer))
        rows = list_event_definitions(project=self.project, filters=filters, now=timezone.now())
        return self.answer_page(rows, EventDefinitionSerializer)

    @extend_schema(
        request=EventDefinitionCreateSerializer, responses={201: EventDefinitionSerializer}
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Describe an event before the first one arrives."""
        fields = self.parse(EventDefinitionCreateSerializer)
        definition = create_event_definition(project=self.project, fields=fields)
        return self.answer(definition, EventDefinitionSerializer, status=201)

    @extend_schema(
        parameters=[EventDefinitionNameQuerySerializer], responses=EventDefinitionSerializer
    )
    @action(
        detail=False,
        methods=["get"],
        required_scopes=["event_definition:read"],
        pagination_class=None,
    )
    def by_name(self, request: Request, **kwargs: str) -> Response:
        """Get the definition of the events of a name."""
        name = self.parse_query(EventDefinitionNameQuerySerializer)["name"]
        definition = get_event_definition_named(project=self.project, name=name)
        return self.answer(definition, EventDefinitionSerializer)

    @extend_schema(
        parameters=[PrimaryPropertiesQuerySerializer], responses=PrimaryPropertiesSerializer
    )
    @action(
        detail=False,
        methods=["get"],
        required_scopes=["event_definition:read"],
        pagination_class=None,
    )
    def primary_properties(self, request: Request, **kwargs: str) -> Response:
        """Get the primary property of events, where one was chosen."""
        names = self.parse_query(PrimaryPropertiesQuerySerializer).get("names", [])
        chosen = primary_properties(project=self.project, names=names)
        return self.answer({"primary_properties": chosen}, PrimaryPropertiesSerializer)

    @extend_schema(request=DefinitionTagsSerializer, responses=DefinitionTagsResultSerializer)
    @action(detail=False, methods=["post"], required_scopes=["event_definition:write"])
    def bulk_update_tags(self, request: Request, **kwargs: str) -> Response:
        """Add, remove or set tags on up to 500 definitions of events."""
        rows = EventDefinition.objects.for_project(self.project)
        result = bulk_update_tags(rows=rows, **self.parse(DefinitionTagsSerializer))
        return self.answer(result, DefinitionTagsResultSerializer)

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get the definition of an event."""
        definition = get_event_definition(project=self.project, given=pk)
        return self.answer(definition, EventDefinitionSerializer)

    @extend_schema(request=EventDefinitionWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Describe, tag, verify or hide an event."""
        definition = get_event_definition(project=self.project, given=pk)
        changes = self.parse(EventDefinitionWriteSerializer, partial=True)
        changed = update_event_definition(definition=definition, changes=changes)
        return self.answer(changed, EventDefinitionSerializer)

    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Forget a name of events, until the next event bears it."""
        definition = get_event_definition(project=self.project, given=pk)
        delete_event_definition(definition=definition)
        return Response(status=204)


class PropertyDefinitionViewSet(ProjectViewSet):
    """The names of properties in a project."""

    tag_description = "The names and types of properties."
    scope_object = "property_definition"
    parser_classes = [StrictJSONParser]
    serializer_class = PropertyDefinitionSerializer

    def scoped_queryset(self, project: Project) -> QuerySet[PropertyDefinition]:
        return list_property_definitions(project=project, filters=PropertyDefinitionFilters())

    @extend_schema(parameters=[PropertyDefinitionListQuerySerializer])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the names of properties of one type, in the order of the alphabet."""
        filters = _filters(self.parse_query(PropertyDefinitionListQuerySerializer))
        rows = list_property_definitions(project=self.project, filters=filters)
        return self.answer_page(rows, PropertyDefinitionSerializer)

    @extend_schema(
        parameters=[SeenTogetherQuerySerializer],
        responses={
            (200, "application/json"): {
                "type": "object",
                "additionalProperties": {"type": "boolean"},
            }
        },
    )
    @action(
        detail=False,
        methods=["get"],
        required_scopes=["property_definition:read"],
        pagination_class=None,
    )
    def seen_together(self, request: Request, **kwargs: str) -> Response:
        """Get which events ever carried a property."""
        wanted = self.parse_query(SeenTogetherQuerySerializer)
        return Response(events_that_carry(project=self.project, **wanted))

    @extend_schema(request=DefinitionTagsSerializer, responses=DefinitionTagsResultSerializer)
    @action(detail=False, methods=["post"], required_scopes=["property_definition:write"])
    def bulk_update_tags(self, request: Request, **kwargs: str) -> Response:
        """Add, remove or set tags on up to 500 definitions of properties."""
        wanted = self.parse(DefinitionTagsSerializer)
        result = bulk_update_tags(
            rows=PropertyDefinition.objects.for_project(self.project), **wanted
        )
        return self.answer(result, DefinitionTagsResultSerializer)

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get the definition of a property."""
        definition = get_property_definition(project=self.project, given=pk)
        return self.answer(definition, PropertyDefinitionSerializer)

    @extend_schema(request=PropertyDefinitionWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Say what the values of a property are; describe, tag, verify or hide it."""
        definition = get_property_definition(project=self.project, given=pk)
        changes = self.parse(PropertyDefinitionWriteSerializer, partial=True)
        changed = update_property_definition(definition=definition, changes=changes)
        return self.answer(changed, PropertyDefinitionSerializer)

    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Forget a name of properties, until the next event carries it."""
        definition = get_property_definition(project=self.project, given=pk)
        delete_property_definition(definition=definition)
        return Response(status=204)


def _filters(wanted: dict[str, Any]) -> PropertyDefinitionFilters:
    """The query string in the words of the selector."""
    names = {"type": "kind", "properties": "names", "filter_by_event_names": "only_seen"}
    selection = {names.get(key, key): value for key, value in wanted.items()}
    return PropertyDefinitionFilters(**{**selection, "kind": KINDS[wanted["type"]]})
