"""Copies of tiles: onto a new dashboard, or beside the originals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.layouts import place_new
from dashboards.models import Dashboard, Insight, Text, Tile
from dashboards.selectors.tiles import check_tile_limit, tiles_of
from dashboards.services.tags import lock_tags
from dashboards.services.text_copies import copy_of_text
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess

COPY_SUFFIX = " (Copy)"
LONGEST_NAME = 400
# What a copy takes over from its source, unless the request says otherwise.
COPIED_FIELDS = ("filters", "variables", "breakdown_colors", "data_color_theme_id")
COPIED_INSIGHT_FIELDS = ("derived_name", "description", "query", "filters", "order", "saved")


class SourceNotFound(DomainError):
    """The dashboard to copy does not exist in this project."""


class TileToDuplicateNotFound(DomainError):
    """A tile to duplicate is not on this dashboard."""


def fill_from_dashboard(
    *,
    dashboard: Dashboard,
    source_id: int,
    access: ProjectAccess,
    given: dict[str, Any],
    copy_contents: bool,
    now: datetime,
) -> None:
    """Copy settings and live tiles of another dashboard.

    With `copy_contents` the tiles get insights and texts of their own. The number of queries
    does not grow with the tiles. Raises SourceNotFound.
    """
    sources = Dashboard.objects.for_project(access.project).filter(deleted=False, pk=source_id)
    source = sources.first()
    if source is None:
        raise SourceNotFound("Invalid value provided", attr="use_dashboard")
    copied = [name for name in COPIED_FIELDS if not given.get(name)]
    for name in copied:
        setattr(dashboard, name, getattr(source, name))
    dashboard.save(update_fields=copied)
    tiles = list(tiles_of(dashboard=source).live().select_related("insight", "text").order_by("id"))
    copies = [_copy_of(tile, dashboard) for tile in tiles]
    if copy_contents:
        _copy_contents(copies, access, now)
    else:
        _copy_texts(copies)
    Tile.objects.bulk_create(copies)


def duplicate_tiles_in_place(
    *,
    dashboard: Dashboard,
    wanted: Sequence[dict[str, Any]],
    access: ProjectAccess,
    now: datetime,
) -> None:
    """Put a deep copy of each wanted tile on the same dashboard, where `layouts` says.

    `wanted` holds `{"id": …, "layouts"?: …}`. Raises TileToDuplicateNotFound.
    """
    if not wanted:
        return
    tiles = tiles_of(dashboard=dashboard).live().select_related("insight", "text")
    by_id = tiles.in_bulk([item["id"] for item in wanted])
    copies = []
    for item in wanted:
        if item["id"] not in by_id:
            raise TileToDuplicateNotFound(
                f"Tile {item['id']} is not on this dashboard.", attr="duplicate_tiles"
            )
        copy = _copy_of(by_id[item["id"]], dashboard)
        copy.layouts = item.get("layouts", {})
        copies.append(copy)
    _copy_contents(copies, access, now)
    beside = tiles.values_list("layouts", flat=True)
    place_new([copy for copy in copies if not copy.layouts], beside=beside)
    Tile.objects.bulk_create(copies)
    check_tile_limit(dashboard=dashboard)


def _copy_of(tile: Tile, dashboard: Dashboard) -> Tile:
    """A new tile with the same content and looks on `dashboard`."""
    return Tile(
        project=dashboard.project,
        dashboard=dashboard,
        insight=tile.insight,
        text=tile.text,
        layouts=tile.layouts,
        color=tile.color,
        filters_overrides=tile.filters_overrides,
        show_description=tile.show_description,
    )


def _copy_texts(tiles: Sequence[Tile]) -> None:
    """Give each text tile a text of its own that says the same."""
    with_text = [tile for tile in tiles if tile.text is not None]
    for tile in with_text:
        tile.text = copy_of_text(tile.text) if tile.text is not None else None
    Text.objects.bulk_create(tile.text for tile in with_text if tile.text is not None)


def _copy_contents(tiles: Sequence[Tile], access: ProjectAccess, now: datetime) -> None:
    """Give each tile an insight or text of its own, with the tags of the insight it had."""
    originals: list[tuple[int, Insight]] = []
    texts: list[Text] = []
    for tile in tiles:
        if tile.insight is not None:
            copy = _copy_of_insight(tile.insight, access, now)
            originals.append((tile.insight.pk, copy))
            tile.insight = copy
        elif tile.text is not None:
            tile.text = Text(project=access.project, body=tile.text.body, last_modified_at=now)
            texts.append(tile.text)
    Insight.objects.bulk_create(copy for _, copy in originals)
    Text.objects.bulk_create(texts)
    _copy_tags(originals, access)


def _copy_of_insight(insight: Insight, access: ProjectAccess, now: datetime) -> Insight:
    name = insight.name
    return Insight(
        project=access.project,
        name=None if name is None else name[: LONGEST_NAME - len(COPY_SUFFIX)] + COPY_SUFFIX,
        created_by=access.user,
        last_modified_by=access.user,
        last_modified_at=now,
        **{field: getattr(insight, field) for field in COPIED_INSIGHT_FIELDS},
    )


def _copy_tags(originals: Sequence[tuple[int, Insight]], access: ProjectAccess) -> None:
    links = Insight.tags.through
    lock_tags(project=access.project)
    tags_of: dict[int, list[int]] = {}
    rows = links.objects.filter(insight_id__in=[pk for pk, _ in originals])
    for insight_id, tag_id in rows.values_list("insight_id", "tag_id"):
        tags_of.setdefault(insight_id, []).append(tag_id)
    links.objects.bulk_create(
        links(insight_id=copy.pk, tag_id=tag_id)
        for original_pk, copy in originals
        for tag_id in tags_of.get(original_pk, [])
    )
