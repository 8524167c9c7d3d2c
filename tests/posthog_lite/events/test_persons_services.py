from __future__ import annotations

import json
from types import ModuleType
from uuid import UUID

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.domain import Missing
from posthog_lite.events import outbox
from posthog_lite.events.models import Person
from posthog_lite.events.person_names import DEFAULT_NAMES
from posthog_lite.events.selectors.persons import (
    NotAPersonId,
    distinct_ids_of,
    get_person,
    list_persons,
    list_values,
    person_name,
    persons_named,
)
from posthog_lite.events.services.persons import (
    UnknownDistinctId,
    delete_persons,
    delete_property,
    split_person,
    update_person,
)
from tests.posthog_lite.events.capturing import (
    NOW,
    capture,
    captured,
    identify,
    ids_of,
    owners_of_events,
    person_of,
    waiting,
)
from tests.posthog_lite.events.test_outbox import stored


def test_person_is_changed_by_events(project: Project) -> None:
    capture(project, captured(properties={"$set": {"plan": "free", "x": 1}}))
    person = person_of(project, "u1")

    update_person(person=person, properties={"plan": "pro"}, now=NOW)
    delete_property(person=person, name="x", now=NOW)

    assert person_of(project, "u1").properties == {"plan": "pro"}


def test_person_is_deleted_with_all_events(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"), captured("kept", "other"))
    capture(project, captured("$merge_dangerously", "b", {"alias": "a"}))

    delete_persons(project=project, persons=[person_of(project, "a")])
    capture(project, captured("later", "a"))
    outbox.move_waiting(project_id=project.pk)

    assert sorted(stored(engine, project)) == [["kept"], ["later"]]
    ids = stored(engine, project, "distinct_id, person_id", "person_distinct_ids")
    assert sorted(name for name, _ in ids) == ["a", "other"]
    assert Person.objects.for_project(project).count() == 2
    overrides = stored(engine, project, "old_person_id, person_id", "person_overrides")
    assert [old == now for old, now in overrides] == [True]


def test_events_of_a_deleted_person_may_stay(engine: ModuleType, project: Project) -> None:
    capture(project, captured("kept"))

    delete_persons(project=project, persons=[person_of(project, "u1")], with_events=False)
    outbox.move_waiting(project_id=project.pk)

    assert stored(engine, project) == [["kept"]]
    assert stored(engine, project, "id", "persons") == []


def test_person_is_split(project: Project) -> None:
    capture(project, captured("x", "a"))
    capture(project, identify("u1", "a", plan="pro"), captured("x", "b"))
    capture(project, captured("$merge_dangerously", "u1", {"alias": "b"}))

    split_person(person=person_of(project, "u1"), main_distinct_id="u1")

    people = {name: person_of(project, name) for name in ("a", "b", "u1")}
    assert len({person.uuid for person in people.values()}) == 3
    assert ids_of(people["u1"]) == {"u1"}
    assert people["u1"].properties == {"plan": "pro"}
    assert people["b"].properties == {}
    assert people["b"].uuid in owners_of_events(project)


def test_person_with_a_huge_number_is_split(project: Project) -> None:
    capture(project, captured(distinct_id="a", properties={"$set": {"size": 1.5e20}}))
    capture(project, captured("$merge_dangerously", "b", {"alias": "a"}))

    split_person(person=person_of(project, "a"), main_distinct_id="a")

    assert (
        person_of(project, "a").properties == {"size": 1.5e20} != person_of(project, "b").properties
    )
    last = {row["id"]: json.loads(row["properties"]) for row in waiting(project, "persons")}
    assert last[str(person_of(project, "a").uuid)] == {"size": 1.5e20}


def test_split_keeps_to_ids_of_the_person(project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"))

    with pytest.raises(UnknownDistinctId):
        split_person(person=person_of(project, "a"), main_distinct_id="b")


def test_id_lost_after_a_split_comes_back_as_somebody_else(project: Project) -> None:
    capture(project, captured("x", "a"))
    capture(project, identify("u1", "a"))
    split_person(person=person_of(project, "u1"), main_distinct_id="u1")
    delete_persons(project=project, persons=[person_of(project, "a")])

    capture(project, captured("x", "a"))

    assert person_of(project, "a").uuid != person_of(project, "u1").uuid


def test_people_are_found(project: Project, other_project: Project) -> None:
    capture(project, captured("x", "a", {"$set": {"email": "Ada@example.com"}}))
    capture(project, captured("x", "b", {"$set": {"name": "Bob"}}, minutes=1))
    capture(other_project, captured("x", "a"))
    ada, bob = person_of(project, "a"), person_of(project, "b")

    assert list(list_persons(project=project)) == [bob, ada]
    assert list(list_persons(project=project, search="ada@")) == [ada]
    assert list(list_persons(project=project, search="b")) == [bob]
    assert list(list_persons(project=project, search=str(bob.uuid))) == [bob]
    assert list(list_persons(project=project, email="Ada@example.com")) == [ada]
    assert list(list_persons(project=project, distinct_id="a")) == [ada]
    assert get_person(project=project, given=str(ada.pk)) == ada
    assert get_person(project=project, given=str(ada.uuid)) == ada
    found = persons_named(project=project, ids=[str(ada.uuid)], distinct_ids=["b", "?"])
    assert set(found) == {ada, bob}
    assert list_values(project=project, key="name", value="bo") == [("Bob", 1)]


def test_values_too_long_to_choose_from_are_not_listed(project: Project) -> None:
    for name in ("Ada", "x" * 1000, "y" * 1001):
        capture(project, captured("x", name[:9], {"$set": {"name": name}}))
    found = list_values(project=project, key="name")
    assert found == [("Ada", 1), ("x" * 1000, 1)]


def test_unknown_person_is_missing(project: Project, other_project: Project) -> None:
    capture(other_project, captured())
    elsewhere = person_of(other_project, "u1")

    for given in (str(elsewhere.pk), str(elsewhere.uuid), str(UUID(int=1))):
        with pytest.raises(Missing):
            get_person(project=project, given=given)
    with pytest.raises(NotAPersonId, match=r"\?distinct_id=u1 instead"):
        get_person(project=project, given="u1")


def test_people_are_named_by_what_is_known(project: Project) -> None:
    capture(project, identify("u1", "0198c0de-0000-7000-8000-000000000001"))
    person = person_of(project, "u1")

    ids = distinct_ids_of(project=project, persons=[person])[person.pk]

    assert ids == ["u1", "0198c0de-0000-7000-8000-000000000001"]
    assert person_name(1, {}, ids, DEFAULT_NAMES) == "u1"
    both = {"name": "Ada", "email": "a@b.example"}
    assert person_name(1, both, ids, DEFAULT_NAMES) == "a@b.example"
    assert person_name(1, both, ids, ["name"]) == "Ada"
    assert person_name(7, {"name": ""}, [], DEFAULT_NAMES) == "7"
