"""Events of somebody who is known take one statement, and never rest on what no longer holds."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events import known_people
from posthog_lite.events.ingestion import ingest_by_token
from posthog_lite.events.known_people import recall, remember
from posthog_lite.events.models import Person, PersonDistinctId
from posthog_lite.events.payloads import CapturedEvent
from posthog_lite.events.persons import ask_recipient
from posthog_lite.events.refusals import UnknownToken
from posthog_lite.events.services.persons import delete_persons, split_person
from posthog_lite.recent import Recent
from tests.factories import ProjectFactory
from tests.posthog_lite.events.capturing import NOW, capture, captured, identify, waiting
from tests.support.queries import count_queries

IP = "192.0.2.9"


def send(project: Project, event: CapturedEvent) -> None:
    ingest_by_token(token=project.api_token, events=[event], now=NOW)


@pytest.fixture
def known(project: Project, django_capture_on_commit_callbacks: Any) -> Project:
    """A project whose sender was heard twice: everything about them is remembered."""
    with django_capture_on_commit_callbacks(execute=True):  # after which names are remembered
        send(project, captured(properties={"$browser": "Chrome", "$ip": IP}))
    send(project, captured(properties={"$browser": "Chrome", "$ip": IP}))
    return project


def owner_of_last_event(project: Project) -> str:
    return str(waiting(project)[-1]["person_id"])


def owner_of(project: Project, distinct_id: str) -> str:
    owned = PersonDistinctId.objects.for_project(project).get(distinct_id=distinct_id)
    assert owned.person is not None
    return str(owned.person.uuid)


def test_their_next_event_takes_one_statement(known: Project) -> None:
    with count_queries() as queries:
        send(known, captured(properties={"$browser": "Chrome"}))

    assert len(queries) == 1  # the outbox, where the person is still the same
    assert len(waiting(known)) == 3
    assert waiting(known)[-1]["person_id"] == waiting(known)[0]["person_id"]
    assert waiting(known)[-1].keys() == waiting(known)[0].keys()


def test_news_of_them_are_written(known: Project) -> None:
    send(known, captured(properties={"$browser": "Firefox"}, set={"plan": "pro"}))

    properties = Person.objects.for_project(known).get().properties
    assert (properties["$browser"], properties["plan"]) == ("Firefox", "pro")
    assert len(waiting(known)) == 3


def test_what_another_process_wrote_of_them_is_not_overwritten(known: Project) -> None:
    capture(known, captured(properties={"$browser": "Firefox"}))

    send(known, captured(properties={"$browser": "Chrome"}))

    assert Person.objects.for_project(known).get().properties["$browser"] == "Chrome"


def test_somebody_merged_meanwhile_is_the_other_person(known: Project) -> None:
    capture(known, captured(distinct_id="u2"), identify("u2", "u1"))

    send(known, captured())

    assert owner_of_last_event(known) == owner_of(known, "u2")


def test_an_id_split_off_meanwhile_is_a_person_of_its_own(known: Project) -> None:
    capture(known, identify("u2", "u1"))
    send(known, captured())
    send(known, captured())
    person = Person.objects.for_project(known).get()
    split_person(person=person, main_distinct_id="u2")

    send(known, captured())

    assert owner_of_last_event(known) == owner_of(known, "u1") != owner_of(known, "u2")


def test_somebody_deleted_meanwhile_is_new(known: Project) -> None:
    delete_persons(project=known, persons=list(Person.objects.for_project(known)))

    send(known, captured(properties={"$browser": "Chrome"}))

    assert owner_of_last_event(known) == owner_of(known, "u1")


def test_a_token_changed_meanwhile_is_refused(known: Project) -> None:
    former, known.api_token = known.api_token, "phc_another"
    known.save()

    with pytest.raises(UnknownToken):
        ingest_by_token(token=former, events=[captured()], now=NOW)

    assert len(waiting(known)) == 2


def test_whether_addresses_are_kept_counts_from_its_change_on(known: Project) -> None:
    event = captured(properties={"$ip": IP})
    for anonymizes in (True, True, False):
        Project.objects.update(anonymize_ips=anonymizes)
        send(known, event)

    told = [IP in line["properties"] for line in waiting(known)]
    assert told == [True, True, False, False, True]


def test_the_same_id_in_another_project_is_somebody_else(known: Project) -> None:
    other: Project = ProjectFactory.create()
    send(other, captured())

    assert owner_of_last_event(other) != owner_of(known, "u1")
    assert len(waiting(known)) == 2


def test_what_is_remembered_is_bounded_by_its_room_in_memory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_people, "_known", Recent(5_000))
    text = "\N{EURO SIGN}" * 1_000  # two bytes each
    for distinct_id in ("u1", "u2"):
        capture(project, captured(distinct_id=distinct_id, set={"text": text}))
        rows = ask_recipient(token=project.api_token, distinct_ids=[distinct_id])
        remember(token=project.api_token, rows=rows)

    assert recall(token=project.api_token, distinct_ids=["u1"]) is None
    assert recall(token=project.api_token, distinct_ids=["u2"]) == rows[0]
