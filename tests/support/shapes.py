"""Holds what is read straight from the database against the serializers that document it."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.serializers import Serializer

from posthog_lite.api.renderers import render_json


def documented(serializer: type[Serializer[Any]], row: Any, **given_values: Any) -> dict[str, Any]:
    """The row in the serializer's shape: its fields in their order, each by its own field."""
    shape = {}
    for name, field in serializer().fields.items():
        if name in given_values:
            shape[name] = given_values[name]
        elif name != "search_match_type":  # only in answers to a search
            value = getattr(row, name)
            shape[name] = None if value is None else field.to_representation(value)
    return shape


def plain(shape: Any) -> Any:
    return json.loads(render_json(shape))


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert plain(found) == plain(expected)
    assert list(found) == list(expected)
