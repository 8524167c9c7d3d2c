"""What clients may send to create and change dashboards, and to ask for them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.models import RestrictionLevel
from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import JSONParameter, ObjectField, TagsField
from dashboards.serializers.tile_entry import TileEntriesField


class BreakdownColorsField(serializers.JSONField):
    """A list of objects with `breakdownValue` and `colorToken`, and any further keys."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        value = super().to_internal_value(data)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise serializers.ValidationError("Breakdown colors must be a list of objects.")
        for item in value:
            for name in ("breakdownValue", "colorToken"):
                if name not in item:
                    raise serializers.ValidationError(f"Every breakdown color needs a {name}.")
        return value


class DashboardWriteSerializer(serializers.Serializer[Any]):
    """The body of POST, PUT and PATCH: nothing is required, unknown keys are ignored."""

    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)
    description = serializers.CharField(required=False, allow_blank=True)
    pinned = serializers.BooleanField(required=False)
    last_accessed_at = serializers.DateTimeField(required=False, allow_null=True)
    last_refresh = serializers.DateTimeField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False)
    breakdown_colors = BreakdownColorsField(required=False, allow_null=True)
    data_color_theme_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**63), max_value=2**63 - 1
    )
    tags = TagsField(required=False)
    restriction_level = serializers.ChoiceField(required=False, choices=RestrictionLevel.choices)
    filters = ObjectField()
    variables = ObjectField()
    tiles = TileEntriesField(required=False)
    use_template = serializers.CharField(required=False, allow_blank=True)
    use_dashboard = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**63), max_value=2**63 - 1
    )
    delete_insights = serializers.BooleanField(required=False, default=False)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, max_length=400)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("use_template") and attrs.get("use_dashboard"):
            raise serializers.ValidationError(
                "`use_dashboard` and `use_template` cannot be used together"
            )
        return attrs


class DashboardCreateSerializer(DashboardWriteSerializer):
    duplicate_tiles = serializers.BooleanField(
        required=False, default=False, help_text="With use_dashboard: copy insights and texts too."
    )


class TileToDuplicateSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    layouts = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" not in attrs:  # a PATCH requires nothing by itself
            raise serializers.ValidationError({"id": "This field is required."}, code="required")
        return attrs


class DashboardUpdateSerializer(DashboardWriteSerializer):
    duplicate_tiles = serializers.ListField(
        child=TileToDuplicateSerializer(), required=False, max_length=MAX_TILES
    )


class DashboardListQuerySerializer(serializers.Serializer[Any]):
    """The filters of the list. `tags` may be repeated; the tags are OR-ed."""

    creation_mode = serializers.CharField(required=False, default="", allow_blank=True)
    exclude_generated = serializers.CharField(required=False, default="", allow_blank=True)
    search = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        error_messages={"max_length": "Search query must be 200 characters or fewer."},
    )
    pinned = serializers.BooleanField(required=False, allow_null=True, default=None)
    tags = serializers.ListField(
        child=serializers.CharField(allow_blank=True), required=False, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["exclude_generated"] = attrs["exclude_generated"] == "true"
        return attrs


class LookUpQuerySerializer(serializers.Serializer[Any]):
    """The two list filters that also narrow a look-up by id."""

    creation_mode = serializers.CharField(required=False, default="", allow_blank=True)
    tags = serializers.ListField(
        child=serializers.CharField(allow_blank=True), required=False, default=list
    )


class OverridesQuerySerializer(serializers.Serializer[Any]):
    """JSON objects laid over what is stored, for this answer only."""

    filters_override = JSONParameter()
    variables_override = JSONParameter()
    tile_filters_override = JSONParameter()
