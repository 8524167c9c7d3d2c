"""The base classes of every view of the API."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from posthog_lite.accounts.access import KeyCall, ProjectAccess, key_of
from posthog_lite.accounts.models import PersonalAPIKey, Project
from posthog_lite.accounts.scopes import is_granted
from posthog_lite.accounts.selectors import get_project_access
from posthog_lite.api.permissions import (
    ProjectMembershipPermission,
    ScopePermission,
    check_organization_allows_keys,
    check_scoped_organizations,
    check_scoped_teams,
)
from posthog_lite.api.visitors import Visitor, authentication
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model, QuerySet
    from rest_framework.authentication import BaseAuthentication
    from rest_framework.request import Request
    from rest_framework.serializers import BaseSerializer

    from posthog_lite.accounts.models import User
    from posthog_lite.database.listing import Listing

    _Base = GenericViewSet[Any]
else:
    _Base = GenericViewSet

WORD = re.compile(r"[a-z]{3,}(_[a-z]+)*")
M = TypeVar("M", bound="Model")


@cache
def _defaults(serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
    """Return what an empty query string means, found out once: most requests have none."""
    serializer = serializer_class(data=QueryDict())
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)


class ScopedViewSet(_Base):
    """A view whose every action names the scopes it asks of a key.

    `scope_object` serves the standard actions; others say `required_scopes` in their decorator.
    """

    scope_object: ClassVar[str | None] = None
    # What the document says of the view: which ids in its URL are integers; what its tag is about;
    # the actions whose errors are bare, by the key they have; those that stream; and operations
    # whose names do not follow from path and method.
    integer_ids: ClassVar[tuple[str, ...]] = ()
    tag_description: ClassVar[str] = ""
    bare_errors: ClassVar[Mapping[str, str]] = {}
    streaming_actions: ClassVar[frozenset[str]] = frozenset()
    operation_names: ClassVar[Mapping[str, str]] = {}
    # DELETE is answered, with 405: rows are hidden by PATCH instead.
    is_never_deleted: ClassVar[bool] = False
    required_scopes: list[str] | None = None
    lookup_value_regex = "[^/]+"  # what is not an id is a 404 of the resource, not of the URL

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        """Raise when `scoped_teams` or `scoped_organizations` keep the key from this URL."""
        raise NotImplementedError(f"{type(self).__name__} must say what a scoped key may reach.")

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Leave out of `Allow` the method that is refused, also where a handler refuses it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 405:
            allowed = [method for method in self.allowed_methods if method != request.method]
            response.headers["Allow"] = ", ".join(allowed)
        return response

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer 405, or 404 below a word that is not an id: there is no such operation."""
        word = request.path_info.rstrip("/").rpartition("/")[2]
        if WORD.fullmatch(word) and word in self.kwargs.values():
            raise Missing("Endpoint not found.")
        return super().http_method_not_allowed(request, *args, **kwargs)

    @property
    def allowed_methods(self) -> list[str]:
        methods: list[str] = super().allowed_methods
        return [name for name in methods if name != "DELETE" or not self.is_never_deleted]

    @property
    def user(self) -> User:
        """The caller, once permissions have been checked."""
        return cast("User", self.request.user)

    @property
    def key(self) -> PersonalAPIKey | None:
        """The key the caller came with; None in a browser session."""
        return key_of(self.request.auth)

    def require_scope(self, scope: str) -> None:
        """Raise PermissionDenied for a key without a scope that only some bodies ask for."""
        if self.key is not None and not is_granted(scope, self.key.scopes):
            raise PermissionDenied(f"API key missing required scope '{scope}'")

    def parse(
        self,
        serializer_class: type[BaseSerializer[Any]],
        *,
        partial: bool = False,
        unless: Callable[[], object] | None = None,
    ) -> dict[str, Any]:
        """Return the request body as validated by `serializer_class`.

        `unless` runs before a bad body is reported: where it raises, that 404 or 403 wins.
        """
        serializer = serializer_class(
            data=self.request.data, context=self.get_serializer_context(), partial=partial
        )
        if not serializer.is_valid() and unless is not None:
            unless()
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def parse_query(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the query string as validated by `serializer_class`."""
        if not self.request.GET:
            hashable: Any = serializer_class  # which classes are, whatever their instances are
            return dict(_defaults(hashable))
        serializer = serializer_class(data=self.request.query_params)
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def answer(
        self,
        data: Any,
        serializer_class: type[BaseSerializer[Any]],
        status: int = 200,
        *,
        many: bool = False,
    ) -> Response:
        """Answer with `data` in the shape of `serializer_class`, or a list of these."""
        serializer = serializer_class(data, many=many, context=self.get_serializer_context())
        return Response(serializer.data, status=status)

    def answer_page(
        self, rows: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]
    ) -> Response:
        """Answer with one page of `rows`, each in the shape of `serializer_class`."""
        page = self.paginate_queryset(rows)
        serializer = serializer_class(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)


class ProjectViewSet(ScopedViewSet):
    """The only base class of views below `/api/projects/:id/` and `/api/environments/:id/`."""

    permission_classes = [IsAuthenticated, ScopePermission, ProjectMembershipPermission]
    # Actions open to the token of a share. They must answer with `answer_shape`, or with
    # `answer_listing` after `visitor.narrow`: these leave out what the share does not show.
    share_token_actions: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get_queryset" in cls.__dict__:
            raise TypeError(f"{cls.__name__} must override scoped_queryset(), not get_queryset().")

    def get_authenticators(self) -> list[BaseAuthentication]:
        own = super().get_authenticators()
        if not self.share_token_actions:
            return own
        return [*authentication.made(), *own]

    @property
    def visitor(self) -> Visitor | None:
        """Set where the caller came with the token of a share."""
        return self.request.auth if isinstance(self.request.auth, Visitor) else None

    def check_permissions(self, request: Request) -> None:
        if self.visitor is None:
            super().check_permissions(request)
        elif self.action not in self.share_token_actions or not self.visitor.reaches(
            self.kwargs["project_id"]
        ):
            raise PermissionDenied

    def answer_shape(self, shape: dict[str, Any], model: type[Model]) -> Response:
        """Answer with a row of `model` as it was read; 404 where a visitor does not see it."""
        if self.visitor is None:
            return Response(shape)
        if not self.visitor.shows(model, shape["id"]):
            raise Missing("Not found.")
        return Response(self.visitor.present(model, shape))

    def answer_listing(self, listing: Listing, model: type[Model] | None = None) -> Response:
        """Answer with one page of rows of `model`, which is named where visitors may see them."""
        rows: Any = listing  # which counts and slices as querysets do
        page = self.paginate_queryset(rows)
        if self.visitor is not None and model is not None:
            page = [self.visitor.present(model, row) for row in page or []]
        return self.get_paginated_response(page)

    @cached_property
    def access(self) -> ProjectAccess:
        """The project of the URL with the caller's level in it; 404 when there is none."""
        if self.visitor is not None:
            return self.visitor.access
        if isinstance(self.request.auth, KeyCall) and self.request.auth.access is not None:
            return self.request.auth.access
        access = get_project_access(user=self.user, project_id=self.kwargs["project_id"])
        if access is None:
            raise Missing("Project not found.")
        return access

    @property
    def project(self) -> Project:
        return self.access.project

    def check_key_reach(self, key: PersonalAPIKey) -> None:
        organization = self.project.organization
        check_organization_allows_keys(organization, self.access.level)
        check_scoped_teams(key, self.project.pk)
        check_scoped_organizations(key, organization)

    def scoped_queryset(self, project: Project) -> QuerySet[Any]:
        """The rows of `project` this view is about."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.scoped_queryset(Project(pk=0)).none()
        return self.scoped_queryset(self.project)

    def find(self, rows: QuerySet[M], pk: str) -> M:
        """The row of `rows` whose id a URL names; 404 when the id is unknown or no integer."""
        number = parse_row_id(pk)
        row = None if number is None else rows.filter(pk=number).first()
        if row is None:
            raise Missing("Not found.")
        return row
