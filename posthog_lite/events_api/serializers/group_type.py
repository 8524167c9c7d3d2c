from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.api.describing import describe


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
