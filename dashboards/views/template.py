"""`/dashboard_templates/`: stored recipes for dashboards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.selectors.templates import (
    get_template,
    list_templates,
    template_schema,
    templates_visible_to,
)
from dashboards.serializers.template import (
    DashboardTemplateListQuerySerializer,
    DashboardTemplateSerializer,
    DashboardTemplateWriteSerializer,
)
from dashboards.services.template_store import (
    check_template_editable,
    create_template,
    update_template,
)
from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.viewsets import ProjectViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from dashboards.models import DashboardTemplate
    from posthog_lite.accounts.models import Project

SCHEMA_MAX_AGE = "max-age=120"


class DashboardTemplateViewSet(ProjectViewSet):
    tag_description = "Recipes for dashboards."
    scope_object = "dashboard_template"
    is_never_deleted = True
    parser_classes = [StrictJSONParser]
    serializer_class = DashboardTemplateSerializer

    def scoped_queryset(self, project: Project) -> QuerySet[DashboardTemplate]:
        return templates_visible_to(project=project)

    @extend_schema(parameters=[DashboardTemplateListQuerySerializer])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the project's own templates and the global ones."""
        filters = self.parse_query(DashboardTemplateListQuerySerializer)
        rows = list_templates(project=self.project, **filters)
        return self.answer_page(rows, DashboardTemplateSerializer)

    @extend_schema(
        request=DashboardTemplateWriteSerializer, responses={201: DashboardTemplateSerializer}
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Store a template."""
        fields = self.parse(DashboardTemplateWriteSerializer)
        template = create_template(access=self.access, fields=fields)
        return self.answer(template, DashboardTemplateSerializer, status=201)

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get a template."""
        template = get_template(project=self.project, template_id=pk)
        return self.answer(template, DashboardTemplateSerializer)

    @extend_schema(request=DashboardTemplateWriteSerializer(partial=True))
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a template; fields left out keep their value."""
        fields = self.parse(
            DashboardTemplateWriteSerializer,
            partial=True,
            unless=partial(check_template_editable, access=self.access, template_id=pk),
        )
        template = update_template(access=self.access, template_id=pk, fields=fields)
        return self.answer(template, DashboardTemplateSerializer)

    @extend_schema(request=DashboardTemplateWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a template; `deleted` hides it or brings it back."""
        return self.update(request, pk)

    @extend_schema(responses={405: OpenApiResponse(description="Always.")})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Refused: PATCH `deleted` to true instead."""
        return Response(status=405)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(
        detail=False,
        methods=["get"],
        required_scopes=["dashboard_template:read"],
        pagination_class=None,
        filter_backends=[],
    )
    def json_schema(self, request: Request, **kwargs: str) -> Response:
        """The JSON schema that templates follow."""
        return Response(template_schema(), headers={"Cache-Control": SCHEMA_MAX_AGE})
