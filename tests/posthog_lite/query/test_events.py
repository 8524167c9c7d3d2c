"""EventsQuery: lists of events."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, event, person, where
from tests.support.golden import Case, cases, check

NOW = "2020-01-03T12:00:00Z"
MORNING = "2020-01-03T09:00:00"


def events(*select: str, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsQuery", "select": list(select), **more}


@pytest.mark.parametrize("case", cases("events"), ids=lambda case: case["id"])
def test_recorded_query(case: Case, engine: ModuleType) -> None:
    check(case, engine)


def test_a_star_is_the_whole_event_and_comes_newest_first(ask: Asking) -> None:
    answer = ask(
        events(),
        event("ada", MORNING, plan="free"),
        event("bob", "2020-01-03T10:00:00"),
        timezone="Europe/Berlin",
    )
    assert answer["columns"] == ["*"]
    first, second = (row[0] for row in answer["results"])
    assert first["distinct_id"] == "bob"
    assert second | {"uuid": None, "team_id": None} == {
        "uuid": None,
        "event": "view",
        "properties": {"plan": "free"},
        "timestamp": "2020-01-03T09:00:00Z",
        "team_id": None,
        "distinct_id": "ada",
        "elements_chain": "",
        "created_at": "2020-01-03T09:00:00Z",
        "person_mode": "full",
    }
    assert (answer["hasMore"], answer["limit"], answer["offset"]) == (False, 100, 0)


def test_a_person_is_a_cell(ask: Asking) -> None:
    answer = ask(
        events("person", "person_display_name -- Person", "properties.plan -- Plan"),
        event("ada", MORNING, plan="free"),
        persons=(person("ada", created_at="2020-01-01T00:00:00Z", email="ada@example.com"),),
    )
    assert answer["columns"] == [
        "person", "person_display_name -- Person", "properties.plan -- Plan",
    ]  # fmt: skip
    whole, shown, plan = answer["results"][0]
    assert whole | {"uuid": None} == {
        "uuid": None,
        "created_at": "2020-01-01T00:00:00Z",
        "properties": {"email": "ada@example.com"},
        "distinct_id": "ada",
    }
    assert (shown["display_name"], shown["id"]) == ("ada@example.com", whole["uuid"])
    assert plan == "free"


def test_rule_179_a_person_of_whom_nothing_is_known_is_an_id(ask: Asking) -> None:
    answer = ask(
        events("distinct_id", "person"), event("ada", MORNING), event("bob", MORNING),
        persons=(person("ada", email="ada@example.com"),),
    )  # fmt: skip
    assert answer["results"][0][1].keys() == {"uuid", "created_at", "properties", "distinct_id"}
    assert answer["results"][1][1] == {"distinct_id": "bob"}


@pytest.mark.parametrize(
    ("column", "counted"),
    [("countDistinct(distinct_id)", 2), ("every(properties.n = '1')", False)],
)
def test_what_counts_groups_the_other_columns(ask: Asking, column: str, counted: Any) -> None:
    found = [event("ada", MORNING, n=1), event("bob", MORNING, n=2)]
    assert ask(events("event", column), *found)["results"] == [["view", counted]]


def test_equal_rows_come_newest_first(ask: Asking) -> None:
    many = [event(f"user{at}", f"2020-01-03T09:00:0{at}") for at in (1, 3, 2)]
    answer = ask(events("event", "distinct_id"), *many)
    assert [row[1] for row in answer["results"]] == ["user3", "user2", "user1"]


def test_columns_that_count_group_by_the_others(ask: Asking) -> None:
    answer = ask(
        events("event", "count()", "1", where=["count() > 1"]),
        event("ada", MORNING), event("bob", MORNING), event("bob", MORNING, "click"),
    )  # fmt: skip
    assert answer["results"] == [["view", 2, 1]]
    assert answer["types"] == ["String", "UInt64", "UInt8"]


def test_pages_tell_of_more(ask: Asking) -> None:
    many = [event("ada", f"2020-01-03T09:00:0{at}") for at in range(3)]
    answer = ask(events("timestamp", limit=2), *many)
    assert answer["results"] == [["2020-01-03T09:00:02Z"], ["2020-01-03T09:00:01Z"]]
    assert answer["hasMore"] is True
    answer = ask(events("timestamp", limit=2, offset=2), *many)
    assert answer["results"] == [["2020-01-03T09:00:00Z"]]
    assert answer["hasMore"] is False


def test_order_is_as_given(ask: Asking) -> None:
    answer = ask(
        events("distinct_id", orderBy=["properties.n DESC", "distinct_id"]),
        event("ada", MORNING, n="1"), event("bob", MORNING, n="2"), event("cyd", MORNING, n="2"),
    )  # fmt: skip
    assert answer["results"] == [["bob"], ["cyd"], ["ada"]]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["ada", "bob"]),
        ({"after": "all"}, ["ada", "bob", "old"]),
        ({"after": "-1d"}, ["ada", "bob"]),
        ({"after": "-0d"}, []),
        ({"before": "-1d", "after": "all"}, ["old"]),
        ({"after": MORNING}, ["bob"]),
        ({"before": "2020-01-03T10:00:00"}, ["ada"]),
        ({"event": "click"}, ["bob"]),
        ({"events": ["click", "view"]}, ["ada", "bob"]),
        ({"properties": [where("plan", "free")]}, ["ada"]),
        ({"fixedProperties": [where("plan", "free", "is_not")]}, ["bob"]),
        ({"where": ["properties.plan = 'free' or event = 'x'"]}, ["ada"]),
        ({"personId": "no uuid"}, []),
        ({"personId": "01890000-0000-7000-8000-000000000000"}, []),
        ({"filterTestAccounts": True}, ["ada"]),
    ],
)
def test_events_are_filtered(ask: Asking, more: dict[str, Any], expected: list[str]) -> None:
    answer = ask(
        events("distinct_id", **more),
        event("ada", MORNING, plan="free"),
        event("bob", "2020-01-03T10:00:00", "click"),
        event("old", "2019-12-01"),
        test_account_filters=[where("plan", "free")],
    )
    assert answer["results"] == [[name] for name in expected]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (events("eventt"), "invalid_input"),
        (events("event,"), "hogql_syntax_error"),
        (events("file('x')"), "hogql_query_error"),
        (events("event", orderBy=["event desc,"]), "hogql_syntax_error"),
        (events("event", after="soon"), "parse_error"),
        (events("event", limit=0), "parse_error"),
        (events("event", select=[1]), "parse_error"),
        (events("event", actionId=5), "invalid_input"),
        (events("event", where=["event in cohort 1"]), "hogql_query_error"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Asking, query: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(query)
    assert refused.value.code == code
