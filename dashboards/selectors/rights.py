"""Rights of members on dashboards. There are no paid features: restriction always counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    PrivilegeLevel,
    RestrictionLevel,
    Tile,
)
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.domain import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from dashboards.models import Insight
    from posthog_lite.accounts.access import ProjectAccess


class DashboardNotEditable(NotAllowed):
    """The dashboard is restricted and the caller was not invited to edit it."""


EVERYONE = RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT
# Members of enums cost a call each, and these stand in every row of an answer.
CAN_EDIT = PrivilegeLevel.CAN_EDIT.value
CAN_VIEW = PrivilegeLevel.CAN_VIEW.value


def can_restrict(created_by_id: int | None, access: ProjectAccess) -> bool:
    """Tell whether the caller may change who may edit: the creator and project admins may."""
    return access.is_admin or _is_caller(created_by_id, access)


def user_access_level(created_by_id: int | None, access: ProjectAccess) -> str:
    """`manager` for the creator and for admins, `editor` for other members."""
    return "manager" if can_restrict(created_by_id, access) else "editor"


def _is_caller(user_id: int | None, access: ProjectAccess) -> bool:
    """Tell whether this is the caller; a visitor of a share is nobody, and so is a lost creator."""
    return user_id is not None and user_id == access.user.id


def privilege_level(
    restriction_level: int,
    created_by_id: int | None,
    collaborator_level: int | None,
    access: ProjectAccess,
) -> int:
    """Return the rights of the caller on a dashboard of this level, with their invitation to it."""
    if restriction_level == EVERYONE or can_restrict(created_by_id, access):
        return CAN_EDIT
    return collaborator_level or CAN_VIEW


def editable_ids(*, dashboards: Iterable[Dashboard], access: ProjectAccess) -> set[int]:
    """Return those that the caller may edit; a query only when some are restricted."""
    allowed: set[int] = set()
    restricted: set[int] = set()
    for dashboard in dashboards:
        open_to_all = dashboard.restriction_level == EVERYONE or can_restrict(
            dashboard.created_by_id, access
        )
        (allowed if open_to_all else restricted).add(dashboard.pk)
    if restricted:
        invitations = DashboardCollaborator.objects.for_project(access.project).filter(
            user=access.user, dashboard_id__in=restricted, level=PrivilegeLevel.CAN_EDIT
        )
        allowed.update(invitations.values_list("dashboard_id", flat=True))
    return allowed


def check_editable_dashboard(
    *,
    dashboard: Dashboard,
    access: ProjectAccess,
    detail: str = "You don't have edit permissions for this dashboard.",
) -> None:
    """Raise DashboardNotEditable unless the caller may edit the dashboard."""
    if not editable_ids(dashboards=[dashboard], access=access):
        raise DashboardNotEditable(detail)


def _restricted(project: int, insight: int) -> QuerySet[Any, Any]:
    tiles = Tile.objects.for_project(Project(pk=project)).filter(insight=insight)
    restricted = tiles.on_live_dashboards().filter(dashboard__restriction_level__gt=EVERYONE)
    return restricted.order_by("dashboard_id").values_list("dashboard_id")


# Compiled, as with a place for the level the database would expect to find a third of everything.
RESTRICTED = CompiledQuery(_restricted, project=int, insight=int)


def find_refusing(*, insight: Insight, access: ProjectAccess) -> int | None:
    """Return the id of a dashboard that shows the insight and that the caller may not edit."""
    if access.is_admin:
        return None
    found = [pk for (pk,) in RESTRICTED.rows(project=access.project.pk, insight=insight.pk)]
    allowed = editable_among(restricted=set(found), access=access)
    return next((pk for pk in found if pk not in allowed), None)


def editable_insight_ids(*, insights: set[int], access: ProjectAccess) -> set[int]:
    """Return which of these the caller may edit: all dashboards that show them have to be open."""
    tiles = Tile.objects.for_project(access.project).filter(insight__in=insights)
    shown = tiles.on_live_dashboards().filter(dashboard__restriction_level__gt=EVERYONE)
    pairs = list(shown.values_list("insight_id", "dashboard_id"))
    allowed = editable_among(restricted={dashboard for _, dashboard in pairs}, access=access)
    return insights - {insight for insight, dashboard in pairs if dashboard not in allowed}


def editable_among(*, restricted: set[int], access: ProjectAccess) -> frozenset[int]:
    """Return which of these restricted dashboards the caller may edit; no query for admins."""
    if not restricted or access.is_admin:
        return frozenset(restricted)
    own = Q(created_by=access.user) | Q(
        collaborators__user=access.user, collaborators__level=PrivilegeLevel.CAN_EDIT
    )
    rows = Dashboard.objects.for_project(access.project).filter(own, pk__in=restricted)
    return frozenset(rows.values_list("pk", flat=True))
