"""Components of the OpenAPI document, made of the shapes that answers are made by."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Choices
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.database.shapes import Shape

SIMPLE: dict[Any, Any] = {
    int: serializers.IntegerField,
    str: serializers.CharField,
    bool: serializers.BooleanField,
    datetime: serializers.DateTimeField,
    UUID: serializers.UUIDField,
    dict: serializers.DictField,
    list: serializers.ListField,
}
_nested: dict[Any, Any] = {}
_made: dict[type[Shape], Any] = {}


def document_as(kind: object, serializer: type[serializers.Serializer[Any]]) -> None:
    """Say which serializer documents a kind that is not a shape, such as `Person`."""
    _nested[kind] = serializer


def documented(shape: type[Shape]) -> Any:
    """Return the serializer class that stands for a shape in the document, and nowhere else."""
    if shape not in _made:
        _made[shape] = _make(shape)
    return _made[shape]


def _make(shape: type[Shape]) -> Any:
    fields = {
        name: _field(field.kind, null=field.null)
        for name, field in shape.declared.items()
        if field.kind is not None
    }
    names = list(shape.declared)
    meta = type("Meta", (), {"model": shape.of, "fields": names, "read_only_fields": names})
    base: Any = serializers.Serializer if shape.of is None else serializers.ModelSerializer
    made = type(f"{shape.component}Serializer", (base,), {**fields, "Meta": meta})
    descriptions: dict[str, Any] = {
        name: field.description for name, field in shape.declared.items()
    }
    options: dict[str, Any] = {"sometimes_absent": shape.absent, "examples": shape.examples}
    return describe(shape.about, **options, **descriptions)(made)


def _field(kind: Any, *, null: bool = False, is_item: bool = False) -> Any:
    if isinstance(kind, list):
        [of] = kind
        if isinstance(of, type) and issubclass(of, Shape):
            return documented(of)(many=True, read_only=True)
        if of in _nested:
            return _nested[of](many=True, read_only=True)
        return serializers.ListField(child=_field(of, is_item=True), read_only=True)
    if kind is Any or isinstance(kind, dict):
        return _raw_field(kind, null)
    if kind in _nested:
        return _nested[kind](read_only=True, allow_null=True)
    options: dict[str, Any] = {"read_only": not is_item, "allow_null": null}
    if issubclass(kind, Shape):
        return documented(kind)(**options)
    if issubclass(kind, Choices):
        return serializers.ChoiceField(choices=kind.choices, **options)
    return SIMPLE[kind](**options)


def _raw_field(schema: Any, null: bool) -> Any:
    if null and schema is not Any:
        schema = {**schema, "type": [schema["type"], "null"]}
    kind = OpenApiTypes.ANY if schema is Any else schema
    field: Any = extend_schema_field(kind)(type("RawField", (serializers.ReadOnlyField,), {}))
    return field(default=None)
