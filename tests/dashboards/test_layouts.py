from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.layouts import (
    MISSING_COORDINATE,
    Box,
    close_gap,
    grid_layouts,
    packed,
    packed_layouts,
    place_new,
    position,
    size_of,
)
from dashboards.models import Tile

sizes = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 20)), max_size=30)
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)
odd_layouts = st.dictionaries(
    st.sampled_from(["sm", "xs", "lg"]),
    junk | st.dictionaries(st.sampled_from(["x", "y", "w", "h"]), junk),
)


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


@given(sizes)
def test_packing_never_overlaps_and_stays_inside_the_grid(wanted: list[tuple[int, int]]) -> None:
    layouts = packed_layouts(wanted)
    for size in ("sm", "xs"):
        boxes = [layout[size] for layout in layouts]
        assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    assert [(box["sm"]["w"], box["sm"]["h"]) for box in layouts] == wanted
    assert all(0 <= box["sm"]["x"] <= 12 - box["sm"]["w"] for box in layouts)


@given(sizes)
def test_packing_keeps_the_order(wanted: list[tuple[int, int]]) -> None:
    places = [(box["sm"]["y"], box["sm"]["x"]) for box in packed_layouts(wanted)]
    assert places == sorted(places)


@given(st.integers(0, 60))
def test_the_grid_never_overlaps_and_keeps_the_order(count: int) -> None:
    boxes = [layout["sm"] for layout in grid_layouts(count)]
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    places = [(box["y"], box["x"]) for box in boxes]
    assert places == sorted(places)


@given(odd_layouts)
def test_any_stored_layout_has_a_size_and_a_place(layouts: dict[str, Any]) -> None:
    width, height = size_of(layouts)
    assert 1 <= width <= 12
    assert height >= 1
    y, x = position(layouts, "sm")
    assert isinstance(y, float | int)
    assert isinstance(x, float | int)
    if "sm" not in layouts:
        assert (y, x) == (MISSING_COORDINATE, MISSING_COORDINATE)


@given(odd_layouts, st.lists(odd_layouts, max_size=4))
def test_closing_a_gap_never_fails(removed: dict[str, Any], others: list[dict[str, Any]]) -> None:
    tiles = [Tile(pk=number, layouts=layouts) for number, layouts in enumerate(others, 1)]
    close_gap(removed=Tile(layouts=removed), others=tiles)


@given(sizes.filter(lambda wanted: len(wanted) > 1), st.data())
def test_closing_a_gap_never_makes_tiles_overlap(
    wanted: list[tuple[int, int]], data: st.DataObject
) -> None:
    tiles = [Tile(pk=n, layouts=layout) for n, layout in enumerate(packed_layouts(wanted), 1)]
    removed = tiles.pop(data.draw(st.integers(0, len(tiles) - 1)))
    before = {tile.pk: tile.layouts for tile in tiles}
    moved = close_gap(removed=removed, others=tiles)
    assert {tile.pk for tile in tiles if tile.layouts != before[tile.pk]} == {
        tile.pk for tile in moved
    }
    for size in ("sm", "xs"):
        boxes = [tile.layouts[size] for tile in tiles]
        assert not any(overlap(one, other) for one, other in combinations(boxes, 2))


def at(x: Any, y: Any, w: Any, h: Any) -> dict[str, Any]:
    return {"sm": {"x": x, "y": y, "w": w, "h": h}}


