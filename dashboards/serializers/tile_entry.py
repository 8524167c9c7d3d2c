"""Entries of `tiles` in the body of a dashboard."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models.text import LONGEST_TEXT
from dashboards.selectors.tiles import MAX_TILES
from dashboards.serializers.fields import FiltersField, LayoutsField, first_problem
from dashboards.serializers.insight_write import InsightWriteSerializer, QueryField
from dashboards.tile_entry import TextEntry, TileEntry
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


@describe(
    "Names an insight, or is one to make.",
    id="Number of the insight; its other keys are then ignored.",
    short_id="Its short id, where there is no number.",
    name="Name of a new insight.",
    query="Query of a new insight.",
)
class InsightReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, allow_null=True)
    short_id = serializers.CharField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_null=True, max_length=400)
    query = QueryField(required=False, allow_null=True)


@describe(
    "The text of a tile.",
    id="Number of the text, where a client sends back what it got.",
    body="Markdown, at most 4000 characters.",
)
class TileTextSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, allow_null=True)
    body = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_TEXT
    )


@describe(
    "A tile to add or to change; other keys are ignored.",
    insight="The insight of a new tile: its number, an object that names it, or a new one.",
    text="The text of a new tile, which is by you, or what to change of one.",
)
class TileEntrySerializer(_LooksSerializer):
    """An entry as the OpenAPI document describes it; `_read_entry` reads it."""

    insight = InsightReferenceSerializer(required=False, allow_null=True)
    text = TileTextSerializer(required=False, allow_null=True)


@extend_schema_field(TileEntrySerializer(many=True))
class TileEntriesField(FormListField):
    """A list of entries; what is wrong with one is reported on `tiles` and names the entry."""

    child = serializers.DictField()

    def to_internal_value(self, data: Any) -> list[TileEntry]:
        if isinstance(data, str) or not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > MAX_ENTRIES:  # before looking at any of them
            self.fail("max_length", max_length=MAX_ENTRIES)
        return [_read_numbered(number, item) for number, item in enumerate(data)]


def _read_numbered(number: int, item: Any) -> TileEntry:
    try:
        return _read_entry(item)
    except serializers.ValidationError as error:
        problem = f"tiles.{number}: {first_problem(error.detail)}"
        raise serializers.ValidationError(problem) from error


def _read_entry(item: Any) -> TileEntry:
    if not isinstance(item, dict):
        raise serializers.ValidationError("Every tile must be an object.")
    looks = _LooksSerializer(data=item)
    if not looks.is_valid():
        name, problems = next(iter(looks.errors.items()))
        raise serializers.ValidationError(f"{name}: {first_problem(problems)}")
    changes = dict(looks.validated_data)
    tile_id = changes.pop("id", None)
    if "layouts" in changes:
        changes["layouts"] = changes["layouts"] or {}
    if changes.get("deleted", False) is None:  # says nothing: it must not bring a tile back
        del changes["deleted"]
    entry = TileEntry(tile_id, _read_insight(item, tile_id), _read_text(item, tile_id), changes)
    if entry.id is None and entry.insight is None and entry.text is None:
        raise serializers.ValidationError(
            "It adds nothing. It needs the `id` of a tile, an `insight` (its number, or an object "
            "with `id`, `short_id` or `query`), or a `text` with `body`."
        )
    if entry.id is None and entry.insight is not None and entry.text is not None:
        raise serializers.ValidationError("A tile holds an `insight` or a `text`, not both.")
    return entry


def _read_insight(item: dict[str, Any], tile_id: int | None) -> int | str | dict[str, Any] | None:
    insight = item.get("insight")
    if insight is None:
        insight = item.get("insight_id")
    if insight is None or tile_id is not None:
        return None  # what a tile shows is not changed here
    if not isinstance(insight, dict):
        return _integer(insight, "insight")
    if insight.get("id") is not None:
        return _integer(insight["id"], "insight.id")
    if insight.get("short_id") is not None:
        if not isinstance(insight["short_id"], str):
            raise serializers.ValidationError("insight.short_id must be a string.")
        return insight["short_id"]
    return _read_new_insight(insight)


def _read_new_insight(insight: dict[str, Any]) -> dict[str, Any] | None:
    """Return the body of an insight to make, where the object says what it computes."""
    if not insight.get("query") and not insight.get("filters"):
        return None
    body = InsightWriteSerializer(data=insight)
    if not body.is_valid():
        name, problems = next(iter(body.errors.items()))
        raise serializers.ValidationError(f"insight.{name}: {first_problem(problems)}")
    return dict(body.validated_data)


def _read_text(item: dict[str, Any], tile_id: int | None) -> TextEntry | None:
    text = item.get("text")
    if not text:
        return None
    if not isinstance(text, dict):
        raise serializers.ValidationError("text must be an object.")
    text_id = text.get("id")
    entry = TextEntry(
        id=None if text_id is None else _integer(text_id, "text.id"),
        body=text.get("body"),
        has_body="body" in text,
    )
    if tile_id is None and entry.id is None and not entry.has_body:
        raise serializers.ValidationError("A new text needs a `body`.")
    return entry


def _integer(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise serializers.ValidationError(f"{name} must be an integer.")
