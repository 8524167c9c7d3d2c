"""`/groups_types/`: the kinds of groups a project's events belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.events.models.group import GROUP_TYPES
from posthog_lite.events.selectors.definitions import list_group_types
from posthog_lite.events.services.groups import name_group_types
from posthog_lite.events_api.serializers.group_type import (
    GroupTypeSerializer,
    GroupTypeWriteSerializer,
)

if TYPE_CHECKING:
    from rest_framework.request import Request


class GroupTypeViewSet(ProjectViewSet):
    """The kinds of groups of a project."""

    tag_description = "Kinds of groups."
    scope_object = "group"
    share_token_actions = frozenset({"list"})
    pagination_class = None
    parser_classes = [StrictJSONParser]

    @extend_schema(responses=GroupTypeSerializer(many=True))
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the kinds of groups, at most five, as a bare array. Visitors of a link see none."""
        if self.visitor is not None:
            return Response([])
        rows = list_group_types(project=self.project)
        return Response(GroupTypeSerializer(rows, many=True).data)

    @extend_schema(
        request=GroupTypeWriteSerializer(many=True), responses=GroupTypeSerializer(many=True)
    )
    @action(detail=False, methods=["patch"], required_scopes=["group:write"], pagination_class=None)
    def update_metadata(self, request: Request, **kwargs: str) -> Response:
        """Say what groups of some kinds are called."""
        options: dict[str, Any] = {"many": True, "max_length": GROUP_TYPES, "allow_empty": False}
        names = GroupTypeWriteSerializer(data=request.data, **options)
        names.is_valid(raise_exception=True)
        name_group_types(project=self.project, names=names.validated_data)
        return self.list(request)
