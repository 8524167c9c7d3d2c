"""The examples of the OpenAPI document: each request is sent as it stands, ids apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardTemplate, Insight, InsightVariable, Text, Tile
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.events.models import Action, EventDefinition, PropertyDefinition, PropertyKind
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory, ThemeFactory, make_member
from tests.posthog_lite.events.capturing import capture, captured, person_of
from tests.support.openapi import document, validator

JSON = "application/json"
GUEST = "095be615-a8ad-4c33-8e9c-c7612fbf6c9f"
# Keys whose value names a row. The rows that examples name are in `ExampleRows.rows`.
REFERENCES = {
    "data_color_theme_id",
    "dashboards",
    "fromDashboardId",
    "id",
    "ids",
    "insight_ids",
    "tileId",
    "tile_id",
    "tile_order",
    "toDashboard",
    "use_dashboard",
}
DEFINITION = "0198c0de-0000-7000-8000-000000000001"  # as the examples name one


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and JSON body of every operation that takes one; the twins left out."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            if body and not operation["operationId"].startswith("environments_"):
                yield path, method, body["content"][JSON]


EXAMPLES = [
    pytest.param(path, method, example["value"], id=f"{method} {path} {name}")
    for path, method, body in bodies()
    for name, example in body.get("examples", {}).items()
]


class ExampleRows:
    """A project in which there is what the examples speak of."""

    def __init__(self, project: Project, owner: User) -> None:
        fields: dict[str, Any] = {"project": project, "created_by": owner}
        self.project, self.owner = project, owner
        self.board: Dashboard = DashboardFactory.create(**fields, restriction_level=37)
        self.other: Dashboard = DashboardFactory.create(**fields)
        self.insight: Insight = InsightFactory.create(**fields)
        self.theme = ThemeFactory.create(project=project)
        self.variable = InsightVariable.objects.create(project=project, name="x", code_name="x")
        self.template = DashboardTemplate.objects.create(project=project, template_name="x")
        self.key = create_key(user=owner, label="another", scopes=["*"]).key
        event = captured("signed up", "u1", {"plan": "pro"})
        group = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "pro"}}
        capture(project, event, captured("$groupidentify", "u1", group))
        self.by_noun: dict[str, Any] = {
            "actions": Action.objects.create(project=project, name="x").pk,
            "persons": person_of(project, "u1").pk,
            "event_definitions": EventDefinition.objects.for_project(project)
            .get(name="signed up")
            .pk,
            "property_definitions": PropertyDefinition.objects.for_project(project)
            .get(name="plan", type=PropertyKind.EVENT)
            .pk,
        }
        self.rows = {
            1: self.by_noun["actions"],
            DEFINITION: self.by_noun["event_definitions"],
            2: self.theme.pk,
            3: self.board.pk,
            4: self.other.pk,
            5: self.insight.pk,
            12: self.put(self.board, insight=self.insight),
            13: self.put(self.board, text=self.write()),
            14: self.put(self.other, text=self.write()),
        }

    def write(self) -> Text:
        return Text.objects.create(project=self.project, body="x", last_modified_at=timezone.now())

    def put(self, dashboard: Dashboard, **content: Any) -> int:
        return Tile.objects.create(project=self.project, dashboard=dashboard, **content).pk

    def resolve(self, template: str) -> str:
        """A path of the document as a URL."""
        row = {
            "dashboards": self.board.pk,
            "insights": self.insight.pk,
            "data_color_themes": self.theme.pk,
            "insight_variables": self.variable.pk,
            "dashboard_templates": self.template.pk,
            "personal_api_keys": self.key.pk,
            **self.by_noun,
        }.get(template.partition("/{id}")[0].rpartition("/")[2], "@current")
        path = template.format(
            project_id=self.project.pk,
            organization_id="@current",
            dashboard_id=self.board.pk,
            insight_id=self.insight.pk,
            uuid="@me",
            user__uuid=GUEST,
            query_kind="TrendsQuery",
            id=row,
        )
        is_of_group = path.endswith("_property/") and "/groups/" in path
        return f"{path}?group_type_index=0&group_key=acme" if is_of_group else path

    def name_rows(self, value: Any, key: str = "") -> Any:
        """An example with the ids of this world."""
        if isinstance(value, dict):
            return {name: self.name_rows(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.name_rows(item, key) for item in value]
        return self.rows[value] if key in REFERENCES else value


@pytest.fixture
def world(project: Project, admin: User) -> ExampleRows:
    make_member(project, "guest@example.com", uuid=GUEST)
    return ExampleRows(project, admin)


@pytest.fixture
def send(world: ExampleRows, key_client: KeyClient) -> Callable[..., Any]:
    """Sends as the owner, with a key or, where keys are refused, as a browser."""
    with_key, browser = key_client(world.owner), APIClient()
    browser.force_login(world.owner)

    def call(method: str, template: str, body: Any) -> Any:
        schemes = document()["paths"][template][method]["security"]
        client = with_key if any("PersonalAPIKeyAuth" in scheme for scheme in schemes) else browser
        return client.generic(method.upper(), world.resolve(template), body, JSON)

    return call


@pytest.mark.parametrize(("template", "method", "example"), EXAMPLES)
def test_a_request_example_is_answered_with_success(
    send: Callable[..., Any], world: ExampleRows, template: str, method: str, example: Any
) -> None:
    if template.endswith("/sharing/passwords/"):
        sharing = template.removesuffix("passwords/")
        send("patch", sharing, b'{"enabled": true, "password_required": true}')
    response = send(method, template, orjson.dumps(world.name_rows(example)))
    declared = document()["paths"][template][method]["responses"]
    assert 200 <= response.status_code < 300, response.content
    assert str(response.status_code) in declared


def test_examples_of_answers_are_as_documented() -> None:
    seen = set()
    for template, methods in document()["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                for name, example in (
                    response.get("content", {}).get(JSON, {}).get("examples", {}).items()
                ):
                    validator(template, method, status).validate(example["value"])
                    seen.add(name)
    assert "ADashboardWithAText" in seen


def test_every_body_has_an_example() -> None:
    without = [f"{method} {path}" for path, method, body in bodies() if not body.get("examples")]
    assert without == []


def test_no_body_holds_what_can_only_be_read() -> None:
    schemas = document()["components"]["schemas"]
    forms = [body["schema"].get("items", body["schema"]) for _, _, body in bodies()]
    names = {form["$ref"].rpartition("/")[2] for form in forms}
    assert [
        f"{name}.{field}"
        for name in names
        for field, schema in schemas[name]["properties"].items()
        if schema.get("readOnly")
    ] == []
