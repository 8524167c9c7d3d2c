"""One change of tags on many rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField
from posthog_lite.events_api.serializers.fields import TagsField
from posthog_lite.ids import LARGEST_ID

MOST_ROWS = 500
ACTIONS = ["add", "remove", "set"]


class _IdField(serializers.UUIDField):
    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):  # numbers would count as well
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


@describe(
    "A change of tags.",
    action="`add` to the tags, `remove` from them, or `set` them anew.",
    tags="Tags; they are lower-cased. Only `set` may have none.",
)
class _BulkTagsSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=ACTIONS)
    tags = TagsField()


@describe(
    "A change of the tags of several definitions.",
    ids="Definitions; at most 500.",
    examples={
        "Add": {
            "ids": ["0198c0de-0000-7000-8000-000000000001"],
            "action": "add",
            "tags": ["growth"],
        }
    },
)
class DefinitionTagsSerializer(_BulkTagsSerializer):
    ids = BoundedListField(child=_IdField(), max_length=MOST_ROWS, allow_empty=False)


@describe(
    "A change of the tags of several actions.",
    ids="Actions; at most 500.",
    examples={"Add": {"ids": [1, 2], "action": "add", "tags": ["growth"]}},
)
class ActionTagsSerializer(_BulkTagsSerializer):
    ids = BoundedListField(
        child=serializers.IntegerField(min_value=-LARGEST_ID - 1, max_value=LARGEST_ID),
        max_length=MOST_ROWS,
        allow_empty=False,
    )


@describe("Tags from now on.", id="UUID of the definition.", tags="Its tags.")
class DefinitionWithTagsSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    tags = serializers.ListField(child=serializers.CharField())


@describe("A definition that stays as it is.", id="Its UUID.", reason="Why it was left out.")
class SkippedDefinitionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    reason = serializers.CharField()


@describe(
    "What became of each definition.",
    updated="Those that were changed.",
    skipped="Those that were not.",
)
class DefinitionTagsResultSerializer(serializers.Serializer[Any]):
    updated = DefinitionWithTagsSerializer(many=True)
    skipped = SkippedDefinitionSerializer(many=True)


@describe("Tags from now on.", id="Number of the action.", tags="Its tags.")
class ActionWithTagsSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    tags = serializers.ListField(child=serializers.CharField())


@describe("An action that stays as it is.", id="Its number.", reason="Why it was left out.")
class SkippedActionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()


@describe(
    "What became of each action.",
    updated="Those that were changed.",
    skipped="Those that were not.",
)
class ActionTagsResultSerializer(serializers.Serializer[Any]):
    updated = ActionWithTagsSerializer(many=True)
    skipped = SkippedActionSerializer(many=True)
