"""Bodies of the actions of `/dashboards/`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models.text import LONGEST_TEXT
from dashboards.selectors.templates import UNLISTED_TAGS
from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import LayoutsField, TagsField
from dashboards.shapes.examples import PAGE_VIEWS
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import FormListField, StrictJSONField
from posthog_lite.ids import LARGEST_ID

STREAMED_SIZES = ("sm", "xs")


@describe(
    "Names a tile.",
)
class TileReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The tile; its other keys are ignored.")


@describe(
    "Which tile goes where.",
    tile="The tile.",
    toDashboard="The dashboard the tile goes to.",
    examples={"Move": {"tile": {"id": 12}, "toDashboard": 4}},
)
class MoveTileSerializer(serializers.Serializer[Any]):
    tile = TileReferenceSerializer()
    toDashboard = serializers.IntegerField()


@describe(
    "Which tile is shown here too.",
    examples={"Copy": {"fromDashboardId": 4, "tileId": 14}},
)
class CopyTileSerializer(serializers.Serializer[Any]):
    fromDashboardId = serializers.IntegerField(help_text="The dashboard that shows the tile.")
    tileId = serializers.IntegerField(help_text="The tile to copy.")


@describe(
    "Tiles in their new order.",
    examples={
        "In two columns": {"tile_order": [13, 12]},
        "Keep their sizes": {"tile_order": [13, 12], "layout": "preserve"},
    },
)
class ReorderTilesSerializer(serializers.Serializer[Any]):
    tile_order = FormListField(
        child=serializers.IntegerField(),
        allow_empty=False,
        max_length=MAX_TILES,
        help_text="Tile ids in their new order.",
    )
    layout = serializers.ChoiceField(
        required=False,
        default="two_column",
        choices=["two_column", "preserve"],
        help_text="`preserve` keeps each tile's size; otherwise all get the same.",
    )


class TextBodyField(serializers.CharField):
    default_error_messages = {"max_length": "Text body cannot exceed {max_length} characters"}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_null=True,
            allow_blank=True,
            trim_whitespace=False,
            max_length=LONGEST_TEXT,
            **options,
        )


class _TextTileSerializer(serializers.Serializer[Any]):
    layouts = LayoutsField(allow_null=False, help_text="Place and size per screen size.")
    color = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)


@describe(
    "A text to put on the dashboard.",
    color="Color of the tile.",
    body="Markdown, at most 4000 characters.",
    examples={
        "Heading": {
            "body": "# Sign-ups",
            "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}},
            "color": "blue",
        }
    },
)
class CreateTextTileSerializer(_TextTileSerializer):
    body = TextBodyField()


@describe(
    "What to change of a text tile.",
    color="Color of the tile.",
    tile_id="Number of the tile.",
    body="Markdown, at most 4000 characters.",
    examples={"New text": {"tile_id": 13, "body": "# Sign-ups by week"}},
)
class UpdateTextTileSerializer(_TextTileSerializer):
    tile_id = serializers.IntegerField()
    body = TextBodyField(required=False)


@describe(
    "Names a tile.",
    tile_id="Number of the tile.",
    examples={"Remove": {"tile_id": 12}},
)
class DeleteTileSerializer(serializers.Serializer[Any]):
    tile_id = serializers.IntegerField()


@describe(
    "What to do to the tags of which dashboards or insights.",
    action="Whether the tags are added, removed, or replace all others.",
    tags="The tags, at most 100.",
    ids="Dashboards or insights.",
    examples={"Add": {"ids": [3, 4], "action": "add", "tags": ["growth"]}},
)
class BulkTagsSerializer(serializers.Serializer[Any]):
    ids = FormListField(
        child=serializers.IntegerField(
            min_value=-LARGEST_ID - 1, max_value=LARGEST_ID
        ),  # what comes back
        min_length=1,
        max_length=500,
    )
    action = serializers.ChoiceField(choices=["add", "remove", "set"])
    tags = TagsField(max_length=100)


@extend_schema_field(OpenApiTypes.OBJECT)
class TemplateField(StrictJSONField):
    """A template; the service that uses it says what is wrong with it."""


@describe(
    "A dashboard template to use.",
    _create_in_folder="Accepted and ignored: there are no folders.",
    template="A dashboard template; see the JSON schema.",
    creation_context="Ignored.",
    examples={
        "One text, one insight": {
            "template": {
                "template_name": "Sign-ups",
                "dashboard_description": "Who comes, and from where",
                "dashboard_filters": {"date_from": "-30d"},
                "tags": ["growth"],
                "tiles": [
                    {"type": "TEXT", "body": "# Sign-ups", "layouts": {}},
                    {"type": "INSIGHT", "name": "Page views", "layouts": {}, "query": PAGE_VIEWS},
                ],
            }
        }
    },
)
class CreateFromTemplateSerializer(serializers.Serializer[Any]):
    template = TemplateField()
    creation_context = StrictJSONField(required=False, allow_null=True)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, max_length=400)


@describe(
    "Which unlisted dashboard.",
    tag="What it is about.",
    examples={"Language models": {"tag": "llm-analytics"}},
)
class UnlistedDashboardSerializer(serializers.Serializer[Any]):
    tag = serializers.ChoiceField(choices=list(UNLISTED_TAGS))


@describe(
    "Whose order counts.",
)
class StreamQuerySerializer(serializers.Serializer[Any]):
    layoutSize = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="`sm` or `xs`: whose order counts."
    )
    layout_size = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="The same, spelled differently."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        size = attrs["layoutSize"] or attrs["layout_size"]
        return {"layout_size": size if size in STREAMED_SIZES else STREAMED_SIZES[0]}


class RunQuerySerializer(serializers.Serializer[Any]):
    output_format = serializers.ChoiceField(
        choices=["optimized", "json"],
        default="optimized",
        help_text="`optimized` for text as agents read it, `json` for rows.",
    )
    tile_ids = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Only these tiles: `1,2`."
    )
    max_result_chars = serializers.IntegerField(
        min_value=0,
        default=20_000,
        help_text="How long the text of a result may be; 0 for any length.",
    )

    def validate_tile_ids(self, value: str) -> list[int]:
        try:
            return [int(part) for part in value.split(",") if part.strip()]
        except ValueError as error:
            raise serializers.ValidationError(
                "tile_ids must be a comma-separated list of integers."
            ) from error
