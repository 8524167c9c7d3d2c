from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Person
from posthog_lite.events.rows import DELETIONS
from tests.posthog_lite.events.capturing import (
    capture,
    captured,
    identify,
    ids_of,
    person_of,
    waiting,
)
from tests.support.errors import assert_error


@pytest.fixture
def ann(project: Project) -> Person:
    anonymous = str(uuid4())
    first = captured("seen", anonymous, minutes=-60)
    capture(project, first, identify("ann", anonymous, email="ann@example.org", plan="pro", age=41))
    return person_of(project, "ann")


@pytest.fixture
def bob(project: Project) -> Person:
    properties = {"$set": {"name": "Bob", "plan": "free", "age": 9, "score": 1e300, "2026": "yes"}}
    capture(project, captured("$set", "bob", properties))
    return person_of(project, "bob")


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


def filtered(client: APIClient, url: str, *filters: dict[str, Any]) -> list[str]:
    return names(client.get(f"{url}/", {"properties": orjson.dumps(filters).decode()}))


def test_people_are_listed_newest_first(
    client: APIClient, url: str, ann: Person, bob: Person, project: Project
) -> None:
    body = client.get(f"{url}/").json()
    assert list(body) == ["next", "previous", "results"]
    assert [row["name"] for row in body["results"]] == ["Bob", "ann@example.org"]
    row = body["results"][1]
    assert row["id"] == ann.pk
    assert row["uuid"] == str(ann.uuid)
    assert row["distinct_ids"][0] == "ann"  # chosen ones before those that a browser made up
    assert set(row["distinct_ids"]) == ids_of(ann)
    assert row["properties"]["plan"] == "pro"
    assert set(row) == {"id", "name", "distinct_ids", "properties", "created_at", "uuid"}


def test_a_full_page_has_a_next_one(client: APIClient, url: str, ann: Person, bob: Person) -> None:
    body = client.get(f"{url}/", {"limit": 1}).json()
    assert body["previous"] is None
    link = urlsplit(body["next"])
    body = client.get(f"{link.path}?{link.query}").json()
    assert [row["id"] for row in body["results"]] == [ann.pk]
    assert body["previous"]


def test_they_are_counted_for_who_asks(
    client: APIClient, url: str, ann: Person, bob: Person
) -> None:
    assert client.get(f"{url}/", {"include_total": "true", "limit": "1"}).json()["count"] == 2
    assert client.get(f"{url}/?limit=1&include_total").json()["count"] == 2
    assert "count" not in client.get(f"{url}/", {"include_total": "false"}).json()
    assert "count" not in client.get(f"{url}/").json()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"search": "ANN@"}, ["ann@example.org"]),
        ({"search": "bob"}, ["Bob"]),
        ({"search": "nobody"}, []),
        ({"email": "ann@example.org"}, ["ann@example.org"]),
        ({"email": "ann"}, []),
        ({"distinct_id": "bob"}, ["Bob"]),
        ({"distinct_id": "bo"}, []),
    ],
)
def test_they_are_found(
    wanted: dict[str, str],
    expected: list[str],
    client: APIClient,
    url: str,
    ann: Person,
    bob: Person,
) -> None:
    assert names(client.get(f"{url}/", wanted)) == expected


ANN, BOB = ["ann@example.org"], ["Bob"]


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("exact", "plan", "pro", ANN),
        ("exact", "plan", ["pro", "free"], BOB + ANN),
        ("exact", "age", 9, BOB),
        (None, "age", "41", ANN),
        ("is_not", "plan", "pro", BOB),
        ("is_not", "email", "x", BOB + ANN),
        ("icontains", "email", "EXAMPLE", ANN),
        ("not_icontains", "email", "example", BOB),
        ("regex", "plan", "^f", BOB),
        ("not_regex", "plan", "^f", ANN),
        ("gt", "age", 9, ANN),
        ("gte", "age", "9", BOB + ANN),
        ("lt", "age", 9.5, BOB),
        ("lte", "plan", 1, []),
        ("is_set", "email", None, ANN),
        ("is_not_set", "email", None, BOB),
        ("exact", 'it\'s "quoted" %s', "x", []),
        ("exact", "2026", "yes", BOB),
        ("is_set", "9" * 300, None, []),
    ],
)
def test_they_are_filtered_by_properties(
    operator: str | None,
    key: str,
    value: Any,
    expected: list[str],
    client: APIClient,
    url: str,
    ann: Person,
    bob: Person,
) -> None:
    wanted = {"key": key, "value": value, "operator": operator, "type": "person"}
    assert filtered(client, url, wanted) == expected


def test_filters_are_all_met(client: APIClient, url: str, ann: Person, bob: Person) -> None:
    plan, age = {"key": "plan", "value": "pro"}, {"key": "age", "value": 9, "operator": "gt"}
    assert filtered(client, url, plan, age) == ANN
    assert filtered(client, url, plan, {**age, "operator": "lt"}) == []


