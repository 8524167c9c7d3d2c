"""Everything that writes organizations, memberships, projects and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.text import slugify

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    Project,
    User,
)
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.ids import new_project_token, new_short_id

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

Row = TypeVar("Row", Organization, Project)

DEFAULT_PROJECT_NAME = "Default project"


class UnknownMembership(DomainError):
    """The user is not in what was named."""

    code = "does_not_exist"


class LastProject(DomainError):
    """An organization keeps one project at least."""


@one_transaction
def create_organization(*, name: str) -> Organization:
    """Create an organization; its slug comes from the name, with a suffix when taken."""
    slug = slugify(name)[:40] or "organization"
    if Organization.objects.filter(slug=slug).exists():
        slug = f"{slug[:39]}-{new_short_id().lower()}"
    return Organization.objects.create(name=name, slug=slug)


@one_transaction
def update_organization(*, organization: Organization, changes: dict[str, object]) -> Organization:
    """Change the fields named in `changes`; the slug stays when the name changes."""
    return _save_changes(organization, changes)


@one_transaction
def create_project(
    *,
    organization: Organization,
    name: str = DEFAULT_PROJECT_NAME,
    by: User | None = None,
    settings: dict[str, Any] | None = None,
    **fields: Any,
) -> Project:
    """Create a project with a token of its own.

    It becomes the current one of its creator, `by`, where they had none.
    """
    project = Project.objects.create(
        organization=organization, name=name, kept_settings=settings or {}, **fields
    )
    if by is not None:
        ensure_current(user=by)
    return project


@one_transaction
def update_project(*, project: Project, changes: dict[str, Any]) -> Project:
    """Change the fields named in `changes`; of `settings` only those that it names."""
    if "settings" in changes:
        stored = Project.objects.select_for_update().only("kept_settings").get(pk=project.pk)
        others = {name: value for name, value in changes.items() if name != "settings"}
        changes = others | {"kept_settings": stored.kept_settings | changes["settings"]}
    return _save_changes(project, changes)


@one_transaction
def reset_token(*, project: Project) -> Project:
    """Give the project a new token; whoever sends events with the old one is refused from now."""
    project.api_token = new_project_token()
    project.save(update_fields=["api_token", "updated_at"])
    return project


@one_transaction
def delete_project(*, project: Project) -> None:
    """Delete a project for good, with everything in it. Raises LastProject."""
    own = Organization.objects.select_for_update().get(pk=project.organization_id).projects
    if not own.exclude(pk=project.pk).exists():
        raise LastProject("The last project of an organization cannot be deleted.")
    delete_projects(projects=[project])


@one_transaction
def delete_projects(*, projects: Sequence[Project]) -> None:
    """Delete projects for good, with everything in them. Users get another current one."""
    users = list(User.objects.filter(current_project__in=projects))
    Project.objects.filter(pk__in=[project.pk for project in projects]).delete()
    _ensure_all_current(users)


@one_transaction
def delete_organizations(*, organizations: Sequence[Organization]) -> None:
    """Delete organizations for good, with their projects. Users stay, elsewhere."""
    users = list(User.objects.filter(current_organization__in=organizations))
    Organization.objects.filter(pk__in=[row.pk for row in organizations]).delete()
    _ensure_all_current(users)


def _ensure_all_current(users: list[User]) -> None:
    for user in users:
        user.refresh_from_db(fields=["current_organization", "current_project"])
        ensure_current(user=user)


def _save_changes(row: Row, changes: dict[str, object]) -> Row:
    for field, value in changes.items():
        setattr(row, field, value)
    if changes:
        row.save(update_fields=[*changes, "updated_at"])
    return row


@one_transaction
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
    ensure_current(user=user)
    return membership


@one_transaction
def ensure_current(*, user: User) -> None:
    """Keep what is current for the user where they are a member, and with a project if there is.

    Otherwise their oldest membership decides, and the oldest project there.
    """
    mine: dict[uuid.UUID | None, Organization] = {
        membership.organization_id: membership.organization
        for membership in Membership.objects.filter(user=user)
        .select_related("organization")
        .order_by("joined_at", "id")
    }
    organization = mine.get(user.current_organization_id) or next(iter(mine.values()), None)
    projects = [] if organization is None else list(organization.projects.order_by("id"))
    user.current_organization = organization
    if user.current_project not in projects:
        user.current_project = projects[0] if projects else None
    user.save(update_fields=["current_organization", "current_project"])


@one_transaction
def set_current_organization(*, user: User, organization_id: uuid.UUID) -> None:
    """Make one of the user's organizations, and its first project, the current ones.

    Raises UnknownMembership.
    """
    organization = Organization.objects.filter(memberships__user=user, pk=organization_id).first()
    if organization is None:
        raise UnknownMembership(
            f"Object with id {organization_id} does not exist.", attr="set_current_organization"
        )
    user.current_organization = organization
    user.current_project = organization.projects.order_by("id").first()
    user.save(update_fields=["current_organization", "current_project"])


@one_transaction
def set_current_project(*, user: User, project_id: int) -> None:
    """Make one of the user's projects, and its organization, the current ones.

    Raises UnknownMembership.
    """
    project = Project.objects.filter(organization__memberships__user=user, pk=project_id).first()
    if project is None:
        raise UnknownMembership(
            f"Object with id {project_id} does not exist.", attr="set_current_team"
        )
    user.current_organization_id = project.organization_id
    user.current_project = project
    user.save(update_fields=["current_organization", "current_project"])


@one_transaction
def update_profile(
    *,
    user: User,
    changes: dict[str, object],
    current_organization_id: uuid.UUID | None = None,
    current_project_id: int | None = None,
) -> None:
    """Change the user's own fields named in `changes`, and what is current for them.

    A project that is given decides the organization too. Raises UnknownMembership.
    """
    for field, value in changes.items():
        setattr(user, field, value)
    if changes:
        user.save(update_fields=list(changes))
    if current_organization_id is not None:
        set_current_organization(user=user, organization_id=current_organization_id)
    if current_project_id is not None:
        set_current_project(user=user, project_id=current_project_id)
