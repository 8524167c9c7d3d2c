"""Bodies of PATCH, whose fields are only made where the body names them."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from posthog_lite.api.bodies import BodySerializer


class Body(BodySerializer):
    first = serializers.IntegerField()
    second = serializers.ListField(child=serializers.IntegerField(), required=False)
    third = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("third") and "first" not in attrs:
            raise serializers.ValidationError("The third needs the first.")
        return attrs


def read(data: Any, *, partial: bool) -> Any:
    body = Body(data=data, partial=partial)
    return body.validated_data if body.is_valid() else {**body.errors}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({}, {}),
        ({"second": ["1"], "unknown": 1}, {"second": [1]}),
        ({"third": True}, {"non_field_errors": ["The third needs the first."]}),
        ({"third": "x", "first": "x"}, ["first", "third"]),
        (QueryDict("second=1&second=2"), {"second": [1, 2]}),
    ],
)
def test_of_a_patch_what_it_names_is_read(data: Any, found: Any) -> None:
    got = read(data, partial=True)
    assert (list(got) if isinstance(found, list) else got) == found


def test_of_other_bodies_every_field_is_read() -> None:
    assert list(read({"third": True}, partial=False)) == ["first"]
    assert read({"first": 1}, partial=False) == {"first": 1, "third": False}


def test_a_body_that_is_no_object_is_refused() -> None:
    assert list(read([{"first": 1}], partial=True)) == ["non_field_errors"]
