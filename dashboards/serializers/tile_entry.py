"""What clients may send about tiles in `tiles` of a dashboard."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import FiltersField, LayoutsField
from dashboards.services.entries import LONGEST_TEXT, TextEntry, TileEntry
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import FormListField

MAX_ENTRIES = 2 * MAX_TILES  # every tile a dashboard can hold removed, and as many added


@describe(
    "What may be changed of a tile.",
    id="Number of the tile to change; without it a tile is added.",
    deleted="True removes the tile, false brings it back.",
    color="Color of the tile; empty or null for none.",
    layouts="Place and size per screen size: `sm`, `xs`, each with `x`, `y`, `w`, `h`.",
    filters_overrides="Filters of this tile alone; null for none.",
    show_description="Whether the insight's description is shown; null leaves it to the page.",
)
class _LooksSerializer(serializers.Serializer[Any]):
    """The keys that may be changed; every other key of an entry is ignored."""

    id = serializers.IntegerField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False, allow_null=True)
    color = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)
    layouts = LayoutsField()
    filters_overrides = FiltersField()
    show_description = serializers.BooleanField(required=False, allow_null=True)


@describe("Names an insight.", id="Number of the insight; its other keys are ignored.")
class InsightReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, allow_null=True)


@describe("Names an author.", id="Number of the user; their other keys are ignored.")
class AuthorReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, allow_null=True)


@describe(
    "The text of a tile.",
    id="Number of the text, where a client sends back what it got.",
    body="Markdown, at most 4000 characters.",
    created_by="Its author. Left out, the author stays; the author of a new text is you.",
)
class TileTextSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, allow_null=True)
    body = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_TEXT
    )
    created_by = AuthorReferenceSerializer(required=False, allow_null=True)


@describe(
    "A tile to add or to change; other keys are ignored.",
    insight="The insight of a new tile.",
    text="The text of a new tile, or what to change of one.",
)
class TileEntrySerializer(_LooksSerializer):
    """An entry as the OpenAPI document tells it; `_read_entry` reads it."""

    insight = InsightReferenceSerializer(required=False, allow_null=True)
    text = TileTextSerializer(required=False, allow_null=True)


@extend_schema_field(TileEntrySerializer(many=True))
class TileEntriesField(FormListField):
    """A list of entries; what is wrong with one is reported on `tiles`."""

    child = serializers.DictField()

    def to_internal_value(self, data: Any) -> list[TileEntry]:
        if isinstance(data, str) or not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > MAX_ENTRIES:  # before looking at any of them
            self.fail("max_length", max_length=MAX_ENTRIES)
        return [_read_entry(item) for item in data]


def _read_entry(item: Any) -> TileEntry:
    if not isinstance(item, dict):
        raise serializers.ValidationError("Every tile must be an object.")
    looks = _LooksSerializer(data=item)
    if not looks.is_valid():
        name, problems = next(iter(looks.errors.items()))
        raise serializers.ValidationError(f"{name}: {_first(problems)}")
    changes = dict(looks.validated_data)
    tile_id = changes.pop("id", None)
    if "layouts" in changes:
        changes["layouts"] = changes["layouts"] or {}
    if changes.get("deleted", False) is None:  # says nothing: it must not bring a tile back
        del changes["deleted"]
    return TileEntry(tile_id, _insight_id(item), _read_text(item), changes)


def _first(problems: Any) -> Any:
    while isinstance(problems, (dict, list)):
        problems = next(iter(problems.values() if isinstance(problems, dict) else problems))
    return problems


def _insight_id(item: dict[str, Any]) -> int | None:
    insight = item.get("insight")
    if insight is None:
        return None
    if not isinstance(insight, dict):
        raise serializers.ValidationError("insight must be an object.")
    if insight.get("id") is None:
        return None
    return _integer(insight["id"], "insight.id")


def _read_text(item: dict[str, Any]) -> TextEntry | None:
    text = item.get("text")
    if not text:
        return None
    if not isinstance(text, dict):
        raise serializers.ValidationError("text must be an object.")
    author = text.get("created_by")
    author_id = author.get("id") if isinstance(author, dict) else None
    text_id = text.get("id")
    return TextEntry(
        id=None if text_id is None else _integer(text_id, "text.id"),
        body=text.get("body"),
        has_body="body" in text,
        author_id=None if author_id is None else _integer(author_id, "text.created_by.id"),
    )


def _integer(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise serializers.ValidationError(f"{name} must be an integer.")
