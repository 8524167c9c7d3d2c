from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from posthog_lite.database.stored_json import as_texts
from posthog_lite.events.models.definition import MOST_TAGS

LONGEST_TAG = 255


class TagsField(serializers.ListField):
    """Tags, trimmed, lower-cased, none of them twice."""

    child = serializers.CharField(max_length=LONGEST_TAG, allow_blank=True)

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, list) and len(data) > MOST_TAGS:
            raise serializers.ValidationError(f"There are at most {MOST_TAGS} tags.")
        given = super().to_internal_value(data)
        return list(dict.fromkeys(tag for each in given if (tag := each.strip().lower())))

    def to_representation(self, data: Any) -> list[Any]:
        return as_texts(data)


LONGEST_PARAMETER = 64 * 1024


class LongParameter(serializers.CharField):
    """Text in a query string that is read as something else, and so is measured before."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_PARAMETER, allow_blank=True, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if len(text) > LONGEST_PARAMETER:
            raise serializers.ValidationError(
                f"Give at most {LONGEST_PARAMETER} characters.", code="max_length"
            )
        return text


class JSONParameter(LongParameter):
    """JSON in a query string."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            value = json.loads(text) if text else []
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError("This is not JSON.") from error
        if not isinstance(value, (list, dict)):
            raise serializers.ValidationError("Give a list.")
        return value
