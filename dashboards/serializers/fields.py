"""Fields that dashboards and insights share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.filters.limits import check_filters, check_size
from dashboards.layouts import check_layouts
from posthog_lite.api.fields import FormListField, StrictJSONField
from posthog_lite.domain import DomainError
from posthog_lite.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any], None]

V = TypeVar("V")
LONGEST_TAG = 255


def first_problem(detail: Any) -> Any:
    """Return the first message of nested errors."""
    while isinstance(detail, (dict, list)):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail))
    return detail


class TagsParameter(serializers.ListField):
    """Tags to look for, in the form in which tags are stored; an empty one counts as absent."""

    child = serializers.CharField(allow_blank=True)

    def __init__(self) -> None:
        super().__init__(required=False, default=list)

    def to_internal_value(self, data: Any) -> list[str]:
        return [name.lower() for name in super().to_internal_value(data) if name]


def fits_in_lower_case(tag: str) -> None:
    """Tags are stored in lower case, which makes some letters longer."""
    if len(tag.lower()) > LONGEST_TAG:
        raise serializers.ValidationError(
            f"Ensure this field has no more than {LONGEST_TAG} characters.", code="max_length"
        )


class TagsField(FormListField):
    """A list of tags; a bad one is reported on the field, not on its index."""

    child = serializers.CharField(
        max_length=LONGEST_TAG, allow_blank=True, validators=[fits_in_lower_case]
    )

    def run_child_validation(self, data: Any) -> list[str]:
        try:
            return list(super().run_child_validation(data))
        except serializers.ValidationError as error:
            raise serializers.ValidationError([first_problem(error.detail)]) from error


def checked(check: Check, value: V) -> V:
    """Return the value. Raises ValidationError where the check refuses it."""
    try:
        check(value)
    except DomainError as error:
        raise serializers.ValidationError(error.detail) from error
    return value


class BoundedJSONField(StrictJSONField):
    """Any JSON of at most 64 kB."""

    def to_internal_value(self, data: Any) -> Any:
        return checked(check_size, super().to_internal_value(data))


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(StrictJSONField):
    """A JSON object, also as text in a form; null and an empty one both clear the stored value."""

    def __init__(
        self, *, check: Check = check_size, allow_null: bool = True, **options: Any
    ) -> None:
        super().__init__(required=False, allow_null=allow_null, **options)
        self.check = check

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            label = (self.field_name or "value").capitalize()
            raise serializers.ValidationError(f"{label} must be a dictionary")
        return checked(self.check, value)


class LayoutsField(ObjectField):
    """Place and size of a tile per screen size."""

    def __init__(self, **options: Any) -> None:
        super().__init__(check=check_layouts, **options)


class FiltersField(ObjectField):
    """Filters of a dashboard or a tile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(check=check_filters, **options)


@extend_schema_field(OpenApiTypes.STR)
class JSONParameter(serializers.Field[Any, Any, Any, Any]):
    """A query parameter that holds a JSON object; `null` and an empty one count as absent."""

    def __init__(self, *, check: Check = check_size) -> None:
        super().__init__(required=False, default=dict)
        self.check = check

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not data:
            return {}
        try:
            value = parse_json(str(data).encode())
        except ValueError as error:
            raise serializers.ValidationError(
                f"Invalid JSON passed in {self.field_name} parameter"
            ) from error
        if not isinstance(value, dict) and value is not None:
            raise serializers.ValidationError(f"{self.field_name} must be a JSON object")
        return checked(self.check, value or {})
