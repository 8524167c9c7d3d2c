"""Geometry of the tile grid: 12 columns in `sm`, one column in `xs`. Pure functions on layouts.

Layouts are stored as clients send them. A `Box` is the one way to read them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.models import Tile

COLUMNS = 12
WIDTH, HEIGHT = 6, 5
HIGHEST = 1000
LOWEST_ROW = 10**6  # nothing real lies below it
MISSING_COORDINATE = 100  # where PostHog sorts a tile that says no place
MOST_BYTES = 4096
Layouts = dict[str, dict[str, Any]]
Size = tuple[int, int]


class InvalidLayouts(DomainError):
    """More layouts than a tile may carry."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the grid, inside its 12 columns."""

    x: int
    y: int
    w: int
    h: int

    @classmethod
    def read(cls, layouts: Any, size: str = "sm") -> Box | None:
        """Return the place that layouts say for a size; None where they say none.

        Numbers in text and fractions count. What reaches beyond the grid is moved into it, and a
        width or a height that makes no sense is the usual one.
        """
        sent = _sent(layouts, size)
        x, y = read_number(sent.get("x")), read_number(sent.get("y"))
        if x is None and y is None:
            return None
        w = _within(sent.get("w"), COLUMNS, WIDTH)
        h = _within(sent.get("h"), HIGHEST, HEIGHT)
        row = MISSING_COORDINATE if y is None else y
        return cls(int(min(max(x or 0, 0), COLUMNS - w)), int(min(max(row, 0), LOWEST_ROW)), w, h)


class Grid:
    """The grid seen from above: where a box lands that is dropped on it."""

    def __init__(self, boxes: Iterable[Box] = ()) -> None:
        self._bottoms = [0] * COLUMNS
        for box in boxes:
            self.take(box)

    def take(self, box: Box) -> None:
        """Count what is covered by a box that stays where it is."""
        for column in range(box.x, box.x + box.w):
            self._bottoms[column] = max(self._bottoms[column], box.y + box.h)

    def drop(self, box: Box) -> Box:
        """Return the box as high up as those before it let it be, which it then takes."""
        placed = replace(box, y=max(self._bottoms[box.x : box.x + box.w]))
        self.take(placed)
        return placed

    def add(self, w: int = WIDTH, h: int = HEIGHT) -> Box:
        """Return a place for a new box: in the columns that end first, left ones first."""
        starts = range(0, COLUMNS - w + 1, w)
        x = min(starts, key=lambda start: (max(self._bottoms[start : start + w]), start))
        return self.drop(Box(x, 0, w, h))


def check_layouts(layouts: Any) -> None:
    """Raise InvalidLayouts for more than a tile may carry."""
    if layouts and len(orjson.dumps(layouts)) > MOST_BYTES:
        raise InvalidLayouts(f"layouts may take at most {MOST_BYTES // 1024} kB.")


def position(layouts: Any, size: str) -> tuple[float, float]:
    """Return row and column as tiles are sorted by them, which may be outside of the grid."""
    sent = _sent(layouts, size)
    row, column = read_number(sent.get("y")), read_number(sent.get("x"))
    return (
        MISSING_COORDINATE if row is None else row,
        MISSING_COORDINATE if column is None else column,
    )


def packed(layouts: Iterable[Any]) -> list[Box]:
    """Return where tiles are drawn in `sm`: none over another, and no gap above one.

    `layouts` come in the order of `position`. Those that say no place come below all others.
    """
    boxes = [Box.read(one) for one in layouts]
    grid = Grid()
    placed = [None if box is None else grid.drop(box) for box in boxes]
    return [box or grid.add() for box in placed]


def place_new(tiles: Iterable[Tile], *, beside: Iterable[Any]) -> None:
    """Give tiles that are new on a dashboard a place of their own below the layouts there.

    A tile keeps the place that it brings along where nothing else is.
    """
    taken = [box for layouts in beside if (box := Box.read(layouts)) is not None]
    grid = Grid(taken)
    for tile in tiles:
        own = Box.read(tile.layouts)
        if own is None or any(_overlap(own, box) for box in taken):
            own = grid.add(*size_of(tile.layouts))
            new = {"x": own.x, "y": own.y, "w": own.w, "h": own.h}
            tile.layouts = with_boxes(tile.layouts, {"sm": new, "xs": dict(new)}, keep_extras=True)
        grid.take(own)
        taken.append(own)


def grid_layouts(count: int) -> list[Layouts]:
    """Return two columns of equal tiles: where reorder_tiles puts the tile at each index."""
    return [
        {
            "sm": {"x": (i % 2) * WIDTH, "y": (i // 2) * HEIGHT, "w": WIDTH, "h": HEIGHT},
            "xs": {"x": 0, "y": i * HEIGHT, "w": WIDTH, "h": HEIGHT},
        }
        for i in range(count)
    ]


def packed_layouts(sizes: Sequence[Size], narrow: Sequence[Size] | None = None) -> list[Layouts]:
    """Return rows of 12 columns, filled in order with tiles of the given widths and heights.

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
    """Return the width and height of a tile, those in `sm` where it has none in this size."""
    sent = _sent(layouts, size) or _sent(layouts, "sm")
    return _within(sent.get("w"), COLUMNS, WIDTH), _within(sent.get("h"), HIGHEST, HEIGHT)


def with_boxes(layouts: Any, boxes: Layouts, *, keep_extras: bool) -> dict[str, Any]:
    """Return layouts with new boxes; `keep_extras` keeps what else a box says, such as `minW`."""
    kept = layouts if isinstance(layouts, dict) else {}
    extras = {size: _sent(kept, size) if keep_extras else {} for size in boxes}
    return {**kept, **{size: {**extras[size], **box} for size, box in boxes.items()}}


def close_gap(*, removed: Tile, others: Sequence[Tile]) -> list[Tile]:
    """Move up what lay below a removed tile where nothing else fills its rows.

    Returns the tiles whose layouts changed.
    """
    moved: dict[int, Tile] = {}
    for size in ("sm", "xs"):
        gap = _sent(removed.layouts, size)
        top, height = read_number(gap.get("y")), read_number(gap.get("h"))
        boxes = [(tile, _sent(tile.layouts, size)) for tile in others]
        if top is None or height is None or height <= 0:
            continue
        if _any_within(boxes, top, top + height):
            continue
        for tile, box in boxes:
            y = read_number(box.get("y"))
            if y is not None and y >= top + height:
                tile.layouts = {**tile.layouts, size: {**box, "y": y - height}}
                moved[tile.pk] = tile
    return list(moved.values())


def read_number(value: Any) -> float | None:
    """Return a number, also where it stands in text, as old clients wrote it."""
    if type(value) is int:  # as nearly all are
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _any_within(boxes: Sequence[tuple[Tile, dict[str, Any]]], top: float, bottom: float) -> bool:
    for _, box in boxes:
        y, h = read_number(box.get("y")), read_number(box.get("h")) or 0
        if y is not None and y < bottom and (y >= top or y + h > top):
            return True
    return False


def _overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    below = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not beside and not below


def _sent(layouts: Any, size: str) -> dict[str, Any]:
    box = layouts.get(size) if isinstance(layouts, dict) else None
    return box if isinstance(box, dict) else {}


def _within(value: Any, most: int, default: int) -> int:
    """Return a width or height, which is at least 1; the default for anything else."""
    number = read_number(value)
    return default if number is None or number <= 0 else int(min(max(number, 1), most))
