from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthog_lite import strict_json
from posthog_lite.strict_json import MAX_DEPTH, MAX_VALUES, parse_json, within_64_bits

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["[", '"', "\\", ","]), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"[":', "}]")])
def test_nesting_is_bounded(opening: str, closing: str) -> None:
    levels = MAX_DEPTH // (opening.count("[") + opening.count("{") - opening.count('"["'))
    inside = '"' + "[" * 500 + '\\"["'
    assert parse_json((opening * levels + inside + closing * levels).encode())
    with pytest.raises(ValueError, match="nesting deeper than 100 levels"):
        parse_json((opening * (levels + 1) + inside + closing * (levels + 1)).encode())


def test_brackets_in_strings_are_text() -> None:
    value = ["[" * 5000, "\\" * 2001 + "{" * 200, '"' * 300 + "[" * 200, "," * (MAX_VALUES + 1)]
    assert parse_json(json.dumps(value).encode()) == value


@given(VALUES, st.integers(1, 9))
def test_structure_is_the_same_in_pieces_of_any_size(value: object, size: int) -> None:
    text = json.dumps([value, value]).encode()
    with pytest.MonkeyPatch.context() as patch:
        whole = b"".join(strict_json._structure(text))
        patch.setattr(strict_json, "PIECE", size)
        assert b"".join(strict_json._structure(text)) == whole


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1e19", "-1e19"])
def test_numbers_beyond_64_bits_are_refused(number: str) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        parse_json(f'{{"a": [{number}]}}'.encode())


def test_the_largest_numbers_are_read() -> None:
    numbers = [2**63 - 1, -(2**63), 9.2e18]
    assert parse_json(json.dumps(numbers).encode()) == numbers


@pytest.mark.parametrize("part", [b"{},", b"[],", b"1e1,", b'"",'])
def test_values_are_bounded_before_they_are_made(part: bytes) -> None:
    body = b"[" + part * (MAX_VALUES + 1) + b"0]"
    with pytest.raises(ValueError, match="more than 250,000 values"):
        parse_json(body)


@pytest.mark.parametrize(
    "text", [b"[" * 10**6, b"]" * 10**6, b'"' * 10**6, b"\\" * 10**6, b"[{" * 10**5]
)
def test_what_is_no_json_is_refused_quickly(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the parser's own words
        parse_json(text)


def test_integers_beyond_64_bits_become_fractions() -> None:
    data = {"a": [10**300, -(2**70), 2**63 - 1, 2**64 - 1, True, (1, 10**400)], "b": {"c": "x"}}
    assert within_64_bits(data) == {
        "a": [1e300, -float(2**70), 2**63 - 1, 2**64 - 1, True, [1, None]],
        "b": {"c": "x"},
    }
