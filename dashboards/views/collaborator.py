"""`/dashboards/:id/collaborators/`: who is invited to edit a restricted dashboard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from dashboards.models import DashboardCollaborator
from dashboards.selectors.collaborators import list_collaborators
from dashboards.serializers.collaborator import (
    DashboardCollaboratorCreateSerializer,
    DashboardCollaboratorSerializer,
)
from dashboards.services.collaborators import (
    add_collaborator,
    check_invitable,
    remove_collaborator,
)
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project


class DashboardCollaboratorViewSet(ProjectViewSet):
    """The people invited to a dashboard."""

    integer_ids = ("dashboard_id",)
    scope_object = "dashboard"
    pagination_class = None
    lookup_field = "user__uuid"

    def scoped_queryset(self, project: Project) -> QuerySet[DashboardCollaborator]:
        return DashboardCollaborator.objects.for_project(project)

    @extend_schema(responses=DashboardCollaboratorSerializer(many=True))
    def list(self, request: Request, dashboard_id: str, **kwargs: str) -> Response:
        """List the collaborators, as a bare array."""
        rows = list_collaborators(access=self.access, dashboard_id=row_id(dashboard_id))
        return Response(DashboardCollaboratorSerializer(rows, many=True).data)

    @extend_schema(
        request=DashboardCollaboratorCreateSerializer,
        responses={201: DashboardCollaboratorSerializer},
    )
    def create(self, request: Request, dashboard_id: str, **kwargs: str) -> Response:
        """Invite somebody to edit."""
        data = self.parse(
            DashboardCollaboratorCreateSerializer,
            unless=partial(check_invitable, access=self.access, dashboard_id=row_id(dashboard_id)),
        )
        collaborator = add_collaborator(
            access=self.access, dashboard_id=row_id(dashboard_id), **data
        )
        return self.answer(collaborator, DashboardCollaboratorSerializer, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy(
        self, request: Request, dashboard_id: str, user__uuid: str, **kwargs: str
    ) -> Response:
        """Take an invitation back."""
        remove_collaborator(
            access=self.access, dashboard_id=row_id(dashboard_id), user_uuid=user__uuid
        )
        return Response(status=204)
