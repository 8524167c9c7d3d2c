"""Tenancy holds by construction: whatever lies below a project is built on the scoped base."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from posthog_lite.accounts.scopes import is_valid_scope
from posthog_lite.api.permissions import ProjectMembershipPermission, ScopePermission
from posthog_lite.api.routers import PROJECT_PREFIXES
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.checks import check_project_views
from tests.support.routes import project_patterns, project_routes

URL = "api/projects/<project_id>/things/"


def test_the_walk_finds_the_resources() -> None:
    nouns = {route.noun for route in project_routes()}
    assert nouns >= {
        "dashboards",
        "dashboard_templates",
        "data_color_themes",
        "insight_variables",
        "insights",
    }


def test_every_project_view_is_built_on_the_scoped_base() -> None:
    for template, view in project_patterns():
        assert issubclass(view.cls, ProjectViewSet), template


def test_every_project_view_checks_scopes_and_membership() -> None:
    for template, view in project_patterns():
        kept = [*view.cls.permission_classes, *view.initkwargs.get("permission_classes", [])]
        assert {ScopePermission, ProjectMembershipPermission} <= set(kept), template
        assert not view.initkwargs.keys() & {"permission_classes", "authentication_classes"}


def test_every_action_names_scopes_that_can_be_granted() -> None:
    for route in project_routes():
        assert route.scopes, route
        assert all(is_valid_scope(scope) for scope in route.scopes), route


def test_reading_asks_for_a_read_scope() -> None:
    for route in project_routes():
        if route.method in ("GET", "HEAD"):
            assert all(scope.endswith(":read") for scope in route.scopes), route


def test_both_names_of_a_project_have_the_same_routes() -> None:
    first, second = (
        {
            (route.method, route.template.removeprefix(f"/api/{prefix}/"), route.scopes)
            for route in project_routes()
            if route.template.startswith(f"/api/{prefix}/")
        }
        for prefix in PROJECT_PREFIXES
    )
    assert first == second


def test_the_system_check_has_nothing_to_say() -> None:
    assert check_project_views(None) == []


class Things(ProjectViewSet):
    """A view with an action that forgot its scope."""

    scope_object = "dashboard"

    def forgotten(self, request: Request, **kwargs: str) -> Response:
        return Response()


class Bare(APIView):
    """A view outside of the scoped base."""


def plain(request: HttpRequest, project_id: str) -> HttpResponse:
    return HttpResponse()


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (Bare.as_view(), "posthog_lite.E001"),
        (plain, "posthog_lite.E001"),
        (Things.as_view({"post": "forgotten"}), "posthog_lite.E002"),
    ],
)
def test_the_system_check_finds_a_view_that_breaks_the_rule(
    settings: Settings, view: Any, problem: str
) -> None:
    urls = ModuleType("urls")
    vars(urls)["urlpatterns"] = [path(URL, view)]
    settings.ROOT_URLCONF = urls
    assert [message.id for message in check_project_views(None)] == [problem]


def test_a_view_may_not_override_get_queryset() -> None:
    with pytest.raises(TypeError, match="must override scoped_queryset"):

        class Leaky(ProjectViewSet):
            def get_queryset(self) -> QuerySet[Any]:
                raise NotImplementedError
