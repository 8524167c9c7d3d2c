"""Fields that dashboards and insights share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


def _first_error(detail: Any) -> Any:
    while isinstance(detail, (dict, list)):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail))
    return detail


class TagsField(serializers.ListField):
    """A list of tags; a bad one is reported on the field, not on its index."""

    child = serializers.CharField(max_length=255, allow_blank=True)

    def run_child_validation(self, data: Any) -> list[str]:
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError([_first_error(error.detail)]) from error


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.JSONField):
    """A JSON object; null and an empty one both clear the stored value."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            label = (self.field_name or "value").capitalize()
            raise serializers.ValidationError(f"{label} must be a dictionary")
        return value
