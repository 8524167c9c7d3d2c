"""Applies the `tiles` of a dashboard's body: change, add, revive and remove tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from dashboards.layouts import place_new
from dashboards.models import Dashboard, Insight, Text, Tile
from dashboards.models.text import LONGEST_TEXT
from dashboards.selectors.tiles import check_tile_count, tiles_of
from dashboards.services.new_insight import new_insight
from dashboards.tile_entry import TextEntry, TileEntry
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess


class TileNotOnDashboard(DomainError):
    """A tile or text that the client names is not on this dashboard."""


class InsightNotInProject(DomainError):
    """A tile names an insight that this project does not have."""


class NotAText(DomainError):
    """The body of a text is a string or null."""


class TextTooLong(DomainError):
    """A text holds a bounded number of characters."""

    code = "max_length"


@dataclass
class _Plan:
    """The dashboard's tiles, removed ones included, and what to write at the end."""

    dashboard: Dashboard
    access: ProjectAccess
    now: datetime
    tiles: list[Tile]
    insights: dict[int | str, int]  # those that may be shown, by id and by short id
    new: list[Tile] = field(default_factory=list)
    changed: dict[int, Tile] = field(default_factory=dict)
    changed_fields: set[str] = field(default_factory=set)
    changed_texts: dict[int, Text] = field(default_factory=dict)

    def tile(self, **wanted: int | None) -> Tile | None:
        matches = (t for t in self.tiles if all(getattr(t, k) == v for k, v in wanted.items()))
        return next(matches, None)


def apply_tile_entries(
    *, dashboard: Dashboard, entries: Sequence[TileEntry], access: ProjectAccess, now: datetime
) -> None:
    """Apply the entries in order, with a constant number of queries.

    Needs the dashboard locked, which holds its texts as well. Raises a DomainError for the first
    entry that is wrong; the caller's transaction then undoes everything.
    """
    if not entries:
        return
    tiles = list(tiles_of(dashboard=dashboard).select_related("text").order_by("id"))
    plan = _Plan(dashboard, access, now, tiles, _known_insights(entries, access))
    for entry in entries:
        _apply(plan, entry)
    check_tile_count(sum(not tile.deleted for tile in plan.tiles))
    _write(plan)


def check_body(body: Any) -> str | None:
    """Return the body of a text. Raises NotAText or TextTooLong."""
    if body is not None and not isinstance(body, str):
        raise NotAText("Not a valid string.", attr="text__body")
    if body is not None and len(body) > LONGEST_TEXT:
        raise TextTooLong(f"Text body cannot exceed {LONGEST_TEXT} characters", attr="text__body")
    return body


def _known_insights(entries: Sequence[TileEntry], access: ProjectAccess) -> dict[int | str, int]:
    named = {entry.insight for entry in entries if isinstance(entry.insight, (int, str))}
    if not named:
        return {}
    wanted = Q(pk__in=[name for name in named if isinstance(name, int)])
    wanted |= Q(short_id__in=[name for name in named if isinstance(name, str)])
    rows = Insight.objects.for_project(access.project).filter(wanted)
    return dict(_names(rows.values_list("pk", "short_id", "deleted")))


def _names(rows: Iterable[tuple[int, str, bool]]) -> Iterator[tuple[int | str, int]]:
    for pk, short_id, deleted in rows:
        if not deleted:
            yield from ((pk, pk), (short_id, pk))


def _apply(plan: _Plan, entry: TileEntry) -> None:
    if entry.text is None:
        tile = _tile_for_entry(plan, entry)
    else:
        tile = _tile_for_text(plan, entry, entry.text)
    if tile is None:
        return
    if entry.text is not None and tile.text is not None:
        _change_text(plan, tile.text, entry.text)
    _change_looks(plan, tile, entry)


