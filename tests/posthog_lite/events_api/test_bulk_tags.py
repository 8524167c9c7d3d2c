"""One change of tags on many definitions or actions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Action, EventDefinition, PropertyDefinition
from tests.support.errors import assert_error

NOUNS: dict[str, Any] = {
    "event_definitions": EventDefinition,
    "property_definitions": PropertyDefinition,
    "actions": Action,
}
every_noun = pytest.mark.parametrize("noun", NOUNS)


def make(noun: str, project: Project, *tags: list[str]) -> list[Any]:
    made = [
        NOUNS[noun].objects.create(project=project, name=f"n{place}", tags=each)
        for place, each in enumerate(tags)
    ]
    return [row.pk if noun == "actions" else str(row.pk) for row in made]


def change(client: APIClient, project: Project, noun: str, **body: Any) -> Any:
    return client.post(f"/api/projects/{project.pk}/{noun}/bulk_update_tags/", body)


@every_noun
@pytest.mark.parametrize(
    ("action", "tags", "expected"),
    [
        ("add", [" New", "old"], [["old", "x", "new"], ["new", "old"]]),
        ("remove", ["OLD"], [["x"], []]),
        ("set", ["new"], [["new"], ["new"]]),
        ("set", [], [[], []]),
    ],
)
def test_tags_are_changed(
    noun: str,
    action: str,
    tags: list[str],
    expected: list[list[str]],
    client: APIClient,
    project: Project,
    other_project: Project,
) -> None:
    ids = make(noun, project, ["old", "x"], [])
    [foreign] = make(noun, other_project, ["theirs"])
    unknown = 10**9 if noun == "actions" else str(uuid4())
    answer = change(
        client, project, noun, ids=[*ids, foreign, unknown, ids[0]], action=action, tags=tags
    )
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "updated": [{"id": pk, "tags": each} for pk, each in zip(ids, expected, strict=True)],
        "skipped": [{"id": pk, "reason": "Not found"} for pk in (foreign, unknown)],
    }
    at = f"/api/projects/{project.pk}/{noun}/{ids[0]}/"
    assert client.get(at).json()["tags"] == expected[0]
    assert NOUNS[noun].objects.for_project(other_project).get().tags == ["theirs"]


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({"action": "add", "tags": []}, "tags"),
        ({"action": "remove", "tags": [" "]}, "tags"),
        ({"action": "drop", "tags": ["a"]}, "action"),
        ({"action": "add"}, "tags"),
        ({"action": "add", "tags": ["a"], "ids": []}, "ids"),
        ({"action": "add", "tags": ["a"], "ids": [str(uuid4())] * 501}, "ids"),
        ({"action": "set", "tags": [f"t{n}" for n in range(101)]}, "tags"),
        ({"action": "add", "tags": [f"t{n}" for n in range(100)]}, "tags"),
        (
            {
                "action": "set",
                "tags": [f"t{n}" for n in range(51)],
                "ids": [str(uuid4()) for _ in range(200)],
            },
            "tags",
        ),
    ],
)
def test_changes_that_are_none_or_too_large_are_refused(
    body: dict[str, Any], attr: str, client: APIClient, project: Project
) -> None:
    ids = make("event_definitions", project, ["old"])
    answer = change(client, project, "event_definitions", **{"ids": ids, **body})
    assert_error(answer, 400, attr=attr)
    assert EventDefinition.objects.for_project(project).get().tags == ["old"]


@every_noun
def test_ids_that_are_none_are_refused(noun: str, client: APIClient, project: Project) -> None:
    answer = change(client, project, noun, ids=["x"], action="add", tags=["a"])
    assert answer.status_code == 400
    assert answer.json()["attr"].startswith("ids")


@pytest.mark.parametrize("number", [1, 10])
def test_what_it_costs_the_database(number: int, client: APIClient, project: Project) -> None:
    ids = make("event_definitions", project, *([] for _ in range(number)))
    change(client, project, "event_definitions", ids=ids, action="add", tags=["a"])
    # The key with the project, a transaction, the definitions, their tags, the end of it.
    with assertNumQueries(5):
        change(client, project, "event_definitions", ids=ids, action="add", tags=["b"])


def test_the_property_that_says_most_is_chosen(
    client: APIClient, project: Project, other_project: Project
) -> None:
    paid, _ = make("event_definitions", project, [], [])
    EventDefinition.objects.create(project=other_project, name="n0", primary_property="theirs")
    at = f"/api/projects/{project.pk}/event_definitions"

    def chosen(**wanted: Any) -> Any:
        answer = client.get(f"{at}/primary_properties/", wanted)
        assert list(answer.json()) == ["primary_properties"]
        return answer.json()["primary_properties"]

    assert chosen() == {}
    assert client.patch(f"{at}/{paid}/", {"primary_property": "price"}).status_code == 200
    assert client.get(f"{at}/{paid}/").json()["primary_property"] == "price"
    assert chosen() == chosen(names="n0,n1") == {"n0": "price"}
    assert chosen(names="n1") == {}
    assert (
        client.patch(f"{at}/{paid}/", {"primary_property": ""}).json()["primary_property"] is None
    )
    refused = client.patch(f"{at}/{paid}/", {"primary_property": "p" * 401})
    assert_error(refused, 400, code="max_length", attr="primary_property")
    assert chosen() == {}
