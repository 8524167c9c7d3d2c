"""Any sequence of events ends as it does in a model that knows neither database nor batches."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person, PersonDistinctId
from posthog_lite.events.payloads import CapturedEvent
from posthog_lite.events.people import person_uuid
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import capture, captured, owners_of_events, waiting

IDS = "abcdef"
Operation = tuple[str, str, str, int]

operations = st.lists(
    st.tuples(
        st.sampled_from(
            ["event", "set", "once", "unset", "personless", "identify", "alias", "merge"]
        ),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.integers(0, 3),
    ),
    max_size=25,
)


@dataclass(eq=False)
class Somebody:
    ids: set[str]
    properties: dict[str, int] = field(default_factory=dict)
    is_identified: bool = False


class Model:
    """Who is who, by the rules as they are written down."""

    def __init__(self) -> None:
        self.people: dict[str, Somebody] = {}

    def do(self, operation: Operation) -> None:
        kind, one, other, value = operation
        if kind == "personless":
            return
        if kind in ("identify", "alias", "merge") and one != other:
            self.join(one, other, is_forced=kind == "merge")
        person = self.people.get(one)
        if person is None:
            person = self.people[one] = Somebody({one}, is_identified=kind == "identify")
        if kind == "set":
            person.properties[other] = value
        elif kind == "once":
            person.properties.setdefault(other, value)
        elif kind == "unset":
            person.properties.pop(other, None)

    def join(self, one: str, other: str, *, is_forced: bool) -> None:
        target, source = self.people.get(one), self.people.get(other)
        if target is source is None:
            target = Somebody(set())
        elif target is None or source is None:
            target = target or source
        elif target is source or (source.is_identified and not is_forced):
            target.is_identified = True
            return
        else:
            target.properties = source.properties | target.properties
            target.ids |= source.ids
        assert target is not None
        target.ids |= {one, other}
        target.is_identified = True
        self.people |= dict.fromkeys(target.ids, target)

    def state(self) -> set[tuple[Any, ...]]:
        return {
            (frozenset(each.ids), frozenset(each.properties.items()), each.is_identified)
            for each in self.people.values()
        }


def event_of(operation: Operation) -> CapturedEvent:
    kind, one, other, value = operation
    events: dict[str, tuple[str, dict[str, Any]]] = {
        "event": ("x", {}),
        "set": ("$set", {"$set": {other: value}}),
        "once": ("x", {"$set_once": {other: value}}),
        "unset": ("x", {"$unset": [other]}),
        "personless": ("x", {"$process_person_profile": False}),
        "identify": ("$identify", {"$anon_distinct_id": other}),
        "alias": ("$create_alias", {"alias": other}),
        "merge": ("$merge_dangerously", {"alias": other}),
    }
    name, properties = events[kind]
    return captured(name, one, properties)


def state_of(project: Project) -> set[tuple[Any, ...]]:
    ids: dict[int, set[str]] = {}
    for owned in PersonDistinctId.objects.for_project(project).exclude(person=None):
        assert owned.person_id is not None
        ids.setdefault(owned.person_id, set()).add(owned.distinct_id)
    people = list(Person.objects.for_project(project))
    assert {person.pk for person in people} == ids.keys(), "somebody has no id"
    return {
        (
            frozenset(ids[person.pk]),
            frozenset(person.properties.items()),
            person.is_identified,
        )
        for person in people
    }


def check_events_and_copies(project: Project) -> None:
    """Each event is its id's person's, and what the engine is told last is how it is."""
    people = {person.pk: person for person in Person.objects.for_project(project)}
    rows = PersonDistinctId.objects.for_project(project).values_list("distinct_id", "person_id")
    by_id = {name: people[pk or 0].uuid for name, pk in rows.exclude(person=None)}
    for row, owner in zip(waiting(project), owners_of_events(project), strict=True):
        name = row["distinct_id"]
        assert owner == by_id.get(name, person_uuid(project.pk, name)), row
    told_ids = newest(waiting(project, "person_distinct_ids"), "distinct_id")
    assert {name: UUID(row["person_id"]) for name, row in told_ids.items()} == by_id
    told = newest(waiting(project, "persons"), "id")
    alive = {UUID(uuid): row["version"] for uuid, row in told.items() if not row["is_deleted"]}
    assert alive == {person.uuid: person.version for person in people.values()}


def newest(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["version"]):
        same = found.get(row[key])
        assert same is None or same["version"] < row["version"], "two rows of one version"
        found[row[key]] = row
    return found


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(sequence=operations, sizes=st.lists(st.integers(1, 8), min_size=25, max_size=25))
def test_any_sequence_in_any_requests_equals_the_model(
    sequence: list[Operation], sizes: list[int]
) -> None:
    project: Project = ProjectFactory.create()
    model = Model()
    left = list(sequence)
    for size in sizes:
        request, left = left[:size], left[size:]
        capture(project, *map(event_of, request))
        for operation in request:
            model.do(operation)

    assert state_of(project) == model.state()
    check_events_and_copies(project)


def _captured_elsewhere(project: Project, sequence: list[Operation]) -> None:
    """In a thread, which has a connection of its own as another process would."""
    try:
        for operation in sequence:
            capture(project, event_of(operation))
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sequences=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["event", "personless", "merge"]),
                st.sampled_from(IDS),
                st.sampled_from(IDS),
                st.just(0),
            ),
            max_size=8,
        ),
        min_size=3,
        max_size=3,
    )
)
def test_people_who_meet_from_several_sides_end_as_the_model_says(
    sequences: list[list[Operation]],
) -> None:
    project: Project = ProjectFactory.create()
    with ThreadPoolExecutor(len(sequences)) as pool:
        for done in [pool.submit(_captured_elsewhere, project, each) for each in sequences]:
            done.result()

    model = Model()
    for operation in [operation for sequence in sequences for operation in sequence]:
        model.do(operation)
    # Who is who does not depend on the order of these; who is identified neither.
    assert Counter(ids for ids, *_ in state_of(project)) == Counter(
        ids for ids, *_ in model.state()
    )
    check_events_and_copies(project)


@pytest.mark.django_db(transaction=True)
def test_merges_in_opposite_directions_end_in_one_person() -> None:
    project: Project = ProjectFactory.create()
    capture(project, captured("x", "a"), captured("x", "b"))
    rounds = 10

    def merge(one: str, other: str) -> None:
        _captured_elsewhere(project, [("merge", one, other, 0), ("set", one, other, 1)] * rounds)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(merge, "a", "b"), pool.submit(merge, "b", "a")]:
            done.result()

    assert state_of(project) == {
        (frozenset("ab"), frozenset({"a": 1, "b": 1}.items()), True),
    }
    check_events_and_copies(project)


@pytest.mark.django_db(transaction=True)
def test_new_person_met_by_many_at_once_is_one() -> None:
    project: Project = ProjectFactory.create()

    def meet(number: int) -> None:
        _captured_elsewhere(project, [("set", "new", str(number), number), ("event", "x", "x", 0)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(meet, range(16)))

    assert state_of(project) == {
        (frozenset(["new"]), frozenset((str(n), n) for n in range(16)), False),
        (frozenset("x"), frozenset(), False),
    }
    check_events_and_copies(project)
