"""Geometry of the tile grid: 12 columns in `sm`, one column in `xs`. Pure functions on layouts."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.models import Tile

COLUMNS = 12
WIDTH, HEIGHT = 6, 5
Layouts = dict[str, dict[str, Any]]
Size = tuple[int, int]


def grid_layouts(count: int) -> list[Layouts]:
    """Two columns of equal tiles: where reorder_tiles puts the tile at each index."""
    return [
        {
            "sm": {"x": (i % 2) * WIDTH, "y": (i // 2) * HEIGHT, "w": WIDTH, "h": HEIGHT},
            "xs": {"x": 0, "y": i * HEIGHT, "w": WIDTH, "h": HEIGHT},
        }
        for i in range(count)
    ]


def packed_layouts(sizes: Sequence[Size], narrow: Sequence[Size] | None = None) -> list[Layouts]:
    """Rows of 12 columns, filled in order with tiles of the given widths and heights.

    A row is as high as its highest tile, so tiles never overlap and never change places. In `xs`
    they have the sizes of `narrow`, where given, and lie below each other.
    """
    layouts: list[Layouts] = []
    x = y = row_height = stack = 0
    for (w, h), (xs_w, xs_h) in zip(sizes, narrow or sizes, strict=True):
        if x + w > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        layouts.append(
            {
                "sm": {"x": x, "y": y, "w": w, "h": h},
                "xs": {"x": 0, "y": stack, "w": xs_w, "h": xs_h},
            }
        )
        x, row_height, stack = x + w, max(row_height, h), stack + xs_h
    return layouts


def size_of(layouts: Any, size: str = "sm") -> Size:
    """Width and height a tile has, or has in `sm`; the usual ones where it has none that fit."""
    box = _box(layouts, size) or _box(layouts, "sm")
    return _whole(box.get("w"), 1, COLUMNS, WIDTH), _whole(box.get("h"), 1, 1000, HEIGHT)


def with_boxes(layouts: Any, boxes: Layouts, *, keep_extras: bool) -> dict[str, Any]:
    """The layouts with new boxes; `keep_extras` keeps what else a box says, such as `minW`."""
    kept = layouts if isinstance(layouts, dict) else {}
    extras = {size: _box(kept, size) if keep_extras else {} for size in boxes}
    return {**kept, **{size: {**extras[size], **box} for size, box in boxes.items()}}


def close_gap(*, removed: Tile, others: Sequence[Tile]) -> list[Tile]:
    """Move up what lay below a removed tile where nothing else fills its rows.

    Returns the tiles whose layouts changed.
    """
    moved: dict[int, Tile] = {}
    for size in ("sm", "xs"):
        gap = _box(removed.layouts, size)
        top, height = _number(gap.get("y")), _number(gap.get("h"))
        boxes = [(tile, _box(tile.layouts, size)) for tile in others]
        if top is None or height is None or height <= 0:
            continue
        if _any_within(boxes, top, top + height):
            continue
        for tile, box in boxes:
            y = _number(box.get("y"))
            if y is not None and y >= top + height:
                tile.layouts = {**tile.layouts, size: {**box, "y": y - height}}
                moved[tile.pk] = tile
    return list(moved.values())


def _any_within(boxes: Sequence[tuple[Tile, dict[str, Any]]], top: float, bottom: float) -> bool:
    for _, box in boxes:
        y, h = _number(box.get("y")), _number(box.get("h")) or 0
        if y is not None and y < bottom and (y >= top or y + h > top):
            return True
    return False


def _box(layouts: Any, size: str) -> dict[str, Any]:
    box = layouts.get(size) if isinstance(layouts, dict) else None
    return box if isinstance(box, dict) else {}


def _number(value: Any) -> float | None:
    """A number, also where it stands in text, as old clients wrote it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _whole(value: Any, low: int, high: int, default: int) -> int:
    number = _number(value)
    return int(number) if number is not None and low <= number <= high else default
