from __future__ import annotations

from typing import TYPE_CHECKING

from posthog_lite.api.routers import register_project_routes
from posthog_lite.events_api.views.action import ActionViewSet
from posthog_lite.events_api.views.definition import (
    EventDefinitionViewSet,
    PropertyDefinitionViewSet,
)
from posthog_lite.events_api.views.event import EventViewSet
from posthog_lite.events_api.views.group import GroupViewSet
from posthog_lite.events_api.views.group_type import GroupTypeViewSet
from posthog_lite.events_api.views.person import PersonViewSet

if TYPE_CHECKING:
    from rest_framework.routers import SimpleRouter


def register(router: SimpleRouter) -> None:
    """Mount what is read and managed of events and people."""
    register_project_routes(router, "persons", PersonViewSet)
    register_project_routes(router, "events", EventViewSet)
    register_project_routes(router, "event_definitions", EventDefinitionViewSet)
    register_project_routes(router, "property_definitions", PropertyDefinitionViewSet)
    register_project_routes(router, "actions", ActionViewSet)
    register_project_routes(router, "groups_types", GroupTypeViewSet)
    register_project_routes(router, "groups", GroupViewSet)
