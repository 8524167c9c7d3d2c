"""`/insight_variables/`: the variables SQL insights refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from dashboards.selectors.variables import find_variable, list_variables
from dashboards.serializers.variable import (
    InsightVariableSerializer,
    InsightVariableWriteSerializer,
)
from dashboards.services.variables import create_variable, delete_variable, update_variable
from posthog_lite.api.pagination import PageOfRows
from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.viewsets import ProjectViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from dashboards.models import InsightVariable
    from posthog_lite.accounts.models import Project

LARGEST_PAGE = 10**9


class PageOfVariables(PageOfRows):
    """500 rows unless `limit` says otherwise; `page` counts from 1 where no `offset` is given."""

    default_limit = 500

    def get_offset(self, request: Request) -> int:
        page = request.query_params.get("page", "")
        if "offset" in request.query_params or not page.isascii() or not page.isdigit():
            return super().get_offset(request)
        number = min(int(page[:10]), LARGEST_PAGE)
        return max(number - 1, 0) * self.get_limit(request)


class InsightVariableViewSet(ProjectViewSet):
    """The variables SQL insights refer to."""

    tag_description = "Variables that SQL insights refer to."
    scope_object = "insight_variable"
    parser_classes = [StrictJSONParser]
    pagination_class = PageOfVariables
    serializer_class = InsightVariableSerializer

    def scoped_queryset(self, project: Project) -> QuerySet[InsightVariable]:
        return list_variables(project=project)

    @extend_schema(
        parameters=[OpenApiParameter("page", int, description="Page of `limit` rows, from 1.")]
    )
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the project's variables, oldest first."""
        return self.answer_page(self.get_queryset(), InsightVariableSerializer)

    @extend_schema(
        request=InsightVariableWriteSerializer, responses={201: InsightVariableSerializer}
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Create a variable."""
        fields = self.parse(InsightVariableWriteSerializer)
        variable = create_variable(access=self.access, fields=fields)
        return self.answer(variable, InsightVariableSerializer, status=201)

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get a variable."""
        variable = find_variable(project=self.project, lookup=pk)
        return self.answer(variable, InsightVariableSerializer)

    @extend_schema(request=InsightVariableWriteSerializer)
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Replace a variable."""
        fields = self.parse(
            InsightVariableWriteSerializer,
            unless=lambda: find_variable(project=self.project, lookup=pk),
        )
        variable = update_variable(project=self.project, lookup=pk, fields=fields)
        return self.answer(variable, InsightVariableSerializer)

    @extend_schema(request=InsightVariableWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a variable."""
        fields = self.parse(
            InsightVariableWriteSerializer,
            partial=True,
            unless=lambda: find_variable(project=self.project, lookup=pk),
        )
        variable = update_variable(project=self.project, lookup=pk, fields=fields)
        return self.answer(variable, InsightVariableSerializer)

    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Delete a variable for good."""
        delete_variable(project=self.project, lookup=pk)
        return Response(status=204)
