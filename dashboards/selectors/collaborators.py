"""Everything that reads collaborators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.models import Dashboard, DashboardCollaborator
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess


def list_collaborators(
    *, access: ProjectAccess, dashboard_id: int
) -> QuerySet[DashboardCollaborator]:
    """The active people invited to a dashboard, first invited first. Raises Missing."""
    dashboards = Dashboard.objects.for_project(access.project).filter(
        deleted=False, pk=dashboard_id
    )
    if not dashboards.exists():
        raise Missing("Dashboard not found.")
    rows = DashboardCollaborator.objects.for_project(access.project).filter(
        dashboard_id=dashboard_id, user__is_active=True
    )
    return rows.select_related("user").order_by("added_at", "id")
