"""`/data_color_themes/`: translates HTTP to one call of a service or selector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.response import Response

from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.ids import row_id
from themes.models import DataColorTheme
from themes.read_themes import read_theme, read_themes
from themes.selectors import themes_visible_to
from themes.serializers import DataColorThemeWriteSerializer
from themes.services import check_editable, create_theme, update_theme
from themes.shapes import DataColorTheme as DataColorThemeShape

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project

THEME = documented(DataColorThemeShape)
DELETE_REFUSED = OpenApiResponse(
    description='Themes are never hard-deleted: use PATCH with {"deleted": true}.'
)


class DataColorThemeViewSet(ProjectViewSet):
    """The color themes of a project: its own and the global ones."""

    integer_ids = ("id",)
    tag_description = "Colors for the series of charts."
    scope_object = "project"
    is_never_deleted = True
    share_token_actions = frozenset({"list", "retrieve"})

    def scoped_queryset(self, project: Project) -> QuerySet[DataColorTheme]:
        return themes_visible_to(project=project)

    @extend_schema(responses=THEME(many=True))
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the project's own themes after the global ones."""
        return self.answer_listing(read_themes(access=self.access), DataColorTheme)

    @extend_schema(request=DataColorThemeWriteSerializer, responses={201: THEME})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Create a theme of the project."""
        data = self.parse(DataColorThemeWriteSerializer)
        theme = create_theme(access=self.access, data=data)
        return Response(
            read_theme(access=self.access, theme_id=theme.pk, include_deleted=True), status=201
        )

    @extend_schema(responses=THEME)
    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get a theme."""
        return self.answer_shape(
            read_theme(access=self.access, theme_id=row_id(pk)), DataColorTheme
        )

    @extend_schema(request=DataColorThemeWriteSerializer, responses=THEME)
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a theme; colors left out keep their value."""
        return self.change(pk)

    @extend_schema(
        request=DataColorThemeWriteSerializer,
        responses=THEME,
        examples=[
            OpenApiExample("Other colors", value={"colors": ["#1d4aff"]}, request_only=True),
            OpenApiExample("Hide", value={"deleted": True}, request_only=True),
            OpenApiExample("Bring back", value={"deleted": False}, request_only=True),
        ],
    )
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a theme; `deleted` hides it or brings it back."""
        return self.change(pk, name_required=False)

    @extend_schema(responses={405: DELETE_REFUSED})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Hard delete is not allowed: set `deleted` to true with PATCH instead."""
        return Response(status=405)

    def change(self, pk: str, *, name_required: bool = True) -> Response:
        data = self.parse(
            DataColorThemeWriteSerializer,
            partial=not name_required,
            unless=partial(check_editable, access=self.access, theme_id=row_id(pk)),
        )
        theme = update_theme(access=self.access, theme_id=row_id(pk), data=data)
        return Response(read_theme(access=self.access, theme_id=theme.pk, include_deleted=True))
