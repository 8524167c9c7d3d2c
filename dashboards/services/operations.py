"""What operators do in any project: hide and restore rows by themselves, take tags away."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from dashboards.models import Dashboard, DashboardTemplate, Tag
from dashboards.services.deletion import delete_dashboard, restore_dashboard
from dashboards.services.tags import forget_unlisted_tags, lock_tags
from posthog_lite.domain import Conflict


class PlaceTaken(Conflict):
    """What took the place of a deleted row must go before the row can return."""


@transaction.atomic
def hide_dashboard(*, dashboard: Dashboard, delete_insights: bool = False) -> None:
    """Delete a dashboard so that it can be restored; nothing when it is deleted."""
    row = _lock_dashboard(dashboard)
    if not row.deleted:
        delete_dashboard(dashboard=row, delete_insights=delete_insights)


@transaction.atomic
def unhide_dashboard(*, dashboard: Dashboard) -> None:
    """Bring a deleted dashboard back, with what its deletion took. Raises PlaceTaken."""
    row = _lock_dashboard(dashboard)
    try:
        with transaction.atomic():
            restore_dashboard(dashboard=row)
    except IntegrityError as error:
        raise PlaceTaken("The project has another unlisted dashboard of this kind.") from error


@transaction.atomic
def set_template_deleted(*, template: DashboardTemplate, deleted: bool) -> None:
    """Hide a template or bring it back. Raises PlaceTaken."""
    template.deleted = deleted
    try:
        with transaction.atomic():
            template.save(update_fields=["deleted"])
    except IntegrityError as error:
        raise PlaceTaken("The project has another template of this name.") from error


@transaction.atomic
def delete_tag(*, tag: Tag) -> None:
    """Take a tag off everything that carries it."""
    lock_tags(project=tag.project)
    dashboards = list(tag.dashboards.values_list("pk", flat=True))
    tag.delete()
    forget_unlisted_tags(project=tag.project, dashboard_ids=dashboards)


def _lock_dashboard(dashboard: Dashboard) -> Dashboard:
    # An operator's own list spans projects.
    rows = Dashboard.all_projects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("project").get(pk=dashboard.pk)
