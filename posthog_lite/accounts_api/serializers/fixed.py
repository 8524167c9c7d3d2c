"""Fields that have no meaning here and are answered all the same, because clients read them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.drainage import set_override
from rest_framework import serializers

JSON_TYPES = {bool: "boolean", int: "integer", str: "string", dict: "object"}


class FixedField(serializers.Field[Any, Any, Any, Any]):
    """Always the value that a fresh PostHog project shows."""

    def __init__(self, value: object, of: str | None = None) -> None:
        """`of` is the JSON type of what may one day be here, where the value is null."""
        super().__init__(read_only=True, help_text="Has no meaning here; always the same.")
        self.value = value
        set_override(self, "field", {"type": [of, "null"]} if of else _json_schema(value))

    def get_attribute(self, instance: Any) -> Any:
        return self.value

    def to_representation(self, value: Any) -> Any:
        return value


def _json_schema(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, list):
        return {"type": "array", "items": {}}
    return {"type": JSON_TYPES[type(value)]}
