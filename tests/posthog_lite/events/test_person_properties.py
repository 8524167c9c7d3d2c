from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person
from tests.posthog_lite.events.capturing import NOW, capture, captured, person_of, waiting

NAMESPACE = UUID("932979b4-65c3-4424-8467-0b66ec27bc22")


def properties_of(project: Project, distinct_id: str = "u1") -> dict[str, Any]:
    found: dict[str, Any] = person_of(project, distinct_id).properties
    return found


def test_first_event_makes_person_created_at_its_time(project: Project) -> None:
    capture(project, captured(minutes=-90))

    person = person_of(project, "u1")
    assert (NOW - person.created_at).total_seconds() == 90 * 60
    assert person.uuid == uuid5(NAMESPACE, f"{project.pk}:u1")
    assert not person.is_identified
    [row] = waiting(project)
    assert row["person_id"] == str(person.uuid)
    assert row["person_mode"] == "full"


def test_set_overwrites_and_set_once_does_not(project: Project) -> None:
    capture(project, captured(properties={"$set": {"plan": "free"}, "$set_once": {"source": "ad"}}))
    capture(
        project, captured(properties={"$set": {"plan": "pro"}, "$set_once": {"source": "mail"}})
    )

    assert properties_of(project) == {"plan": "pro", "source": "ad"}


def test_set_once_replaces_null(project: Project) -> None:
    capture(project, captured(properties={"$set": {"source": None}}))
    capture(project, captured(properties={"$set_once": {"source": "mail"}}))

    assert properties_of(project) == {"source": "mail"}


def test_set_wins_over_set_once_of_the_same_event(project: Project) -> None:
    capture(project, captured(properties={"$set": {"a": "set"}, "$set_once": {"a": "once"}}))

    assert properties_of(project) == {"a": "set"}


@pytest.mark.parametrize("unset", [["plan", "unknown", 5], {"plan": None}])
def test_unset_comes_last(project: Project, unset: Any) -> None:
    capture(project, captured(properties={"$set": {"plan": "free", "kept": 1}, "$unset": unset}))

    assert properties_of(project) == {"kept": 1}


def test_what_stands_beside_the_properties_wins(project: Project) -> None:
    event = captured(
        set={"plan": "beside"}, set_once={"b": 2}, properties={"$set": {"plan": "within", "a": 1}}
    )

    capture(project, event)

    assert properties_of(project) == {"plan": "beside", "a": 1, "b": 2}
    assert '"$set":{"plan":"beside","a":1}' in waiting(project)[0]["properties"]


@pytest.mark.parametrize("wrong", [None, [], "x", 5])
def test_set_that_is_no_object_is_ignored(project: Project, wrong: Any) -> None:
    capture(project, captured(properties={"$set": wrong, "$set_once": wrong, "$unset": wrong}))

    assert properties_of(project) == {}


@pytest.mark.parametrize("name", ["$exception", "$$heatmap"])
def test_some_events_never_change_a_person(project: Project, name: str) -> None:
    capture(project, captured(name, properties={"$set": {"plan": "pro"}, "$browser": "Chrome"}))

    assert properties_of(project) == {}


def test_device_and_campaign_are_lifted(project: Project) -> None:
    capture(project, captured(properties={"$browser": "Chrome", "utm_source": "news", "other": 1}))

    assert properties_of(project) == {
        "$browser": "Chrome",
        "$initial_browser": "Chrome",
        "utm_source": "news",
        "$initial_utm_source": "news",
    }
    assert "$initial" not in waiting(project)[0]["properties"]


def test_first_campaign_stays_the_initial_one(project: Project) -> None:
    capture(
        project,
        captured(properties={"utm_source": "news"}),
        captured(properties={"utm_source": "ad"}),
    )

    assert properties_of(project) == {"utm_source": "ad", "$initial_utm_source": "news"}


def test_given_value_wins_over_lifted_one(project: Project) -> None:
    capture(project, captured(properties={"$browser": "Chrome", "$set": {"$browser": "Mine"}}))

    assert properties_of(project)["$browser"] == "Mine"


def test_os_name_counts_as_os(project: Project) -> None:
    capture(project, captured(properties={"$os_name": "iOS"}))

    assert properties_of(project) == {"$os": "iOS", "$initial_os": "iOS"}


def test_server_does_not_lift_its_os(project: Project) -> None:
    capture(
        project,
        captured(
            properties={"$is_server": True, "$os": "Linux", "$os_version": "6", "$os_name": "Linux"}
        ),
    )

    assert properties_of(project) == {}


def test_small_news_of_an_ordinary_event_are_not_written(project: Project) -> None:
    capture(project, captured("$pageview", properties={"$current_url": "https://a.example/"}))
    capture(project, captured("$pageview", properties={"$current_url": "https://b.example/"}))

    assert properties_of(project)["$current_url"] == "https://a.example/"
    assert len(waiting(project, "persons")) == 1


@pytest.mark.parametrize(
    "event",
    [
        captured("$set", properties={"$current_url": "https://b.example/"}),
        captured(
            "$pageview", properties={"$current_url": "https://b.example/", "$set": {"plan": "pro"}}
        ),
        captured(
            "$pageview", properties={"$current_url": "https://b.example/", "utm_source": "ad"}
        ),
    ],
)
def test_small_news_come_with_greater_ones(project: Project, event: Any) -> None:
    capture(project, captured("$pageview", properties={"$current_url": "https://a.example/"}))

    capture(project, event)

    assert properties_of(project)["$current_url"] == "https://b.example/"


def test_huge_properties_are_not_written(project: Project) -> None:
    capture(project, captured(properties={"$set": {"plan": "free"}}))
    capture(project, captured(properties={"$set": {"huge": "x" * 600_000}}))

    assert properties_of(project) == {"plan": "free"}


def test_copy_for_queries_is_the_person(project: Project) -> None:
    capture(project, captured(properties={"$set": {"plan": "free"}}))
    capture(project, captured(properties={"$set": {"plan": "pro"}}))

    first, last = waiting(project, "persons")
    person = Person.objects.for_project(project).get()
    assert first["version"] < last["version"] == person.version
    assert last["id"] == str(person.uuid)
    assert last["properties"] == '{"plan":"pro"}'
    assert last["created_at"] == "2026-11-20 10:00:00.000000"
    [own_id] = waiting(project, "person_distinct_ids")
    assert (own_id["distinct_id"], own_id["person_id"]) == ("u1", str(person.uuid))


def test_projects_do_not_share_people(project: Project, other_project: Project) -> None:
    capture(project, captured(properties={"$set": {"plan": "free"}}))
    capture(other_project, captured(properties={"$set": {"plan": "pro"}}))

    assert properties_of(project) == {"plan": "free"}
    assert properties_of(other_project) == {"plan": "pro"}
    assert person_of(project, "u1").uuid != person_of(other_project, "u1").uuid
