from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import EventDefinition
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
        ("event_names", "[[1]]"),
        ("excluded_properties", "["),
        ("event_names", "[" * 60_000),
        ("group_type_index", "9"),
        ("properties", "a," * 200),
    ],
)
def test_bad_questions_are_refused(name: str, value: str, client: APIClient, url: str) -> None:
    assert_error(client.get(f"{url}/property_definitions/", {name: value}), 400, attr=name)


@pytest.mark.parametrize(
    ("wanted", "attr"),
    [
        ({"type": "person", "event_names": '["paid"]'}, "event_names"),
        ({"type": "group"}, "group_type_index"),
        ({"type": "event", "group_type_index": "3"}, "group_type_index"),
    ],
)
def test_questions_that_contradict_themselves_are_refused(
    wanted: dict[str, str], attr: str, client: APIClient, url: str
) -> None:
    assert_error(client.get(f"{url}/property_definitions/", wanted), 400, attr=attr)


@pytest.fixture
def names(project: Project) -> str:
    """Definitions of a shop that differ in what they can be found by."""
    now = timezone.now()
    seen = {"rated app": 12, "installed app": 1, "free_trial_entered": 45, "$pageview": 0}
    for name, days in seen.items():
        EventDefinition.objects.create(
            project=project, name=name, last_seen_at=now - timedelta(days=days)
        )
    EventDefinition.objects.create(
        project=project, name="watched", hidden=True, verified=True, tags=["video", "old"]
    )
    return f"/api/projects/{project.pk}"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", ["$pageview", "free_trial_entered", "installed app", "rated app", "watched"]),
        ("search=APP", ["rated app", "installed app"]),  # the shorter one first
        ("search=%20ed%20app", ["rated app", "installed app"]),
        ("search=ent%20tri", ["free_trial_entered"]),
        ("search=app&ordering=name", ["installed app", "rated app"]),
        ("names=watched&names=rated%20app&names=x", ["rated app", "watched"]),
        ("names=watched,rated%20app", ["rated app", "watched"]),
        ('excluded_properties=["watched","$pageview","rated app"]', None),
        ("event_type=event_posthog", ["$pageview"]),
        ("event_type=event_custom&search=w", ["watched"]),
        ('tags=["old","none"]', ["watched"]),
        ("tags=5&event_type=event_posthog", ["$pageview"]),  # no list: no filter
        ("verified=true", ["watched"]),
        ("exclude_hidden=true&search=wat", []),
        ("exclude_stale=true&search=e", None),
        (
            "ordering=-last_seen_at::date&ordering=-name",
            ["$pageview", "installed app", "rated app", "free_trial_entered", "watched"],
        ),
    ],
)
def test_definitions_of_events_are_found(
    wanted: str, expected: list[str] | None, client: APIClient, names: str
) -> None:
    response = client.get(f"{names}/event_definitions/?{wanted}")
    assert response.status_code == 200, response.content
    found = [row["name"] for row in response.json()["results"]]
    if expected is None:
        assert "installed app" in found
        assert not {"rated app" if "excluded" in wanted else "free_trial_entered"} & set(found)
    else:
        assert found == expected


def test_unknown_orders_are_refused(client: APIClient, names: str) -> None:
    assert_error(client.get(f"{names}/event_definitions/?ordering=tags"), 400, attr="ordering")


def test_an_event_is_described_before_it_comes(
    client: APIClient, url: str, project: Project
) -> None:
    at = f"{url}/event_definitions/"
    response = client.post(at, {"name": "refunded", "tags": ["Money"], "hidden": True})
    assert response.status_code == 201, response.content
    row = response.json()
    assert (row["created_at"], row["last_seen_at"], row["tags"]) == (None, None, ["money"])
    assert row["hidden"] is True
    assert client.get(f"{at}by_name/", {"name": "refunded"}).json() == row
    assert_error(client.post(at, {"name": "paid"}), 400, code="unique", attr="name")
    assert_error(client.post(at, {}), 400, code="required", attr="name")

    capture(project, captured("refunded"))
    seen = client.get(f"{at}{row['id']}/").json()
    assert seen["created_at"]
    assert seen["last_seen_at"]
    assert seen["tags"] == ["money"]


def test_a_name_is_looked_up(client: APIClient, url: str) -> None:
    at = f"{url}/event_definitions/by_name/"
    assert client.get(at, {"name": "paid"}).json()["name"] == "paid"
    assert_error(client.get(at, {"name": "Paid"}), 404)
    assert_error(client.get(at), 400, code="required", attr="name")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("search=first%20vis", ["first_visit"]),
        ('excluded_properties=["first_visit"]', ["$browser", "$feature/plan", "plan", "utm_term"]),
        ("exclude_core_properties=true", ["first_visit", "plan"]),
        ("is_feature_flag=true", ["$feature/plan"]),
        ("is_feature_flag=false&search=plan", ["plan"]),
        ("exclude_hidden=true&search=vis", ["first_visit"]),
        ("verified=true", []),
        ("verified=false&search=plan", ["$feature/plan", "plan"]),
        ('event_names=["seen"]&search=l', ["plan", "$feature/plan"]),  # what it carried first
        ("event_names=[1]&filter_by_event_names=true", []),
    ],
)
def test_definitions_of_properties_are_found(
    wanted: str, expected: list[str], client: APIClient, project: Project
) -> None:
    sent = {"$browser": "x", "first_visit": True, "utm_term": "y", "$feature/plan": "z"}
    unwanted = {"$session_entry_url": "x", "$group_0": "y", "$initial_referrer": "z"}
    capture(project, captured("opened", properties=sent | unwanted))
    capture(project, captured("seen", properties={"plan": "pro"}))
    response = client.get(f"/api/projects/{project.pk}/property_definitions/?{wanted}")
    assert response.status_code == 200, response.content
    assert [row["name"] for row in response.json()["results"]] == expected


def test_events_that_carry_a_property_are_told(client: APIClient, url: str) -> None:
    at = f"{url}/property_definitions/seen_together/?event_names=paid&event_names=x"
    assert client.get(f"{at}&property_name=when").json() == {"paid": True, "x": False}
    assert client.get(f"{at}&property_name=plan").json() == {"paid": False, "x": False}
    assert_error(client.get(at), 400, code="required", attr="property_name")


@pytest.mark.parametrize("noun", ["event_definitions", "property_definitions"])
@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    noun: str, number: int, client: APIClient, project: Project
) -> None:
    capture(project, *(captured(f"e{each}", properties={f"p{each}": 1}) for each in range(number)))
    at = f"/api/projects/{project.pk}/{noun}/"
    client.get(at)
    with assertNumQueries(3):  # the key with the project, how many, a page
        assert client.get(at).json()["count"] == number


@pytest.mark.parametrize("name", ["names", "excluded_properties", "tags"])
def test_a_nul_in_a_name_is_refused_as_such(name: str, client: APIClient, project: Project) -> None:
    at = f"/api/projects/{project.pk}/event_definitions/"
    refused = client.get(at, {name: '["a\\u0000"]'})
    assert_error(refused, 400, attr=name, detail="Names are texts without NUL characters.")


@pytest.mark.parametrize("noun", ["persons", "event_definitions", "dashboards", "insights"])
def test_an_offset_beyond_every_row_is_an_empty_page(
    noun: str, client: APIClient, project: Project
) -> None:
    capture(project, captured("signed up"))
    beyond = {"limit": 10**30, "offset": 10**30}
    answer = client.get(f"/api/projects/{project.pk}/{noun}/", beyond)
    assert (answer.status_code, answer.json()["results"]) == (200, [])
