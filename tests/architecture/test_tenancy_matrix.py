"""Every route below a project, called by everybody who has no business there.

The routes come from the URLconf: one that is new is covered from its first day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardTemplate, Insight, InsightVariable
from posthog_lite.accounts.models import Membership, PersonalAPIKey, Project, User
from posthog_lite.events.models import Action, EventDefinition, Person, PropertyDefinition
from posthog_lite.query.models import QueryStatus
from tests.conftest import KeyClient
from tests.factories import (
    DashboardFactory,
    InsightFactory,
    ProjectFactory,
    ThemeFactory,
    make_member,
)
from tests.posthog_lite.events.capturing import capture, captured, person_of
from tests.support.routes import Route, project_routes
from themes.models import DataColorTheme

Call = Callable[[Route], Any]
CallAs = Callable[..., Call]
Detail = str | Callable[[Route], str]

ROUTES = project_routes()
WRITES = [route for route in ROUTES if any(scope.endswith(":write") for scope in route.scopes)]
NO_ACCESS = "You don't have access to the project."
# Answered with 405 whatever the URL names: these are never hard-deleted.
KEPT_FOREVER = ("actions", "dashboards", "dashboard_templates", "data_color_themes", "insights")
# What a 404 may say: which of several things in the URL is missing.
MISSING = (
    "Not found.",
    "Dashboard not found.",
    "Insight not found.",
    "No events exist for",
    "Query of-",
)


@dataclass(frozen=True)
class StoredEvent:
    """A row that no database has."""

    pk: UUID | str


def make_rows(project: Project) -> dict[str, Any]:
    """One row of every resource, by its noun in the URL. A new resource needs a line here."""
    event = captured("signed up", f"of {project.pk}", {"plan": "pro"})
    capture(project, event)
    return {
        "actions": Action.objects.create(project=project, name="A"),
        "events": StoredEvent(event.uuid),
        "query": StoredEvent(running_query(project)),
        "event_definitions": EventDefinition.objects.for_project(project).get(),
        "persons": person_of(project, event.distinct_id),
        "property_definitions": PropertyDefinition.objects.for_project(project).get(),
        "dashboards": DashboardFactory.create(project=project),
        "insights": InsightFactory.create(project=project),
        "data_color_themes": ThemeFactory.create(project=project),
        "insight_variables": InsightVariable.objects.create(
            project=project, name="V", code_name="v", type="String"
        ),
        "dashboard_templates": DashboardTemplate.objects.create(project=project, template_name="T"),
    }


def running_query(project: Project) -> str:
    """Return the name of a query in the background."""
    now = timezone.now()
    QueryStatus.objects.create(
        project=project,
        query_id=f"of-{project.pk}",
        key="k",
        started_at=now,
        deadline_at=now + timedelta(hours=1),
    )
    return f"of-{project.pk}"


def is_of_one_row(route: Route) -> bool:
    """Whether the answer depends on a row that the URL names."""
    refused = route.action == "destroy" and route.noun in KEPT_FOREVER
    if "query_kind" in route.parameters:
        return False
    nested = len(route.parameters) > 2 or not route.template.endswith("{pk}/")
    return len(route.parameters) > 1 and route.action != "metadata" and (nested or not refused)


def wrong(call: Call, status: int, detail: Detail, routes: Sequence[Route] = ROUTES) -> list[str]:
    """The routes that do not answer with this status and text. HEAD has only a status."""
    found = []
    for route in routes:
        response = call(route)
        text = None if route.method == "HEAD" else response.json().get("detail")
        wanted = detail if isinstance(detail, str) else detail(route)
        if response.status_code != status or text not in (None, wanted):
            found.append(f"{route}: {response.status_code} {text}")
    return found


def noted(call: Call, told: set[str]) -> Call:
    """Call routes, and note how their answers challenge the caller."""

    def noting(route: Route) -> Any:
        response = call(route)
        told.add(response.get("WWW-Authenticate", ""))
        return response

    return noting


@pytest.fixture
def call_as(project: Project) -> CallAs:
    """`call_as(client)` calls routes with a row of the project, or below another `project_id`."""
    rows = make_rows(project)

    def as_client(client: APIClient, project_id: object = project.pk) -> Call:
        return lambda route: send(client, route, rows, project_id)

    return as_client


def send(client: APIClient, route: Route, rows: dict[str, Any], project_id: object) -> Any:
    """The row goes into the first place after the project's."""
    places = route.parameters[1:]
    values = {places[0]: rows[route.noun].pk} if places else {}
    values |= {"query_kind": "HogQLQuery"} if "query_kind" in places else {}
    return client.generic(route.method, route.url(project_id, **values), "{}", "application/json")


@pytest.fixture
def staff_member(project: Project) -> User:
    """A member who also passes where the site's staff must be."""
    return make_member(project, "staff@example.com", is_staff=True)


@pytest.fixture
def call_with_scopes(staff_member: User, key_client: KeyClient, call_as: CallAs) -> CallAs:
    """`call_with_scopes(scopes_of)` gives the caller's key, before each call, its scopes."""
    call = call_as(key_client(staff_member))
    key = PersonalAPIKey.objects.filter(user=staff_member)

    def with_scopes(scopes_of: Callable[[Route], Sequence[str]]) -> Call:
        def with_route(route: Route) -> Any:
            key.update(scopes=list(scopes_of(route)))
            with transaction.atomic():  # each route finds the rows as they were made
                response = call(route)
                transaction.set_rollback(True)
            return response

        return with_route

    return with_scopes


