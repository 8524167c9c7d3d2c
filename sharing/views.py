"""`/sharing/` of dashboards and insights: translates HTTP to one call of a service or selector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework.response import Response

from dashboards.models import Dashboard, Insight
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from sharing.read_sharing import read_link, read_sharing
from sharing.serializers import (
    IssuedPasswordSerializer,
    SharePasswordCreateSerializer,
    SharingConfigurationWriteSerializer,
)
from sharing.services import (
    check_may_share,
    check_takes_passwords,
    create_password,
    refresh_sharing,
    revoke_password,
    update_sharing,
)
from sharing.shapes import SharingConfiguration

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project
    from sharing.resources import ResourceModel

LINK = extend_schema_serializer(many=False)(documented(SharingConfiguration))


class SharingViewSet(ProjectViewSet):
    """The link to one dashboard or insight."""

    integer_ids = ("dashboard_id", "insight_id")
    bare_errors = {"create_password": "error", "destroy_password": "error"}
    scope_object = "sharing_configuration"
    serializer_class = LINK
    pagination_class = None  # what is listed is one object
    resource_model: ClassVar[ResourceModel]
    resource_url_kwarg: ClassVar[str]

    def scoped_queryset(self, project: Project) -> QuerySet[Any]:
        return self.resource_model.objects.for_project(project)

    @property
    def target(self) -> dict[str, Any]:
        """Return the resource of the URL, as services and selectors take it."""
        return {
            "access": self.access,
            "model": self.resource_model,
            "resource_id": self.kwargs[self.resource_url_kwarg],
        }

    @extend_schema(responses=LINK)
    def list(self, request: Request, **kwargs: str) -> Response:
        """Get the link: one object, although the operation is called a list."""
        return Response(read_sharing(**self.target))

    @extend_schema(request=SharingConfigurationWriteSerializer, responses=LINK)
    def partial_update(self, request: Request, **kwargs: str) -> Response:
        """Switch the link on or off, protect it, choose what its page shows."""
        changes = self.parse(
            SharingConfigurationWriteSerializer,
            partial=True,
            unless=partial(check_may_share, **self.target),
        )
        link = update_sharing(**self.target, changes=changes, now=timezone.now())
        return Response(read_link(access=self.access, link=link))

    @extend_schema(request=SharingConfigurationWriteSerializer, responses=LINK)
    def refresh(self, request: Request, **kwargs: str) -> Response:
        """Get a new link with the same passwords. The old one works for five more minutes."""
        link = refresh_sharing(**self.target, now=timezone.now())
        return Response(read_link(access=self.access, link=link))

    @extend_schema(request=SharePasswordCreateSerializer, responses={201: IssuedPasswordSerializer})
    def create_password(self, request: Request, **kwargs: str) -> Response:
        """Add a password to the link; its value is shown only in this answer."""
        data = self.parse(
            SharePasswordCreateSerializer, unless=partial(check_takes_passwords, **self.target)
        )
        issued = create_password(**self.target, **data)
        return self.answer(issued, IssuedPasswordSerializer, status=201)

    @extend_schema(responses={204: None})
    def destroy_password(self, request: Request, password_id: str, **kwargs: str) -> Response:
        """Revoke a password."""
        revoke_password(**self.target, password_id=password_id)
        return Response(status=204)


class DashboardSharingViewSet(SharingViewSet):
    resource_model = Dashboard
    resource_url_kwarg = "dashboard_id"


class InsightSharingViewSet(SharingViewSet):
    resource_model = Insight
    resource_url_kwarg = "insight_id"
