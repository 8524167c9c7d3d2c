"""One declaration of an answer: what is read, what is made of it, and what the document says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from orjson import Fragment

from posthog_lite.accounts.models import Project
from posthog_lite.accounts_api.serializers import user
from posthog_lite.api.schema.shapes import documented
from posthog_lite.database.shapes import Shape, column, computed, given, person


class Basic(Shape, of=Project, about="A project.", hidden=["created_at"], annotated=["members"]):
    id = column("Number.")
    name = column("Name.")
    size = column("How many are in it.", kind=int, source="members")
    last = computed("Whether it is the last.", bool, lambda row, context: row.id == context.last)


class Whole(Basic, about="All of it."):
    owner = person("Who owns it.", source="owner_id")
    settings = column("Settings.", kind=dict, json=True, before="size")
    result = given("What came of it.", null=True)
    match = given("Only in searches.", str, only_if_given=True)


class Part(Whole, about="A part.", only=["id", "result"]):
    pass


CONTEXT = SimpleNamespace(people={7: {"id": 7}}, last=1)


def row(**values: Any) -> Any:
    names = ("id", "name", "settings", "members", "owner_id", "created_at")
    return Whole.Row(**(dict.fromkeys(names) | values))


def test_it_says_what_to_read_of_rows_and_of_rows_that_point_to_them() -> None:
    assert Basic.reads() == ["id", "name", "members", "created_at"]
    assert Basic.reads("project__") == [
        "project__id",
        "project__name",
        "members",
        "project__created_at",
    ]


def test_an_answer_has_the_keys_in_their_order() -> None:
    found = Whole.make(row(id=1, name="n", settings="{}", members=3, owner_id=7), CONTEXT)
    assert isinstance(found["settings"], Fragment)
    assert {**found, "settings": {}} == {
        "id": 1,
        "name": "n",
        "settings": {},
        "size": 3,
        "last": True,
        "owner": {"id": 7},
        "result": None,
    }
    assert list(found) == ["id", "name", "settings", "size", "last", "owner", "result"]


def test_values_can_be_handed_over() -> None:
    found = Whole.make(row(id=2), CONTEXT, result=[1], match="exact")
    assert (found["result"], found["match"], found["last"]) == ([1], "exact", False)
    assert found["owner"] is None


def test_a_part_is_made_of_the_same_row() -> None:
    assert Part.make(row(id=2), CONTEXT, result=5) == {"id": 2, "result": 5}


def test_answers_do_not_share_what_they_hold() -> None:
    first = Part.make(row(id=1), CONTEXT)
    first["result"] = "changed"
    assert Part.make(row(id=1), CONTEXT)["result"] is None


def test_the_document_is_made_of_it() -> None:
    made = documented(Whole)
    assert isinstance(made().fields["owner"], user.UserBasicSerializer)
    assert made is documented(Whole)
    assert made.__name__ == "WholeSerializer"
    assert list(made().fields) == list(Whole.declared)
    assert all(field.read_only for field in made().fields.values())