@pytest.mark.parametrize(
    ("layouts", "expected"),
    [
        (at(6, 0, 6, 5), Box(6, 0, 6, 5)),
        (at("0", "7", "6", "5"), Box(0, 7, 6, 5)),
        (at("1.5", 2.9, "3.0", 4.2), Box(1, 2, 3, 4)),
        (at(9, 0, 6, 5), Box(6, 0, 6, 5)),
        (at(-3, -1, 6, 5), Box(0, 0, 6, 5)),
        (at(0, 0, 40, 5), Box(0, 0, 12, 5)),
        (at(0, 0, 6, None), Box(0, 0, 6, 5)),
        (at(0, 0, 0, 0), Box(0, 0, 6, 5)),
        (at(True, 3, 6, 5), Box(0, 3, 6, 5)),
        (at(3, "nan", 6, 5), Box(3, MISSING_COORDINATE, 6, 5)),
        ({"sm": {"x": 1, "y": 2}}, Box(1, 2, 6, 5)),
        ({"sm": {"w": 3}}, None),
        ({"lg": {"x": 0, "y": 0}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_box_is_what_the_numbers_mean(layouts: Any, expected: Box | None) -> None:
    assert Box.read(layouts) == expected


def test_what_lies_over_another_moves_down_and_gaps_close() -> None:
    assert packed([at(0, 0, 6, 5), at(0, 0, 6, 5), at(3, 2, 6, 4), at(9, 40, 3, 2)]) == [
        Box(0, 0, 6, 5),
        Box(0, 5, 6, 5),
        Box(3, 10, 6, 4),
        Box(9, 0, 3, 2),
    ]


def test_what_says_no_place_comes_below() -> None:
    assert packed([{}, at(0, 9, 12, 5), {}]) == [
        Box(0, 5, 6, 5),
        Box(0, 0, 12, 5),
        Box(6, 5, 6, 5),
    ]


@given(st.lists(odd_layouts | st.builds(at, junk, junk, junk, junk), max_size=12))
def test_boxes_on_a_page_never_overlap_and_none_could_be_higher(layouts: list[Any]) -> None:
    boxes = packed(layouts)
    drawn = [{"x": b.x, "y": b.y, "w": b.w, "h": b.h} for b in boxes]
    assert all(b["x"] + b["w"] <= 12 and b["h"] >= 1 for b in drawn)
    assert not any(overlap(one, other) for one, other in combinations(drawn, 2))
    for one in drawn:
        higher = {**one, "y": one["y"] - 1}
        others = [other for other in drawn if other is not one]
        assert one["y"] == 0 or any(overlap(higher, other) for other in others)


@given(st.lists(odd_layouts, max_size=5), st.lists(odd_layouts, max_size=4))
def test_new_tiles_get_a_place_of_their_own(there: list[Any], new: list[Any]) -> None:
    tiles = [Tile(layouts=layouts) for layouts in new]
    place_new(tiles, beside=there)
    boxes = [Box.read(tile.layouts) for tile in tiles]
    taken = [box for box in map(Box.read, there) if box is not None]
    drawn = [{"x": b.x, "y": b.y, "w": b.w, "h": b.h} for b in (*boxes, *taken) if b is not None]
    assert None not in boxes
    for index, one in enumerate(drawn[: len(tiles)]):
        assert not any(overlap(one, other) for other in drawn[index + 1 :])


def test_new_tiles_fill_two_columns_and_keep_a_free_place() -> None:
    tiles = [Tile(layouts={}), Tile(layouts={}), Tile(layouts=at(6, 20, 3, 2)), Tile(layouts={})]
    place_new(tiles, beside=[at(0, 0, 6, 5)])
    assert [Box.read(tile.layouts) for tile in tiles] == [
        Box(6, 0, 6, 5),
        Box(0, 5, 6, 5),
        Box(6, 20, 3, 2),
        Box(0, 10, 6, 5),
    ]
    assert tiles[0].layouts["xs"] == tiles[0].layouts["sm"]


def box(**sm: Any) -> Tile:
    return Tile(pk=sm.pop("pk", None), layouts={"sm": sm})


def test_numbers_in_text_count_when_a_gap_is_closed() -> None:
    below = box(pk=1, x="0", y="5", w="6", h="5")
    assert close_gap(removed=box(x="0", y="0", w="12", h="5"), others=[below]) == [below]
    assert below.layouts["sm"]["y"] == 0


def test_a_height_that_makes_no_sense_closes_nothing() -> None:
    for height in (0, -5, "nan", "inf", True, None):
        assert close_gap(removed=box(y=0, h=height), others=[box(pk=1, y=5, h=5)]) == []


def test_a_neighbour_without_a_height_still_fills_its_row() -> None:
    others = [box(pk=1, x=6, y=1), box(pk=2, x=0, y=5, h=5)]
    assert close_gap(removed=box(x=0, y=0, h=5), others=others) == []
