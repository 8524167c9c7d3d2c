"""Invitations to edit a restricted dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    PrivilegeLevel,
    RestrictionLevel,
)
from dashboards.services.dashboards import lock_editable_dashboard
from posthog_lite.accounts.models import Membership, MembershipLevel, User
from posthog_lite.accounts.selectors import parse_uuid
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, Missing

if TYPE_CHECKING:
    import uuid

    from posthog_lite.accounts.access import ProjectAccess


class CollaboratorRefused(DomainError):
    """The invitation or its removal makes no sense for this dashboard or user."""


@one_transaction
def add_collaborator(
    *, access: ProjectAccess, dashboard_id: int, user_uuid: uuid.UUID, level: int
) -> DashboardCollaborator:
    """Invite a member of the project. Raises Missing, DashboardNotEditable, CollaboratorRefused."""
    dashboard = _lock_dashboard(access, dashboard_id)
    if dashboard.restriction_level == RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT:
        raise CollaboratorRefused(
            "Cannot add collaborators to a dashboard on the lowest restriction level."
        )
    if level != PrivilegeLevel.CAN_EDIT:
        raise CollaboratorRefused("Only edit access can be explicitly specified currently.")
    user = User.objects.filter(uuid=user_uuid, is_active=True).first()
    if user is None:
        raise CollaboratorRefused("User does not exist.")
    _check_needs_invitation(dashboard, user, access)
    if dashboard.collaborators.filter(user=user).exists():
        raise CollaboratorRefused("User already is a collaborator.")
    return DashboardCollaborator.objects.create(
        project=access.project, dashboard=dashboard, user=user, level=level
    )


@one_transaction
def remove_collaborator(*, access: ProjectAccess, dashboard_id: int, user_uuid: str) -> None:
    """Take an invitation back. Raises Missing, DashboardNotEditable or CollaboratorRefused."""
    dashboard = _lock_dashboard(access, dashboard_id)
    if dashboard.restriction_level == RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT:
        raise CollaboratorRefused(
            "Cannot remove collaborators from a dashboard on the lowest restriction level."
        )
    number = parse_uuid(user_uuid)
    if number is None or not dashboard.collaborators.filter(user__uuid=number).delete()[0]:
        raise Missing("Not found.")


@one_transaction
def check_invitable(*, access: ProjectAccess, dashboard_id: int) -> None:
    """Raise Missing or DashboardNotEditable where an invitation would."""
    _lock_dashboard(access, dashboard_id)


def _lock_dashboard(access: ProjectAccess, dashboard_id: int) -> Dashboard:
    try:
        return lock_editable_dashboard(access=access, dashboard_id=dashboard_id)
    except Missing as error:
        raise Missing("Dashboard not found.") from error


def _check_needs_invitation(dashboard: Dashboard, user: User, access: ProjectAccess) -> None:
    membership = Membership.objects.filter(
        organization_id=access.project.organization_id, user=user
    ).first()
    if membership is None:
        raise CollaboratorRefused("Cannot add collaborators that have no access to the project.")
    if membership.level >= MembershipLevel.ADMIN or dashboard.created_by_id == user.pk:
        raise CollaboratorRefused(
            "Cannot add collaborators that already have inherent access (the dashboard owner or a "
            "project admins)."
        )


def remove_member(*, instance: Membership, **signal: Any) -> None:
    """End the invitations of somebody who is no longer in the organization."""
    invitations = DashboardCollaborator.all_projects  # of all projects of the organization
    invitations.filter(
        project__organization=instance.organization_id, user=instance.user_id
    ).delete()