def test_a_key_with_the_named_scopes_gets_in(call_with_scopes: CallAs) -> None:
    """The control: what the other tests see refused is not refused for another reason."""
    call = call_with_scopes(lambda route: route.scopes)
    refused = []
    for route in ROUTES:
        status = call(route).status_code
        has_inner_row = len(route.parameters) > 2  # there is none, and that may be said
        if status in (401, 403) or (status == 404 and not has_inner_row):
            refused.append(f"{route}: {status}")
    assert refused == []


def test_anonymous_callers_are_challenged(call_as: CallAs) -> None:
    call, told = call_as(APIClient()), set[str]()
    assert wrong(noted(call, told), 401, "Authentication credentials were not provided.") == []
    assert told == {"Bearer"}


def test_a_wrong_key_is_challenged(call_as: CallAs) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer phx_wrong")
    call, told = call_as(client), set[str]()
    detail = "Personal API key found in request Authorization header is invalid."
    assert wrong(noted(call, told), 401, detail) == []
    assert told == {"Bearer"}


def test_a_stranger_whose_key_may_do_everything_is_refused(
    call_as: CallAs, stranger: User, key_client: KeyClient
) -> None:
    assert wrong(call_as(key_client(stranger)), 403, NO_ACCESS) == []


def test_a_stranger_in_a_browser_is_refused(call_as: CallAs, stranger: User) -> None:
    browser = APIClient()
    browser.force_login(stranger)
    assert wrong(call_as(browser), 403, NO_ACCESS) == []


def test_a_key_of_another_scope_is_told_which_it_lacks(call_with_scopes: CallAs) -> None:
    call = call_with_scopes(lambda route: ["annotation:write"])
    detail: Detail = lambda route: f"API key missing required scope '{route.scopes[0]}'"  # noqa: E731
    assert wrong(call, 403, detail) == []


def test_a_read_only_key_cannot_write(call_with_scopes: CallAs) -> None:
    reads = {scope.replace(":write", ":read") for route in ROUTES for scope in route.scopes}
    call = call_with_scopes(lambda route: sorted(reads))
    detail: Detail = lambda route: f"API key missing required scope '{route.scopes[0]}'"  # noqa: E731
    assert wrong(call, 403, detail, WRITES) == []


def test_a_key_without_scopes_can_do_nothing(call_with_scopes: CallAs) -> None:
    detail: Detail = lambda route: f"API key missing required scope '{route.scopes[0]}'"  # noqa: E731
    assert wrong(call_with_scopes(lambda route: []), 403, detail) == []


def test_a_key_scoped_to_another_project_is_refused(
    call_as: CallAs, project: Project, staff_member: User, key_client: KeyClient
) -> None:
    sister = ProjectFactory.create(organization=project.organization)
    call = call_as(key_client(staff_member, scoped_teams=[sister.pk]))
    detail = f"API key does not have access to the requested project: ID {project.pk}."
    assert wrong(call, 403, detail) == []


def test_a_key_scoped_to_another_organization_is_refused(
    call_as: CallAs,
    project: Project,
    other_project: Project,
    staff_member: User,
    key_client: KeyClient,
) -> None:
    other, own = other_project.organization, project.organization
    Membership.objects.create(organization=other, user=staff_member)
    call = call_as(key_client(staff_member, scoped_organizations=[str(other.pk)]))
    detail = f"API key does not have access to the requested organization: ID {own.pk}."
    assert wrong(call, 403, detail) == []


def test_an_unknown_project_is_not_found(call_as: CallAs, client: APIClient) -> None:
    assert wrong(call_as(client, 10**9), 404, "Project not found.") == []
    for project_id in ("abc", 0, "10" * 15, "@nobody", "-1", "1.0", "%00"):
        call = call_as(client, project_id)
        assert wrong(call, 404, "Project not found.", ROUTES[:1]) == [], project_id


def test_a_project_token_does_not_name_the_project(
    call_as: CallAs, client: APIClient, project: Project
) -> None:
    assert project.api_token.startswith("phc_")
    assert wrong(call_as(client, project.api_token), 404, "Project not found.") == []


def test_rows_of_another_project_are_not_there(
    staff_member: User, project: Project, other_project: Project, key_client: KeyClient
) -> None:
    rows = make_rows(other_project)
    before = stored(other_project)
    client = key_client(staff_member)
    routes = [route for route in ROUTES if is_of_one_row(route)]
    assert {route.noun for route in routes} == set(rows)

    found = []
    for route in routes:
        response = send(client, route, rows, project.pk)
        text = "Not found." if route.method == "HEAD" else response.json().get("detail")
        if response.status_code != 404 or not str(text).startswith(MISSING):
            found.append(f"{route}: {response.status_code} {text}")

    assert found == []
    assert stored(other_project) == before


def test_rows_of_another_project_are_neither_changed_nor_restored(
    staff_member: User, project: Project, other_project: Project, key_client: KeyClient
) -> None:
    rows = make_rows(other_project)
    for row in rows.values():
        if hasattr(row, "deleted"):
            row.deleted = True
            row.save(update_fields=["deleted"])
    before = stored(other_project)
    client = key_client(staff_member)
    body = {"deleted": False, "name": "taken over", "template_name": "taken over"}
    for route in ROUTES:
        if route.action in ("update", "partial_update"):
            url = route.url(project.pk, pk=rows[route.noun].pk)
            response = client.generic(route.method, url, json.dumps(body), "application/json")
            assert response.status_code == 404, route
    assert stored(other_project) == before


def stored(project: Project) -> list[Any]:
    """All there is of a project, as the database has it."""
    tables = (Dashboard, Insight, InsightVariable, DataColorTheme, Action, Person)
    found: list[Any] = [list(table.objects.for_project(project).values()) for table in tables]
    return [*found, list(DashboardTemplate.all_projects.filter(project=project).values())]
