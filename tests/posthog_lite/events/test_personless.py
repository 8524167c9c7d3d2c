from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person
from tests.posthog_lite.events.capturing import (
    capture,
    captured,
    identify,
    owners_of_events,
    person_of,
    waiting,
)
from tests.posthog_lite.events.test_person_properties import NAMESPACE

WITHOUT = {"$process_person_profile": False}


def test_personless_event_makes_nobody(project: Project) -> None:
    capture(project, captured(properties={**WITHOUT, "$set": {"a": 1}, "$browser": "Chrome"}))

    assert not Person.objects.for_project(project).exists()
    [row] = waiting(project)
    assert row["person_id"] == str(uuid5(NAMESPACE, f"{project.pk}:u1"))
    assert row["person_mode"] == "propertyless"
    assert '"$set"' not in row["properties"]
    assert not waiting(project, "persons")


@pytest.mark.parametrize("value", [0, None, "false", True])
def test_only_false_means_personless(project: Project, value: Any) -> None:
    capture(project, captured(properties={"$process_person_profile": value}))

    assert waiting(project)[0]["person_id"] == str(person_of(project, "u1").uuid)


@pytest.mark.parametrize(
    "name", ["$identify", "$create_alias", "$merge_dangerously", "$groupidentify"]
)
def test_event_that_needs_a_person_is_dropped(project: Project, name: str) -> None:
    capture(project, captured(name, properties={**WITHOUT, "alias": "x", "$group_type": "a"}))

    assert not waiting(project)


def test_personless_event_of_somebody_known_is_theirs(project: Project) -> None:
    capture(project, captured(properties={"$set": {"a": 1}}))
    capture(project, captured(properties={**WITHOUT, "$set": {"a": 2}}, minutes=0.5))
    capture(project, captured(properties=WITHOUT, minutes=2))

    modes = [row["person_mode"] for row in waiting(project)]
    assert modes == ["full", "propertyless", "force_upgrade"]
    assert len(set(owners_of_events(project))) == 1
    assert person_of(project, "u1").properties == {"a": 1}


def test_personless_past_counts_for_who_is_identified(project: Project) -> None:
    capture(project, captured("$pageview", "anon", WITHOUT))
    capture(project, captured("x", "u1"))
    capture(project, identify("u1", "anon"))

    assert set(owners_of_events(project)) == {person_of(project, "u1").uuid}


def test_personless_past_in_the_same_request_counts_too(project: Project) -> None:
    capture(
        project,
        captured("$pageview", "anon", WITHOUT),
        identify("u1", "anon"),
        captured("paid", "u1"),
    )

    assert set(owners_of_events(project)) == {person_of(project, "u1").uuid}


def test_personless_past_counts_for_the_person_of_the_id(project: Project) -> None:
    capture(project, captured("$pageview", "u1", WITHOUT))
    capture(project, captured("paid", "u1"))

    assert set(owners_of_events(project)) == {person_of(project, "u1").uuid}
    assert not waiting(project, "person_overrides")


def test_flag_call_of_a_stranger_makes_nobody(project: Project) -> None:
    capture(project, captured("$feature_flag_called"))
    assert not Person.objects.for_project(project).exists()

    capture(project, captured())
    capture(project, captured("$feature_flag_called"))
    assert [row["person_mode"] for row in waiting(project)] == ["propertyless", "full", "full"]


@pytest.mark.parametrize(
    "properties", [{"$process_person_profile": True}, {"$groups": {"company": "acme"}}]
)
def test_flag_call_that_says_so_or_names_groups_makes_somebody(
    project: Project, properties: Any
) -> None:
    capture(project, captured("$feature_flag_called", properties=properties))
    assert Person.objects.for_project(project).count() == 1


def test_personless_event_fills_no_group_columns(project: Project) -> None:
    given = {**WITHOUT, "$groups": {"company": "acme"}, "$group_1": "x"}
    capture(project, captured(properties=given))

    assert not {"$group_0", "$group_1"} & waiting(project)[0].keys()
