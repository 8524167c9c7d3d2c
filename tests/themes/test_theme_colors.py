from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.support.errors import assert_error
from themes.models import DataColorTheme
from themes.palettes import DEFAULT_THEME_COLORS, MAX_COLORS, is_color, validate_colors

HEX = "0123456789abcdefABCDEF"
RULE = "must be #rgb or #rrggbb, not"


def test_the_default_palette_has_fifteen_different_colors() -> None:
    assert len(set(DEFAULT_THEME_COLORS)) == 15
    validate_colors(list(DEFAULT_THEME_COLORS))


@pytest.mark.parametrize("color", ["#fff", "#FFF", "#1d4aff", "#AbCdEf", "#000000"])
def test_hexadecimal_colors_are_stored_as_given(
    client: APIClient, path: str, theme: DataColorTheme, color: str
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"colors": [color]})
    assert response.json()["colors"] == [color]


def test_a_hundred_colors_are_accepted(client: APIClient, path: str) -> None:
    response = client.post(path, {"name": "Many", "colors": ["#123456"] * MAX_COLORS})
    assert len(response.json()["colors"]) == 100


def test_more_than_a_hundred_colors_are_refused(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"colors": ["#123456"] * 101})
    detail = "At most 100 colors are allowed."
    assert_error(response, 400, code="max_length", detail=detail, attr="colors")
    theme.refresh_from_db()
    assert theme.colors == ["#1d4aff", "#ABC"]


@pytest.mark.parametrize(
    ("colors", "detail"),
    [
        (["red"], f'colors[0] {RULE} "red".'),
        (["#fff", "#ffff", "x"], f'colors[1] {RULE} "#ffff".'),
        (["#fff", ""], f'colors[1] {RULE} "".'),
        (["#fff\n"], f'colors[0] {RULE} "#fff\\n".'),
        ([" #fff"], f'colors[0] {RULE} " #fff".'),
        (["fff"], f'colors[0] {RULE} "fff".'),
        (["#ggg"], f'colors[0] {RULE} "#ggg".'),
        (["#\uff11\uff12\uff13"], f'colors[0] {RULE} "#\\uff11\\uff12\\uff13".'),
        (["url(javascript:alert(1))"], f'colors[0] {RULE} "url(javascript:alert(1))".'),
        ([None], f"colors[0] {RULE} null."),
        ([123], f"colors[0] {RULE} 123."),
        ([["#fff"]], f'colors[0] {RULE} ["#fff"].'),
        ([{"a": "#fff"}], f'colors[0] {RULE} {{"a": "#fff"}}.'),
        (["x" * 1000], f'colors[0] {RULE} "{"x" * 59}….'),
    ],
)
def test_the_first_bad_color_is_named(
    client: APIClient, path: str, theme: DataColorTheme, colors: Any, detail: str
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"colors": colors})
    assert_error(response, 400, code="not_a_color", detail=detail, attr="colors")
    theme.refresh_from_db()
    assert theme.colors == ["#1d4aff", "#ABC"]


@pytest.mark.parametrize("colors", ["#fff", '["#fff"]', "", 1, True, {}, {"0": "#fff"}])
def test_colors_that_are_no_list_are_refused(client: APIClient, path: str, colors: Any) -> None:
    response = client.post(path, {"name": "x", "colors": colors})
    assert_error(response, 400, code="not_a_list", detail="Colors must be a list.", attr="colors")


def test_null_is_no_list_of_colors(client: APIClient, path: str) -> None:
    response = client.post(path, {"name": "x", "colors": None})
    assert_error(response, 400, code="null", attr="colors", type="validation_error")


@given(st.text(HEX, min_size=1, max_size=8))
def test_three_or_six_digits_are_a_color(digits: str) -> None:
    assert is_color(f"#{digits}") is (len(digits) in (3, 6))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_refused_is_quoted_in_ascii(value: object) -> None:
    if is_color(value):
        return
    with pytest.raises(ValidationError) as caught:
        validate_colors([value])
    message = caught.value.message
    assert message.replace("…", "").isascii()
    assert len(message) < 200
