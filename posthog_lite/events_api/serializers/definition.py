"""The shapes of definitions and what clients may change of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import PlainListField
from posthog_lite.events.models import (
    EventDefinition,
    PropertyDefinition,
    PropertyKind,
    PropertyType,
)
from posthog_lite.events.models.definition import NAME_LENGTH
from posthog_lite.events_api.serializers.fields import TagsField
from posthog_lite.events_api.serializers.names import NamesField

LONGEST_DESCRIPTION = 10_000
EVENT_TYPES = ["all", "event", "event_custom", "event_posthog"]
ORDERS = ["name", "created_at", "last_seen_at", "last_seen_at::date", "last_updated_at"]


@describe(
    "A name of events.",
    id="UUID of the definition.",
    name="The name that events bear.",
    description="What it stands for.",
    tags="Tags, lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
    primary_property="The property that says most of such an event; null where none was chosen.",
    created_at="When the first event of the name arrived; null where none has.",
    last_seen_at="When about the last one happened; null where none has.",
    last_updated_at="When the definition was last changed.",
    owner="Always null.",
    is_action="Always false.",
)
class EventDefinitionSerializer(serializers.ModelSerializer[EventDefinition]):
    tags = TagsField(required=False)
    owner = serializers.SerializerMethodField()
    is_action = serializers.SerializerMethodField()

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
            "primary_property",
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
    "What may be changed of a definition; other keys are ignored.",
    description="What it stands for.",
    tags="Tags; they are lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
)
class _DefinitionWriteSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(
        max_length=LONGEST_DESCRIPTION, required=False, allow_null=True, allow_blank=True
    )
    tags = TagsField(required=False)
    verified = serializers.BooleanField(required=False)
    hidden = serializers.BooleanField(required=False)


@describe(
    "What may be changed of the definition of an event; other keys are ignored.",
    primary_property="The property that says most of such an event; null for none.",
    examples={"Description": {"description": "A visitor made an account.", "tags": ["growth"]}},
)
class EventDefinitionWriteSerializer(_DefinitionWriteSerializer):
    primary_property = serializers.CharField(
        max_length=NAME_LENGTH, required=False, allow_null=True, allow_blank=True
    )

    def validate_primary_property(self, given: str | None) -> str | None:
        return given or None


@describe(
    "A name of events that are still to come; other keys are ignored.",
    name="The name that events will bear.",
    examples={"Name": {"name": "subscribed", "description": "A visitor took a plan."}},
)
class EventDefinitionCreateSerializer(EventDefinitionWriteSerializer):
    name = serializers.CharField(max_length=NAME_LENGTH)


@describe(
    "A name of properties.",
    id="UUID of the definition.",
    name="The name of the property.",
    description="What it stands for.",
    property_type="What its values are read as; null where that is not known.",
    tags="Tags, lower-cased.",
    verified="Whether somebody vouches for it.",
    hidden="Whether it shall not be offered.",
    is_numerical="Whether its values are numbers.",
    is_seen_on_filtered_events=(
        "Whether events of `event_names` carried it; null where none were named."
    ),
)
class PropertyDefinitionSerializer(serializers.ModelSerializer[PropertyDefinition]):
    tags = TagsField(required=False)
    is_numerical = serializers.BooleanField(read_only=True)
    is_seen_on_filtered_events = serializers.SerializerMethodField()

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
class PropertyDefinitionWriteSerializer(_DefinitionWriteSerializer):
    property_type = serializers.ChoiceField(
        choices=PropertyType.choices, required=False, allow_null=True
    )


class _SearchSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Parts of the name, with spaces between them.",
    )
    excluded_properties = NamesField(required=False, help_text="A JSON list of names to leave out.")
    exclude_hidden = serializers.BooleanField(
        default=False, help_text="Leave out those that shall not be offered."
    )
    verified = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only verified ones, or only the others.",
    )


class _OrderField(PlainListField):
    def __init__(self, **options: Any) -> None:
        choices = [f"{sign}{name}" for name in ORDERS for sign in ("", "-")]
        super().__init__(child=serializers.ChoiceField(choices), max_length=len(ORDERS), **options)


class EventDefinitionListQuerySerializer(_SearchSerializer):
    names = NamesField(required=False, help_text="Whole names, repeated or with commas.")
    event_type = serializers.ChoiceField(
        choices=EVENT_TYPES,
        default="event",
        help_text="`event_posthog` for names that begin with a dollar sign, `event_custom` for "
        "others.",
    )
    tags = NamesField(
        is_lenient=True, required=False, help_text="A JSON list of tags, any of which they have."
    )
    exclude_stale = serializers.BooleanField(
        default=False, help_text="Leave out those whose last event is over 30 days old."
    )
    ordering = _OrderField(
        required=False,
        help_text="Repeated for several; by name unless given, found ones by its length.",
    )


class EventDefinitionNameQuerySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(
        max_length=NAME_LENGTH, trim_whitespace=False, help_text="The whole name."
    )


class PrimaryPropertiesQuerySerializer(serializers.Serializer[Any]):
    names = NamesField(
        required=False, help_text="Names of events, repeated or with commas; all unless given."
    )


@describe(
    "The property that says most about an event.",
    primary_properties="The name of the property by the name of the event, where one was chosen.",
)
class PrimaryPropertiesSerializer(serializers.Serializer[Any]):
    primary_properties = serializers.DictField(child=serializers.CharField())


class PropertyDefinitionListQuerySerializer(_SearchSerializer):
    type = serializers.ChoiceField(
        choices=[kind.label for kind in PropertyKind],
        default=PropertyKind.EVENT.label,
        help_text="Whose properties.",
    )
    group_type_index = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=4,
        help_text="Of which kind of groups: needed for `group`, and for nothing else.",
    )
    event_names = NamesField(
        required=False,
        help_text="A JSON list of events; answers then say which properties these carried.",
    )
    filter_by_event_names = serializers.BooleanField(
        default=False, help_text="Leave out what events of `event_names` did not carry."
    )
    properties = NamesField(
        required=False,
        help_text="Names, with commas between them.",
    )
    is_numerical = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only those whose values are numbers, or are not.",
    )
    is_feature_flag = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only those that say how a feature flag stood, or do not.",
    )
    exclude_core_properties = serializers.BooleanField(
        default=False, help_text="Leave out those that SDKs send by themselves."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["type"]
        if kind != PropertyKind.EVENT.label and attrs.get("event_names"):
            raise serializers.ValidationError({"event_names": "Only for properties of events."})
        if (kind == PropertyKind.GROUP.label) != ("group_type_index" in attrs):
            raise serializers.ValidationError(
                {"group_type_index": "Give it for properties of groups, and only for these."}
            )
        return attrs


class SeenTogetherQuerySerializer(serializers.Serializer[Any]):
    event_names = NamesField(help_text="Names of events, repeated or as a JSON list.")
    property_name = serializers.CharField(
        max_length=NAME_LENGTH, trim_whitespace=False, help_text="Name of a property."
    )
