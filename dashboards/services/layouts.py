"""Geometry of the tile grid: 12 columns in `sm`, one column in `xs`. Pure functions on layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.models import Tile

COLUMNS = 12
WIDTH, HEIGHT = 6, 5
Layouts = dict[str, dict[str, Any]]


def grid_layouts(count: int) -> list[Layouts]:
    """Two columns of equal tiles: where reorder_tiles puts the tile at each index."""
    return [
        {
            "sm": {"x": (i % 2) * WIDTH, "y": (i // 2) * HEIGHT, "w": WIDTH, "h": HEIGHT},
            "xs": {"x": 0, "y": i * HEIGHT, "w": WIDTH, "h": HEIGHT},
        }
        for i in range(count)
    ]


def packed_layouts(sizes: Sequence[tuple[int, int]]) -> list[Layouts]:
    """Rows of 12 columns, filled in order with tiles of the given widths and heights.

    A row is as high as its highest tile, so tiles never overlap and never change places.
    """
    layouts: list[Layouts] = []
    x = y = row_height = stack = 0
    for w, h in sizes:
        if x + w > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        layouts.append(
            {"sm": {"x": x, "y": y, "w": w, "h": h}, "xs": {"x": 0, "y": stack, "w": w, "h": h}}
        )
        x, row_height, stack = x + w, max(row_height, h), stack + h
    return layouts


def size_of(layouts: Any) -> tuple[int, int]:
    """Width and height a tile has in `sm`; the usual ones where it has none that fit."""
    box = _box(layouts, "sm")
    return _whole(box.get("w"), 1, COLUMNS, WIDTH), _whole(box.get("h"), 1, 1000, HEIGHT)


def close_gap(*, removed: Tile, others: Sequence[Tile]) -> list[Tile]:
    """Move up what lay below a removed tile where nothing else fills its rows.

    Returns the tiles whose layouts changed.
    """
    moved: dict[int, Tile] = {}
    for size in ("sm", "xs"):
        gap = _box(removed.layouts, size)
        top, height = _number(gap.get("y")), _number(gap.get("h"))
        boxes = [(tile, _box(tile.layouts, size)) for tile in others]
        if top is None or height is None or _any_within(boxes, top, top + height):
            continue
        for tile, box in boxes:
            y = _number(box.get("y"))
            if y is not None and y >= top + height:
                tile.layouts = {**tile.layouts, size: {**box, "y": y - height}}
                moved[tile.pk] = tile
    return list(moved.values())


def _any_within(boxes: Sequence[tuple[Tile, dict[str, Any]]], top: float, bottom: float) -> bool:
    for _, box in boxes:
        y, h = _number(box.get("y")), _number(box.get("h"))
        if y is not None and h is not None and y < bottom and y + h > top:
            return True
    return False


def _box(layouts: Any, size: str) -> dict[str, Any]:
    box = layouts.get(size) if isinstance(layouts, dict) else None
    return box if isinstance(box, dict) else {}


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole(value: Any, low: int, high: int, default: int) -> int:
    number = _number(value)
    return int(number) if number is not None and low <= number <= high else default
