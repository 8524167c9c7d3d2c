"""The shape of a dashboard template and what clients may send to write one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.models import DashboardTemplate
from dashboards.models.template import TemplateScope
from dashboards.serializers.fields import FiltersField, TagsField
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField
from posthog_lite.database.stored_json import as_object, as_objects

ORDERINGS = ("template_name", "-template_name", "created_at", "-created_at")


class StoredObject(serializers.DictField):
    """An object; it is empty where something else is stored."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        return super().to_representation(as_object(value))


class StoredObjects(serializers.ListField):
    """A list of objects; what else is stored is left out."""

    def to_representation(self, data: Any) -> list[Any]:
        return super().to_representation(as_objects(data))


READ_AND_WRITTEN: dict[str, Any] = {
    "template_name": "Name, at most 400 characters.",
    "dashboard_description": "Description of dashboards made from it.",
    "dashboard_filters": "Filters of dashboards made from it.",
    "tags": "Tags of dashboards made from it.",
    "variables": "What may be filled in when it is used; null for nothing.",
    "deleted": "Whether it is hidden.",
    "image_url": "Address of a picture.",
    "scope": "Who sees it: the project, everybody, or those with a flag.",
    "availability_contexts": "Where it is offered.",
    "is_featured": "Whether it is offered first.",
}


@describe(
    "A recipe for dashboards.",
    id="UUID of the template.",
    tiles="The tiles that a new dashboard gets.",
    created_at="When it was created.",
    **READ_AND_WRITTEN,
    created_by="Id of the author.",
    team_id="The project it belongs to; null for templates of all projects.",
)
class DashboardTemplateSerializer(serializers.ModelSerializer[DashboardTemplate]):
    """A template as read."""

    dashboard_filters = StoredObject(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(allow_blank=True), read_only=True)
    tiles = StoredObjects(child=serializers.DictField(), read_only=True)
    variables = StoredObjects(child=serializers.DictField(), read_only=True, allow_null=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True, allow_null=True)
    team_id = serializers.IntegerField(
        source="project_id",
        read_only=True,
        allow_null=True,
    )

    class Meta:
        model = DashboardTemplate
        fields = [
            "id",
            "template_name",
            "dashboard_description",
            "dashboard_filters",
            "tags",
            "tiles",
            "variables",
            "deleted",
            "created_at",
            "created_by",
            "image_url",
            "team_id",
            "scope",
            "availability_contexts",
            "is_featured",
        ]
        read_only_fields = fields


@describe(
    "What may be written of a template; other keys are ignored.",
    **READ_AND_WRITTEN,
    tiles="At least one, at most 500.",
    examples={
        "One text": {
            "template_name": "Sign-ups",
            "dashboard_description": "Who comes, and from where",
            "dashboard_filters": {},
            "tiles": [{"type": "TEXT", "body": "# Sign-ups", "layouts": {}}],
        }
    },
)
class DashboardTemplateWriteSerializer(serializers.Serializer[Any]):
    """The body of POST, PUT and PATCH; unknown and read-only keys are ignored."""

    template_name = serializers.CharField(max_length=400)
    dashboard_description = serializers.CharField(required=False, allow_blank=True, max_length=400)
    dashboard_filters = FiltersField()
    tags = TagsField(required=False, max_length=100)
    tiles = BoundedListField(child=serializers.DictField(), required=False)
    variables = serializers.ListField(
        child=serializers.DictField(), required=False, allow_null=True
    )
    deleted = serializers.BooleanField(required=False)
    image_url = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=8201
    )
    scope = serializers.ChoiceField(required=False, choices=TemplateScope.choices)
    availability_contexts = BoundedListField(
        child=serializers.CharField(max_length=255), required=False, allow_null=True, max_length=100
    )
    is_featured = serializers.BooleanField(required=False)

    def validate_dashboard_filters(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return value or {}


@describe(
    "Filters of the list.",
    ordering="By name or age, with `-` from the end; featured ones first, by name, unless given.",
    is_featured="Only featured ones, or only others.",
    search="Words in the name, the tags or the description; the most relevant come first.",
    scope="Only these.",
)
class DashboardTemplateListQuerySerializer(serializers.Serializer[Any]):
    """The filters of the list."""

    scope = serializers.ChoiceField(required=False, allow_blank=True, choices=TemplateScope.choices)
    search = serializers.CharField(required=False, allow_blank=True, max_length=200)
    ordering = serializers.ChoiceField(required=False, allow_blank=True, choices=ORDERINGS)
    is_featured = serializers.BooleanField(required=False, allow_null=True, default=None)
