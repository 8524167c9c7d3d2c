from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F

from posthog_lite.admin_site.columns import cut_name, day_of
from posthog_lite.admin_site.tags import TagsBox
from posthog_lite.events.models import EventDefinition, PropertyDefinition
from posthog_lite.events.services.definitions import (
    delete_event_definition,
    delete_property_definition,
    update_event_definition,
    update_property_definition,
)
from posthog_lite.events_api.admin.latest_events import latest_events
from posthog_lite.events_api.serializers.definition import (
    EventDefinitionWriteSerializer,
    PropertyDefinitionWriteSerializer,
)
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import ServiceForm, ServicePage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    EventModelAdmin = admin.ModelAdmin[EventDefinition]
    PropertyModelAdmin = admin.ModelAdmin[PropertyDefinition]
else:
    EventModelAdmin = PropertyModelAdmin = admin.ModelAdmin

WRITTEN = ["description", "tags", "verified", "hidden"]
BOXES = {"description": forms.Textarea(attrs={"rows": 2, "cols": 80})}


class EventDefinitionForm(ServiceForm):
    body = EventDefinitionWriteSerializer
    tags = TagsBox()

    class Meta:
        model = EventDefinition
        fields = [*WRITTEN, "primary_property"]
        help_texts = {"primary_property": "The name of the property that says most of it."}
        widgets = BOXES

    def store(self, data: dict[str, Any]) -> EventDefinition:
        rows = EventDefinition.objects.for_project(self.instance.project)
        return update_event_definition(definition=rows.get(pk=self.instance.pk), changes=data)


class PropertyDefinitionForm(ServiceForm):
    body = PropertyDefinitionWriteSerializer
    tags = TagsBox()

    class Meta:
        model = PropertyDefinition
        fields = ["property_type", *WRITTEN]
        help_texts = {"property_type": "What filters and breakdowns read the values as."}
        widgets = BOXES

    def store(self, data: dict[str, Any]) -> PropertyDefinition:
        rows = PropertyDefinition.objects.for_project(self.instance.project)
        return update_property_definition(definition=rows.get(pk=self.instance.pk), changes=data)


class DefinitionPage(ServicePage):
    """Names are made by events; people describe them."""

    list_select_related: ClassVar[Any] = ["project"]
    search_fields: ClassVar[Any] = ["name", "description"]

    short_name = cut_name("name", "name")
    about = cut_name("description", "description", empty="-")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EventDefinition)
class EventDefinitionAdmin(DefinitionPage, EventModelAdmin):
    form = EventDefinitionForm
    list_display = ["short_name", "project", "about", "verified", "hidden", "seen_on"]
    list_filter = ["verified", "hidden", ProjectFilter]
    ordering: ClassVar[Any] = [F("last_seen_at").desc(nulls_last=True), "id"]
    readonly_fields = [
        *("project", "name", "id", "created_at", "last_seen_at", "last_updated_at", "latest")
    ]
    fields = ["project", "name", *WRITTEN, "primary_property", *readonly_fields[2:]]

    seen_on = day_of("last_seen_at", "last seen")

    @admin.display(description="latest events")
    def latest(self, definition: EventDefinition) -> SafeString | str:
        return latest_events(definition.project, event=definition.name)

    def delete_model(self, request: HttpRequest, obj: EventDefinition) -> None:
        delete_event_definition(definition=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EventDefinition]) -> None:
        for definition in queryset:
            delete_event_definition(definition=definition)


@admin.register(PropertyDefinition)
class PropertyDefinitionAdmin(DefinitionPage, PropertyModelAdmin):
    form = PropertyDefinitionForm
    list_display = ["short_name", "project", "type", "property_type", "about", "hidden"]
    list_filter = ["type", "property_type", "verified", "hidden", ProjectFilter]
    ordering = ["name", "id"]
    readonly_fields = ["project", "name", "type", "id", "created_at", "last_updated_at"]
    fields = ["project", "name", "type", "property_type", *WRITTEN, *readonly_fields[3:]]

    def delete_model(self, request: HttpRequest, obj: PropertyDefinition) -> None:
        delete_property_definition(definition=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PropertyDefinition]) -> None:
        for definition in queryset:
            delete_property_definition(definition=definition)
