"""Tiles of an insight: puts it on dashboards and takes it off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from dashboards.layouts import place_new
from dashboards.models import Dashboard, Tile
from dashboards.selectors.rights import DashboardNotEditable, editable_ids
from dashboards.selectors.tiles import check_tile_count
from posthog_lite.domain import DomainError
from posthog_lite.ids import LARGEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.models import Insight
    from posthog_lite.accounts.access import ProjectAccess


class DashboardNotFound(DomainError):
    """A dashboard is unknown, deleted, or of another project."""


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """Dashboards an insight goes to and leaves, and what lies on the former."""

    added: list[Dashboard]
    removed: list[int]
    layouts: dict[int, list[Any]]


def plan_placement(
    *, access: ProjectAccess, insight: Insight | None, wanted: Iterable[int]
) -> PlacementPlan:
    """Return what to change so that only these dashboards show the insight; write nothing.

    Locks the dashboards by id until the end of the transaction. Raises DashboardNotFound,
    DashboardNotEditable or TooManyTiles.
    """
    ids = set(wanted)
    dashboards = _lock_dashboards(access, insight, ids)
    current = _shown_on(access, insight)
    if any(pk not in dashboards or dashboards[pk].deleted for pk in ids):
        raise DashboardNotFound("Dashboard not found", attr="dashboards")
    added = [row for pk, row in dashboards.items() if pk in ids - current]
    removed = [row for pk, row in dashboards.items() if pk in current - ids]
    _check_rights(access, added, "add insights to")
    _check_rights(access, removed, "remove insights from")
    return PlacementPlan(added, [row.pk for row in removed], _layouts_on(access, added))


def carry_out_placement(*, insight: Insight, plan: PlacementPlan) -> None:
    """Remove, revive and add tiles as planned; a revived tile keeps its looks."""
    tiles = Tile.objects.for_project(insight.project).filter(insight=insight)
    if plan.removed:
        tiles.filter(dashboard_id__in=plan.removed).update(deleted=True)
    if not plan.added:
        return
    old = tiles.filter(dashboard__in=plan.added)
    revived = set(old.values_list("dashboard_id", flat=True))
    if revived:
        old.update(deleted=False, deleted_with_dashboard=False)
    new = [
        Tile(project=insight.project, dashboard=dashboard, insight=insight)
        for dashboard in plan.added
        if dashboard.pk not in revived
    ]
    for tile in new:
        place_new([tile], beside=plan.layouts[tile.dashboard_id])
    Tile.objects.bulk_create(new)


def remove_from_dashboards(*, insight: Insight) -> None:
    """Take the insight off every dashboard, also off those that are deleted and may come back.

    Locks them first: whoever changes tiles holds their dashboard, and several in the order of ids.
    """
    shown_or_to_come_back = Q(deleted=False) | Q(deleted_with_dashboard=True)
    tiles = Tile.objects.for_project(insight.project).filter(shown_or_to_come_back, insight=insight)
    dashboards = Dashboard.objects.for_project(insight.project).filter(
        pk__in=tiles.values("dashboard_id")
    )
    list(dashboards.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    tiles.update(deleted=True, deleted_with_dashboard=False)


def _lock_dashboards(
    access: ProjectAccess, insight: Insight | None, ids: set[int]
) -> dict[int, Dashboard]:
    """The wanted dashboards and those with a tile of the insight, in the order of their ids."""
    known = [pk for pk in ids if 0 < pk <= LARGEST_ID]
    tiles = Tile.objects.for_project(access.project).filter(insight=insight, deleted=False)
    either = Q(pk__in=known) | Q(pk__in=tiles.values("dashboard_id"), deleted=False)
    rows = Dashboard.objects.for_project(access.project).filter(
        either if insight is not None else Q(pk__in=known)
    )
    return {row.pk: row for row in rows.order_by("pk").select_for_update(no_key=True)}


def _shown_on(access: ProjectAccess, insight: Insight | None) -> set[int]:
    if insight is None:
        return set()
    tiles = Tile.objects.for_project(access.project).filter(insight=insight).on_live_dashboards()
    return set(tiles.values_list("dashboard_id", flat=True))


def _check_rights(access: ProjectAccess, dashboards: list[Dashboard], verb: str) -> None:
    allowed = editable_ids(dashboards=dashboards, access=access)
    for dashboard in dashboards:
        if dashboard.pk not in allowed:
            raise DashboardNotEditable(
                f"You don't have permission to {verb} dashboard: {dashboard.pk}"
            )


def _layouts_on(access: ProjectAccess, dashboards: list[Dashboard]) -> dict[int, list[Any]]:
    """The layouts of the live tiles of each dashboard. Raises TooManyTiles."""
    found: dict[int, list[Any]] = {dashboard.pk: [] for dashboard in dashboards}
    if not found:
        return found
    tiles = Tile.objects.for_project(access.project).filter(dashboard__in=dashboards, deleted=False)
    for dashboard_id, layouts in tiles.values_list("dashboard_id", "layouts"):
        found[dashboard_id].append(layouts)
    for layouts in found.values():
        check_tile_count(len(layouts) + 1, attr="dashboards")
    return found
