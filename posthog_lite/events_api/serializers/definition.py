"""The shapes of definitions and what clients may change of them."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.events.models import (
    EventDefinition,
    PropertyDefinition,
    PropertyKind,
    PropertyType,
)
from posthog_lite.events_api.serializers.fields import LongParameter, TagsField

LONGEST_DESCRIPTION = 10_000
MOST_NAMES = 100


@describe(
    "A name of events.",
    id="UUID of the definition.",
    name="The name that events bear.",
    description="What it stands for.",
    tags="Tags, lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
    created_at="When the first event of the name arrived.",
    last_seen_at="When about the last one happened.",
    last_updated_at="When the definition was last changed.",
)
class EventDefinitionSerializer(serializers.ModelSerializer[EventDefinition]):
    tags = TagsField(required=False)
    owner = serializers.SerializerMethodField(help_text="Always null.")
    is_action = serializers.SerializerMethodField(help_text="Always false.")

    class Meta:
        model = EventDefinition
        fields = [
            "id",
            "name",
            "description",
            "tags",
            "owner",
            "verified",
            "hidden",
            "created_at",
            "last_seen_at",
            "last_updated_at",
            "is_action",
        ]
        read_only_fields = ["id", "name", "created_at", "last_seen_at", "last_updated_at"]

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_owner(self, definition: EventDefinition) -> None:
        return None

    def get_is_action(self, definition: EventDefinition) -> bool:
        return False


@describe(
    "What may be changed of the definition of an event; other keys are ignored.",
    description="What it stands for.",
    tags="Tags; they are lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
    examples={"Description": {"description": "A visitor made an account.", "tags": ["growth"]}},
)
class EventDefinitionWriteSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(
        max_length=LONGEST_DESCRIPTION, required=False, allow_null=True, allow_blank=True
    )
    tags = TagsField(required=False)
    verified = serializers.BooleanField(required=False)
    hidden = serializers.BooleanField(required=False)


@describe(
    "A name of properties.",
    id="UUID of the definition.",
    name="The name of the property.",
    description="What it stands for.",
    property_type="What its values are read as; null where that is not known.",
    tags="Tags, lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
)
class PropertyDefinitionSerializer(serializers.ModelSerializer[PropertyDefinition]):
    tags = TagsField(required=False)
    is_numerical = serializers.BooleanField(
        read_only=True, help_text="Whether its values are numbers."
    )
    is_seen_on_filtered_events = serializers.SerializerMethodField(
        help_text="Whether events of `event_names` carried it; null where none were named."
    )

    class Meta:
        model = PropertyDefinition
        fields = [
            "id",
            "name",
            "description",
            "is_numerical",
            "property_type",
            "tags",
            "verified",
            "hidden",
            "is_seen_on_filtered_events",
        ]
        read_only_fields = ["id", "name"]

    def get_is_seen_on_filtered_events(self, definition: PropertyDefinition) -> bool | None:
        return getattr(definition, "is_seen", None)


@describe(
    "What may be changed of the definition of a property; other keys are ignored.",
    property_type="What its values are read as by filters and breakdowns.",
    examples={"Type": {"property_type": "Numeric"}},
)
class PropertyDefinitionWriteSerializer(EventDefinitionWriteSerializer):
    property_type = serializers.ChoiceField(
        choices=PropertyType.choices, required=False, allow_null=True
    )


class EventDefinitionListQuerySerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="A part of the name."
    )


class _NamesField(LongParameter):
    """Names in a query string: as JSON, or between commas."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            names = json.loads(text) if text.startswith("[") else text.split(",")
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError("This is no JSON list.") from error
        is_list = all(isinstance(name, str) and "\0" not in name for name in names)
        if not is_list or len(names) > MOST_NAMES:
            raise serializers.ValidationError(f"Give at most {MOST_NAMES} names.")
        return [name for name in names if name]


class PropertyDefinitionListQuerySerializer(EventDefinitionListQuerySerializer):
    type = serializers.ChoiceField(
        choices=[kind.label for kind in PropertyKind],
        default=PropertyKind.EVENT.label,
        help_text="Whose properties.",
    )
    group_type_index = serializers.IntegerField(
        required=False, min_value=0, max_value=4, help_text="Of which kind of groups."
    )
    event_names = _NamesField(
        required=False,
        help_text="A JSON list of events; tells which properties these carried.",
    )
    filter_by_event_names = serializers.BooleanField(
        default=False, help_text="Leave out what events of `event_names` did not carry."
    )
    properties = _NamesField(
        required=False,
        help_text="Names, with commas between them.",
    )
    is_numerical = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only those whose values are numbers, or are not.",
    )
