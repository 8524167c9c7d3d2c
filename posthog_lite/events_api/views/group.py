"""`/groups/`: the groups that events named or described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.events.models import Group
from posthog_lite.events.selectors.groups import (
    get_group,
    group_rows,
    list_group_values,
    list_groups,
)
from posthog_lite.events.services.groups import (
    create_group,
    delete_group_property,
    set_group_property,
)
from posthog_lite.events_api.pagination import PageOfGroups
from posthog_lite.events_api.serializers.group import (
    GroupCreateSerializer,
    GroupListQuerySerializer,
    GroupPropertySerializer,
    GroupQuerySerializer,
    GroupSerializer,
    GroupUnsetSerializer,
    GroupValueSerializer,
    GroupValuesQuerySerializer,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project

READ, WRITE = ["group:read"], ["group:write"]


class GroupViewSet(ProjectViewSet):
    """The groups of a project."""

    tag_description = "Groups that events named or described."
    scope_object = "group"
    parser_classes = [StrictJSONParser]
    pagination_class = PageOfGroups
    serializer_class = GroupSerializer

    def scoped_queryset(self, project: Project) -> QuerySet[Group]:
        return Group.objects.for_project(project)

    def find_group(self) -> Group:
        return get_group(project=self.project, **self.parse_query(GroupQuerySerializer))

    @extend_schema(parameters=[GroupListQuerySerializer])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List the groups of a kind, the newest first. Follow `next`."""
        wanted = self.parse_query(GroupListQuerySerializer)
        groups = list_groups(project=self.project, **wanted).defer("properties")
        page: Any = self.paginate_queryset(groups)
        return self.get_paginated_response(group_rows(project=self.project, groups=page))

    @extend_schema(request=GroupCreateSerializer, responses={201: GroupSerializer})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Describe a group before events do."""
        fields = self.parse(GroupCreateSerializer)
        properties: dict[str, Any] = fields.pop("group_properties", None) or {}
        group = create_group(
            project=self.project, properties=properties, now=timezone.now(), **fields
        )
        return self.answer(group, GroupSerializer, status=201)

    @extend_schema(parameters=[GroupQuerySerializer], responses=GroupSerializer)
    @action(
        detail=False, methods=["get"], url_path="find", required_scopes=READ, pagination_class=None
    )
    def find_by_key(self, request: Request, **kwargs: str) -> Response:
        """Get a group by its kind and key."""
        return self.answer(self.find_group(), GroupSerializer)

    @extend_schema(
        parameters=[GroupQuerySerializer],
        request=GroupPropertySerializer,
        responses=GroupSerializer,
    )
    @action(detail=False, methods=["post"], required_scopes=WRITE, pagination_class=None)
    def update_property(self, request: Request, **kwargs: str) -> Response:
        """Set one property of a group."""
        group = self.find_group()
        wanted = self.parse(GroupPropertySerializer)
        changed = set_group_property(group=group, now=timezone.now(), **wanted)
        return self.answer(changed, GroupSerializer)

    @extend_schema(
        parameters=[GroupQuerySerializer], request=GroupUnsetSerializer, responses=GroupSerializer
    )
    @action(detail=False, methods=["post"], required_scopes=WRITE, pagination_class=None)
    def delete_property(self, request: Request, **kwargs: str) -> Response:
        """Take one property from a group."""
        group = self.find_group()
        name = self.parse(GroupUnsetSerializer)["$unset"]
        changed = delete_group_property(group=group, key=name, now=timezone.now())
        return self.answer(changed, GroupSerializer)

    @extend_schema(
        parameters=[GroupValuesQuerySerializer], responses=GroupValueSerializer(many=True)
    )
    @action(detail=False, methods=["get"], required_scopes=READ, pagination_class=None)
    def property_values(self, request: Request, **kwargs: str) -> Response:
        """List the twenty most frequent values of a property of groups of a kind."""
        wanted = self.parse_query(GroupValuesQuerySerializer)
        found = list_group_values(project=self.project, **wanted)
        rows = [{"name": name, "count": count} for name, count in found]
        return self.answer(rows, GroupValueSerializer, many=True)
