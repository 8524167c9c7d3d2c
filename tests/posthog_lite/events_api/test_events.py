from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Action, PropertyDefinition
from posthog_lite.events_api.selectors import events as selectors
from tests.posthog_lite.events.capturing import capture, captured, identify, person_of
from tests.support.errors import assert_error

FIRST = UUID("0198c0de-0000-7000-8000-000000000001")
NOW = datetime.now(UTC)


@pytest.fixture
def url(project: Project, engine: ModuleType) -> str:
    anonymous = captured("seen", "anonymous-1", {"page": 1}, uuid=FIRST, timestamp=NOW, minutes=-50)
    capture(project, anonymous)
    capture(project, identify("ann", "anonymous-1", email="ann@example.org", plan="pro"))
    capture(
        project,
        *(
            captured("paid", "bob", {"price": number}, timestamp=NOW - timedelta(days=number))
            for number in range(3)
        ),
    )
    return f"/api/projects/{project.pk}/events"


def events(client: APIClient, url: str, **wanted: Any) -> list[Any]:
    response = client.get(f"{url}/", wanted)
    assert response.status_code == 200, response.content
    assert list(response.json()) == ["next", "results"]
    found: list[Any] = response.json()["results"]
    return found


def test_a_table_of_events_has_no_next_page(client: APIClient, url: str, project: Project) -> None:
    capture(project, *(captured("many", f"m{number}", timestamp=NOW) for number in range(101)))
    page = client.get(f"{url}/?event=many").json()
    assert (len(page["results"]), page["next"] is None) == (100, False)
    table = client.get(f"{url}/?event=many&format=csv").getvalue().decode()
    assert len(table.splitlines()) == 1 + 101
    assert len(client.get(f"{url}/?format=csv&limit=2").getvalue().decode().splitlines()) == 1 + 2


def test_a_page_of_events_is_a_table(client: APIClient, url: str) -> None:
    response = client.get(f"{url}/?format=csv&event=seen")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    head, row = csv.reader(io.StringIO(response.getvalue().decode()))
    assert head == ["id", "event", "timestamp", "distinct_id", "properties", "elements_chain"]
    moment = (NOW - timedelta(minutes=50)).isoformat()
    assert row[:4] == [str(FIRST), "seen", moment, "anonymous-1"]
    assert orjson.loads(row[4])["page"] == 1


def test_events_are_listed_newest_first(client: APIClient, url: str, project: Project) -> None:
    found = events(client, url)
    moments = [row["timestamp"] for row in found]
    assert moments == sorted(moments, reverse=True)
    [row] = [row for row in found if row["id"] == str(FIRST)]
    assert row["event"] == "seen"
    assert row["distinct_id"] == "anonymous-1"
    assert row["properties"]["page"] == 1
    assert datetime.fromisoformat(row["timestamp"]) == NOW - timedelta(minutes=50)
    assert row["person"] == {  # who is known by now
        "is_identified": True,
        "distinct_ids": ["anonymous-1"],
        "properties": {"email": "ann@example.org"},
    }
    assert (row["elements"], row["elements_chain"]) == ([], "")
    assert client.get(f"{url}/{FIRST}/").json() == row


def test_the_very_next_request_sees_what_was_captured(
    client: APIClient, url: str, project: Project
) -> None:
    before = len(events(client, url))
    capture(project, captured("new"))
    assert len(events(client, url)) == before + 1


