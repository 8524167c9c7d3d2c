"""Shape of color themes, the same in answers and in bodies, as in PostHog's own document."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import list_in_form
from themes.models import DataColorTheme
from themes.palettes import COLOR_PATTERN, MAX_COLORS, validate_colors


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "pattern": COLOR_PATTERN},
        "maxItems": MAX_COLORS,
        "default": [],
    }
)
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
    """Not sent is not the same as false, which restores; in forms neither."""

    default_empty_html = empty


@describe(
    "Colors for the series of charts.",
    id="Number of the theme.",
    name="Name, at most 100 characters.",
    created_at="When it was created.",
    created_by="Who created it; null for themes of the server.",
)
class DataColorThemeSerializer(serializers.ModelSerializer[DataColorTheme]):
    """A color theme. Needs rows with their `created_by` joined."""

    colors = ColorsField(required=False, help_text="Colors of the series, in the order of use.")
    is_global = serializers.BooleanField(
        read_only=True, help_text="Whether every project sees it and only staff may change it."
    )
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    deleted = DeletedField(
        write_only=True, required=False, help_text="True hides the theme, false restores it."
    )

    class Meta:
        model = DataColorTheme
        fields = ["id", "name", "colors", "is_global", "created_at", "created_by", "deleted"]
