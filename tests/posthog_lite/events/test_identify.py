"""Identify, alias and merge, event by event."""

from __future__ import annotations

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person, PersonOverride
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

ILLEGAL = [
    "",
    "   ",
    "anonymous",
    "GUEST",
    "distinct_id",
    "DistinctId",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "True",
    "false",
    "[object Object]",
    "NaN",
    "None",
    "none",
    "null",
    "0",
    '"null"',
    "'guest'",
    "''",
]


def people(project: Project) -> int:
    return Person.objects.for_project(project).count()


def test_neither_known_makes_one_person_of_both(project: Project) -> None:
    capture(project, identify("u1", "anon", plan="pro"))

    person = person_of(project, "u1")
    assert ids_of(person) == {"u1", "anon"}
    assert person.is_identified
    assert person.properties == {"plan": "pro"}
    assert not PersonOverride.objects.for_project(project).exists()


def test_anonymous_past_counts_for_new_user(project: Project) -> None:
    capture(project, captured("$pageview", "anon"))
    capture(project, identify("u1", "anon"))
    capture(project, captured("paid", "u1"))

    assert people(project) == 1
    assert ids_of(person_of(project, "u1")) == {"u1", "anon"}
    assert set(owners_of_events(project)) == {person_of(project, "u1").uuid}


def test_anonymous_past_counts_for_known_user(project: Project) -> None:
    capture(project, captured(distinct_id="u1", minutes=5, properties={"$set": {"a": 1, "b": 1}}))
    capture(project, captured(distinct_id="anon", properties={"$set": {"b": 2, "c": 2}}))
    before = person_of(project, "u1")

    capture(project, identify("u1", "anon", d=3))

    person = person_of(project, "anon")
    assert person.pk == before.pk
    assert person.properties == {"a": 1, "b": 1, "c": 2, "d": 3}
    assert person.created_at == NOW
    assert people(project) == 1
    assert set(owners_of_events(project)) == {person.uuid}
    assert [row["is_deleted"] for row in waiting(project, "persons")].count(1) == 1


def test_identified_person_is_not_merged_into_another(project: Project) -> None:
    capture(project, identify("u1", "anon"), captured("x", "u2"))

    capture(project, identify("u2", "anon", plan="pro"))

    assert people(project) == 2
    assert ids_of(person_of(project, "anon")) == {"u1", "anon"}
    assert person_of(project, "u2").properties == {"plan": "pro"}
    assert person_of(project, "u2").is_identified
    assert len(waiting(project)) == 3


def test_whoever_was_refused_is_not_merged_into_others(project: Project) -> None:
    capture(project, identify("u1", "anon"), captured("x", "u2"), captured("x", "u3"))

    capture(project, identify("u2", "anon"), identify("u3", "u2"))

    assert people(project) == 3


def test_ids_of_one_person_identify_them(project: Project) -> None:
    capture(project, captured("x", "u1"), captured("$create_alias", "u1", {"alias": "u2"}))
    person = person_of(project, "u1")
    Person.objects.for_project(project).update(is_identified=False)

    capture(project, identify("u1", "u2"))

    assert person_of(project, "u2").pk == person.pk
    assert person_of(project, "u1").is_identified


def test_dangerous_merge_does_not_ask(project: Project) -> None:
    capture(project, identify("u1", "anon"), captured("x", "u2"))

    capture(project, captured("$merge_dangerously", "u2", {"alias": "anon"}))

    assert ids_of(person_of(project, "u2")) == {"u1", "u2", "anon"}


def test_alias_merges_into_the_sender(project: Project) -> None:
    capture(project, captured("x", "u1"), captured("x", "other"))

    capture(project, captured("$create_alias", "u1", {"alias": "other"}))

    assert people(project) == 1
    assert person_of(project, "other").uuid == person_of(project, "u1").uuid


def test_same_id_twice_changes_nothing(project: Project) -> None:
    capture(project, captured("x", "u1"))

    capture(project, identify("u1", "u1", plan="pro"))

    assert people(project) == 1
    assert person_of(project, "u1").properties == {"plan": "pro"}
    assert not person_of(project, "u1").is_identified


def test_plain_identify_of_somebody_new_identifies(project: Project) -> None:
    capture(project, captured("$identify", "u1", {"$set": {"plan": "pro"}}))

    assert person_of(project, "u1").is_identified
    assert person_of(project, "u1").properties == {"plan": "pro"}


@pytest.mark.parametrize("illegal", ILLEGAL)
def test_nobody_in_particular_is_not_merged(project: Project, illegal: str) -> None:
    capture(project, identify("u1", illegal, plan="pro"))
    if illegal.strip():
        capture(project, identify(illegal, "anon"))

    assert ids_of(person_of(project, "u1")) == {"u1"}
    assert person_of(project, "u1").properties == {"plan": "pro"}


def test_an_object_is_nobody(project: Project) -> None:
    capture(project, captured("$identify", "u1", {"$anon_distinct_id": {"id": "anon"}}))

    assert ids_of(person_of(project, "u1")) == {"u1"}


@pytest.mark.parametrize("legal", ["nULL", "Nan", "00", "ids", "x'null'", "'null\""])
def test_others_are_merged(project: Project, legal: str) -> None:
    capture(project, identify("u1", legal))

    assert ids_of(person_of(project, "u1")) == {"u1", legal}


def test_other_id_may_be_a_number(project: Project) -> None:
    capture(project, captured("$identify", "u1", {"$anon_distinct_id": 23}))

    assert ids_of(person_of(project, "u1")) == {"u1", "23"}


def test_chain_of_merges_ends_in_one_person(project: Project) -> None:
    for name in "abcd":
        capture(project, captured("x", name))
    for source, target in [("a", "b"), ("b", "c"), ("c", "d")]:
        capture(project, captured("$merge_dangerously", target, {"alias": source}))

    assert ids_of(person_of(project, "a")) == set("abcd")
    assert set(owners_of_events(project)) == {person_of(project, "d").uuid}
    newest = {
        row["old_person_id"]: row["person_id"] for row in waiting(project, "person_overrides")
    }
    assert set(newest.values()) == {str(person_of(project, "d").uuid)}
    assert len(newest) == 3


def test_whole_life_in_one_request(project: Project) -> None:
    capture(
        project,
        captured("$pageview", "anon1"),
        captured("$pageview", "anon2"),
        identify("u1", "anon1"),
        captured("paid", "u1"),
        identify("u1", "anon2"),
        captured("$pageview", "anon2"),
    )

    assert people(project) == 1
    assert set(owners_of_events(project)) == {person_of(project, "u1").uuid}
    assert not PersonOverride.objects.for_project(project).exists()


def test_merge_of_stored_people_within_a_request(project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"), captured("x", "c"))

    capture(
        project,
        captured("x", "a"),
        captured("$merge_dangerously", "b", {"alias": "a"}),
        captured("x", "a"),
        captured("$merge_dangerously", "c", {"alias": "b"}),
    )

    assert people(project) == 1
    assert set(owners_of_events(project)) == {person_of(project, "a").uuid}