@pytest.mark.parametrize(
    "wanted",
    [
        "{",
        "{}",
        "1",
        "[1]",
        "[{}]",
        '[{"key":"a","value":1,"type":"event"}]',
        '[{"key":"id","value":1,"type":"cohort"}]',
        '[{"key":"a","value":1,"operator":"is_date_before"}]',
        '[{"key":"a","value":"(","operator":"regex"}]',
        '[{"key":"a","value":"x","operator":"gt"}]',
        '[{"key":"a","value":[]}]',
        '[{"key":"a\\u0000","value":1}]',
        "[" * 50_000,
        str([{"key": "a", "value": 1}] * 51).replace("'", '"'),
    ],
)
def test_filters_that_are_none_are_refused(wanted: str, client: APIClient, url: str) -> None:
    response = client.get(f"{url}/", {"properties": wanted})
    assert_error(response, 400, attr="properties")


def test_somebody_is_read_by_number_or_uuid(client: APIClient, url: str, ann: Person) -> None:
    by_number = client.get(f"{url}/{ann.pk}/").json()
    assert by_number["name"] == "ann@example.org"
    assert client.get(f"{url}/{ann.uuid}").json() == by_number


def test_distinct_ids_are_no_ids(client: APIClient, url: str, ann: Person) -> None:
    detail = (
        "The ID provided does not look like a personID. If you are using a distinctId, please use"
        " /persons?distinct_id=ann instead."
    )
    assert_error(client.get(f"{url}/ann/"), 400, detail=detail)
    assert_error(client.get(f"{url}/{uuid4()}/"), 404)


def test_huge_numbers_are_given_back(client: APIClient, url: str, bob: Person) -> None:
    assert float(client.get(f"{url}/{bob.pk}/").json()["properties"]["score"]) == 1e300


@pytest.mark.parametrize("method", ["patch", "put"])
def test_properties_are_set_by_an_event(
    method: str, client: APIClient, url: str, ann: Person, project: Project
) -> None:
    response = getattr(client, method)(
        f"{url}/{ann.pk}/", {"properties": {"plan": "free", "x": None}}
    )
    assert (response.status_code, response.content) == (202, b"")
    ann.refresh_from_db()
    assert (ann.properties["plan"], ann.properties["x"], ann.properties["age"]) == (
        "free",
        None,
        41,
    )
    assert waiting(project)[-1]["event"] == "$set"


def test_one_property_is_set_or_taken(client: APIClient, url: str, ann: Person) -> None:
    body = {"key": "plan", "value": ["any", "JSON"]}
    assert client.post(f"{url}/{ann.pk}/update_property/", body).status_code == 202
    ann.refresh_from_db()
    assert ann.properties["plan"] == ["any", "JSON"]

    response = client.post(f"{url}/{ann.uuid}/delete_property/", {"$unset": "plan"})
    assert (response.status_code, response.json()) == (201, {"success": True})
    ann.refresh_from_db()
    assert "plan" not in ann.properties


def test_somebody_is_deleted(client: APIClient, url: str, ann: Person, bob: Person) -> None:
    response = client.delete(f"{url}/{ann.pk}/?delete_events=true")
    assert (response.status_code, response.content) == (202, b"")
    assert client.get(f"{url}/{ann.pk}/").status_code == 404
    assert client.get(f"{url}/{bob.pk}/").status_code == 200


def test_events_are_deleted_only_on_demand(
    client: APIClient, url: str, ann: Person, bob: Person, project: Project
) -> None:
    client.delete(f"{url}/{ann.pk}/")
    assert waiting(project, DELETIONS) == []
    client.delete(f"{url}/{bob.pk}/?delete_events=1")
    assert str(bob.uuid) in str(waiting(project, DELETIONS))


@pytest.mark.parametrize(
    ("body", "found"),
    [({"distinct_ids": ["ann", "bob", "nobody"]}, 2), ({"ids": ["0", "x", str(uuid4())]}, 0)],
)
def test_many_are_deleted_at_once(
    body: dict[str, Any], found: int, client: APIClient, url: str, ann: Person, bob: Person
) -> None:
    response = client.post(f"{url}/bulk_delete/", {**body, "delete_events": True})
    assert response.status_code == 202
    assert response.json() == {
        "persons_found": found,
        "persons_deleted": found,
        "events_queued_for_deletion": found > 0,
        "recordings_queued_for_deletion": False,
        "deletion_errors": [],
    }
    assert len(names(client.get(f"{url}/"))) == 2 - found


@pytest.mark.parametrize("way", ["one", "many", "events"])
def test_events_are_deleted_and_people_kept(
    way: str, client: APIClient, url: str, ann: Person, bob: Person, project: Project
) -> None:
    if way == "one":
        response = client.delete(f"{url}/{ann.pk}/?keep_person=true&delete_events=true")
    elif way == "many":
        body = {"ids": [str(ann.uuid)], "delete_events": True, "keep_person": True}
        response = client.post(f"{url}/bulk_delete/", body)
        assert response.json()["persons_deleted"] == 0
    else:
        response = client.post(f"{url}/{ann.uuid}/delete_events/")
    assert response.status_code == 202
    assert names(client.get(f"{url}/")) == BOB + ANN
    [deletion] = waiting(project, DELETIONS)
    assert str(ann.uuid) in str(deletion)
    assert str(bob.uuid) not in str(deletion)


