"""People looked up by many ids at once, and as a table."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person
from posthog_lite.events.selectors import person_rows, persons
from tests.posthog_lite.events.capturing import capture, captured, identify, person_of
from tests.support.errors import assert_error


@pytest.fixture
def ann(project: Project) -> Person:
    capture(project, *(identify("ann", f"a{each}") for each in range(12)))
    return person_of(project, "ann")


@pytest.fixture
def bob(project: Project) -> Person:
    capture(project, captured("$set", "bob", {"$set": {"name": "Bob, =1+1", "n": [1]}}))
    return person_of(project, "bob")


@pytest.fixture
def stranger(other_project: Project) -> Person:
    capture(other_project, captured("seen", "zoe"))
    return person_of(other_project, "zoe")


def found(client: APIClient, url: str, **body: Any) -> dict[str, Any]:
    response = client.post(f"{url}/batch_by_{next(iter(body))}/", body)
    assert response.status_code == 200, response.content
    assert list(response.json()) == ["results"]
    results: dict[str, Any] = response.json()["results"]
    return results


def test_people_are_found_by_distinct_ids(
    client: APIClient, url: str, ann: Person, bob: Person, stranger: Person
) -> None:
    people = found(client, url, distinct_ids=["bob", "ann", "a3", "nobody", "zoe", ""])
    assert set(people) == {"bob", "ann", "a3"}
    assert people["bob"] == client.get(f"{url}/{bob.pk}/").json()
    assert people["a3"] == people["ann"]
    assert people["ann"]["id"] == ann.pk
    assert len(people["ann"]["distinct_ids"]) == 10  # of thirteen


def test_people_are_found_by_uuids(
    client: APIClient, url: str, bob: Person, stranger: Person
) -> None:
    asked = [str(bob.uuid).upper(), str(stranger.uuid), str(uuid4())]
    people = found(client, url, uuids=asked)
    assert {key: row["name"] for key, row in people.items()} == {str(bob.uuid): "Bob, =1+1"}


@pytest.mark.parametrize("body", [{}, {"distinct_ids": []}, {"distinct_ids": None}])
def test_no_ids_find_nobody(body: Any, client: APIClient, url: str, bob: Person) -> None:
    response = client.post(f"{url}/batch_by_distinct_ids/", body)
    assert (response.status_code, response.json()) == (200, {"results": {}})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("distinct_ids", "bob"),
        ("distinct_ids", {"a": 1}),
        ("distinct_ids", ["x"] * 1001),
        ("distinct_ids", [1]),
        ("uuids", ["bob"]),
        ("uuids", [str(uuid4()), ""]),
    ],
)
def test_what_is_no_list_of_ids_is_refused(
    name: str, given: Any, client: APIClient, url: str
) -> None:
    response = client.post(f"{url}/batch_by_{name}/", {name: given})
    assert response.status_code == 400, response.content
    assert response.json()["attr"].startswith(name)


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_batch_costs_the_database(
    number: int, client: APIClient, url: str, project: Project
) -> None:
    ids = [f"u{each}" for each in range(number)]
    capture(project, *(captured("seen", each) for each in ids))
    uuids = [str(person_of(project, each).uuid) for each in ids]
    client.get(f"{url}/")
    with assertNumQueries(4):  # the key with the project, its settings, people, their ids
        assert len(found(client, url, distinct_ids=ids)) == number
    with assertNumQueries(4):
        assert len(found(client, url, uuids=uuids)) == number


def lines(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def test_people_are_a_table(client: APIClient, url: str, ann: Person, bob: Person) -> None:
    head, *people = lines(client.get(f"{url}/?format=csv"))
    assert head == ["id", "uuid", "name", "distinct_ids", "created_at", "properties"]
    assert [row[0] for row in people] == [str(bob.pk), str(ann.pk)]
    assert people[0][1:4] == [str(bob.uuid), "Bob, =1+1", '["bob"]']
    assert people[0][4] == bob.created_at.isoformat()
    assert people[0][5] == '{"n": [1], "name": "Bob, =1+1"}'
    assert [row[0] for row in lines(client.get(f"{url}/?format=csv&search=bob"))[1:]] == [
        str(bob.pk)
    ]
    assert [row[0] for row in lines(client.get(f"{url}/?format=csv&limit=1"))[1:]] == [str(bob.pk)]
    assert [row[0] for row in lines(client.get(f"{url}/?format=csv&offset=1"))[1:]] == [str(ann.pk)]
    assert_error(client.get(f"{url}/?format=csv&properties=x"), 400, attr="properties")


def test_people_are_read_some_at_a_time(
    client: APIClient, url: str, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(f"{url}/").json()
    monkeypatch.setattr(person_rows, "ROWS_AT_ONCE", 1)
    assert client.get(f"{url}/").json() == whole
    assert [row["id"] for row in whole["results"]] == [bob.pk, ann.pk]


def test_an_answer_with_too_many_people_is_refused(
    client: APIClient, url: str, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(client.get(f"{url}/{bob.pk}/").json()["name"]) * 4
    monkeypatch.setattr(person_rows, "MOST_ANSWER_BYTES", size)
    detail = "The answer would be larger than 0 MB. Ask for fewer rows."
    too_many = [
        client.get(f"{url}/"),
        client.post(f"{url}/batch_by_uuids/", {"uuids": [str(ann.uuid), str(bob.uuid)]}),
        client.post(f"{url}/batch_by_distinct_ids/", {"distinct_ids": ["ann", "a1"]}),
    ]
    for refused in too_many:
        assert_error(refused, 413, code="answer_too_large", detail=detail)
    assert found(client, url, distinct_ids=["bob"])
    assert client.get(f"{url}/?limit=1").status_code == 200


def test_no_more_than_a_thousand_ids_are_read(
    client: APIClient, url: str, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "MOST_IDS_SHOWN", 3)
    assert client.get(f"{url}/{ann.pk}/").json()["distinct_ids"] == ["a0", "a1", "a10"]
