"""Descriptions of components and their properties for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiExample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rest_framework.serializers import BaseSerializer

    S = TypeVar("S", bound="type[BaseSerializer[Any]]")

_FIELDS = "field_descriptions"
_ABSENT = "sometimes_absent"


def describe(
    summary: str,
    /,
    *,
    sometimes_absent: tuple[str, ...] = (),
    examples: Mapping[str, Any] | None = None,
    **fields: str,
) -> Callable[[S], S]:
    """Describe a serializer and the fields that have no `help_text` of their own.

    Serializers built on it inherit what is said of fields. `sometimes_absent` names those that not
    every answer has, `examples` are JSON bodies by what they show.
    """

    def mark(serializer: S) -> S:
        setattr(serializer, _FIELDS, field_descriptions(serializer) | fields)
        setattr(serializer, _ABSENT, absent_fields(serializer) | {*sometimes_absent})
        set_override(serializer, "description", summary)
        set_override(
            serializer,
            "examples",
            [OpenApiExample(name, value=body) for name, body in (examples or {}).items()],
        )
        return serializer

    return mark


def field_descriptions(serializer: object) -> dict[str, str]:
    """Return what `describe` said of each field."""
    described: dict[str, str] = getattr(serializer, _FIELDS, {})
    return described


def absent_fields(serializer: object) -> frozenset[str]:
    """The fields that not every answer has."""
    return frozenset(getattr(serializer, _ABSENT, ()))
