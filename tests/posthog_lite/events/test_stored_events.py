"""What of an event is stored, added and taken away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events import outbox
from posthog_lite.events.ingestion import ingest
from posthog_lite.events.models import OutboxEntry, Person
from posthog_lite.events.rows import UnstorableEvent
from tests.posthog_lite.events.capturing import NOW, capture, captured, waiting
from tests.posthog_lite.events.test_outbox import stored
from tests.support.queries import count_queries


def properties_of(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(waiting(project)[0]["properties"])
    return found


def test_address_of_the_sender_is_kept(project: Project) -> None:
    capture(project, captured(ip="192.0.2.1"))

    assert properties_of(project) == {"$ip": "192.0.2.1"}


def test_address_in_the_event_wins(project: Project) -> None:
    capture(project, captured(ip="192.0.2.1", properties={"$ip": "192.0.2.9"}))

    assert properties_of(project) == {"$ip": "192.0.2.9"}


def test_project_may_keep_no_addresses(project: Project) -> None:
    project.anonymize_ips = True

    capture(project, captured(ip="192.0.2.1", properties={"$ip": "192.0.2.9"}))

    assert properties_of(project) == {}


def test_useless_properties_are_taken_away(project: Project) -> None:
    capture(project, captured(properties={"$feature_flag_payloads": {"a": 1}, "kept": 1}))

    assert properties_of(project) == {"kept": 1}


def test_elements_become_a_chain(project: Project) -> None:
    button = {
        "tag_name": "button",
        "$el_text": 'Say "hi"',
        "classes": ["primary", "big"],
        "attr__id": "buy",
        "nth_child": 1,
        "nth_of_type": 2,
    }
    link = {"tag_name": "a", "attr__href": "/pricing", "attr__class": "nav"}
    capture(project, captured("$autocapture", properties={"$elements": [button, link, 5]}))

    [row] = waiting(project)
    assert row["elements_chain"] == (
        'button.big.primary:attr__id="buy"attr_id="buy"nth-child="1"nth-of-type="2"'
        'text="Say \\"hi\\"";'
        'a.nav:attr__class="nav"attr__href="/pricing"href="/pricing"nth-child="0"nth-of-type="0"'
    )
    assert row["properties"] == "{}"


def test_long_texts_and_links_of_elements_are_cut(project: Project) -> None:
    link = {"tag_name": "a", "$el_text": "t" * 500, "href": "h" * 3000}
    capture(project, captured("$autocapture", properties={"$elements": [link]}))

    [row] = waiting(project)
    assert f'text="{"t" * 400}"' in row["elements_chain"]
    assert f'href="{"h" * 2048}"' in row["elements_chain"]


@pytest.mark.parametrize("elements", [None, "x", {}, [], [5]])
def test_chain_that_is_given_is_kept(project: Project, elements: Any) -> None:
    given = {"$elements_chain": "a:href", "$elements": elements}
    capture(project, captured("$autocapture", properties=given))

    [row] = waiting(project)
    assert (row["elements_chain"], row["properties"]) == ("a:href", "{}")


@pytest.mark.parametrize("session", [None, 5, ["x"]])
def test_session_that_is_no_text_is_none(project: Project, session: Any) -> None:
    capture(project, captured(properties={"$session_id": session, "$window_id": session}))

    [row] = waiting(project)
    assert (row["$session_id"], row["$window_id"]) == ("", "")


@pytest.mark.parametrize(
    ("year", "expected"),
    [(1, "1900-01-01"), (1899, "1900-01-01"), (1900, "1900-06-01"), (2500, "2299-12-31")],
)
def test_moments_beyond_the_engine_are_its_first_and_last(
    engine: ModuleType, project: Project, year: int, expected: str
) -> None:
    capture(project, captured(timestamp=datetime(year, 6, 1, tzinfo=UTC)))

    outbox.move_waiting(project_id=project.pk)

    assert stored(engine, project, "timestamp") == [[f"{expected} 00:00:00.000000"]]


def test_text_of_any_kind_is_stored_as_it_is(engine: ModuleType, project: Project) -> None:
    text = "tab\t, line\n, quote \", back\\slash, \\u0000 spelled, emoji 🦔, \u2028, {a}, '"
    capture(project, captured(text, text, {text: text, "$set": {text: text}}))

    outbox.move_waiting(project_id=project.pk)

    [[event, distinct_id, properties]] = stored(engine, project, "event, distinct_id, properties")
    assert (event, distinct_id) == (text, text)
    assert json.loads(properties)[text] == text
    assert Person.objects.for_project(project).get().properties == {text: text}


def test_event_nested_too_deep_stores_nothing(project: Project) -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]

    with pytest.raises(UnstorableEvent):
        capture(project, captured(), captured(properties={"deep": deep}))

    assert not OutboxEntry.objects.for_project(project).exists()
    assert not Person.objects.for_project(project).exists()


def test_events_that_tell_nothing_new_take_two_statements(
    project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    events = [captured("x", f"u{number}", {"$browser": "Chrome"}) for number in range(50)]
    with django_capture_on_commit_callbacks(execute=True):  # after which names are remembered
        capture(project, *events)

    with count_queries() as queries:
        ingest(project=project, events=events, now=NOW)

    # The people behind the ids; the outbox.
    assert len(queries) == 2
