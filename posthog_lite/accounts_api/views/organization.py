"""`/api/organizations/` and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from posthog_lite.accounts.access import OrganizationAccess
from posthog_lite.accounts.selectors import (
    CURRENT,
    get_organization_access,
    list_members,
    list_organizations,
)
from posthog_lite.accounts.services.members import change_level, remove_member
from posthog_lite.accounts.services.organizations import update_organization
from posthog_lite.accounts_api.serializers.member import (
    OrganizationMemberListQuerySerializer,
    OrganizationMemberSerializer,
    OrganizationMemberWriteSerializer,
)
from posthog_lite.accounts_api.serializers.organization import (
    OrganizationSerializer,
    OrganizationWriteSerializer,
)
from posthog_lite.accounts_api.views.base import (
    ORGANIZATION_ID,
    AccountViewSet,
    AdminWritesPermission,
    OrganizationMembershipPermission,
    OrganizationNestedViewSet,
    organization_missing,
)
from posthog_lite.api.permissions import (
    ScopePermission,
    check_organization_allows_keys,
    reaches_organization,
    refuse_scoped_teams,
)
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posthog_lite.accounts.models import PersonalAPIKey

ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="UUID or slug of the organization, or `@current`.",
)


USER_UUID = OpenApiParameter(
    "user__uuid",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="UUID of the user, or `@me`.",
)


class OrganizationViewSet(AccountViewSet):
    """The organizations the caller is in."""

    scope_object = "organization"
    permission_classes = [IsAuthenticated, ScopePermission, AdminWritesPermission]
    lookup_field = "id"

    @cached_property
    def access(self) -> OrganizationAccess:
        """The organization of the URL; 404 for one the caller is not in or the key cannot reach."""
        identifier = self.kwargs["id"]
        access = get_organization_access(user=self.user, identifier=identifier)
        if access is None and identifier == CURRENT:
            raise Missing(organization_missing(identifier))
        if access is None or access.level is None:
            raise Missing("Not found.")
        if self.key and not reaches_organization(self.key, access.organization.pk):
            raise Missing("Not found.")
        return access

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        if "id" in self.kwargs:
            check_organization_allows_keys(self.access.organization, self.access.level)
        refuse_scoped_teams(key)

    @extend_schema(responses=OrganizationSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The organizations the caller is in."""
        rows = list_organizations(user=self.user, key=self.key)
        return self.answer_page(rows, OrganizationSerializer)

    @extend_schema(parameters=[ID], responses=OrganizationSerializer)
    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """One organization."""
        return self.answer(self.access.organization, OrganizationSerializer)

    @extend_schema(
        parameters=[ID], request=OrganizationWriteSerializer, responses=OrganizationSerializer
    )
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Change an organization; admins and owners only."""
        changes = self.parse(OrganizationWriteSerializer, partial=True)
        organization = update_organization(organization=self.access.organization, changes=changes)
        return self.answer(organization, OrganizationSerializer)


@extend_schema(parameters=[ORGANIZATION_ID])
class OrganizationMemberViewSet(OrganizationNestedViewSet):
    """The members of an organization."""

    scope_object = "organization_member"
    # Who may change what of whom, the service says: everybody may leave.
    permission_classes = [IsAuthenticated, ScopePermission, OrganizationMembershipPermission]
    lookup_field = "user__uuid"

    @extend_schema(
        parameters=[OrganizationMemberListQuerySerializer],
        responses=OrganizationMemberSerializer(many=True),
    )
    def list(self, request: Request, organization_id: str) -> Response:
        """The members of an organization, the latest first."""
        wanted = self.parse_query(OrganizationMemberListQuerySerializer)
        rows = list_members(organization=self.access.organization, **wanted)
        return self.answer_page(rows, OrganizationMemberSerializer)

    @extend_schema(
        parameters=[USER_UUID],
        request=OrganizationMemberWriteSerializer,
        responses=OrganizationMemberSerializer,
    )
    def partial_update(self, request: Request, organization_id: str, user__uuid: str) -> Response:
        """Change the level of a member; admins and owners only, up to their own."""
        level = self.parse(OrganizationMemberWriteSerializer).get("level")
        membership = change_level(access=self.access, given=user__uuid, level=level)
        return self.answer(membership, OrganizationMemberSerializer)

    @extend_schema(parameters=[USER_UUID], responses={204: None})
    def destroy(self, request: Request, organization_id: str, user__uuid: str) -> Response:
        """Take a member out of an organization, or leave it."""
        remove_member(access=self.access, given=user__uuid)
        return Response(status=204)
