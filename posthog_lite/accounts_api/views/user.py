"""`/api/users/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied

from posthog_lite.accounts.selectors import get_user, list_users, narrow_to_key
from posthog_lite.accounts.services.organizations import update_profile
from posthog_lite.accounts_api.serializers.user import UserSerializer, UserWriteSerializer
from posthog_lite.accounts_api.views.base import AccountViewSet
from posthog_lite.api.permissions import check_scoped_teams
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from posthog_lite.accounts.models import PersonalAPIKey, User

ME = "@me"
UUID = OpenApiParameter(
    "uuid", OpenApiTypes.STR, OpenApiParameter.PATH, description="UUID of the user, or `@me`."
)


class UserViewSet(AccountViewSet):
    """The caller; staff see everybody."""

    scope_object = "user"
    lookup_field = "uuid"

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        """Let every key ask whose it is, whatever it is scoped to."""

    def find_user(self, uuid: str) -> User:
        """The user a URL names, with what a response needs."""
        named = str(self.user.uuid) if uuid == ME else uuid.lower()
        if named != str(self.user.uuid) and not self.user.is_staff:
            raise PermissionDenied(
                "As a non-staff user you're only allowed to access the `@me` user instance."
            )
        user = get_user(viewer=self.user, uuid=named)
        if user is None:
            raise Missing("Not found.")
        return user if self.key is None else narrow_to_key(user=user, key=self.key)

    def check_current(self, changes: dict[str, Any]) -> None:
        """Refuse a key that would move `@current` to where it does not reach, or from there."""
        key = self.key
        if key is None or not changes.keys() & {"set_current_team", "set_current_organization"}:
            return
        if "set_current_team" in changes:
            check_scoped_teams(key, changes["set_current_team"])
        if key.scoped_organizations or (key.scoped_teams and "set_current_team" not in changes):
            raise PermissionDenied("A key with a scope of its own cannot change what is current.")

    @extend_schema(responses=UserSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The caller alone; everybody for staff."""
        rows = list_users(viewer=self.user)
        if self.key is None:
            return self.answer_page(rows, UserSerializer)
        page = [
            narrow_to_key(user=user, key=self.key) for user in self.paginate_queryset(rows) or []
        ]
        serializer = UserSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)

    @extend_schema(parameters=[UUID], responses=UserSerializer)
    def retrieve(self, request: Request, uuid: str) -> Response:
        """One user: `@me`, or by UUID."""
        return self.answer(self.find_user(uuid), UserSerializer)

    @extend_schema(parameters=[UUID], request=UserWriteSerializer, responses=UserSerializer)
    def partial_update(self, request: Request, uuid: str) -> Response:
        """Change one's own profile, or what `@current` stands for."""
        user = self.find_user(uuid)
        changes = self.parse(UserWriteSerializer, partial=True)
        self.check_current(changes)
        update_profile(
            user=user,
            current_organization_id=changes.pop("set_current_organization", None),
            current_project_id=changes.pop("set_current_team", None),
            changes=changes,
        )
        return self.answer(self.find_user(uuid), UserSerializer)
