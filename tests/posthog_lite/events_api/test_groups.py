"""Groups read, described and named by the API."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Group, PropertyDefinition, PropertyKind
from posthog_lite.events.rows import GROUPS
from posthog_lite.events.selectors import groups
from tests.posthog_lite.events.capturing import capture, captured, waiting
from tests.support.errors import assert_error


def describe(project: Project, key: str, kind: str = "company", **properties: Any) -> None:
    named = {"$group_type": kind, "$group_key": key, "$group_set": properties}
    minutes = Group.objects.for_project(project).count()
    capture(project, captured("$groupidentify", f"{kind}_{key}", named, minutes=minutes))


@pytest.fixture
def url(project: Project, other_project: Project) -> str:
    describe(project, "acme", name="Acme Inc", plan="pro")
    describe(project, "globex", name="Globex", plan="free")
    describe(project, "red", kind="team", plan="none")
    describe(other_project, "theirs", plan="theirs")
    return f"/api/projects/{project.pk}/groups"


def keys(client: APIClient, url: str, **wanted: Any) -> list[str]:
    response = client.get(f"{url}/", {"group_type_index": 0, **wanted})
    assert response.status_code == 200, response.content
    assert list(response.json()) == ["next", "previous", "results"]
    return [row["group_key"] for row in response.json()["results"]]


def test_groups_of_a_kind_are_listed_newest_first(client: APIClient, url: str) -> None:
    body = client.get(f"{url}/", {"group_type_index": 0}).json()
    assert body["next"] is body["previous"] is None
    assert [row["group_key"] for row in body["results"]] == ["globex", "acme"]
    assert set(body["results"][1]) == {
        "group_type_index",
        "group_key",
        "group_properties",
        "created_at",
    }
    assert body["results"][1]["group_properties"] == {"name": "Acme Inc", "plan": "pro"}
    assert keys(client, url, group_type_index=1) == ["red"]
    assert keys(client, url, group_type_index=4) == []


def test_they_are_found(client: APIClient, url: str) -> None:
    assert keys(client, url, search="ACME i") == ["acme"]
    assert keys(client, url, search="glob") == ["globex"]
    assert keys(client, url, search="%") == []
    assert keys(client, url, group_key="E") == ["globex", "acme"]
    assert keys(client, url, group_key="acme inc") == []


def test_pages_follow_each_other(client: APIClient, url: str) -> None:
    body = client.get(f"{url}/", {"group_type_index": "0", "limit": "1"}).json()
    link = urlsplit(body["next"])
    assert keys(client, url, limit=1) == ["globex"]
    following = client.get(f"{link.path}?{link.query}").json()
    assert [row["group_key"] for row in following["results"]] == ["acme"]
    assert following["next"] is None
    wrong = client.get(f"{url}/", {"group_type_index": "0", "cursor": "x"})
    assert wrong.status_code == 404


def test_an_answer_with_too_many_of_them_is_refused(
    client: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "MOST_ANSWER_BYTES", 50)
    refused = client.get(f"{url}/", {"group_type_index": 0})
    assert_error(refused, 413, code="answer_too_large")
    assert keys(client, url, limit=1) == ["globex"]


def test_one_is_found_by_its_key(client: APIClient, url: str) -> None:
    found = client.get(f"{url}/find/", {"group_type_index": "0", "group_key": "acme"}).json()
    assert found["group_properties"]["name"] == "Acme Inc"
    for index, key in (("1", "acme"), ("0", "theirs"), ("0", "ACME")):
        wanted = {"group_type_index": index, "group_key": key}
        assert_error(client.get(f"{url}/find/", wanted), 404)


def test_a_group_is_described_before_events_do(
    client: APIClient, url: str, project: Project
) -> None:
    body = {"group_type_index": 0, "group_key": "new", "group_properties": {"seats": 3}}
    answer = client.post(f"{url}/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["group_properties"] == {"seats": 3}
    assert keys(client, url, group_key="new") == ["new"]
    row = waiting(project, GROUPS)[-1]
    assert (row["group_key"], row["group_type_index"], row["properties"]) == (
        "new",
        0,
        '{"seats": 3}',
    )
    names = PropertyDefinition.objects.for_project(project).filter(type=PropertyKind.GROUP)
    assert names.get(name="seats").property_type == "Numeric"

    again = client.post(f"{url}/", {**body, "group_properties": None})
    assert_error(again, 400, attr="group_key", detail="A group with this key already exists")
    assert client.post(f"{url}/", {"group_type_index": 1, "group_key": "new"}).status_code == 201


def at_acme(url: str, action: str) -> str:
    return f"{url}/{action}/?group_type_index=0&group_key=acme"


def test_properties_are_set_and_taken(client: APIClient, url: str, project: Project) -> None:
    answer = client.post(at_acme(url, "update_property"), {"key": "plan", "value": ["any"]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["group_properties"] == {"name": "Acme Inc", "plan": ["any"]}
    first = waiting(project, GROUPS)[-1]

    answer = client.post(at_acme(url, "delete_property"), {"$unset": "plan"})
    assert answer.json()["group_properties"] == {"name": "Acme Inc"}
    last = waiting(project, GROUPS)[-1]
    assert (last["properties"], last["group_key"]) == ('{"name": "Acme Inc"}', "acme")
    assert last["version"] > first["version"]

    gone = client.post(at_acme(url, "delete_property"), {"$unset": "plan"})
    assert_error(gone, 400, attr="$unset")
    describe(project, "acme", plan="pro")  # events go on where the API ended
    found = client.get(at_acme(url, "find")).json()
    assert found["group_properties"] == {"name": "Acme Inc", "plan": "pro"}


def test_values_of_a_property_are_counted(client: APIClient, url: str, project: Project) -> None:
    describe(project, "third", plan="pro")
    at = f"{url}/property_values/"
    found = client.get(at, {"group_type_index": "0", "key": "plan"}).json()
    assert found == [{"name": "pro", "count": 2}, {"name": "free", "count": 1}]
    found = client.get(at, {"group_type_index": "0", "key": "plan", "value": "FR"}).json()
    assert found == [{"name": "free", "count": 1}]


def test_kinds_get_names(client: APIClient, url: str, project: Project) -> None:
    at = f"/api/projects/{project.pk}/groups_types/"
    names = [{"group_type_index": 0, "name_singular": "firm", "name_plural": "firms"}]
    answer = client.patch(f"{at}update_metadata/", names)
    assert answer.status_code == 200, answer.content
    assert answer.json() == client.get(at).json()
    assert answer.json()[0] == {
        "group_type": "company",
        "group_type_index": 0,
        "name_singular": "firm",
        "name_plural": "firms",
    }
    client.patch(f"{at}update_metadata/", [{"group_type_index": 0, "name_plural": None}])
    assert client.get(at).json()[0]["name_singular"] == "firm"
    assert client.get(at).json()[0]["name_plural"] is None
    unknown = client.patch(f"{at}update_metadata/", [{"group_type_index": 3}])
    assert_error(unknown, 400, attr="group_type_index")
    several: list[Any] = [{}, [1], [{"group_type_index": 9}], [{"group_type_index": 0}] * 6]
    nothing = client.patch(f"{at}update_metadata/", [None])
    assert_error(nothing, 400, code="null", detail="This field may not be null.")
    for wrong in several:
        assert client.patch(f"{at}update_metadata/", wrong).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "attr"),
    [
        ("get", "", None, "group_type_index"),
        ("get", "?group_type_index=5", None, "group_type_index"),
        ("get", "?group_type_index=x", None, "group_type_index"),
        ("get", "find/?group_type_index=0", None, "group_key"),
        ("get", "property_values/?group_type_index=0", None, "key"),
        ("post", "", {"group_type_index": 0}, "group_key"),
        ("post", "", {"group_type_index": 4, "group_key": "x"}, "group_type_index"),
        (
            "post",
            "",
            {"group_type_index": 0, "group_key": "x", "group_properties": []},
            "group_properties",
        ),
        ("post", "update_property/?group_type_index=0&group_key=acme", {"value": 1}, "key"),
        ("post", "update_property/?group_type_index=0&group_key=acme", {"key": "a"}, "value"),
        ("post", "delete_property/?group_type_index=0&group_key=acme", {}, "$unset"),
    ],
)
def test_bad_requests_are_refused(
    method: str, path: str, body: Any, attr: str, client: APIClient, url: str
) -> None:
    assert_error(getattr(client, method)(f"{url}/{path}", body), 400, attr=attr)


def properties_in(response: Any) -> Any:
    """The properties of a group; a huge number may be written with all of its digits."""
    return json.loads(response.content, parse_int=float)["group_properties"]


@pytest.mark.parametrize("value", [1e300, -0.0, None, [{"deep": [1e-300]}]])
def test_any_value_is_given_back(value: Any, client: APIClient, url: str, project: Project) -> None:
    describe(project, "new", it=value)
    found = client.get(f"{url}/find/", {"group_type_index": "0", "group_key": "new"})
    assert properties_in(found) == {"it": value}
    answer = client.post(
        f"{url}/update_property/?group_type_index=0&group_key=new", {"key": "more", "value": 1}
    )
    assert properties_in(answer) == {"it": value, "more": 1}


def test_groups_have_limits(client: APIClient, url: str) -> None:
    large = {"key": "text", "value": "x" * 512 * 1024}
    answer = client.post(at_acme(url, "update_property"), large)
    assert answer.status_code == 400
    assert "524288" in answer.json()["detail"]


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(number: int, client: APIClient, project: Project) -> None:
    for each in range(number):
        describe(project, f"g{each}")
    at = f"/api/projects/{project.pk}/groups"
    keys(client, at)
    with assertNumQueries(3):  # the key with the project, the groups, their properties
        assert len(keys(client, at)) == number
