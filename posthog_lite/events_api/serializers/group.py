"""The shape of a group and what clients may send about one."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from orjson import Fragment
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import StrictJSONField
from posthog_lite.database.stored_json import as_object
from posthog_lite.events.models import Group
from posthog_lite.events.models.group import GROUP_NAME_LENGTH, GROUP_TYPES


def _index_field() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0,
        max_value=GROUP_TYPES - 1,
        help_text="Number of their type, as in `groups_types/`.",
    )


def _key_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=GROUP_NAME_LENGTH, trim_whitespace=False, **options)


@describe(
    "A group of people, such as a company.",
    group_type_index="Number of its kind.",
    group_key="What events name it by.",
    group_properties="What was said of it, as it is now.",
    created_at="When it was first described.",
)
class GroupSerializer(serializers.Serializer[Group]):
    group_type_index = serializers.IntegerField()
    group_key = serializers.CharField()
    group_properties = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_group_properties(self, group: Group) -> Fragment:
        # Written here: the database gives a huge float back as an integer beyond 64 bits.
        return Fragment(json.dumps(as_object(group.properties)))


class GroupListQuerySerializer(serializers.Serializer[Any]):
    group_type_index = _index_field()
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="A part of the name or key."
    )
    group_key = _key_field(required=False, allow_blank=True, help_text="A part of the key.")


class GroupQuerySerializer(serializers.Serializer[Any]):
    group_type_index = _index_field()
    group_key = _key_field(help_text="The whole key.")


class GroupValuesQuerySerializer(serializers.Serializer[Any]):
    group_type_index = _index_field()
    key = serializers.CharField(max_length=400, help_text="Name of the property.")
    value = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="A part of the values wanted."
    )


@describe("A value that groups have.", name="The value, as text.", count="How many have it.")
class GroupValueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()


@describe(
    "A group to create.",
    group_key="What events will name it by; unique among groups of its kind.",
    group_properties="What is known of it.",
    examples={
        "A company": {
            "group_type_index": 0,
            "group_key": "globex",
            "group_properties": {"name": "Globex"},
        }
    },
)
class GroupCreateSerializer(serializers.Serializer[Any]):
    group_type_index = _index_field()
    group_key = _key_field()
    group_properties = serializers.DictField(required=False, allow_null=True)


@describe(
    "A property to set.",
    key="Its name.",
    value="What it shall be.",
    examples={"Plan": {"key": "plan", "value": "pro"}},
)
class GroupPropertySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=400)
    value = StrictJSONField()


@describe("A property to take away.", examples={"Plan": {"$unset": "plan"}})
class GroupUnsetSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {"$unset": serializers.CharField(max_length=400, help_text="Its name.")}