def test_kept_people_keep_their_events(
    client: APIClient, url: str, ann: Person, project: Project
) -> None:
    assert client.delete(f"{url}/{ann.pk}/?keep_person=true").status_code == 202
    assert names(client.get(f"{url}/")) == ANN
    assert waiting(project, DELETIONS) == []
    assert_error(client.post(f"{url}/{uuid4()}/delete_events/"), 404)


def test_only_some_ids_leave(client: APIClient, url: str, project: Project) -> None:
    capture(project, captured("x", "a"), identify("u1", "a"), identify("u1", "b", plan="pro"))
    person = person_of(project, "u1")
    at = f"{url}/{person.pk}/split/"
    for wrong in (["a", "x"], ["a", "b", "u1"], [], [1], "a"):
        body = {"distinct_ids_to_split": wrong}
        response = client.post(at, body)
        assert response.status_code == 400, response.content
        assert response.json()["attr"].startswith("distinct_ids_to_split")
    both = {"distinct_ids_to_split": ["a"], "main_distinct_id": "u1"}
    assert_error(client.post(at, both), 400, attr="distinct_ids_to_split")
    assert ids_of(person) == {"a", "b", "u1"}

    assert client.post(at, {"distinct_ids_to_split": ["a", "a"]}).json() == {"success": True}
    assert ids_of(person) == {"b", "u1"}
    assert ids_of(person_of(project, "a")) == {"a"}
    assert person_of(project, "u1").properties == {"plan": "pro"}


def test_somebody_is_split(client: APIClient, url: str, ann: Person, project: Project) -> None:
    response = client.post(f"{url}/{ann.pk}/split/", {"main_distinct_id": "ann"})
    assert response.status_code == 201
    assert ids_of(ann) == {"ann"}
    assert len(client.get(f"{url}/").json()["results"]) == 2
    assert_error(
        client.post(f"{url}/{ann.pk}/split/", {"main_distinct_id": "bob"}),
        400,
        attr="main_distinct_id",
    )


def test_values_of_a_property_are_counted(
    client: APIClient, url: str, ann: Person, bob: Person
) -> None:
    found = client.get(f"{url}/values/", {"key": "plan"}).json()
    assert found == [{"name": "free", "count": 1}, {"name": "pro", "count": 1}]
    found = client.get(f"{url}/values/", {"key": "plan", "value": "PR"}).json()
    assert found == [{"name": "pro", "count": 1}]
    assert_error(client.get(f"{url}/values/"), 400, attr="key")
    for key in ("a__b", "__", "%s", "it's", "0", "9" * 300, "plan__icontains"):
        assert client.get(f"{url}/values/", {"key": key}).json() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "attr"),
    [
        ("patch", "", {}, "properties"),
        ("put", "", {"properties": []}, "properties"),
        ("post", "update_property/", {"value": 1}, "key"),
        ("post", "update_property/", {"key": "a"}, "value"),
        ("post", "delete_property/", {}, "$unset"),
        ("post", "../bulk_delete/", {}, None),
        ("post", "../bulk_delete/", {"ids": ["1"], "distinct_ids": ["a"]}, None),
        ("post", "../bulk_delete/", {"ids": ["1"] * 1001}, "ids"),
        ("post", "../bulk_delete/", {"ids": 1}, "ids"),
    ],
)
def test_bad_bodies_are_refused(
    method: str, path: str, body: Any, attr: str | None, client: APIClient, url: str, ann: Person
) -> None:
    at = f"{url}/bulk_delete/" if path.startswith("..") else f"{url}/{ann.pk}/{path}"
    assert_error(getattr(client, method)(at, body), 400, attr=attr)


def test_people_are_made_by_events_only(client: APIClient, url: str) -> None:
    assert client.post(f"{url}/", {}).status_code == 405


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    number: int, client: APIClient, url: str, project: Project
) -> None:
    capture(project, *(captured("seen", f"u{each}") for each in range(number)))
    client.get(f"{url}/")
    # The key with the project, which people, they with their ids, what the project calls people by.
    with assertNumQueries(4):
        assert len(client.get(f"{url}/").json()["results"]) == number


def test_a_project_chooses_what_people_are_called_by(
    client: APIClient, url: str, project: Project, ann: Person
) -> None:
    assert client.get(f"{url}/{ann.pk}/").json()["name"] == "ann@example.org"
    project.kept_settings = {"person_display_name_properties": ["nick", None, "plan"]}
    project.save()
    assert client.get(f"{url}/{ann.pk}/").json()["name"] == "pro"
    assert [row["name"] for row in client.get(f"{url}/").json()["results"]] == ["pro"]


def test_nobody_is_in_a_cohort(client: APIClient, url: str, ann: Person) -> None:
    for given in (ann.pk, ann.uuid):
        assert client.get(f"{url}/cohorts/", {"person_id": str(given)}).json() == {"results": []}
    assert_error(client.get(f"{url}/cohorts/"), 400, attr="person_id")
    assert_error(client.get(f"{url}/cohorts/", {"person_id": str(uuid4())}), 404)
