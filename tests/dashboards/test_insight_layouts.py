from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.services.insight_tiles import next_layouts

numbers = st.integers(0, 40) | st.floats(0, 40) | st.sampled_from(["3", "x", None, -2, 10**30])
boxes = (
    st.fixed_dictionaries({}, optional={"x": numbers, "y": numbers, "w": numbers, "h": numbers})
    | st.none()
)
existing = st.lists(st.fixed_dictionaries({}, optional={"sm": boxes}) | st.none(), max_size=6)


def overlaps(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30), st.integers(1, 6), st.integers(1, 9)))
)
def test_a_new_tile_overlaps_no_other(rows: list[tuple[int, int, int, int]]) -> None:
    taken = [dict(zip("xywh", row, strict=True)) for row in rows]

    new = next_layouts([{"sm": box} for box in taken])["sm"]

    assert not any(overlaps(new, box) for box in taken)


@given(existing)
def test_odd_layouts_never_raise_and_give_storable_numbers(layouts: list[Any]) -> None:
    new = next_layouts(layouts)

    assert new["sm"] == new["xs"]
    assert 0 <= new["sm"]["y"] <= 2 * 10**6
