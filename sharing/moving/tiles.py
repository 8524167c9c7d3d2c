"""Puts the tiles of an item on its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.layouts import check_layouts
from dashboards.models import Dashboard, Text, Tile
from dashboards.models.text import LONGEST_TEXT
from dashboards.selectors.tiles import MAX_TILES, tiles_of
from posthog_lite.domain import DomainError
from sharing.moving.cleaning import mapping, mappings, text, text_or_none
from sharing.moving.items import INSIGHT

if TYPE_CHECKING:
    from sharing.moving.items import Item
    from sharing.moving.target import Target


def place_tiles(*, target: Target, dashboard: Dashboard, item: Item) -> bool:
    """Make these the tiles of a dashboard, others are removed; tell whether any changed."""
    board = _Board(target, dashboard, item)
    wanted = mappings(item.fields.get("tiles"))
    if len(wanted) > MAX_TILES:
        target.note(item, f"it has {len(wanted)} tiles, of which {MAX_TILES} fit.")
    for entry in wanted[:MAX_TILES]:
        board.place(entry)
    board.remove_others()
    board.add_new()
    return board.has_changed


class _Board:
    """A dashboard's tiles while those of an item are written."""

    def __init__(self, target: Target, dashboard: Dashboard, item: Item) -> None:
        self._target, self._dashboard, self._item = target, dashboard, item
        tiles = list(tiles_of(dashboard=dashboard).select_related("text").order_by("id"))
        self._by_insight = {tile.insight_id: tile for tile in tiles if tile.insight_id}
        self._texts = [tile for tile in tiles if tile.text is not None and not tile.deleted]
        self._wanted_bodies = [
            entry.get("text") for entry in mappings(item.fields.get("tiles")) if "text" in entry
        ]
        self._live = {tile.pk: tile for tile in tiles if not tile.deleted}
        self._new: list[Tile] = []
        self.has_changed = False

    def place(self, entry: dict[str, Any]) -> None:
        """Change the tile that shows the same, or add one."""
        tile = self._for_text(entry) if "text" in entry else self._for_insight(entry)
        if tile is None:
            return
        looks = self._looks(entry)
        changed = [name for name, value in looks.items() if getattr(tile, name) != value]
        for name in changed:
            setattr(tile, name, looks[name])
        if not tile._state.adding:
            if changed:
                tile.save(update_fields=changed)
            self._live.pop(tile.pk, None)
        elif tile not in self._new:
            self._new.append(tile)
        self.has_changed |= bool(changed) or tile._state.adding

    def remove_others(self) -> None:
        """Remove the tiles that the item does not have."""
        for tile in self._live.values():
            tile.deleted = True
            tile.save(update_fields=["deleted"])
            self.has_changed = True

    def add_new(self) -> None:
        """Store the tiles that are new; those without a place are drawn below the others."""
        Tile.objects.bulk_create(self._new)

    def _for_insight(self, entry: dict[str, Any]) -> Tile | None:
        insight = self._target.found_id(self._item, INSIGHT, entry.get("insight"))
        if insight is None:
            return None
        project = self._dashboard.project
        new = Tile(project=project, dashboard=self._dashboard, insight_id=insight)
        return self._by_insight.setdefault(insight, new)

    def _for_text(self, entry: dict[str, Any]) -> Tile:
        body = text_or_none(entry["text"], LONGEST_TEXT)
        same = [tile for tile in self._texts if tile.text and tile.text.body == body]
        # One whose text nobody wants has had its text changed.
        other = [
            tile for tile in self._texts if tile.text and tile.text.body not in self._wanted_bodies
        ]
        tile = next(iter(same or other), None)
        if tile is None:
            return self._new_text(body)
        self._texts.remove(tile)
        if tile.text is not None and tile.text.body != body:
            tile.text.body, tile.text.last_modified_at = body, self._target.now
            tile.text.save(update_fields=["body", "last_modified_at"])
            self.has_changed = True
        return tile

    def _new_text(self, body: str | None) -> Tile:
        project, now = self._dashboard.project, self._target.now
        author = self._target.author(self._item)
        stored = Text.objects.create(
            project=project, body=body, last_modified_at=now, created_by_id=author
        )
        return Tile(project=project, dashboard=self._dashboard, text=stored)

    def _looks(self, entry: dict[str, Any]) -> dict[str, Any]:
        description = entry.get("show_description")
        filters = mapping(entry.get("filters_overrides"))
        return {
            "layouts": self._layouts(mapping(entry.get("layouts"))),
            "color": text(entry.get("color"), 400) or None,
            "filters_overrides": self._target.good_filters(self._item, filters),
            "show_description": description if isinstance(description, bool) else None,
            "deleted": False,
            "deleted_with_dashboard": False,
        }

    def _layouts(self, layouts: dict[str, Any]) -> dict[str, Any]:
        try:
            check_layouts(layouts)
        except DomainError as error:
            self._target.note(self._item, f"left out a layout: {error.detail}")
            return {}
        return layouts
