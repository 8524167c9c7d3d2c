"""`/api/projects/`, `/api/environments/` and `/api/organizations/:id/projects/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.selectors import (
    CURRENT,
    get_project_access,
    get_project_of_organization,
    list_projects,
    list_projects_of_organization,
)
from posthog_lite.accounts.services.organizations import (
    create_project,
    delete_project,
    reset_token,
    update_project,
)
from posthog_lite.accounts_api.serializers.project import (
    ProjectListQuerySerializer,
    TeamBasicSerializer,
    TeamSerializer,
    TeamWriteSerializer,
)
from posthog_lite.accounts_api.views.base import (
    ORGANIZATION_ID,
    AccountViewSet,
    AdminWritesPermission,
    OrganizationNestedViewSet,
)
from posthog_lite.api.permissions import (
    ScopePermission,
    check_organization_allows_keys,
    check_scoped_teams,
    reaches_organization,
    refuse_scoped_teams,
)
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posthog_lite.accounts.models import PersonalAPIKey, Project

TEAMS = TeamBasicSerializer(many=True)
ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="Id of the project, or `@current`.",
)


class ProjectRootViewSet(AccountViewSet):
    """The projects the caller may enter, below both of their names."""

    scope_object = "project"
    permission_classes = [IsAuthenticated, ScopePermission, AdminWritesPermission]
    lookup_field = "id"

    @cached_property
    def access(self) -> ProjectAccess:
        """The project of the URL; 404 for one the caller is not in or the key cannot reach."""
        access = get_project_access(user=self.user, project_id=self.kwargs["id"])
        if access is None and self.kwargs["id"] == CURRENT:
            raise Missing("Project not found.")
        if access is None or access.level is None:
            raise Missing("Not found.")
        if self.key and not reaches_organization(self.key, access.project.organization_id):
            raise Missing("Not found.")
        return access

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        if "id" not in self.kwargs:
            refuse_scoped_teams(key)
            return
        check_organization_allows_keys(self.access.project.organization, self.access.level)
        check_scoped_teams(key, self.access.project.pk)

    @extend_schema(parameters=[ProjectListQuerySerializer], responses=TEAMS)
    def list(self, request: Request) -> Response:
        """The projects the caller may enter."""
        wanted = self.parse_query(ProjectListQuerySerializer)
        rows = list_projects(user=self.user, key=self.key, **wanted)
        return self.answer_page(rows, TeamBasicSerializer)

    @extend_schema(parameters=[ID], responses=TeamSerializer)
    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """One project with its settings."""
        return self.answer(self.access.project, TeamSerializer)

    @extend_schema(parameters=[ID], request=TeamWriteSerializer, responses=TeamSerializer)
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Change a project; admins and owners only."""
        changes = self.parse(TeamWriteSerializer, partial=True)
        return self.answer(
            update_project(project=self.access.project, changes=changes), TeamSerializer
        )

    @extend_schema(parameters=[ID], request=None, responses=TeamSerializer, tags=["projects"])
    @action(detail=True, methods=["patch"], required_scopes=["project:write"])
    def reset_token(self, request: Request, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Give a project a new token, at once; admins and owners only."""
        return self.answer(reset_token(project=self.access.project), TeamSerializer)


@extend_schema(parameters=[ORGANIZATION_ID])
class OrganizationProjectViewSet(OrganizationNestedViewSet):
    """The projects of one organization."""

    scope_object = "project"
    lookup_field = "id"

    @cached_property
    def project(self) -> Project:
        """The project of the URL, `@current` included; 404 when the organization has none such."""
        project = get_project_of_organization(
            organization=self.access.organization, user=self.user, project_id=self.kwargs["id"]
        )
        if project is None:
            raise Missing("Not found.")
        return project

    def check_scoped_teams(self, key: PersonalAPIKey) -> None:
        if "id" in self.kwargs and self.access.level is not None:
            check_scoped_teams(key, self.project.pk)
        else:
            refuse_scoped_teams(key)

    @extend_schema(parameters=[ProjectListQuerySerializer], responses=TEAMS)
    def list(self, request: Request, organization_id: str) -> Response:
        """The projects of an organization."""
        wanted = self.parse_query(ProjectListQuerySerializer)
        rows = list_projects_of_organization(organization=self.access.organization, **wanted)
        return self.answer_page(rows, TeamBasicSerializer)

    @extend_schema(request=TeamWriteSerializer, responses={201: TeamSerializer})
    def create(self, request: Request, organization_id: str) -> Response:
        """Create a project; admins and owners only."""
        fields = self.parse(TeamWriteSerializer)
        project = create_project(organization=self.access.organization, by=self.user, **fields)
        return self.answer(project, TeamSerializer, status=201)

    @extend_schema(parameters=[ID], responses=TeamSerializer)
    def retrieve(self, request: Request, organization_id: str, id: str) -> Response:  # noqa: A002  # the URL's own word
        """One project with its settings."""
        return self.answer(self.project, TeamSerializer)

    @extend_schema(parameters=[ID], request=TeamWriteSerializer, responses=TeamSerializer)
    def partial_update(self, request: Request, organization_id: str, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Change a project; admins and owners only."""
        changes = self.parse(TeamWriteSerializer, partial=True)
        return self.answer(update_project(project=self.project, changes=changes), TeamSerializer)

    @extend_schema(parameters=[ID], responses={204: None})
    def destroy(self, request: Request, organization_id: str, id: str) -> Response:  # noqa: A002  # the URL's own word
        """Delete a project for good, unless it is the last one; admins and owners only."""
        delete_project(project=self.project)
        return Response(status=204)
