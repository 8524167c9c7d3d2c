"""`/actions/`: events under a name of the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.events.selectors.actions import get_action, list_actions, read_actions
from posthog_lite.events.services.actions import create_action, update_action
from posthog_lite.events.services.bulk_tags import bulk_update_tags
from posthog_lite.events_api.serializers.action import (
    ActionListQuerySerializer,
    ActionWriteSerializer,
)
from posthog_lite.events_api.serializers.bulk_tags import (
    ActionTagsResultSerializer,
    ActionTagsSerializer,
)
from posthog_lite.events_api.shapes.action import Action as ActionShape
from posthog_lite.events_api.shapes.action import action_answers

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.models import Action

DELETE_REFUSED = OpenApiResponse(
    description='Actions are never hard-deleted: use PATCH with {"deleted": true}.'
)


class ActionViewSet(ProjectViewSet):
    """The actions of a project."""

    integer_ids = ("id",)
    tag_description = "Events under names of your own."
    scope_object = "action"
    parser_classes = [StrictJSONParser]
    serializer_class = documented(ActionShape)

    def scoped_queryset(self, project: Project) -> QuerySet[Action]:
        return list_actions(project=project)

    def answer_action(self, written: Action, status: int = 200) -> Response:
        [answer] = action_answers(access=self.access, actions=[written])
        return Response(answer, status=status)

    @extend_schema(parameters=[ActionListQuerySerializer])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List actions, newest first."""
        wanted = self.parse_query(ActionListQuerySerializer)
        found = list_actions(project=self.project, **wanted)
        page: Any = self.paginate_queryset(found.values_list("pk", flat=True))
        actions = read_actions(project=self.project, keys=page)
        return self.get_paginated_response(action_answers(access=self.access, actions=actions))

    @extend_schema(request=ActionWriteSerializer, responses={201: documented(ActionShape)})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Create an action."""
        fields = self.parse(ActionWriteSerializer)
        created = create_action(project=self.project, by=self.user, fields=fields)
        return self.answer_action(created, status=201)

    @extend_schema(request=ActionTagsSerializer, responses=ActionTagsResultSerializer)
    @action(detail=False, methods=["post"], required_scopes=["action:write"])
    def bulk_update_tags(self, request: Request, **kwargs: str) -> Response:
        """Add, remove or set tags on up to 500 actions."""
        wanted = self.parse(ActionTagsSerializer)
        result = bulk_update_tags(rows=list_actions(project=self.project), **wanted)
        return self.answer(result, ActionTagsResultSerializer)

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get an action."""
        return self.answer_action(get_action(project=self.project, given=pk))

    @extend_schema(request=ActionWriteSerializer)
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Replace an action; fields that are left out stay."""
        found = get_action(project=self.project, given=pk)
        changes = self.parse(ActionWriteSerializer)
        return self.answer_action(update_action(action=found, changes=changes))

    @extend_schema(request=ActionWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change an action; `deleted` hides it for good."""
        found = get_action(project=self.project, given=pk)
        changes = self.parse(ActionWriteSerializer, partial=True)
        return self.answer_action(update_action(action=found, changes=changes))

    @extend_schema(request=None, responses={405: DELETE_REFUSED})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Always 405: hide an action by PATCH with `deleted` true."""
        return Response(status=405)