def _tile_for_entry(plan: _Plan, entry: TileEntry) -> Tile | None:
    if entry.id is not None:
        tile = plan.tile(pk=entry.id)
        if tile is None and not entry.changes.get("deleted"):
            raise TileNotOnDashboard(f"Tile {entry.id} is not on this dashboard.", attr="tiles")
        return tile
    if isinstance(entry.insight, dict):
        insight = new_insight(access=plan.access, data=entry.insight, now=plan.now)
        return _new_tile(plan, insight=insight)
    if entry.insight is None:
        return None
    return _tile_for_insight(plan, entry.insight, is_removed=bool(entry.changes.get("deleted")))


def _tile_for_insight(plan: _Plan, name: int | str, *, is_removed: bool) -> Tile | None:
    insight_id = plan.insights.get(name)
    if insight_id is None:
        if is_removed:
            return plan.tile(insight_id=name) if isinstance(name, int) else None
        raise InsightNotInProject(f"Insight {name} does not exist in this project.", attr="tiles")
    tile = plan.tile(insight_id=insight_id)
    return tile if tile is not None or is_removed else _new_tile(plan, insight_id=insight_id)


def _tile_for_text(plan: _Plan, entry: TileEntry, wanted: TextEntry) -> Tile | None:
    removing = entry.changes.get("deleted")
    if entry.id is None and wanted.id is None:
        return None if removing else _new_text_tile(plan)
    tile = plan.tile(text_id=wanted.id) if entry.id is None else plan.tile(pk=entry.id)
    if tile is None and removing:
        return None
    if tile is None or tile.text is None:
        named = (
            "Text tile not found."
            if entry.id is None
            else (f"Tile {entry.id} is not a text tile of this dashboard.")
        )
        raise TileNotOnDashboard(named, attr="text" if entry.id is None else "tiles")
    if wanted.id is not None and wanted.id != tile.text_id:
        raise TileNotOnDashboard("Text tile not found.", attr="text")
    return tile


def _new_text_tile(plan: _Plan) -> Tile:
    """Return a tile for a text by the caller, whoever the client says has written it."""
    text = Text(
        project=plan.dashboard.project, created_by=plan.access.user, last_modified_at=plan.now
    )
    return _new_tile(plan, text=text)


def _new_tile(plan: _Plan, **content: Any) -> Tile:
    tile = Tile(project=plan.dashboard.project, dashboard=plan.dashboard, **content)
    plan.new.append(tile)
    plan.tiles.append(tile)
    return tile


def _change_text(plan: _Plan, text: Text, entry: TextEntry) -> None:
    if entry.has_body:
        text.body = check_body(entry.body)
    text.last_modified_at = plan.now
    if not text._state.adding:
        text.last_modified_by = plan.access.user
        plan.changed_texts[text.pk] = text


def _change_looks(plan: _Plan, tile: Tile, entry: TileEntry) -> None:
    changes = dict(entry.changes)
    if entry.id is None and tile.deleted:
        changes.setdefault("deleted", False)  # its content came back
    if changes.get("deleted") is not None:
        changes["deleted_with_dashboard"] = False
    for name, value in changes.items():
        setattr(tile, name, value)
    if changes and not tile._state.adding:
        plan.changed[tile.pk] = tile
        plan.changed_fields.update(changes)


def _write(plan: _Plan) -> None:
    project = plan.dashboard.project
    if plan.changed_texts:
        fields = ["body", "last_modified_at", "last_modified_by"]
        Text.objects.for_project(project).bulk_update(plan.changed_texts.values(), fields)
    if plan.changed:
        Tile.objects.for_project(project).bulk_update(
            plan.changed.values(), sorted(plan.changed_fields)
        )
    if plan.new:
        _create(plan.new, beside=[tile.layouts for tile in plan.tiles if not tile.deleted])


def _create(tiles: list[Tile], *, beside: Iterable[Any]) -> None:
    place_new([tile for tile in tiles if not tile.layouts], beside=beside)
    insights = [tile.insight for tile in tiles if tile.insight_id is None and tile.insight]
    texts = [tile.text for tile in tiles if tile.text is not None]
    if insights:
        Insight.objects.bulk_create(insights)
    if texts:
        Text.objects.bulk_create(texts)
    Tile.objects.bulk_create(tiles)
