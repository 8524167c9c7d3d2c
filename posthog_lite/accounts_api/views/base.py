"""The base of the views of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated

from posthog_lite.accounts.access import OrganizationAccess
from posthog_lite.accounts.selectors import (
    CURRENT,
    get_levels,
    get_organization_access,
)
from posthog_lite.api.permissions import (
    ScopePermission,
    check_organization_allows_keys,
    check_scoped_organizations,
    refuse_scoped_teams,
)
from posthog_lite.api.viewsets import ScopedViewSet
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posthog_lite.accounts.models import PersonalAPIKey

ORGANIZATION_ID = OpenApiParameter(
    "organization_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="UUID or slug of the organization, or `@current`.",
)


class AccountViewSet(ScopedViewSet):
    """Base of the views of users, organizations and projects."""

    def get_serializer_context(self) -> dict[str, Any]:
        """Adds `levels`: the caller's level in each of their organizations."""
        context = super().get_serializer_context()
        return context if hasattr(self, "swagger_fake_view") else context | {"levels": self.levels}

    @cached_property
    def levels(self) -> dict[Any, int]:
        return get_levels(user=self.user)


class AdminWritesPermission(BasePermission):
    """Members read; admins and owners write too. For views with an `access`."""

    message = "Your organization access level is insufficient."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS or view.action is None:
            return True  # no handler for this method: the answer is 405
        return bool(view.access.is_admin)


class OrganizationMembershipPermission(BasePermission):
    """The caller is in the organization of the URL."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return view.access.level is not None


class OrganizationNestedViewSet(AccountViewSet):
    """Base of the views below `/api/organizations/:id/`."""

    permission_classes = [
        IsAuthenticated,
        ScopePermission,
        OrganizationMembershipPermission,
        AdminWritesPermission,
    ]

    @cached_property
    def access(self) -> OrganizationAccess:
        """The organization of the URL with the caller's level in it; 404 when there is none."""
        identifier = self.kwargs["organization_id"]
        access = get_organization_access(user=self.user, identifier=identifier)
        if access is None:
            raise Missing(organization_missing(identifier))
        return access

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        organization = self.access.organization
        check_organization_allows_keys(organization, self.access.level)
        self.check_scoped_teams(key)
        check_scoped_organizations(key, organization)

    def check_scoped_teams(self, key: PersonalAPIKey) -> None:
        """Raise when the key is scoped to projects and this URL is not about one of them."""
        refuse_scoped_teams(key)


def organization_missing(identifier: str) -> str:
    return f"{'Current organization' if identifier == CURRENT else 'Organization'} not found."