def test_a_page_is_refused_where_it_would_be_too_large(
    client: APIClient, url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(project, captured("clicked", properties={"$elements_chain": "a" * 1_000}))
    monkeypatch.setattr(selectors, "MOST_ANSWER_BYTES", 1_000)
    assert len(events(client, url, event="paid")) == 3
    assert_error(client.get(f"{url}/?event=clicked"), 413, code="answer_too_large")


def test_what_lies_ahead_is_not_listed(client: APIClient, url: str, project: Project) -> None:
    """Unless it is asked for: clocks of visitors are wrong at times."""
    capture(project, captured("ahead", "bob", timestamp=datetime.now(UTC), minutes=10))
    assert events(client, url, event="ahead") == []
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert len(events(client, url, event="ahead", before=later)) == 1


def test_events_are_found(client: APIClient, url: str, project: Project) -> None:
    def count(**wanted: Any) -> int:
        return len(events(client, url, **wanted))

    assert count(event="paid") == 3
    assert count(distinct_id="bob") == 3
    assert count(distinct_id="bo") == 0
    ann = person_of(project, "ann")
    assert count(person_id=str(ann.uuid)) == count(person_id=ann.pk) == 2
    assert count(properties='[{"key":"price","value":1,"operator":"gt","type":"event"}]') == 1
    assert count(properties='[{"key":"plan","value":"pro","type":"person"}]') == 2
    assert count(event="paid", after=(NOW - timedelta(hours=30)).isoformat()) == 2
    assert count(event="paid", before=(NOW - timedelta(hours=30)).isoformat()) == 1
    assert count(before="1900-01-01") == 0
    assert count(event="paid", after="30h", before="-12h") == count(event="paid", before="36h") == 1
    assert count(event="paid", after="1w") == count(event="paid", limit=5_000) == 3
    assert count(event="paid", after="", before="") == 3
    assert count(person_id="5555555555") == count(person_id=str(uuid4())) == 0
    action = Action.objects.create(project=project, name="Paid", steps=[{"event": "paid"}])
    assert (count(action_id=action.pk), count(action_id=action.pk + 1)) == (3, 0)
    assert count(properties='{"type":"AND","values":[{"key":"price","value":["1","2"]}]}') == 2


@pytest.mark.parametrize("order", ['["timestamp"]', '["-timestamp"]', '[ "-timestamp" ]'])
def test_pages_hold_every_event_once(
    order: str, client: APIClient, url: str, project: Project
) -> None:
    """Also those of the same moment."""
    capture(project, *(captured("same", f"s{number}", timestamp=NOW) for number in range(5)))
    everything = [row["id"] for row in events(client, url, orderBy=order)]
    response = client.get(f"{url}/", {"orderBy": order, "limit": "2"}).json()
    seen = [row["id"] for row in response["results"]]
    while response["next"]:
        link = urlsplit(response["next"])
        response = client.get(f"{link.path}?{link.query}").json()
        seen += [row["id"] for row in response["results"]]
    assert seen == everything
    assert len(set(seen)) == len(seen)


def test_rows_are_left_out(client: APIClient, url: str) -> None:
    """The next page begins after the last one shown, so that none is left out twice."""
    everything = [row["id"] for row in events(client, url)]
    for order, rows in (('["-timestamp"]', everything), ('["timestamp"]', everything[::-1])):
        wanted = {"orderBy": order, "limit": "2", "offset": "1"}
        response = client.get(f"{url}/", wanted).json()
        assert [row["id"] for row in response["results"]] == rows[1:3]
        link = urlsplit(response["next"])
        rest = client.get(f"{link.path}?{link.query}").json()
        assert [row["id"] for row in rest["results"]] == rows[3:5]


def test_dates_are_read_on_the_clock_of_the_project(
    client: APIClient, url: str, project: Project
) -> None:
    moment = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    capture(project, captured("counted", "bob", timestamp=moment))

    def count(**wanted: str) -> int:
        return len(events(client, url, event="counted", **wanted))

    assert count(after="2026-01-06") == count(before="2026-01-05T23:00:00") - 1 == 0
    Project.objects.filter(pk=project.pk).update(timezone="Europe/Berlin")  # an hour ahead
    assert count(after="2026-01-05T23:00:00") == 1
    assert count(before="2026-01-05T23:30:00", after="2026-01-05T23:29:59.5") == 0
    assert count(before="2026-01-05T22:31:00Z") == 1


def test_values_of_a_property_are_listed(client: APIClient, url: str) -> None:
    found = client.get(f"{url}/values/", {"key": "price"}).json()
    assert found == [{"name": "0"}, {"name": "1"}, {"name": "2"}]
    wanted = {"key": "price", "value": "2", "event_name": "paid"}
    assert client.get(f"{url}/values/", wanted).json() == [{"name": "2"}]
    assert_error(client.get(f"{url}/values/"), 400, attr="key")


def test_values_are_told_as_somebody_would_choose_them(
    client: APIClient, url: str, project: Project
) -> None:
    def values(query: str) -> set[str]:
        response = client.get(f"{url}/values/?{query}")
        assert response.status_code == 200, response.content
        return {row["name"] for row in response.json()}

    sent = {"colors": ["red", "blue", 5], "price": {"a": 1}}
    capture(project, captured("dyed", "bob", sent, timestamp=NOW))
    assert values("key=colors") == {"red", "blue", "5"}
    assert values("key=price&event_name=x&event_name=dyed") == {'{"a":1}'}
    assert values("key=custom_event") == {"seen", "paid", "dyed"}  # $identify is an SDK's
    assert values("key=event&is_column=true&value=IDENT") == {"$identify"}
    assert values("key=distinct_id&is_column=true") == {"anonymous-1", "ann", "bob"}
    assert str(person_of(project, "bob").uuid) in values("key=person_id&is_column=true")
    assert_error(client.get(f"{url}/values/?key=x&is_column=true"), 400, attr="key")

    PropertyDefinition.objects.for_project(project).filter(name="colors").update(hidden=True)
    assert values("key=colors") == set()


def test_unknown_events_are_not_there(client: APIClient, url: str) -> None:
    other = uuid4()
    assert_error(
        client.get(f"{url}/{other}/"), 404, detail=f"No events exist for event UUID {other}"
    )
    assert_error(client.get(f"{url}/x/"), 400, detail="Invalid UUID")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("properties", "{"),
        ("limit", "0"),
        ("offset", "-1"),
        ("offset", "50001"),
        ("orderBy", '["event"]'),
        ("after", "yesterday"),
        ("before", "0001-01-01"),
        ("before", "2" * 51),
        ("last_id", "x"),
        ("action_id", "x"),
    ],
)
def test_bad_questions_are_refused(
    name: str, value: str, client: APIClient, project: Project
) -> None:
    assert_error(client.get(f"/api/projects/{project.pk}/events/", {name: value}), 400, attr=name)


