"""`/groups_types/`: the kinds of groups a project's events belong to. There are no events here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from posthog_lite.accounts_api.serializers.group_type import GroupTypeSerializer
from posthog_lite.api.viewsets import ProjectViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request


class GroupTypeViewSet(ProjectViewSet):
    """The kinds of groups of a project."""

    scope_object = "group"
    share_token_actions = frozenset({"list"})
    pagination_class = None
    serializer_class = GroupTypeSerializer

    @extend_schema(responses=GroupTypeSerializer(many=True))
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the kinds of groups, as a bare array: always empty, because events make them."""
        return Response([])
