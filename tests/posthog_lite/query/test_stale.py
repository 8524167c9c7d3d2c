"""Results that something was changed under."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from dashboards.models import InsightVariable
from dashboards.services.variables import delete_variable, update_variable
from posthog_lite.accounts.models import Project
from posthog_lite.events.importing import import_lines
from posthog_lite.events.models import Action, PropertyDefinition, PropertyKind
from posthog_lite.events.services.actions import create_action, update_action
from posthog_lite.events.services.definitions import (
    delete_property_definition,
    update_property_definition,
)
from posthog_lite.query import results
from posthog_lite.query.freshness import BLOCKING, CACHE_ONLY, Freshness, Mode
from posthog_lite.query.results import answer
from tests.posthog_lite.query.counting_runner import QUERY, Runner, rows

OF_ACTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": 1}]},
    {
        "kind": "RetentionQuery",
        "retentionFilter": {"targetEntity": {"id": 1, "type": "actions"}},
    },
    {"kind": "HogQLQuery", "query": "select count() from events where matchesAction('Bought')"},
)
CLOSED = {"dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-02"}}


@pytest.fixture
def action(project: Project) -> Action:
    return create_action(project=project, by=None, fields={"name": "Bought", "steps": []})


def asked(project: Project, query: dict[str, Any], freshness: Freshness = BLOCKING) -> list[Any]:
    found: list[Any] = rows(
        answer(project=project, query=query, now=timezone.now(), freshness=freshness)
    )
    return found


@pytest.mark.parametrize("query", OF_ACTIONS, ids=lambda query: query["kind"])
@pytest.mark.parametrize(
    "change", [{"name": "Paid"}, {"steps": [{"event": "x"}]}, {"deleted": True}], ids=str
)
def test_a_result_is_stale_once_an_action_has_changed(
    project: Project, action: Action, runner: Runner, query: dict[str, Any], change: dict[str, Any]
) -> None:
    assert (asked(project, query), asked(project, query)) == ([1], [1])
    update_action(action=action, changes=change)
    assert asked(project, query, CACHE_ONLY) == [1]
    assert (asked(project, query), asked(project, query)) == ([2], [2])


def test_a_period_that_is_over_and_an_age_that_was_asked_for_do_not_save_it(
    project: Project, action: Action, runner: Runner
) -> None:
    query = OF_ACTIONS[0] | CLOSED
    minute = Freshness(Mode.BLOCKING, timedelta(minutes=1))
    assert asked(project, query) == [1]
    update_action(action=action, changes={"name": "Paid"})
    assert (asked(project, query, minute), asked(project, query, minute)) == ([2], [2])


def test_what_numbers_do_not_depend_on_leaves_results_fresh(
    project: Project, other_project: Project, action: Action, runner: Runner
) -> None:
    assert (asked(project, QUERY), asked(other_project, OF_ACTIONS[0])) == ([1], [2])
    update_action(action=action, changes={"steps": [{"event": "x"}]})
    assert (asked(project, QUERY), asked(other_project, OF_ACTIONS[0])) == ([1], [2])
    assert asked(project, OF_ACTIONS[0]) == [3]
    update_action(action=action, changes={"description": "More of it"})
    assert asked(project, OF_ACTIONS[0]) == [3]


def test_an_action_that_changes_meanwhile_is_noticed(
    project: Project, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([["before"], ["after"], ["never"]])

    def compute(*_: Any) -> dict[str, Any]:
        answered = next(found)
        if answered == ["before"]:
            update_action(action=action, changes={"steps": [{"event": "x"}]})
        return {"results": answered}

    monkeypatch.setattr(results, "compute", compute)
    query = OF_ACTIONS[0]
    assert [asked(project, query) for _ in range(3)] == [["before"], ["after"], ["after"]]


def test_a_property_that_changes_meanwhile_is_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = PropertyDefinition.objects.create(
        project=project, name="price", type=PropertyKind.EVENT, property_type="String"
    )
    found = iter([["before"], ["after"], ["never"]])

    def compute(*_: Any) -> dict[str, Any]:
        answered = next(found)
        if answered == ["before"]:
            _retyped(definition)
        return {"results": answered}

    monkeypatch.setattr(results, "compute", compute)
    assert [asked(project, QUERY) for _ in range(3)] == [["before"], ["after"], ["after"]]


def _retyped(definition: PropertyDefinition) -> None:
    update_property_definition(definition=definition, changes={"property_type": "Numeric"})


def _forgotten(definition: PropertyDefinition) -> None:
    delete_property_definition(definition=definition)


@pytest.mark.parametrize("change", [_retyped, _forgotten])
def test_results_are_stale_once_a_property_has_another_type(
    project: Project, runner: Runner, change: Callable[[PropertyDefinition], None]
) -> None:
    definition = PropertyDefinition.objects.create(
        project=project, name="price", type=PropertyKind.EVENT, property_type="String"
    )
    assert asked(project, QUERY) == [1]
    same = {"property_type": "String", "description": "What it cost"}
    update_property_definition(definition=definition, changes=same)
    assert asked(project, QUERY) == [1]
    change(definition)
    assert (asked(project, QUERY), asked(project, QUERY)) == ([2], [2])


def test_an_import_of_types_is_noticed(project: Project, runner: Runner) -> None:
    assert asked(project, QUERY) == [1]
    line = b'{"property_definition": {"name": "price", "property_type": "Numeric"}}\n'
    import_lines(project=project, source=io.BytesIO(line), now=timezone.now())
    assert asked(project, QUERY) == [2]


def test_a_change_costs_one_statement_however_many_results(
    project: Project, action: Action, runner: Runner
) -> None:
    for interval in ("day", "hour", "week"):
        asked(project, OF_ACTIONS[0] | {"interval": interval})
    with assertNumQueries(5):  # savepoint, namesakes, action, results, savepoint
        update_action(action=action, changes={"steps": []})


def test_a_result_is_stale_once_a_variable_has_another_default(
    project: Project, runner: Runner
) -> None:
    fields = {"name": "Country", "code_name": "country", "type": "String", "default_value": "DE"}
    variable = InsightVariable.objects.create(project=project, **fields)
    assert (asked(project, QUERY), asked(project, QUERY)) == ([1], [1])
    update_variable(project=project, lookup=str(variable.pk), fields={"default_value": "FR"})
    assert (asked(project, QUERY), asked(project, QUERY)) == ([2], [2])
    delete_variable(project=project, lookup=str(variable.pk))
    assert asked(project, QUERY) == [3]
