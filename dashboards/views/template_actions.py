"""Dashboards made from templates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.serializers.actions import (
    CreateFromTemplateSerializer,
    UnlistedDashboardSerializer,
)
from dashboards.services.templates import create_from_template_json, create_unlisted_dashboard
from dashboards.views.dashboard_answers import DASHBOARD, DashboardAnswers
from posthog_lite.api.parsers import StrictJSONParser

if TYPE_CHECKING:
    from rest_framework.request import Request

WRITE = ["dashboard:write"]


class TemplateActions(DashboardAnswers):
    @extend_schema(request=CreateFromTemplateSerializer, responses=DASHBOARD)
    @action(
        detail=False, methods=["post"], required_scopes=WRITE, parser_classes=[StrictJSONParser]
    )
    def create_from_template_json(self, request: Request, **kwargs: str) -> Response:
        """Create a dashboard from the template in the body; answers 200."""
        data = self.parse(CreateFromTemplateSerializer)
        write = partial(
            create_from_template_json,
            access=self.access,
            template=data["template"],
            now=timezone.now(),
        )
        return self.answer_written(write)

    @extend_schema(request=UnlistedDashboardSerializer, responses={201: DASHBOARD})
    @action(detail=False, methods=["post"], required_scopes=WRITE)
    def create_unlisted_dashboard(self, request: Request, **kwargs: str) -> Response:
        """Create the one unlisted dashboard of a kind, named by its tag; 409 when it exists."""
        self.overrides()  # refused, where they must be, before anything is written
        tag = request.data.get("tag") if hasattr(request.data, "get") else None
        write = partial(create_unlisted_dashboard, access=self.access, tag=tag, now=timezone.now())
        return self.answer_written(write, status=201)
