"""Applies the `tiles` of a dashboard's body: change, add, revive and remove tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboards.layouts import place_new
from dashboards.models import Dashboard, Insight, Text, Tile
from dashboards.selectors.tiles import check_tile_count, tiles_of
from dashboards.services.entries import LONGEST_TEXT
from posthog_lite.accounts.models import Membership
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboards.services.entries import TextEntry, TileEntry
    from posthog_lite.accounts.access import ProjectAccess


class TileNotOnDashboard(DomainError):
    """A tile or text that the client names is not on this dashboard."""


class InsightNotInProject(DomainError):
    """A tile names an insight that this project does not have."""


class AuthorNotInOrganization(DomainError):
    """A text cannot be by somebody who is not a member."""


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
    insights: set[int]
    new: list[Tile] = field(default_factory=list)
    changed: dict[int, Tile] = field(default_factory=dict)
    changed_fields: set[str] = field(default_factory=set)
    changed_texts: dict[int, Text] = field(default_factory=dict)
    new_texts: list[Text] = field(default_factory=list)
    authors: set[int] = field(default_factory=set)

    def tile(self, **wanted: int | None) -> Tile | None:
        matches = (t for t in self.tiles if all(getattr(t, k) == v for k, v in wanted.items()))
        return next(matches, None)


def apply_tile_entries(
    *, dashboard: Dashboard, entries: Sequence[TileEntry], access: ProjectAccess, now: datetime
) -> None:
    """Apply the entries in order, with a constant number of queries.

    Needs the dashboard locked. Raises a DomainError for the first entry that is wrong; the
    caller's transaction then undoes everything.
    """
    if not entries:
        return
    if any(entry.text is not None for entry in entries):
        _lock_texts(dashboard)
    plan = _Plan(dashboard, access, now, _all_tiles(dashboard), _known_insights(entries, access))
    for entry in entries:
        _apply(plan, entry)
    _check_authors(plan)
    check_tile_count(sum(not tile.deleted for tile in plan.tiles))
    _write(plan)


def _lock_texts(dashboard: Dashboard) -> None:
    """Lock the dashboard's texts: other dashboards may show, and change, the same ones."""
    tiles = Tile.objects.for_project(dashboard.project).filter(dashboard=dashboard)
    texts = Text.objects.for_project(dashboard.project).filter(pk__in=tiles.values("text_id"))
    list(texts.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _all_tiles(dashboard: Dashboard) -> list[Tile]:
    return list(tiles_of(dashboard=dashboard).select_related("text").order_by("id"))


def _known_insights(entries: Sequence[TileEntry], access: ProjectAccess) -> set[int]:
    wanted = {entry.insight_id for entry in entries if entry.id is None and entry.insight_id}
    if not wanted:
        return set()
    insights = Insight.objects.for_project(access.project).filter(deleted=False, pk__in=wanted)
    return set(insights.values_list("pk", flat=True))


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
    if entry.insight_id is None:
        return None
    tile = plan.tile(insight_id=entry.insight_id)
    if entry.changes.get("deleted"):
        return tile
    if entry.insight_id not in plan.insights:
        raise InsightNotInProject(
            f"Insight {entry.insight_id} does not exist in this project.", attr="tiles"
        )
    return tile or _new_tile(plan, insight_id=entry.insight_id)


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
    text = Text(project=plan.dashboard.project, last_modified_at=plan.now)
    plan.new_texts.append(text)
    return _new_tile(plan, text=text)


def _new_tile(plan: _Plan, *, insight_id: int | None = None, text: Text | None = None) -> Tile:
    tile = Tile(
        project=plan.dashboard.project, dashboard=plan.dashboard, insight_id=insight_id, text=text
    )
    plan.new.append(tile)
    plan.tiles.append(tile)
    return tile


def _change_text(plan: _Plan, text: Text, entry: TextEntry) -> None:
    caller = plan.access.user.pk
    if entry.author_id is not None:
        if entry.author_id != text.created_by_id:  # who wrote it may have left since
            plan.authors.add(entry.author_id)
        text.created_by_id, text.last_modified_by_id = entry.author_id, caller
    elif text._state.adding:
        text.created_by_id = caller
    else:
        text.last_modified_by_id = caller
    if entry.has_body:
        text.body = _checked_body(entry.body)
    text.last_modified_at = plan.now
    if not text._state.adding:
        plan.changed_texts[text.pk] = text


def _checked_body(body: Any) -> str | None:
    if body is not None and not isinstance(body, str):
        raise NotAText("Not a valid string.", attr="text__body")
    if body is not None and len(body) > LONGEST_TEXT:
        raise TextTooLong(f"Text body cannot exceed {LONGEST_TEXT} characters", attr="text__body")
    return body


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


def _check_authors(plan: _Plan) -> None:
    if not plan.authors:
        return
    members = Membership.objects.filter(
        organization_id=plan.access.project.organization_id, user_id__in=plan.authors
    )
    if members.count() != len(plan.authors):
        raise AuthorNotInOrganization("User not found in this organization.", attr="text")


def _write(plan: _Plan) -> None:
    project = plan.dashboard.project
    if plan.changed_texts:
        Text.objects.for_project(project).bulk_update(
            plan.changed_texts.values(),
            ["body", "created_by", "last_modified_at", "last_modified_by"],
        )
    if plan.changed:
        Tile.objects.for_project(project).bulk_update(
            plan.changed.values(), sorted(plan.changed_fields)
        )
    if plan.new_texts:
        Text.objects.bulk_create(plan.new_texts)
    if plan.new:
        others = [tile.layouts for tile in plan.tiles if tile.layouts and not tile.deleted]
        place_new([tile for tile in plan.new if not tile.layouts], beside=others)
        Tile.objects.bulk_create(plan.new)
