"""Everything that reads tiles."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from dashboards.models import Dashboard, Insight, Text, Tile
from dashboards.selectors.insights import annotate_insights
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from typing import Any

MISSING_COORDINATE = 100
DEFAULT_LAYOUT_SIZE = "sm"
MAX_TILES = 500


def live_tiles(*, dashboard: Dashboard) -> QuerySet[Tile]:
    """The tiles a dashboard shows: not removed, and their insight not deleted."""
    return (
        # The dashboard was found in its project, which scopes its tiles.
        Tile.all_projects.filter(dashboard=dashboard, deleted=False).filter(
            Q(insight=None) | Q(insight__deleted=False)
        )
    )


def list_tiles(*, dashboard: Dashboard, layout_size: str = DEFAULT_LAYOUT_SIZE) -> list[Tile]:
    """The live tiles with all an answer says about them, from top left to bottom right."""
    # The rows hang below tiles of this project, which is what scopes them.
    insights = annotate_insights(Insight.all_projects.all())
    texts = Text.all_projects.select_related("created_by", "last_modified_by")
    tiles = live_tiles(dashboard=dashboard).prefetch_related(
        Prefetch("insight", queryset=insights), Prefetch("text", queryset=texts)
    )
    return sorted(tiles, key=lambda tile: (*_position(tile, layout_size), tile.pk))


def find_tile(*, dashboard: Dashboard, tile_id: int) -> tuple[int, Tile]:
    """A live tile as `list_tiles` gives it, with its place in the order. Raises Missing."""
    for order, tile in enumerate(list_tiles(dashboard=dashboard)):
        if tile.pk == tile_id:
            return order, tile
    raise Missing("Not found.")


def _position(tile: Tile, layout_size: str) -> tuple[float, float]:
    layout = tile.layouts.get(layout_size) if isinstance(tile.layouts, dict) else None
    layout = layout if isinstance(layout, dict) else {}
    return _coordinate(layout.get("y")), _coordinate(layout.get("x"))


def _coordinate(value: Any) -> float:
    """A grid coordinate; what is missing or no number sorts as 100, numbers in text count."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return MISSING_COORDINATE
    return MISSING_COORDINATE if isnan(number) else number  # nothing sorts beside NaN
