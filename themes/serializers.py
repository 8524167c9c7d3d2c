"""Bodies that write color themes."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import list_in_form
from themes.models import DataColorTheme
from themes.palettes import COLORS_SCHEMA, validate_colors


@extend_schema_field(COLORS_SCHEMA)
class ColorsField(serializers.Field[Any, Any, Any, Any]):
    """A list of colors. A form repeats the field for each one, or gives the list as JSON."""

    default_validators = [validate_colors]

    def get_value(self, dictionary: Any) -> Any:
        if not isinstance(dictionary, MultiValueDict):
            return super().get_value(dictionary)
        return list_in_form(dictionary, "colors")

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class DeletedField(serializers.BooleanField):
    """A boolean that may be left out, also in forms: false restores."""

    default_empty_html = empty


@describe(
    "What may be written of a color theme; other keys are ignored.",
    name="Name, at most 100 characters.",
    colors="Colors of the series, in the order of use. A new theme without any has none.",
    deleted="True hides the theme, false restores it.",
    examples={"Brand colors": {"name": "Brand", "colors": ["#1d4aff", "#CD0F74", "#43827e"]}},
)
class DataColorThemeWriteSerializer(serializers.ModelSerializer[DataColorTheme]):
    """The body of POST, PUT and PATCH."""

    colors = ColorsField(required=False)
    deleted = DeletedField(required=False)

    class Meta:
        model = DataColorTheme
        fields = ["name", "colors", "deleted"]
