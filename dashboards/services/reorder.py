"""reorder_tiles: puts tiles in the order a client names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.layouts import grid_layouts, packed_layouts, size_of, with_boxes
from dashboards.models import Tile
from dashboards.selectors.tiles import tiles_of
from dashboards.services.dashboards import lock_editable_dashboard
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posthog_lite.accounts.access import ProjectAccess


class ReorderRefused(DomainError):
    """The list of tiles is not a list of this dashboard's tiles."""

    bare_key = "detail"


class TilesNotFound(ReorderRefused):
    status_code = 404


@one_transaction
def reorder_tiles(
    *, access: ProjectAccess, dashboard_id: int, tile_order: Sequence[int], keep_sizes: bool
) -> None:
    """Lay out the named tiles in this order: in two equal columns, or packed in their own sizes.

    Tiles that are not named stay where they are. Raises ReorderRefused or TilesNotFound.
    """
    dashboard = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    if len(set(tile_order)) != len(tile_order):
        raise ReorderRefused("tile_order must contain unique tile IDs")
    tiles = tiles_of(dashboard=dashboard).live().in_bulk(tile_order)
    unknown = sorted(set(tile_order) - set(tiles))
    if unknown:
        raise TilesNotFound(f"Tile IDs not found on this dashboard: {unknown}")
    ordered = [tiles[pk] for pk in tile_order]
    wide, narrow = ([size_of(tile.layouts, size) for tile in ordered] for size in ("sm", "xs"))
    layouts = packed_layouts(wide, narrow) if keep_sizes else grid_layouts(len(ordered))
    for tile, layout in zip(ordered, layouts, strict=True):
        tile.layouts = with_boxes(tile.layouts, layout, keep_extras=keep_sizes)
    Tile.objects.for_project(access.project).bulk_update(ordered, ["layouts"])
