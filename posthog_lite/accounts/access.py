"""The caller, and a project or an organization together with their rights in it."""

from __future__ import annotations

from dataclasses import dataclass

from posthog_lite.accounts.models import (
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)

ADMIN = MembershipLevel.ADMIN.value  # a member of an enum costs a call, at each row of an answer


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """A project as one user sees it; `level` is null for somebody who is not a member."""

    project: Project
    user: User
    level: int | None

    @property
    def is_admin(self) -> bool:
        return (self.level or 0) >= ADMIN


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """An organization as one user sees it; `level` is null for somebody who is not a member."""

    organization: Organization
    user: User
    level: int | None

    @property
    def is_admin(self) -> bool:
        return (self.level or 0) >= ADMIN


@dataclass(frozen=True, slots=True)
class KeyCall:
    """A call with a key: what `request.auth` is, with the project where that is known already."""

    key: PersonalAPIKey
    access: ProjectAccess | None = None


def key_of(auth: object) -> PersonalAPIKey | None:
    """Return the key of a call; None for sessions, visitors and nobody."""
    return auth.key if isinstance(auth, KeyCall) else None
