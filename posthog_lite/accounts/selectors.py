"""Everything that reads accounts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, FilteredRelation, Q
from django.utils.crypto import constant_time_compare

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.models.personal_api_key import (
    LEGACY_ITERATIONS,
    LEGACY_SALT,
    hash_key,
    hash_key_legacy,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

CURRENT = "@current"


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """A project as one user sees it; `level` is null for somebody who is not a member."""

    project: Project
    user: User
    level: int | None

    @property
    def is_admin(self) -> bool:
        return (self.level or 0) >= MembershipLevel.ADMIN


def get_key(*, value: str) -> PersonalAPIKey | None:
    """The key with this value, its user joined; None when unknown or its owner is deactivated.

    The slow hashes of older releases are tried only while such keys exist.
    """
    hashed = hash_key(value)
    key = _key_stored_as(hashed)
    for iterations in LEGACY_ITERATIONS if key is None else ():
        prefix = f"pbkdf2_sha256${iterations}${LEGACY_SALT}$"
        if PersonalAPIKey.objects.filter(secure_value__startswith=prefix).exists():
            hashed = hash_key_legacy(value, iterations)
            key = _key_stored_as(hashed)
        if key is not None:
            break
    if key is None or not constant_time_compare(key.secure_value or "", hashed):
        return None
    return key if key.user.is_active else None


def _key_stored_as(hashed: str) -> PersonalAPIKey | None:
    return PersonalAPIKey.objects.select_related("user").filter(secure_value=hashed).first()


def list_keys(*, user: User) -> QuerySet[PersonalAPIKey]:
    """The user's keys, newest first."""
    return PersonalAPIKey.objects.filter(user=user).order_by("-created_at", "-id")


def get_project_access(*, user: User, project_id: str) -> ProjectAccess | None:
    """The project named in a URL, with the user's level in it; None when there is no such project.

    `project_id` is an integer as text, or `@current`.
    """
    if project_id == CURRENT:
        number = user.current_project_id
    else:
        number = int(project_id) if project_id.isascii() and project_id.isdigit() else None
    if number is None:
        return None
    project = (
        Project.objects.filter(pk=number)
        .select_related("organization")
        .annotate(
            own=FilteredRelation(
                "organization__memberships", condition=Q(organization__memberships__user=user)
            ),
            own_level=F("own__level"),
        )
        .first()
    )
    return None if project is None else ProjectAccess(project, user, project.own_level)


def list_projects(
    *, user: User, key: PersonalAPIKey | None, organization: Organization | None = None
) -> QuerySet[Project]:
    """Projects of the organizations the user is in, narrowed by what the key is scoped to."""
    projects = Project.objects.filter(organization__memberships__user=user)
    if organization is not None:
        projects = projects.filter(organization=organization)
    if key is not None and key.scoped_organizations:
        projects = projects.filter(organization_id__in=key.scoped_organizations)
    if key is not None and key.scoped_teams:
        projects = projects.filter(pk__in=key.scoped_teams)
    return projects.select_related("organization").order_by("id")


def list_organizations(*, user: User, key: PersonalAPIKey | None) -> QuerySet[Organization]:
    """Organizations the user is in, narrowed by what the key is scoped to."""
    organizations = Organization.objects.filter(memberships__user=user)
    if key is not None and key.scoped_organizations:
        organizations = organizations.filter(pk__in=key.scoped_organizations)
    return organizations.annotate(own_level=F("memberships__level")).order_by("created_at", "id")


def get_membership(*, user: User, organization_id: uuid.UUID) -> Membership | None:
    return Membership.objects.filter(user=user, organization_id=organization_id).first()


def parse_uuid(text: str) -> uuid.UUID | None:
    """`text` as a UUID, or None; what URLs and keys carry is not always one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
