"""A project or an organization together with the rights of the user who asks."""

from __future__ import annotations

from dataclasses import dataclass

from posthog_lite.accounts.models import MembershipLevel, Organization, Project, User


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """A project as one user sees it; `level` is null for somebody who is not a member."""

    project: Project
    user: User
    level: int | None

    @property
    def is_admin(self) -> bool:
        return (self.level or 0) >= MembershipLevel.ADMIN


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """An organization as one user sees it; `level` is null for somebody who is not a member."""

    organization: Organization
    user: User
    level: int | None

    @property
    def is_admin(self) -> bool:
        return (self.level or 0) >= MembershipLevel.ADMIN
