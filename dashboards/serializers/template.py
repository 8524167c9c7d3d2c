"""The shape of a dashboard template and what clients may send to write one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.models import DashboardTemplate
from dashboards.models.template import TemplateScope
from dashboards.serializers.fields import ObjectField, TagsField

ORDERINGS = ("template_name", "-template_name")


class DashboardTemplateSerializer(serializers.ModelSerializer[DashboardTemplate]):
    """A template as read."""

    dashboard_filters = serializers.DictField(read_only=True)
    tiles = serializers.ListField(child=serializers.DictField(), read_only=True)
    variables = serializers.ListField(
        child=serializers.DictField(), read_only=True, allow_null=True
    )
    created_by = serializers.IntegerField(
        source="created_by_id", read_only=True, allow_null=True, help_text="Id of the author."
    )
    team_id = serializers.IntegerField(
        source="project_id",
        read_only=True,
        allow_null=True,
        help_text="The project it belongs to; null for templates of all projects.",
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


class DashboardTemplateWriteSerializer(serializers.Serializer[Any]):
    """The body of POST, PUT and PATCH; unknown and read-only keys are ignored."""

    template_name = serializers.CharField(max_length=400)
    dashboard_description = serializers.CharField(required=False, allow_blank=True, max_length=400)
    dashboard_filters = ObjectField()
    tags = TagsField(required=False, max_length=100)
    tiles = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="At least one, at most 500."
    )
    variables = serializers.ListField(
        child=serializers.DictField(), required=False, allow_null=True
    )
    deleted = serializers.BooleanField(required=False)
    image_url = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=8201
    )
    scope = serializers.ChoiceField(required=False, choices=TemplateScope.choices)
    availability_contexts = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, allow_null=True, max_length=100
    )
    is_featured = serializers.BooleanField(required=False)

    def validate_dashboard_filters(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return value or {}


class DashboardTemplateListQuerySerializer(serializers.Serializer[Any]):
    """The filters of the list."""

    scope = serializers.ChoiceField(
        required=False, allow_blank=True, choices=TemplateScope.choices, help_text="Only these."
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Words in the name, the tags or the description; the most relevant come first.",
    )
    ordering = serializers.ChoiceField(required=False, allow_blank=True, choices=ORDERINGS)
    is_featured = serializers.BooleanField(required=False, allow_null=True, default=None)
