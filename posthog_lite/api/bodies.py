"""The base of bodies that change something."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

if TYPE_CHECKING:
    from collections.abc import Mapping


class BodySerializer(serializers.Serializer[Any]):
    """A body of POST, PUT and PATCH.

    Of a PATCH only those fields are made that it names, as the others are skipped: to make them
    all for each request takes longer than everything else that is done with a body.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        body = getattr(self, "initial_data", None)
        if not self.partial or type(body) is not dict:  # a form names its fields in several ways
            return super().get_fields()
        return {
            name: deepcopy(field) for name, field in _fields(type(self)).items() if name in body
        }


@cache
def _fields(
    serializer_class: type[BodySerializer],
) -> Mapping[str, serializers.Field[Any, Any, Any, Any]]:
    return serializer_class().get_fields()
