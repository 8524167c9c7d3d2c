"""Soft deletion of dashboards, and bringing back exactly what a deletion took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from dashboards.models import Dashboard, Insight, Tile
from dashboards.selectors.tiles import tiles_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


def delete_dashboard(*, dashboard: Dashboard, delete_insights: bool) -> None:
    """Hide the dashboard and its tiles; with `delete_insights` also insights shown only here."""
    if delete_insights:
        _insights_only_on(dashboard).update(deleted=True, deleted_with_dashboard=dashboard)
    tiles_of(dashboard=dashboard).filter(deleted=False).update(
        deleted=True, deleted_with_dashboard=True
    )
    dashboard.deleted = True
    dashboard.save(update_fields=["deleted"])


def restore_dashboard(*, dashboard: Dashboard) -> None:
    """Undo delete_dashboard; what was removed one by one before stays removed."""
    if dashboard.deleted:
        dashboard.deleted = False
        dashboard.save(update_fields=["deleted"])
    tiles_of(dashboard=dashboard).filter(deleted_with_dashboard=True).update(
        deleted=False, deleted_with_dashboard=False
    )
    Insight.objects.for_project(dashboard.project).filter(deleted_with_dashboard=dashboard).update(
        deleted=False, deleted_with_dashboard=None
    )


def lock_insights_on(*, project: Project, dashboard_id: int) -> None:
    """Lock the insights a deletion or its undoing may change, before their dashboard is locked.

    Changing an insight locks it first and then its dashboards; the same order here keeps the two
    from waiting for each other.
    """
    insights = Insight.objects.for_project(project).filter(
        Q(tiles__dashboard=dashboard_id) | Q(deleted_with_dashboard=dashboard_id)
    )
    rows = Insight.objects.for_project(project).filter(pk__in=insights.values("pk"))
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _insights_only_on(dashboard: Dashboard) -> QuerySet[Insight]:
    """Insights whose only live tile on a live dashboard is this dashboard's."""
    live = Tile.objects.for_project(dashboard.project).filter(insight=OuterRef("pk"))
    live = live.on_live_dashboards()
    insights = Insight.objects.for_project(dashboard.project).filter(deleted=False)
    return insights.filter(
        Exists(live.filter(dashboard=dashboard)), ~Exists(live.exclude(dashboard=dashboard))
    )
