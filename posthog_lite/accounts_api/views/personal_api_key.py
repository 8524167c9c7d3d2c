"""`/api/personal_api_keys/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response

from posthog_lite.accounts.access import key_of
from posthog_lite.accounts.models import PersonalAPIKey
from posthog_lite.accounts.selectors import CURRENT, get_own_key, list_keys
from posthog_lite.accounts.services.keys import create_key, delete_key, roll_key, update_key
from posthog_lite.accounts_api.serializers.personal_api_key import (
    IssuedKeySerializer,
    PersonalAPIKeySerializer,
    PersonalAPIKeyWriteSerializer,
)
from posthog_lite.api.permissions import KEYS_REFUSED
from posthog_lite.api.viewsets import ScopedViewSet
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from rest_framework.request import Request

ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="Id of the key, or `@current` for the one the call is made with.",
)

KEY_OR_SESSION: Any = [{"PersonalAPIKeyAuth": []}, {"BrowserSession": []}]


class OwnKeyPermission(BasePermission):
    """Sessions do everything; a key may only look at itself, whatever its scopes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if key_of(request.auth) is not None and view.action != "retrieve":
            raise PermissionDenied(KEYS_REFUSED)
        return True


class PersonalAPIKeyViewSet(ScopedViewSet):
    """The caller's keys."""

    permission_classes = [IsAuthenticated, OwnKeyPermission]
    pagination_class = None
    lookup_field = "id"

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        """A key reaches itself, whatever it is scoped to."""

    def find_key(self, pk: str) -> PersonalAPIKey:
        """The key a URL names: the caller's, and with a key that very one."""
        if self.key is not None and pk in (CURRENT, self.key.pk):
            return self.key
        key = get_own_key(user=self.user, key_id=pk) if self.key is None else None
        if key is None:
            raise Missing("Not found.")
        return key

    @extend_schema(responses=PersonalAPIKeySerializer(many=True))
    def list(self, request: Request) -> Response:
        """The caller's keys, newest first."""
        rows = list_keys(user=self.user)
        serializer = PersonalAPIKeySerializer(rows, many=True)
        return Response(serializer.data)

    @extend_schema(request=PersonalAPIKeyWriteSerializer, responses={201: PersonalAPIKeySerializer})
    def create(self, request: Request) -> Response:
        """Create a key; its value is shown this once."""
        fields = self.parse(PersonalAPIKeyWriteSerializer)
        return self.answer(create_key(user=self.user, **fields), IssuedKeySerializer, status=201)

    @extend_schema(parameters=[ID], responses=PersonalAPIKeySerializer, auth=KEY_OR_SESSION)
    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """One key."""
        return self.answer(self.find_key(id), PersonalAPIKeySerializer)

    @extend_schema(
        parameters=[ID],
        request=PersonalAPIKeyWriteSerializer,
        responses=PersonalAPIKeySerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Change a key's label, description or reach."""
        key = self.find_key(id)
        changes = self.parse(PersonalAPIKeyWriteSerializer, partial=True)
        return self.answer(update_key(key=key, changes=changes), PersonalAPIKeySerializer)

    @extend_schema(parameters=[ID], responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Revoke a key."""
        delete_key(key=self.find_key(id))
        return Response(status=204)

    @extend_schema(parameters=[ID], request=None, responses=PersonalAPIKeySerializer)
    @action(detail=True, methods=["post"])
    def roll(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Replace a key's value; the new one is shown this once."""
        issued = roll_key(key=self.find_key(id), now=timezone.now())
        return self.answer(issued, IssuedKeySerializer)
