"""Everything that writes organizations, memberships, projects and users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import slugify

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    Project,
    User,
)
from posthog_lite.domain import DomainError
from posthog_lite.ids import new_short_id

if TYPE_CHECKING:
    import uuid


class UnknownMembership(DomainError):
    """The user is not in what was named."""

    status_code = 404
    code = "not_found"
    type = "invalid_request"


@transaction.atomic
def create_organization(*, name: str) -> Organization:
    """Create an organization; its slug comes from the name, with a suffix when taken."""
    slug = slugify(name)[:40] or "organization"
    if Organization.objects.filter(slug=slug).exists():
        slug = f"{slug[:39]}-{new_short_id().lower()}"
    return Organization.objects.create(name=name, slug=slug)


@transaction.atomic
def create_project(*, organization: Organization, name: str, is_demo: bool = False) -> Project:
    """Create a project with a token of its own."""
    return Project.objects.create(organization=organization, name=name, is_demo=is_demo)


@transaction.atomic
def add_member(
    *, organization: Organization, user: User, level: MembershipLevel = MembershipLevel.MEMBER
) -> Membership:
    """Put the user in the organization at `level`, or move them to it.

    The first organization a user joins becomes their current one; later ones do not move it.
    """
    membership, created = Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"level": level}
    )
    if not created and membership.level != level:
        membership.level = level
        membership.save(update_fields=["level", "updated_at"])
    if user.current_organization_id is None:
        user.current_organization = organization
        user.save(update_fields=["current_organization"])
    if user.current_project_id is None and user.current_organization_id == organization.pk:
        user.current_project = organization.projects.order_by("id").first()
        user.save(update_fields=["current_project"])
    return membership


@transaction.atomic
def set_current_organization(*, user: User, organization_id: uuid.UUID) -> None:
    """Make one of the user's organizations, and its first project, the current ones.

    Raises UnknownMembership.
    """
    organization = Organization.objects.filter(memberships__user=user, pk=organization_id).first()
    if organization is None:
        raise UnknownMembership("Organization not found.", attr="set_current_organization")
    user.current_organization = organization
    user.current_project = organization.projects.order_by("id").first()
    user.save(update_fields=["current_organization", "current_project"])


@transaction.atomic
def set_current_project(*, user: User, project_id: int) -> None:
    """Make one of the user's projects, and its organization, the current ones.

    Raises UnknownMembership.
    """
    project = Project.objects.filter(organization__memberships__user=user, pk=project_id).first()
    if project is None:
        raise UnknownMembership("Project not found.", attr="set_current_team")
    user.current_organization_id = project.organization_id
    user.current_project = project
    user.save(update_fields=["current_organization", "current_project"])
