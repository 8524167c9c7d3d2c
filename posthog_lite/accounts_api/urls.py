from __future__ import annotations

from rest_framework.routers import SimpleRouter

from posthog_lite.accounts_api.views.organization import (
    OrganizationMemberViewSet,
    OrganizationViewSet,
)
from posthog_lite.accounts_api.views.personal_api_key import PersonalAPIKeyViewSet
from posthog_lite.accounts_api.views.project import OrganizationProjectViewSet, ProjectRootViewSet
from posthog_lite.accounts_api.views.user import UserViewSet
from posthog_lite.api.routers import PROJECT_PREFIXES

ORGANIZATION = r"organizations/(?P<organization_id>[^/]+)"


def register(router: SimpleRouter) -> None:
    """Mount the account endpoints."""
    router.register("users", UserViewSet, basename="users")
    router.register("personal_api_keys", PersonalAPIKeyViewSet, basename="personal-api-keys")
    router.register("organizations", OrganizationViewSet, basename="organizations")
    router.register(
        rf"{ORGANIZATION}/projects", OrganizationProjectViewSet, basename="organization-projects"
    )
    router.register(
        rf"{ORGANIZATION}/members", OrganizationMemberViewSet, basename="organization-members"
    )
    for prefix in PROJECT_PREFIXES:
        router.register(prefix, ProjectRootViewSet, basename=prefix)
