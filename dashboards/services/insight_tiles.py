"""Which dashboards show an insight, changed from the insight's side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from dashboards.models import Dashboard, Tile
from dashboards.selectors.rights import editable_ids
from dashboards.selectors.tiles import MAX_TILES
from dashboards.services.layouts import COLUMNS, HEIGHT, WIDTH
from posthog_lite.domain import DomainError, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.models import Insight
    from posthog_lite.accounts.access import ProjectAccess

LOWEST_ROW = 10**6  # nothing real lies below it
LARGEST_ID = 2**63 - 1


class DashboardNotFound(DomainError):
    """A dashboard is unknown, deleted, or of another project."""


class DashboardNotEditable(NotAllowed):
    """A dashboard is restricted and the caller was not invited to edit it."""


class DashboardFull(DomainError):
    """A dashboard holds a bounded number of tiles."""


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """Dashboards an insight goes to and leaves, and what lies on the former."""

    added: list[Dashboard]
    removed: list[int]
    layouts: dict[int, list[Any]]


def plan_placement(
    *, access: ProjectAccess, insight: Insight | None, wanted: Iterable[int]
) -> PlacementPlan:
    """What to change so that these dashboards, and no others, show the insight; writes nothing.

    Locks the dashboards by id until the end of the transaction. Raises DashboardNotFound,
    DashboardNotEditable or DashboardFull.
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
    Tile.objects.bulk_create(
        Tile(
            project=insight.project,
            dashboard=dashboard,
            insight=insight,
            layouts=next_layouts(plan.layouts[dashboard.pk]),
        )
        for dashboard in plan.added
        if dashboard.pk not in revived
    )


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


def next_layouts(existing: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Where a new tile goes: two columns, below what is in the shorter one, left first."""
    bottoms = [0, 0]
    for layouts in existing:
        box = layouts.get("sm") if isinstance(layouts, dict) else None
        x, y, w, h = (_whole(box, name) for name in ("x", "y", "w", "h"))
        for column in (0, 1):
            if x < (column + 1) * WIDTH and x + w > column * WIDTH:
                bottoms[column] = max(bottoms[column], y + h)
    column = 0 if bottoms[0] <= bottoms[1] else 1
    box = {"x": column * (COLUMNS - WIDTH), "y": bottoms[column], "w": WIDTH, "h": HEIGHT}
    return {"sm": box, "xs": dict(box)}


def _whole(box: Any, name: str) -> int:
    """A number of a stored layout, which may be anything; 0 where it makes no sense."""
    value = box.get(name) if isinstance(box, dict) else None
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return 0
    return int(number) if 0 <= number <= LOWEST_ROW else 0


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
    tiles = Tile.objects.for_project(access.project).filter(
        insight=insight, deleted=False, dashboard__deleted=False
    )
    return set(tiles.values_list("dashboard_id", flat=True))


def _check_rights(access: ProjectAccess, dashboards: list[Dashboard], verb: str) -> None:
    allowed = editable_ids(dashboards=dashboards, access=access)
    for dashboard in dashboards:
        if dashboard.pk not in allowed:
            raise DashboardNotEditable(
                f"You don't have permission to {verb} dashboard: {dashboard.pk}"
            )


def _layouts_on(access: ProjectAccess, dashboards: list[Dashboard]) -> dict[int, list[Any]]:
    """The layouts of the live tiles of each dashboard. Raises DashboardFull."""
    found: dict[int, list[Any]] = {dashboard.pk: [] for dashboard in dashboards}
    if not found:
        return found
    tiles = Tile.objects.for_project(access.project).filter(dashboard__in=dashboards, deleted=False)
    for dashboard_id, layouts in tiles.values_list("dashboard_id", "layouts"):
        found[dashboard_id].append(layouts)
    if any(len(layouts) >= MAX_TILES for layouts in found.values()):
        raise DashboardFull(f"A dashboard can hold at most {MAX_TILES} tiles.", attr="dashboards")
    return found
