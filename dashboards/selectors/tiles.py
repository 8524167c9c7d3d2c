"""Tiles of a dashboard, and their limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.models import Tile
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from dashboards.models import Dashboard
    from dashboards.models.tile import TileQuerySet

MAX_TILES = 500


class TooManyTiles(DomainError):
    """A dashboard holds a bounded number of tiles."""


def tiles_of(*, dashboard: Dashboard) -> TileQuerySet:
    """Return all tiles of a dashboard, removed ones included."""
    return Tile.objects.for_project(dashboard.project).filter(dashboard=dashboard)


def check_tile_count(count: int, *, attr: str = "tiles") -> None:
    """Raise TooManyTiles for more tiles than a dashboard may hold."""
    if count > MAX_TILES:
        raise TooManyTiles(f"A dashboard can hold at most {MAX_TILES} tiles.", attr=attr)


def check_tile_limit(*, dashboard: Dashboard) -> None:
    """Raise TooManyTiles when the dashboard has grown past the limit."""
    check_tile_count(tiles_of(dashboard=dashboard).filter(deleted=False).count())
