"""Actions on single tiles: move, copy, text tiles, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.layouts import close_gap, place_new
from dashboards.models import Dashboard, Text, Tile
from dashboards.selectors.rights import check_editable_dashboard
from dashboards.selectors.tiles import check_tile_limit, tiles_of
from dashboards.services.dashboards import lock_editable_dashboard
from dashboards.services.text_copies import copy_of_text
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess

LOOKS = ("layouts", "color", "filters_overrides", "show_description")


class TileCannotMove(DomainError):
    """The destination already shows what the tile shows."""


class TileCannotBeCopied(DomainError):
    """The destination is the source, or already shows what the tile shows."""


class NotATextTile(DomainError):
    """The tile shows an insight."""


@one_transaction
def move_tile(
    *, access: ProjectAccess, dashboard_id: int, tile_id: int, destination_id: int
) -> None:
    """Move a live tile, as the row it is, to another dashboard of the project.

    A removed twin at the destination gives way. Raises Missing, DashboardNotEditable or
    TileCannotMove.
    """
    _lock_in_order(access, [dashboard_id, destination_id])
    source = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    tile = get_live_tile(dashboard=source, tile_id=tile_id)
    destination = _find_destination(access, destination_id)
    if destination.pk == source.pk:
        return
    twin = _twin(tile, destination)
    if twin is not None and not twin.deleted:
        raise TileCannotMove("Invalid request data for moving tile.", attr="toDashboard")
    if twin is not None:
        twin.delete()
    place_new([tile], beside=_layouts_on(destination))
    tile.dashboard = destination
    tile.save(update_fields=["dashboard", "layouts"])
    check_tile_limit(dashboard=destination)


@one_transaction
def copy_tile(*, access: ProjectAccess, dashboard_id: int, source_id: int, tile_id: int) -> None:
    """Show a tile's insight on `dashboard_id` too, or a copy of its text; revive a removed twin.

    Raises Missing, DashboardNotEditable or TileCannotBeCopied.
    """
    destination = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    if destination.pk == source_id:
        raise TileCannotBeCopied(
            "Destination must be a different dashboard than the source.", attr="fromDashboardId"
        )
    sources = Dashboard.objects.for_project(access.project).filter(deleted=False, pk=source_id)
    source = sources.first()
    if source is None:
        raise Missing("Not found.")
    tile = get_live_tile(dashboard=source, tile_id=tile_id)
    twin = _twin(tile, destination)
    if twin is not None and not twin.deleted:
        raise TileCannotBeCopied(
            "This insight is already on the destination dashboard.", attr="tileId"
        )
    place_new([tile], beside=_layouts_on(destination))
    looks = {name: getattr(tile, name) for name in LOOKS}
    if twin is None:
        text = None if tile.text is None else copy_of_text(tile.text)
        if text is not None:
            text.save()
        Tile.objects.create(
            project=access.project,
            dashboard=destination,
            insight_id=tile.insight_id,
            text=text,
            **looks,
        )
    else:
        _revive(twin, looks)
    check_tile_limit(dashboard=destination)


@one_transaction
def create_text_tile(
    *, access: ProjectAccess, dashboard_id: int, data: dict[str, Any], now: datetime
) -> Tile:
    """Put a new text by the caller on the dashboard. `data` holds body, layouts, color."""
    dashboard = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    text = Text.objects.create(
        project=access.project, body=data["body"], created_by=access.user, last_modified_at=now
    )
    looks = {name: data[name] for name in ("layouts", "color") if name in data}
    tile = Tile(project=access.project, dashboard=dashboard, text=text, **looks)
    if not tile.layouts:
        place_new([tile], beside=_layouts_on(dashboard))
    tile.save()
    check_tile_limit(dashboard=dashboard)
    return tile


@one_transaction
def update_text_tile(
    *, access: ProjectAccess, dashboard_id: int, data: dict[str, Any], now: datetime
) -> Tile:
    """Change body, layouts or color of a text tile. Raises Missing or NotATextTile."""
    dashboard = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    tile = get_live_tile(dashboard=dashboard, tile_id=data["tile_id"])
    if tile.text is None:
        raise NotATextTile("Tile is not a text tile.", attr="tile_id")
    if "body" in data:
        tile.text.body = data["body"]
        tile.text.last_modified_at = now
        tile.text.last_modified_by = access.user
        tile.text.save(update_fields=["body", "last_modified_at", "last_modified_by"])
    looks = [name for name in ("layouts", "color") if name in data]
    for name in looks:
        setattr(tile, name, data[name])
    tile.save(update_fields=looks)
    return tile


@one_transaction
def delete_tile(*, access: ProjectAccess, dashboard_id: int, tile_id: int) -> None:
    """Remove a live tile, keep its content, and close the gap it leaves. Raises Missing."""
    dashboard = lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    tile = get_live_tile(dashboard=dashboard, tile_id=tile_id)
    tile.deleted = True
    tile.save(update_fields=["deleted"])
    others = tiles_of(dashboard=dashboard).live()
    moved = close_gap(removed=tile, others=list(others))
    Tile.objects.for_project(access.project).bulk_update(moved, ["layouts"])


def get_live_tile(*, dashboard: Dashboard, tile_id: int) -> Tile:
    """A tile the dashboard shows. Raises Missing."""
    tiles = tiles_of(dashboard=dashboard).live().select_related("text")
    tile = tiles.filter(pk=tile_id).first()
    if tile is None:
        raise Missing("Not found.")
    return tile


def _layouts_on(dashboard: Dashboard) -> list[Any]:
    return list(tiles_of(dashboard=dashboard).live().values_list("layouts", flat=True))


def _revive(tile: Tile, looks: dict[str, Any]) -> None:
    changes = {**looks, "deleted": False, "deleted_with_dashboard": False}
    for name, value in changes.items():
        setattr(tile, name, value)
    tile.save(update_fields=list(changes))


def _twin(tile: Tile, destination: Dashboard) -> Tile | None:
    """Return the tile that shows the same insight there; no two tiles show the same text."""
    if tile.insight_id is None:
        return None
    return tiles_of(dashboard=destination).filter(insight_id=tile.insight_id).first()


def _lock_in_order(access: ProjectAccess, ids: Sequence[int]) -> None:
    """Lock both dashboards by id, so that two moves in opposite directions cannot deadlock."""
    rows = Dashboard.objects.for_project(access.project).filter(pk__in=ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def _find_destination(access: ProjectAccess, pk: int) -> Dashboard:
    rows = Dashboard.objects.for_project(access.project).filter(deleted=False, pk=pk)
    destination = rows.first()
    if destination is None:
        raise Missing("Not found.")
    check_editable_dashboard(
        dashboard=destination,
        access=access,
        detail="You don't have edit permissions for the destination dashboard.",
    )
    return destination
