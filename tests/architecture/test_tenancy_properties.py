"""Whoever calls whatever with whichever ids: no row of another project is told or touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import DashboardTemplate, InsightVariable, Text, Tile
from posthog_lite.accounts.models import Membership, PersonalAPIKey, Project, User
from posthog_lite.accounts.scopes import is_granted
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.events.models import Action, EventDefinition, PropertyDefinition
from sharing.models import SharingConfiguration
from tests.factories import (
    DashboardFactory,
    InsightFactory,
    ProjectFactory,
    ThemeFactory,
    UserFactory,
)
from tests.posthog_lite.events.capturing import capture, captured, person_of
from tests.support.clients import client_with
from tests.support.routes import Route, project_routes
from tests.support.stored import stored

pytestmark = pytest.mark.django_db

ROUTES = [route for route in project_routes() if route.method not in ("HEAD", "OPTIONS")]
SCOPES = sorted({scope for route in ROUTES for scope in route.scopes} | {"*"})
PLACES = range(3)  # two projects of one organization, and one of another


@dataclass(frozen=True)
class Tenant:
    """A project and the ids of its rows, all of which bear a mark."""

    project: Project
    mark: str
    ids: dict[str, Any]


@pytest.fixture
def tenants() -> list[Tenant]:
    first, elsewhere = ProjectFactory.create(name="1"), ProjectFactory.create(name="3")
    second = ProjectFactory.create(name="2", organization=first.organization)
    return [make_tenant(project) for project in (first, second, elsewhere)]


def make_tenant(project: Project) -> Tenant:
    mark = f"secret-of-{project.pk}"
    dashboard = DashboardFactory.create(project=project, name=mark, description=mark)
    insight = InsightFactory.create(project=project, name=mark, saved=True)
    text = Text.all_projects.create(project=project, body=mark, last_modified_at=timezone.now())
    tile = Tile.all_projects.create(project=project, dashboard=dashboard, text=text, layouts={})
    Tile.all_projects.create(project=project, dashboard=dashboard, insight=insight, layouts={})
    SharingConfiguration.all_projects.create(
        project=project, dashboard=dashboard, enabled=True, access_token=mark
    )
    event = captured(mark, mark, {mark: mark, "$groups": {mark: mark}})
    capture(project, event)
    ids = {
        "actions": Action.objects.create(project=project, name=mark).pk,
        "events": event.uuid,
        "event_definitions": EventDefinition.objects.for_project(project).get().pk,
        "persons": person_of(project, mark).pk,
        "property_definitions": PropertyDefinition.objects.for_project(project).get(name=mark).pk,
        "dashboards": dashboard.pk,
        "insights": insight.pk,
        "data_color_themes": ThemeFactory.create(project=project, name=mark).pk,
        "insight_variables": InsightVariable.all_projects.create(
            project=project, name=mark, code_name=mark, type="String"
        ).pk,
        "dashboard_templates": DashboardTemplate.objects.create(
            project=project, template_name=mark
        ).pk,
        "tile": tile.pk,
        "text": text.pk,
    }
    return Tenant(project, mark, ids)


@dataclass(frozen=True)
class Call:
    """Who calls what where, with ids of which projects."""

    memberships: frozenset[int]  # places
    scopes: list[str]
    scoped_to: list[int]  # places; none for all
    route: Route
    place: int
    row_of: int
    body: dict[str, tuple[str, int]]  # field: the resource and the place its id is of


FIELDS = {
    "use_dashboard": "dashboards",
    "data_color_theme_id": "data_color_themes",
    "toDashboard": "dashboards",
    "fromDashboardId": "dashboards",
    "tileId": "tile",
    "tile_id": "tile",
}
bodies = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.tuples(st.just(of), st.sampled_from(PLACES)) for name, of in FIELDS.items()},
        "dashboards": st.tuples(st.just("list of dashboards"), st.sampled_from(PLACES)),
        "ids": st.tuples(st.just("list of dashboards"), st.sampled_from(PLACES)),
        "insight_ids": st.tuples(st.just("list of insights"), st.sampled_from(PLACES)),
        "tile_order": st.tuples(st.just("list of tile"), st.sampled_from(PLACES)),
        "tile": st.tuples(st.just("named tile"), st.sampled_from(PLACES)),
        "tiles": st.tuples(st.just("tiles"), st.sampled_from(PLACES)),
    },
)
calls = st.builds(
    Call,
    memberships=st.frozensets(st.sampled_from(PLACES)),
    scopes=st.just(["*"]) | st.lists(st.sampled_from(SCOPES), min_size=1, max_size=3),
    scoped_to=st.just([]) | st.lists(st.sampled_from(PLACES), max_size=2, unique=True),
    route=st.sampled_from(ROUTES),
    place=st.sampled_from(PLACES),
    row_of=st.sampled_from(PLACES),
    body=bodies,
)


# Each example rolls back what it did, so that all of them may share the fixture's rows.
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=calls)
def test_only_the_project_of_the_url_is_told_and_touched(tenants: list[Tenant], call: Call) -> None:
    with transaction.atomic():
        before = [stored(tenant.project.pk) for tenant in tenants]
        user, client = caller(tenants, call)
        response = send(client, tenants, call)
        answer = answer_of(response)

        assert response.status_code < 500, answer
        allowed = may(user, tenants, call)
        if not allowed:
            assert response.status_code in (401, 403, 404), answer
        for place, tenant in enumerate(tenants):
            if place != call.place or not allowed:
                assert tenant.mark not in answer
                assert stored(tenant.project.pk) == before[place]
        transaction.set_rollback(True)


def caller(tenants: list[Tenant], call: Call) -> tuple[User, APIClient]:
    user: User = UserFactory.create()
    for organization in {tenants[place].project.organization for place in call.memberships}:
        Membership.objects.create(organization=organization, user=user)
    key = create_key(user=user, label="key", scopes=call.scopes)
    projects = [tenants[place].project.pk for place in call.scoped_to]
    PersonalAPIKey.objects.filter(pk=key.key.pk).update(scoped_teams=projects)
    return user, client_with(key.value)


def may(user: User, tenants: list[Tenant], call: Call) -> bool:
    """Whether the caller may do what the route does in the project of the URL."""
    project = tenants[call.place].project
    is_member = user.memberships.filter(organization=project.organization).exists()
    is_in_reach = not call.scoped_to or call.place in call.scoped_to
    return (
        is_member
        and is_in_reach
        and all(is_granted(scope, call.scopes) for scope in call.route.scopes)
    )


def send(client: APIClient, tenants: list[Tenant], call: Call) -> Any:
    rows = tenants[call.row_of].ids
    places = call.route.parameters[1:]
    # Queries in the background are nobody's row: an id of one is as unknown as any other.
    values = {places[0]: rows.get(call.route.noun, "unknown")} if places else {}
    url = call.route.url(tenants[call.place].project.pk, **values)
    body = {name: value(tenants[place], of) for name, (of, place) in call.body.items()}
    client.raise_request_exception = False
    return client.generic(call.route.method, url, json.dumps(body), "application/json")


def value(tenant: Tenant, of: str) -> Any:
    """An id of a tenant as it stands in a body."""
    ids = tenant.ids
    if of == "tiles":
        return [
            {"insight": {"id": ids["insights"]}},
            {"id": ids["tile"], "color": "red"},
            {"text": {"id": ids["text"], "body": "taken over"}},
        ]
    if of == "named tile":
        return {"id": ids["tile"]}
    return [ids[of.removeprefix("list of ")]] if of.startswith("list of ") else ids[of]


def answer_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())
