"""ActorsQuery: lists of people."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, person, where

ADA = person("ada", "ada-2", created_at="2020-01-01T00:00:00Z", email="ada@example.com", n="1")
BOB = person("bob", created_at="2020-01-02T00:00:00Z", name="Bob", n="2")


def actors(*select: str, **more: Any) -> dict[str, Any]:
    return {"kind": "ActorsQuery", "select": list(select), **more}


def of_person(key: str, value: Any) -> dict[str, Any]:
    return where(key, value, type="person")


def test_people_are_listed_with_all_of_their_ids(ask: Asking) -> None:
    answer = ask(actors(orderBy=["created_at"]), persons=(ADA, BOB))
    assert answer["columns"] == ["person", "id", "person.$delete"]
    (ada, ada_id, nothing), (bob, bob_id, _) = answer["results"]
    assert ada == {
        "id": ada_id,
        "properties": {"email": "ada@example.com", "n": "1"},
        "is_identified": False,
        "created_at": "2020-01-01T00:00:00Z",
        "distinct_ids": ["ada", "ada-2"],
    }
    assert bob["id"] == bob_id
    assert nothing is None
    assert answer["missing_actors_count"] == 0
    assert answer["hasMore"] is False


def test_columns_are_expressions(ask: Asking) -> None:
    answer = ask(
        actors("person_display_name", "upper(properties.email)", "created_at"), persons=(ADA, BOB)
    )
    rows = [[row[0]["display_name"], *row[1:]] for row in answer["results"]]
    assert rows == [
        ["Bob", None, "2020-01-02T00:00:00Z"],
        ["ada@example.com", "ADA@EXAMPLE.COM", "2020-01-01T00:00:00Z"],
    ]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("column", ["person_display_name", "person_display_name -- Who"])
def test_people_are_ordered_by_what_they_are_called(
    ask: Asking, column: str, direction: str
) -> None:
    people = (
        person("cy", email="cy@example.com"), person("ab", name="Abe"), person("di", username="Di"),
    )  # fmt: skip
    for shown in ("person_display_name -- Who", "coalesce(properties.email, properties.name)"):
        query = actors(shown, orderBy=[f"{column} {direction}"])
        cells = [row[0] for row in ask(query, persons=people)["results"]]
        names = [cell["display_name"] if isinstance(cell, dict) else cell for cell in cells]
        last = "Di" if shown.startswith("person") else None
        assert names == ["Abe", last, "cy@example.com"][:: 1 if direction == "ASC" else -1]


def test_a_project_chooses_what_people_are_called_by(ask: Asking) -> None:
    people = (
        person("cy", email="cy@example.com", **{"Full name": "Cyd"}),
        person("ab", **{"Full name": " "}, nick=7),
        person("di", email="di@example.com"),
    )
    query = actors("person_display_name", orderBy=["person_display_name"])
    found = ask(query, persons=people, person_names=["Full name", "nick"])
    names = [row[0]["display_name"] for row in found["results"]]
    assert {"Cyd", "7"} < set(names)
    assert "di@example.com" not in names


def test_columns_have_names_to_order_by(ask: Asking) -> None:
    people = (person("ada", plan="free"), person("bob", plan="paid"), person("cy", plan="free"))
    query = actors("properties.plan as plan", "count() as c", orderBy=["c desc", "plan"])
    assert ask(query, persons=people)["results"] == [["free", 2], ["paid", 1]]
    query = actors("properties.plan as plan", orderBy=["plan desc"])
    assert ask(query, persons=people)["results"] == [["paid"], ["free"], ["free"]]


def test_people_are_counted(ask: Asking) -> None:
    answer = ask(actors("count()"), persons=(ADA, BOB))
    assert answer["results"] == [[2]]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"search": "ADA@"}, ["1"]),
        ({"search": "bo"}, ["2"]),
        ({"search": "da-2"}, ["1"]),
        ({"search": "%"}, []),
        ({"properties": [of_person("n", "2")]}, ["2"]),
        ({"fixedProperties": [of_person("email", "ada@example.com")]}, ["1"]),
        ({"properties": [{"type": "hogql", "key": "properties.n = '1'"}]}, ["1"]),
        ({"limit": 1, "orderBy": ["properties.n DESC"]}, ["2"]),
    ],
)
def test_people_are_found(ask: Asking, more: dict[str, Any], expected: list[str]) -> None:
    answer = ask(actors("properties.n", **more), persons=(ADA, BOB))
    assert answer["results"] == [[number] for number in expected]


@pytest.mark.parametrize(
    "more",
    [
        {"source": {"kind": "TracesQuery"}},
        {"properties": [where("plan", "free")]},
        {"limit": -1},
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Asking, more: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        ask(actors("id", **more))
    assert refused.value.status_code == 400
