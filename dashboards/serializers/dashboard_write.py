"""Bodies that create and change dashboards, and parameters to ask for them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.filters.limits import check_filters, check_size
from dashboards.models import RestrictionLevel
from dashboards.models.tag import MOST_TAGS
from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import (
    FiltersField,
    JSONParameter,
    LayoutsField,
    ObjectField,
    TagsField,
    TagsParameter,
    checked,
)
from dashboards.serializers.tile_entry import MAX_ENTRIES, TileEntriesField
from dashboards.shapes.dashboard import BREAKDOWN_COLORS
from posthog_lite.api.bodies import BodySerializer
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import FormListField, StrictJSONField
from posthog_lite.ids import LARGEST_ID

LONGEST_DESCRIPTION = 64 * 1024


@extend_schema_field(BREAKDOWN_COLORS)
class BreakdownColorsField(StrictJSONField):
    """A list of objects with `breakdownValue` and `colorToken`, and any further keys."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        value = super().to_internal_value(data)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise serializers.ValidationError("Breakdown colors must be a list of objects.")
        for item in value:
            for name in ("breakdownValue", "colorToken"):
                if name not in item:
                    raise serializers.ValidationError(f"Every breakdown color needs a {name}.")
        return checked(check_size, value)


@describe(
    "What may be written of a dashboard. Nothing is required, other keys are ignored.",
    name="Name, at most 400 characters.",
    description="What it is about.",
    pinned="Whether it comes first in lists.",
    last_accessed_at="When it was last read.",
    last_refresh="When its results were last computed.",
    deleted="True hides it, false brings it back.",
    breakdown_colors="Colors of breakdown values: objects with `breakdownValue` and `colorToken`.",
    data_color_theme_id="Number of a color theme that the project sees; null for the default.",
    tags="All of its tags. They are trimmed, lower-cased and each kept once.",
    restriction_level="Who may edit it.",
    filters=(
        "Filters applied over those of its insights. Replaces what is stored; "
        "`{}` and null clear it."
    ),
    variables="Values of SQL variables by id. Replaces what is stored; `{}` and null clear it.",
    tiles=(
        "Tiles to add or change. An entry with `id` changes that tile, one with `insight: {id}` "
        "shows that insight, one with `text: {body}` adds a text; `deleted` removes."
    ),
    use_template="On create: name of the template to start from.",
    use_dashboard="On create: number of the dashboard to copy.",
    delete_insights="With `deleted`: hide the insights that no other dashboard shows too.",
    _create_in_folder="Accepted and ignored: there are no folders.",
)
class DashboardWriteSerializer(BodySerializer):
    """The body of POST, PUT and PATCH: nothing is required, unknown keys are ignored."""

    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION
    )
    pinned = serializers.BooleanField(required=False)
    last_accessed_at = serializers.DateTimeField(required=False, allow_null=True)
    last_refresh = serializers.DateTimeField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False)
    breakdown_colors = BreakdownColorsField(required=False, allow_null=True)
    data_color_theme_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=-LARGEST_ID - 1, max_value=LARGEST_ID
    )
    tags = TagsField(required=False, max_length=MOST_TAGS)
    restriction_level = serializers.ChoiceField(required=False, choices=RestrictionLevel.choices)
    filters = FiltersField()
    variables = ObjectField()
    tiles = TileEntriesField(required=False, max_length=MAX_ENTRIES)
    use_template = serializers.CharField(required=False, allow_blank=True)
    use_dashboard = serializers.IntegerField(
        required=False, allow_null=True, min_value=-LARGEST_ID - 1, max_value=LARGEST_ID
    )
    delete_insights = serializers.BooleanField(required=False, default=False)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, max_length=400)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("use_template") and attrs.get("use_dashboard"):
            raise serializers.ValidationError(
                "`use_dashboard` and `use_template` cannot be used together"
            )
        return attrs


@describe(
    "What a dashboard is made of. Nothing is required, other keys are ignored.",
    examples={
        "Empty": {"name": "Sign-ups", "description": "Who comes, and from where"},
        "With filters and a text": {
            "name": "Sign-ups",
            "pinned": True,
            "tags": ["growth"],
            "filters": {"date_from": "-30d"},
            "tiles": [{"text": {"body": "# Sign-ups"}, "color": "blue"}],
        },
        "From a template": {"use_template": "DEFAULT_APP"},
        "Copy": {"name": "Sign-ups (copy)", "use_dashboard": 3, "duplicate_tiles": True},
    },
)
class DashboardCreateSerializer(DashboardWriteSerializer):
    duplicate_tiles = serializers.BooleanField(
        required=False, default=False, help_text="With use_dashboard: copy insights and texts too."
    )


@describe(
    "A tile that is to be duplicated.",
    id="Number of the tile.",
    layouts="Place and size per screen size.",
)
class TileToDuplicateSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    layouts = LayoutsField(allow_null=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" not in attrs:  # a PATCH requires nothing by itself
            raise serializers.ValidationError({"id": "This field is required."}, code="required")
        return attrs


@describe(
    "What may be changed of a dashboard. Nothing is required, other keys are ignored.",
    examples={
        "Rename and tag": {"name": "Sign-ups", "description": "By week", "tags": ["growth"]},
        "Hide": {"deleted": True, "delete_insights": False},
        "Bring back": {"deleted": False},
        "Filter": {"filters": {"date_from": "-30d"}, "variables": {}},
        "Color": {
            "data_color_theme_id": 2,
            "breakdown_colors": [{"breakdownValue": "mobile", "colorToken": "preset-1"}],
        },
        "Lay out a tile": {
            "tiles": [{"id": 12, "layouts": {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}}]
        },
        "Add a text and an insight": {
            "tiles": [{"text": {"body": "# Sign-ups"}}, {"insight": {"id": 5}}]
        },
        "Remove a tile": {"tiles": [{"id": 12, "deleted": True}]},
    },
)
class DashboardUpdateSerializer(DashboardWriteSerializer):
    duplicate_tiles = FormListField(
        child=TileToDuplicateSerializer(),
        required=False,
        max_length=MAX_TILES,
        help_text="Tiles to put on the dashboard once more.",
    )


@describe(
    "Filters of the list.",
    creation_mode="Only dashboards that came to be this way.",
    exclude_generated="`true` leaves out those that nobody made by hand.",
    search="Part of the name or description, in any case; at most 200 characters.",
    pinned="Only pinned ones, or only others.",
    tags="Only those with one of these tags.",
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
    tags = TagsParameter()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["exclude_generated"] = attrs["exclude_generated"] == "true"
        return attrs


@describe(
    "Filters of a look-up.",
    creation_mode="Only dashboards that came to be this way.",
    tags="Only those with one of these tags.",
)
class LookUpQuerySerializer(serializers.Serializer[Any]):
    """The two list filters that also narrow a look-up by id."""

    creation_mode = serializers.CharField(required=False, default="", allow_blank=True)
    tags = TagsParameter()


@describe(
    "What holds for this answer only.",
    filters_override="A JSON object of filters to lay over the stored ones for this answer.",
    variables_override="A JSON object of variable values to use for this answer.",
    tile_filters_override=(
        "A JSON object of filters to lay over those of the tiles for this answer."
    ),
)
class OverridesQuerySerializer(serializers.Serializer[Any]):
    """JSON objects applied over what is stored, for this answer only."""

    filters_override = JSONParameter(check=check_filters)
    variables_override = JSONParameter()
    tile_filters_override = JSONParameter(check=check_filters)
