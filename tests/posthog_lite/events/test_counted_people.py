"""What queries count of people who merge, by the only door to them."""

from __future__ import annotations

import json
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthog_lite.accounts.models import Project
from posthog_lite.events import outbox
from posthog_lite.events.models import PersonDistinctId
from posthog_lite.events.services.persons import delete_persons, split_person
from posthog_lite.events.squashing import squash
from posthog_lite.query.results import Answer, answer
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import NOW, capture, captured, identify, person_of
from tests.posthog_lite.events.test_people_model import Operation, event_of, operations

WITHOUT = {"$process_person_profile": False}


def ask(project: Project, sql: str) -> list[Any]:
    query = {"kind": "HogQLQuery", "query": sql}
    found = answer(project=project, query=query, now=NOW, is_kept=False)
    return rows_of(found)


def rows_of(found: Answer) -> list[Any]:
    rows: list[Any] = json.loads(found.rows or b"[]")
    return rows


def people(project: Project) -> int:
    [[number]] = ask(project, "select count(distinct person_id) from events")
    return int(number)


def test_merge_counts_at_once_in_all_history(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "anon"), captured("x", "ghost", WITHOUT), captured("x", "u1"))
    assert people(project) == 3

    capture(project, identify("u1", "anon", plan="pro"))
    assert people(project) == 2

    capture(project, captured("$create_alias", "u1", {"alias": "ghost"}))
    assert people(project) == 1
    rows = ask(project, "select distinct person.properties.plan, person_id from events")
    assert rows == [["pro", str(person_of(project, "u1").uuid)]]


def test_active_people_of_a_trend_are_counted_once(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"), captured("x", "c"))
    capture(project, identify("c", "a"), captured("$merge_dangerously", "c", {"alias": "b"}))
    query = {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "x", "math": "dau"}],
        "dateRange": {"date_from": "-1d"},
    }

    found = answer(project=project, query=query, now=NOW + timedelta(hours=1), is_kept=False)

    assert rows_of(found)[0]["data"] == [0, 1]


def test_split_and_deleted_people_count_for_themselves(
    engine: ModuleType, project: Project
) -> None:
    capture(project, captured("x", "a"), captured("x", "b"))
    capture(project, identify("b", "a"))
    assert people(project) == 1

    split_person(person=person_of(project, "b"), main_distinct_id="b")
    assert people(project) == 2

    delete_persons(project=project, persons=[person_of(project, "a")])
    assert people(project) == 1
    assert ask(project, "select distinct distinct_id from events") == [["b"]]


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=operations, second=operations, is_squashed=st.booleans())
def test_each_id_counts_for_its_person_whatever_came(
    engine: ModuleType,
    db: None,
    first: list[Operation],
    second: list[Operation],
    is_squashed: bool,
) -> None:
    project: Project = ProjectFactory.create()
    for sequence in (first, second):
        capture(project, *map(event_of, sequence))
        outbox.move_waiting(project_id=project.pk)
        if is_squashed:
            squash(project_id=project.pk, age=timedelta(0))

    rows = ask(project, "select distinct distinct_id, person_id from events")

    owned = PersonDistinctId.objects.for_project(project).exclude(person=None)
    owners = {
        each.distinct_id: str(each.person.uuid)
        for each in owned.select_related("person")
        if each.person is not None
    }
    counted = dict(rows)
    assert len(counted) == len(rows), "an id counts for two people"
    assert {name: owners.get(name, person) for name, person in rows} == counted
