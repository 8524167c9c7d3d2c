"""Fields of request bodies that every app uses."""

from __future__ import annotations

from json import JSONDecoder
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.strict_json import parse_json


class BoundedListField(serializers.ListField):
    """A list. One of too many items is refused before they are looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if self.max_length is not None and isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        result: list[Any] = super().to_internal_value(data)
        return result


class PlainListField(BoundedListField):
    """A list whose bad entries are reported on the field, not on their index."""

    def run_child_validation(self, data: Any) -> list[Any]:
        try:
            return list(super().run_child_validation(data))
        except serializers.ValidationError as error:
            detail: Any = error.detail
            raise serializers.ValidationError(next(iter(detail.values()))) from error


class FormListField(BoundedListField):
    """A list. A form repeats the field for each item, or gives the list as JSON."""

    def get_value(self, dictionary: Any) -> Any:
        name = self.field_name or ""
        if isinstance(dictionary, MultiValueDict) and name in dictionary:
            return list_in_form(dictionary, name)
        return super().get_value(dictionary)


def list_in_form(form: MultiValueDict[str, Any], name: str) -> Any:
    """Return what a form says of a field that is a list: `empty` where it says nothing."""
    values = form.getlist(name)
    if len(values) == 1 and str(values[0]).startswith("["):
        return _read_list(str(values[0]), otherwise=values)
    return values or empty


def _read_list(text: str, *, otherwise: list[Any]) -> Any:
    try:
        return parse_json(text.encode())
    except ValueError:
        return otherwise


class _StrictDecoder(JSONDecoder):
    def decode(self, text: str, *args: Any) -> Any:
        return parse_json(text.encode())  # raises ValueError, also where `text` is not Unicode


class StrictJSONField(serializers.JSONField):
    """A JSON value. As text in a form it is read under the rules of JSON bodies."""

    def __init__(self, **options: Any) -> None:
        super().__init__(decoder=_StrictDecoder, **options)
