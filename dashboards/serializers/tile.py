"""The shape of a tile and of the text on it."""

from __future__ import annotations

from rest_framework import serializers

from dashboards.models import Text, Tile
from dashboards.serializers.insight import InsightSerializer
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe


@describe(
    "The text of a tile.",
    id="Number of the text.",
    body="Markdown; at most 4000 characters.",
    created_by="Who wrote it.",
    last_modified_at="When it was last changed.",
    last_modified_by="Who last changed it.",
    team="Number of its project.",
)
class TextSerializer(serializers.ModelSerializer[Text]):
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    last_modified_by = UserBasicSerializer(read_only=True, allow_null=True)
    team = serializers.IntegerField(source="project_id", read_only=True)

    class Meta:
        model = Text
        fields = ["id", "body", "created_by", "last_modified_at", "last_modified_by", "team"]
        read_only_fields = fields


@describe(
    "A tile of a dashboard: an insight or a text.",
    id="Number of the tile.",
    layouts="Place and size per screen size: `sm`, `xs`, each with `x`, `y`, `w`, `h`.",
    color="Color of the tile.",
    filters_overrides="Filters of this tile alone.",
    show_description="Whether the insight's description is shown.",
    insight="The insight; null on text tiles.",
    text="The text; null on insight tiles.",
    last_refresh="When the result was computed; null until then.",
    is_cached="Whether the result was stored before.",
)
class TileSerializer(serializers.ModelSerializer[Tile]):
    insight = InsightSerializer(read_only=True, allow_null=True)
    text = TextSerializer(read_only=True, allow_null=True)
    layouts = serializers.DictField(read_only=True)
    filters_overrides = serializers.DictField(read_only=True, allow_null=True)
    order = serializers.IntegerField(read_only=True, help_text="Place on the dashboard, from 0.")
    last_refresh = serializers.DateTimeField(read_only=True, allow_null=True)
    is_cached = serializers.BooleanField(read_only=True)

    class Meta:
        model = Tile
        fields = [
            "id",
            "layouts",
            "color",
            "filters_overrides",
            "show_description",
            "insight",
            "text",
            "order",
            "last_refresh",
            "is_cached",
        ]
        read_only_fields = fields
