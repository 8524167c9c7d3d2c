"""What the actions of `/dashboards/` take."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import TagsField
from dashboards.serializers.insight import InsightSerializer
from dashboards.services.entries import LONGEST_TEXT

STREAMED_SIZES = ("sm", "xs")


class TileReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The tile; its other keys are ignored.")


class MoveTileSerializer(serializers.Serializer[Any]):
    tile = TileReferenceSerializer()
    toDashboard = serializers.IntegerField(help_text="The dashboard the tile goes to.")


class CopyTileSerializer(serializers.Serializer[Any]):
    fromDashboardId = serializers.IntegerField(help_text="The dashboard that shows the tile.")
    tileId = serializers.IntegerField(help_text="The tile to copy.")


class ReorderTilesSerializer(serializers.Serializer[Any]):
    tile_order = serializers.ListField(
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
    layouts = serializers.DictField(required=False, help_text="Place and size per screen size.")
    color = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)


class CreateTextTileSerializer(_TextTileSerializer):
    body = TextBodyField(help_text="Markdown, at most 4000 characters.")


class UpdateTextTileSerializer(_TextTileSerializer):
    tile_id = serializers.IntegerField()
    body = TextBodyField(required=False, help_text="Markdown, at most 4000 characters.")


class DeleteTileSerializer(serializers.Serializer[Any]):
    tile_id = serializers.IntegerField()


class BulkTagsSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=-(2**63), max_value=2**63 - 1),  # what comes back
        min_length=1,
        max_length=500,
        help_text="Dashboards.",
    )
    action = serializers.ChoiceField(choices=["add", "remove", "set"])
    tags = TagsField(max_length=100)


class UpdatedTagsSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    tags = serializers.ListField(child=serializers.CharField())


class SkippedDashboardSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()


class BulkTagsResultSerializer(serializers.Serializer[Any]):
    updated = UpdatedTagsSerializer(many=True)
    skipped = SkippedDashboardSerializer(many=True)


class CreateFromTemplateSerializer(serializers.Serializer[Any]):
    template = serializers.JSONField(help_text="A dashboard template; see the JSON schema.")
    creation_context = serializers.JSONField(required=False, help_text="Ignored.")
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, max_length=400)


class UnlistedDashboardSerializer(serializers.Serializer[Any]):
    tag = serializers.CharField(help_text="`llm-analytics` or `mcp-analytics`.")


class InsightRunSerializer(serializers.Serializer[Any]):
    """One insight tile with its result."""

    id = serializers.IntegerField(help_text="The tile.")
    order = serializers.IntegerField()
    insight = InsightSerializer()
    last_refresh = serializers.DateTimeField(allow_null=True)
    is_cached = serializers.BooleanField()


class RunInsightsSerializer(serializers.Serializer[Any]):
    results = InsightRunSerializer(many=True)


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
