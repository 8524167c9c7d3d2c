"""Fields of request bodies that every app uses."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.api.parsers import parse_json


class FormListField(serializers.ListField):
    """A list. A form repeats the field for each item, or gives the list as JSON."""

    def get_value(self, dictionary: Any) -> Any:
        name = self.field_name or ""
        if isinstance(dictionary, MultiValueDict) and name in dictionary:
            return list_in_form(dictionary, name)
        return super().get_value(dictionary)


def list_in_form(form: MultiValueDict[str, Any], name: str) -> Any:
    """What a form says of a field that is a list: `empty` where it says nothing."""
    values = form.getlist(name)
    if len(values) == 1 and str(values[0]).startswith("["):
        return _read_list(str(values[0]), otherwise=values)
    return values or empty


def _read_list(text: str, *, otherwise: list[Any]) -> Any:
    try:
        return parse_json(text.encode())
    except ValueError:
        return otherwise
