"""People, definitions and actions in the admin, and events on their pages."""

from __future__ import annotations

from types import ModuleType

import pytest
from django.db.models import Model
from django.test import Client

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.events.models import Action, EventDefinition, Person, PropertyDefinition
from posthog_lite.events_api.admin import latest_events
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import capture, captured, identify, ids_of, person_of
from tests.support.admin import (
    errors_of,
    list_address,
    page_address,
    run_action,
    save,
    text_of,
)
from tests.support.queries import count_queries

MODELS: list[type[Model]] = [Action, EventDefinition, Person, PropertyDefinition]


@pytest.fixture
def ann(project: Project, engine: ModuleType) -> Person:
    capture(project, captured("seen", "anonymous-1", {"page": "<b>1</b>"}))
    capture(project, identify("ann", "anonymous-1", email="ann@example.org"))
    return person_of(project, "ann")


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_whatever_their_length(operator: Client, model: type[Model]) -> None:
    counts = []
    for number in (1, 9):
        for _ in range(number):
            project = ProjectFactory.create()
            capture(project, captured("seen", "ann", {"page": 1}))
            Action.objects.create(project=project, name="Saw", steps=[{"event": "seen"}])
        with count_queries() as queries:
            text_of(operator.get(list_address(model)))
        counts.append(len(queries))
    # session, user, count, rows with their annotations, projects for the filter
    assert counts == [counts[0]] * 2
    assert counts[0] <= 6


def test_somebody_is_shown_with_their_events(operator: Client, ann: Person) -> None:
    assert "ann@example.org" in text_of(operator.get(list_address(Person)))
    answer = operator.get(page_address(ann))
    page = text_of(answer)
    for shown in (str(ann.uuid), "anonymous-1, ann", "$identify", "seen", "<code>"):
        assert shown in page
    assert b"<b>1</b>" not in answer.content  # what was sent is text, not markup


@pytest.mark.parametrize(("text", "found"), [("ann", 1), ("an", 0), ("{uuid}", 1), ("9" * 30, 0)])
def test_somebody_is_found_by_a_whole_id(
    text: str, found: int, operator: Client, ann: Person
) -> None:
    answer = operator.get(f"{list_address(Person)}?q={text.format(uuid=ann.uuid)}")
    assert (page_address(ann) in text_of(answer)) == bool(found)


def test_pages_open_without_the_engine(
    operator: Client, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise EngineUnavailable("The query engine is not available.")

    monkeypatch.setattr(latest_events, "list_events", fail)
    assert "The query engine is not available." in text_of(operator.get(page_address(ann)))


def test_somebody_is_split_and_deleted(operator: Client, ann: Person, project: Project) -> None:
    assert "Split: 1." in run_action(operator, "split", ann)
    assert len(ids_of(ann)) == 1
    assert "Deleted: 2." in run_action(
        operator, "remove_with_events", *Person.objects.for_project(project)
    )
    assert not Person.objects.for_project(project).exists()


def test_nobody_is_made_or_changed_here(operator: Client, ann: Person) -> None:
    assert operator.get(f"{list_address(Person)}add/").status_code == 403
    assert operator.post(page_address(ann), {"is_identified": ""}).status_code == 403


@pytest.mark.parametrize("order", ["", "?o=-6"])
def test_what_was_never_seen_is_listed_last(
    order: str, operator: Client, ann: Person, project: Project
) -> None:
    EventDefinition.objects.create(project=project, name="a plan")
    found = text_of(operator.get(f"{list_address(EventDefinition)}{order}"))
    assert found.index("seen") < found.index("a plan")


def test_definitions_are_described(operator: Client, ann: Person, project: Project) -> None:
    seen = EventDefinition.objects.for_project(project).get(name="seen")
    assert "anonymous-1" in text_of(operator.get(page_address(seen)))
    answer = save(operator, page_address(seen), description="A page", tags=" Web, web,core")
    assert answer.status_code == 302
    seen.refresh_from_db()
    assert (seen.description, seen.tags, seen.name) == ("A page", ["web", "core"], "seen")

    page = PropertyDefinition.objects.for_project(project).get(name="page")
    assert save(operator, page_address(page), property_type="Numeric").status_code == 302
    page.refresh_from_db()
    assert page.property_type == "Numeric"
    assert operator.get(f"{list_address(page)}add/").status_code == 403
    operator.post(page_address(page, "delete"), {"post": "yes"})
    assert not PropertyDefinition.objects.for_project(project).filter(name="page").exists()


def test_actions_are_made_changed_and_hidden(operator: Client, project: Project) -> None:
    address = f"{list_address(Action)}add/"
    steps = '[{"event": "$pageview", "url": "/pricing"}]'
    answer = save(operator, address, project=project.pk, name="Saw", steps=steps, tags="A, b")
    assert answer.status_code == 302
    action = Action.objects.for_project(project).get()
    assert (action.name, action.tags, action.steps[0]["url"]) == ("Saw", ["a", "b"], "/pricing")
    assert action.created_by is not None

    refused = save(operator, address, project=project.pk, name="Saw", steps="[]")
    assert "already has an action" in errors_of(refused)["name"]
    assert "steps" in errors_of(save(operator, page_address(action), steps='[{"text": 1}, 2]'))
    assert save(operator, page_address(action), name="Other").status_code == 302
    action.refresh_from_db()
    assert action.name == "Other"

    assert "Deleted: 1." in run_action(operator, "hide", action)
    assert "Other" in text_of(operator.get(page_address(action)))
    assert "Restored: 1." in run_action(operator, "restore", action)
