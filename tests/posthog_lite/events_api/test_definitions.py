from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from tests.posthog_lite.events.capturing import capture, captured
from tests.support.errors import assert_error


@pytest.fixture
def url(project: Project) -> str:
    capture(
        project,
        captured("signed up", properties={"plan": "pro", "price": 9.5, "$set": {"email": "a@b.c"}}),
        captured("paid", properties={"price": 3, "when": "2026-11-20T10:00:00Z", "new": True}),
    )
    return f"/api/projects/{project.pk}"


def rows(client: APIClient, url: str, noun: str, **wanted: Any) -> dict[str, Any]:
    response = client.get(f"{url}/{noun}/", wanted)
    assert response.status_code == 200, response.content
    return {row["name"]: row for row in response.json()["results"]}


def test_events_have_definitions(client: APIClient, url: str) -> None:
    found = rows(client, url, "event_definitions")
    assert list(found) == ["paid", "signed up"]
    row = found["paid"]
    assert (row["tags"], row["description"], row["owner"], row["is_action"]) == (
        [],
        None,
        None,
        False,
    )
    assert row["created_at"]
    assert row["last_seen_at"]
    assert list(rows(client, url, "event_definitions", search="SIGN")) == ["signed up"]
    assert client.get(f"{url}/event_definitions/{row['id']}/").json() == row


def test_events_are_described_and_tagged(client: APIClient, url: str) -> None:
    at = f"{url}/event_definitions/{rows(client, url, 'event_definitions')['paid']['id']}/"
    body = {"description": "Money!", "tags": [" Core", "core", "x"], "verified": True, "name": "no"}
    changed = client.patch(at, body).json()
    assert (changed["description"], changed["tags"]) == ("Money!", ["core", "x"])
    assert (changed["verified"], changed["hidden"], changed["name"]) == (True, False, "paid")
    assert client.get(at).json() == changed


def test_properties_have_types(client: APIClient, url: str) -> None:
    found = rows(client, url, "property_definitions")
    types = {name: row["property_type"] for name, row in found.items()}
    assert types["plan"] == "String"
    assert types["price"] == "Numeric"
    assert types["when"] == "DateTime"
    assert types["new"] == "Boolean"
    assert found["price"]["is_numerical"] is True
    assert found["price"]["is_seen_on_filtered_events"] is None
    assert list(rows(client, url, "property_definitions", type="person")) == ["email"]


def test_properties_are_found(client: APIClient, url: str) -> None:
    found = rows(client, url, "property_definitions", event_names='["paid"]')
    assert {name: row["is_seen_on_filtered_events"] for name, row in found.items()}["plan"] is False
    assert found["price"]["is_seen_on_filtered_events"] is True
    only = rows(
        client, url, "property_definitions", event_names='["paid"]', filter_by_event_names="true"
    )
    assert "plan" not in only
    assert set(only) >= {"price", "new", "when"}
    assert list(rows(client, url, "property_definitions", properties="plan,new")) == ["new", "plan"]
    assert list(rows(client, url, "property_definitions", is_numerical="true")) == ["price"]
    assert list(rows(client, url, "property_definitions", search="pri")) == ["price"]


def test_the_type_of_a_property_is_changed(client: APIClient, url: str) -> None:
    at = f"{url}/property_definitions/{rows(client, url, 'property_definitions')['plan']['id']}/"
    assert client.patch(at, {"property_type": "Numeric"}).json()["is_numerical"] is True
    assert client.patch(at, {"property_type": None}).json()["property_type"] is None
    assert_error(client.patch(at, {"property_type": "Color"}), 400, attr="property_type")


@pytest.mark.parametrize("noun", ["event_definitions", "property_definitions"])
def test_definitions_are_forgotten(noun: str, client: APIClient, url: str) -> None:
    [first, *others] = rows(client, url, noun).values()
    at = f"{url}/{noun}/{first['id']}/"
    assert client.delete(at).status_code == 204
    assert client.get(at).status_code == 404
    assert list(rows(client, url, noun)) == [row["name"] for row in others]


@pytest.mark.parametrize("noun", ["event_definitions", "property_definitions"])
@pytest.mark.parametrize("pk", ["1", "x", "%00", "0198c0de-0000-7000-8000-000000000001"])
def test_unknown_ones_are_not_there(noun: str, pk: str, client: APIClient, url: str) -> None:
    assert_error(client.get(f"{url}/{noun}/{pk}/"), 404)
    assert client.post(f"{url}/{noun}/", {"name": "x"}).status_code == 405


@pytest.mark.parametrize(
    ("noun", "body", "attr"),
    [
        ("event_definitions", {"tags": "x"}, "tags"),
        ("event_definitions", {"tags": ["t"] * 101}, "tags"),
        ("event_definitions", {"tags": ["t" * 256]}, "tags__0"),
        ("property_definitions", {"verified": "perhaps"}, "verified"),
        ("property_definitions", {"description": "d" * 10_001}, "description"),
    ],
)
def test_bad_bodies_are_refused(
    noun: str, body: Any, attr: str, client: APIClient, url: str
) -> None:
    first = next(iter(rows(client, url, noun).values()))
    assert_error(client.patch(f"{url}/{noun}/{first['id']}/", body), 400, attr=attr)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "nobody"),
        ("event_names", "[1]"),
        ("event_names", "[" * 60_000),
        ("group_type_index", "9"),
        ("properties", "a," * 200),
    ],
)
def test_bad_questions_are_refused(name: str, value: str, client: APIClient, url: str) -> None:
    assert_error(client.get(f"{url}/property_definitions/", {name: value}), 400, attr=name)


@pytest.mark.parametrize("noun", ["event_definitions", "property_definitions"])
@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    noun: str,
    number: int,
    client: APIClient,
    project: Project,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    capture(project, *(captured(f"e{each}", properties={f"p{each}": 1}) for each in range(number)))
    at = f"/api/projects/{project.pk}/{noun}/"
    client.get(at)
    with django_assert_num_queries(3):  # the key with the project, how many, a page
        assert client.get(at).json()["count"] == number
