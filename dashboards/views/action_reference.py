"""`/actions/:id/references/`: what uses an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from dashboards.models import Insight
from dashboards.selectors.action_references import insights_with_action
from dashboards.serializers.action_reference import ActionReferenceSerializer
from posthog_lite.api.viewsets import ProjectViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project


class ActionReferenceViewSet(ProjectViewSet):
    """The insights that use an action."""

    integer_ids = ("id",)
    scope_object = "action"
    pagination_class = None

    def scoped_queryset(self, project: Project) -> QuerySet[Insight]:
        return Insight.objects.for_project(project)

    @extend_schema(responses=ActionReferenceSerializer(many=True))
    def list(self, request: Request, action_id: str, **kwargs: str) -> Response:
        """List the insights that ask about an action, at most 50, as a bare array."""
        insights = insights_with_action(project=self.project, action_id=action_id)
        return Response(ActionReferenceSerializer(insights, many=True).data)
