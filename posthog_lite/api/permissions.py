"""Permissions that are checked before the handler looks at anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission

from posthog_lite.accounts.access import key_of
from posthog_lite.accounts.models import MembershipLevel, Organization, PersonalAPIKey
from posthog_lite.accounts.scopes import is_granted
from posthog_lite.api.scopes import required_scopes

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

KEYS_REFUSED = "This action does not support personal API key access"


class ScopePermission(BasePermission):
    """A personal API key must reach the place named in the URL and hold the action's scopes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = key_of(request.auth)
        action = getattr(view, "action", None)
        if key is None or action is None:
            return True  # no handler for this method: the answer is 405, for keys as for sessions
        required = required_scopes(view, action)
        if required is None:
            raise PermissionDenied(KEYS_REFUSED)
        view.check_key_reach(key)
        for scope in required:
            if not is_granted(scope, key.scopes):
                raise PermissionDenied(f"API key missing required scope '{scope}'")
        return True


class ProjectMembershipPermission(BasePermission):
    """The caller is in the project's organization."""

    message = "You don't have access to the project."

    def has_permission(self, request: Request, view: Any) -> bool:
        return view.access.level is not None


def check_organization_allows_keys(organization: Organization, level: int | None) -> None:
    """Raise when the organization's admins keep members from using keys."""
    if organization.members_can_use_personal_api_keys or level is None:
        return
    if level < MembershipLevel.ADMIN:
        raise PermissionDenied(
            f"Organization '{organization.name}' does not allow using personal API keys. Contact "
            "an admin to enable personal API keys for this organization."
        )


def check_scoped_teams(key: PersonalAPIKey, project_id: int) -> None:
    """Raise when the key is scoped to other projects."""
    if key.scoped_teams and project_id not in key.scoped_teams:
        raise PermissionDenied(
            f"API key does not have access to the requested project: ID {project_id}."
        )


def reaches_organization(key: PersonalAPIKey, organization_id: UUID) -> bool:
    """Return whether the key is scoped to this organization, or to none in particular."""
    return not key.scoped_organizations or str(organization_id) in key.scoped_organizations


def check_scoped_organizations(key: PersonalAPIKey, organization: Organization) -> None:
    """Raise when the key is scoped to other organizations."""
    if not reaches_organization(key, organization.pk):
        raise PermissionDenied(
            f"API key does not have access to the requested organization: ID {organization.pk}."
        )


def refuse_scoped_teams(key: PersonalAPIKey) -> None:
    """Raise for keys that are scoped to projects, outside of projects."""
    if key.scoped_teams:
        raise PermissionDenied(
            "API keys with scoped projects are only supported on project-based endpoints."
        )
