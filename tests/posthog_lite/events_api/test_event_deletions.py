"""What can be asked about deletions of people's events."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import EventDeletion, Person
from posthog_lite.events.outbox import move_waiting
from tests.posthog_lite.events.capturing import capture, captured, person_of
from tests.support.errors import assert_error


@pytest.fixture
def ann(project: Project) -> Person:
    capture(project, captured("seen", "ann"))
    return person_of(project, "ann")


def told(client: APIClient, url: str, **wanted: Any) -> list[dict[str, Any]]:
    body = client.get(f"{url}/deletion_status/", wanted).json()
    assert list(body) == ["count", "next", "previous", "results"]
    rows: list[dict[str, Any]] = body["results"]
    return rows


def test_a_deletion_is_pending_until_the_engine_did_it(
    engine: ModuleType, client: APIClient, url: str, ann: Person, project: Project
) -> None:
    client.post(f"{url}/bulk_delete/", {"distinct_ids": ["ann"], "delete_events": True})
    [row] = told(client, url, person_uuid=str(ann.uuid), status="all")
    assert set(row) == {"person_uuid", "created_at", "status", "delete_verified_at"}
    assert (row["person_uuid"], row["status"]) == (str(ann.uuid), "pending")
    assert row["delete_verified_at"] is None

    move_waiting(project_id=project.pk)
    assert told(client, url, status="pending") == []
    [row] = told(client, url, status="completed")
    assert row["status"] == "completed"
    assert row["delete_verified_at"] >= row["created_at"]


@pytest.mark.parametrize("way", ["delete", "events", "kept"])
def test_every_deletion_of_events_is_told(
    way: str, client: APIClient, url: str, ann: Person
) -> None:
    if way == "delete":
        client.delete(f"{url}/{ann.pk}/?delete_events=true")
    elif way == "events":
        client.post(f"{url}/{ann.pk}/delete_events/")
    else:
        client.delete(f"{url}/{ann.pk}/?delete_events=true&keep_person=true")
    assert [row["person_uuid"] for row in told(client, url)] == [str(ann.uuid)]


def test_deletions_of_people_alone_are_not(client: APIClient, url: str, ann: Person) -> None:
    client.delete(f"{url}/{ann.pk}/")
    assert told(client, url) == []


def test_only_the_project_s_own_are_told(
    client: APIClient, url: str, ann: Person, other_project: Project
) -> None:
    EventDeletion.objects.create(project=other_project, person_uuid=ann.uuid, entry_id=1)
    assert told(client, url) == []
    assert told(client, url, person_uuid=str(uuid4())) == []


def test_they_are_forgotten_months_after_they_are_done(
    client: APIClient, url: str, ann: Person, project: Project
) -> None:
    for days in (89, 91, None):
        done = None if days is None else timezone.now() - timedelta(days=days)
        EventDeletion.objects.create(
            project=project, person_uuid=uuid4(), entry_id=0, verified_at=done
        )
    client.delete(f"{url}/{ann.pk}/?delete_events=true")
    assert [row["status"] for row in told(client, url)] == ["pending", "pending", "completed"]


@pytest.mark.parametrize(
    ("name", "value"), [("status", "done"), ("person_uuid", "ann"), ("person_uuid", "\0")]
)
def test_questions_that_are_none_are_refused(
    name: str, value: str, client: APIClient, url: str
) -> None:
    assert_error(client.get(f"{url}/deletion_status/", {name: value}), 400, attr=name)


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    number: int, client: APIClient, url: str, project: Project
) -> None:
    for each in range(number):
        EventDeletion.objects.create(project=project, person_uuid=uuid4(), entry_id=each)
    told(client, url)
    with assertNumQueries(3):  # the key with the project, how many, the page
        assert len(told(client, url)) == number