@pytest.mark.parametrize(
    "wanted",
    [
        {"properties": "1"},
        {"properties": '[{"key":"id","value":1,"type":"cohort"}]'},
        {"person_id": "x"},
    ],
)
def test_what_cannot_be_filtered_by_is_refused(
    wanted: dict[str, str], client: APIClient, url: str
) -> None:
    assert client.get(f"{url}/", wanted).status_code == 400


def test_events_cannot_be_written(client: APIClient, project: Project) -> None:
    at = f"/api/projects/{project.pk}/events/"
    assert client.post(at, {}).status_code == 405
    assert client.delete(f"{at}{FIRST}/").status_code == 405


def test_properties_come_as_they_were_sent(client: APIClient, url: str, project: Project) -> None:
    sent = {"big": 2**63, "float": 1e300, "text": "Zoë \u2028 \"'\\", "deep": {"a": [None, True]}}
    capture(project, captured("odd", properties=sent, timestamp=timezone.now()))
    [row] = events(client, url, event="odd")
    assert row["properties"] == sent
    assert orjson.loads(orjson.dumps(row["properties"])) == sent


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    number: int, client: APIClient, project: Project, engine: ModuleType
) -> None:
    people = [captured("seen", f"someone {n}", timestamp=NOW, minutes=-n) for n in range(number)]
    capture(project, *people)
    page = f"/api/projects/{project.pk}/events/"
    client.get(page)
    # The key with the project, what waits, what queries read of a project, people.
    with assertNumQueries(4):
        assert len(client.get(page).json()["results"]) == number
