"""Everything that writes a dashboard itself: create, change, note who looked at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from dashboards.models import CreationMode, Dashboard, DashboardView
from dashboards.selectors.rights import can_restrict, check_editable_dashboard
from dashboards.services.deletion import (
    delete_dashboard,
    lock_insights_on,
    restore_dashboard,
)
from dashboards.services.duplication import duplicate_tiles_in_place, fill_from_dashboard
from dashboards.services.tags import forget_unlisted_tags, set_tags
from dashboards.services.templates import fill_from_template_named
from dashboards.services.tile_entries import apply_tile_entries
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.instances import columns_of, made_of_row, save_columns
from posthog_lite.database.notes import note
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, Missing, NotAllowed
from themes.selectors import themes_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess

LAST_ACCESSED_RESOLUTION = timedelta(minutes=1)
PLAIN_FIELDS = (
    "name",
    "description",
    "pinned",
    "last_accessed_at",
    "last_refresh",
    "breakdown_colors",
    "data_color_theme_id",
    "restriction_level",
    "filters",
    "variables",
)


class RestrictionNotAllowed(NotAllowed):
    """Only the creator and project admins decide who may edit."""


class ThemeNotVisible(DomainError):
    """The color theme does not exist for this project."""

    code = "does_not_exist"


@one_transaction
def create_dashboard(*, access: ProjectAccess, data: dict[str, Any], now: datetime) -> Dashboard:
    """Create a dashboard, empty, from a template or as a copy. `data` is a validated body.

    Raises DomainError where a template, source, theme or tile is wrong; then nothing is stored.
    """
    template, source = data.get("use_template"), data.get("use_dashboard")
    dashboard = Dashboard(project=access.project, created_by=access.user, **_plain_fields(data))
    dashboard.deleted = data.get("deleted", False)
    _check_theme(dashboard, stored=None)
    if template:
        dashboard.creation_mode = CreationMode.TEMPLATE
    elif source:
        dashboard.creation_mode = CreationMode.DUPLICATE
    dashboard.save()
    if template:
        fill_from_template_named(dashboard=dashboard, name=template, now=now)
    elif source:
        fill_from_dashboard(
            dashboard=dashboard,
            source_id=source,
            access=access,
            given=data,
            copy_contents=data.get("duplicate_tiles", False),
            now=now,
        )
    if "tags" in data:
        set_tags(item=dashboard, names=data["tags"])
    apply_tile_entries(dashboard=dashboard, entries=data.get("tiles", []), access=access, now=now)
    return dashboard


@one_transaction
def update_dashboard(
    *, access: ProjectAccess, dashboard_id: int, data: dict[str, Any], now: datetime
) -> Dashboard:
    """Change what `data`, a validated body, names; delete or restore where it says `deleted`.

    Raises Missing, DashboardNotEditable, RestrictionNotAllowed or another DomainError.
    """
    restoring = data.get("deleted") is False
    if restoring or (data.get("deleted") and data.get("delete_insights")):
        lock_insights_on(project=access.project, dashboard_id=dashboard_id)
    dashboard = lock_editable_dashboard(
        access=access, dashboard_id=dashboard_id, include_deleted=restoring
    )
    changes = _plain_fields(data)
    _check_restriction(dashboard, access, changes)
    stored_theme = dashboard.data_color_theme_id
    for name, value in changes.items():
        setattr(dashboard, name, value)
    if "data_color_theme_id" in changes:
        _check_theme(dashboard, stored=stored_theme)
    save_columns(dashboard, list(changes))
    if restoring:
        restore_dashboard(dashboard=dashboard)
    if "tags" in data:
        set_tags(item=dashboard, names=data["tags"])
        if dashboard.unlisted_tag is not None:
            forget_unlisted_tags(project=access.project, dashboard_ids=[dashboard.pk])
    apply_tile_entries(dashboard=dashboard, entries=data.get("tiles", []), access=access, now=now)
    duplicate_tiles_in_place(
        dashboard=dashboard, wanted=data.get("duplicate_tiles", []), access=access, now=now
    )
    if data.get("deleted"):
        delete_dashboard(dashboard=dashboard, delete_insights=data.get("delete_insights", False))
    return dashboard


def lock_editable_dashboard(
    *, access: ProjectAccess, dashboard_id: int, include_deleted: bool = False
) -> Dashboard:
    """The dashboard, locked until the end of the transaction, for a caller who may edit it.

    Raises Missing or DashboardNotEditable.
    """
    dashboard = _lock_dashboard(access, dashboard_id, include_deleted=include_deleted)
    check_editable_dashboard(dashboard=dashboard, access=access)
    return dashboard


@one_transaction
def check_editable(*, access: ProjectAccess, dashboard_id: int) -> None:
    """Raise Missing or DashboardNotEditable where a change would."""
    lock_editable_dashboard(access=access, dashboard_id=dashboard_id)


def _lock_dashboard(access: ProjectAccess, pk: int, *, include_deleted: bool) -> Dashboard:
    rows = LOCKED.rows(project=access.project.pk, pk=pk)
    dashboard = made_of_row(Dashboard, columns_of(Dashboard), rows[0]) if rows else None
    if dashboard is None or (dashboard.deleted and not include_deleted):
        raise Missing("Not found.")
    dashboard.project = access.project  # the same row; saves a query
    return dashboard


def _locked(project: int, pk: int) -> QuerySet[Any, Any]:
    rows = Dashboard.objects.for_project(Project(pk=project)).filter(pk=pk)
    return rows.select_for_update(no_key=True).values_list(*columns_of(Dashboard))


LOCKED = CompiledQuery(_locked, project=int, pk=int)


def _plain_fields(data: dict[str, Any]) -> dict[str, Any]:
    fields = {name: data[name] for name in PLAIN_FIELDS if name in data}
    for name in ("filters", "variables"):
        if name in fields:
            fields[name] = fields[name] or {}
    return fields


def _check_restriction(
    dashboard: Dashboard, access: ProjectAccess, changes: dict[str, Any]
) -> None:
    level = changes.get("restriction_level", dashboard.restriction_level)
    if level != dashboard.restriction_level and not can_restrict(dashboard.created_by_id, access):
        raise RestrictionNotAllowed(
            "Only the dashboard owner and project admins have the restriction rights required to "
            "change the dashboard's restriction level."
        )


def _check_theme(dashboard: Dashboard, *, stored: int | None) -> None:
    theme_id = dashboard.data_color_theme_id
    if theme_id is None or theme_id == stored:
        return
    if not themes_visible_to(project=dashboard.project).filter(pk=theme_id).exists():
        raise ThemeNotVisible(
            f"Data color theme {theme_id} does not exist in this project.",
            attr="data_color_theme_id",
        )


def is_access_recorded(*, stored: datetime | None, now: datetime) -> bool:
    """Return whether the stored `last_accessed_at` is recent enough to be left as it is."""
    return stored is not None and now - stored <= LAST_ACCESSED_RESOLUTION


def record_access(*, project: Project, dashboard_id: int, now: datetime) -> None:
    """Note that the dashboard was read: `last_accessed_at`, stored at most once a minute."""
    stale = Q(last_accessed_at__isnull=True) | Q(
        last_accessed_at__lt=now - LAST_ACCESSED_RESOLUTION
    )
    rows = Dashboard.objects.for_project(project).filter(stale, pk=dashboard_id)
    note(rows, last_accessed_at=now)


def record_view(*, access: ProjectAccess, dashboard_id: int, now: datetime) -> None:
    """Note that this user opened the dashboard: `last_viewed_at` of theirs."""
    view = DashboardView(
        project=access.project, dashboard_id=dashboard_id, user=access.user, viewed_at=now
    )
    DashboardView.objects.bulk_create(
        [view],
        update_conflicts=True,
        unique_fields=["dashboard", "user"],
        update_fields=["viewed_at"],
    )
