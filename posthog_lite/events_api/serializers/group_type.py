from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.events.models.group import GROUP_NAME_LENGTH, GROUP_TYPES


@describe(
    "A kind of group.",
    group_type="Its name in events.",
    group_type_index="Number of the kind, from 0.",
    name_singular="What one group of the kind is called.",
    name_plural="What several are called.",
)
class GroupTypeSerializer(serializers.Serializer[Any]):
    group_type = serializers.CharField()
    group_type_index = serializers.IntegerField()
    name_singular = serializers.CharField(allow_null=True)
    name_plural = serializers.CharField(allow_null=True)


@describe(
    "What groups of a kind are called; what is left out stays.",
    group_type_index="Number of the kind.",
    name_singular="What one group is called; null for its name in events.",
    name_plural="What several are called; null for its name in events.",
    examples={
        "Companies": {
            "group_type_index": 0,
            "name_singular": "company",
            "name_plural": "companies",
        }
    },
)
class GroupTypeWriteSerializer(serializers.Serializer[Any]):
    group_type_index = serializers.IntegerField(min_value=0, max_value=GROUP_TYPES - 1)
    name_singular = serializers.CharField(
        max_length=GROUP_NAME_LENGTH, required=False, allow_null=True
    )
    name_plural = serializers.CharField(
        max_length=GROUP_NAME_LENGTH, required=False, allow_null=True
    )
