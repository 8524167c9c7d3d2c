"""Retention. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import Asking, Json, event, person, where


def entity(name: str | None, **more: Any) -> Json:
    return {"id": name, "type": "events", **more}


def retention(
    date_from: str | None = "2020-01-01", date_to: str | None = "2020-01-04", **shown: Any
) -> Json:
    """People who viewed return to view; keys outside the filter are given as `query`."""
    more = shown.pop("query", {})
    entities = {"targetEntity": entity("view"), "returningEntity": entity("view")}
    return {
        "kind": "RetentionQuery",
        "dateRange": {"date_from": date_from, "date_to": date_to},
        "retentionFilter": {"totalIntervals": 4, **entities, **shown},
        **more,
    }


def days(who: str, *numbers: int, name: str = "view", **properties: Any) -> list[Json]:
    return [event(who, f"2020-01-{day:02}", name, **properties) for day in numbers]


def counts(answer: Json) -> list[list[int]]:
    return [[cell["count"] for cell in row["values"]] for row in answer["results"]]


def sums(answer: Json, row: int = 0) -> list[float]:
    return [cell["aggregation_value"] for cell in answer["results"][row]["values"]]


def tables(answer: Json) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    for row in answer["results"]:
        cells = [cell["count"] for cell in row["values"]]
        found.setdefault(row["breakdown_value"], []).append(cells)
    return found


def by(name: str = "x", kind: str = "event", **more: Any) -> Json:
    return {"breakdownFilter": {"breakdown": name, "breakdown_type": kind, **more}}


NOTHING = [0, 0, 0, 0]


def test_the_whole_answer(ask: Asking) -> None:
    answer = ask(retention(date_to="2020-01-02", totalIntervals=2), *days("anna", 1, 2))
    assert answer.keys() == {"results", "hogql"}
    assert answer["results"] == [
        {
            "label": "Day 0",
            "date": "2020-01-01T00:00:00Z",
            "breakdown_value": None,
            "values": [{"count": 1, "label": "Day 0"}, {"count": 1, "label": "Day 1"}],
        },
        {
            "label": "Day 1",
            "date": "2020-01-02T00:00:00Z",
            "breakdown_value": None,
            "values": [{"count": 1, "label": "Day 0"}, {"count": 0, "label": "Day 1"}],
        },
    ]


def test_rule_122_without_a_start_as_many_rows_as_columns(ask: Asking) -> None:
    answer = ask(retention(date_from=None), *days("anna", 1, 3))
    assert [row["date"][:10] for row in answer["results"]] == [
        f"2020-01-0{day}" for day in (1, 2, 3, 4)
    ]


def test_rule_122_without_any_date_the_last_row_is_today(ask: Asking) -> None:
    answer = ask(retention(None, None), now="2020-01-03T12:00:00Z")
    assert answer["results"][-1]["date"] == "2020-01-03T00:00:00Z"


def test_rule_122_with_a_start_one_row_for_each_interval(ask: Asking) -> None:
    assert counts(ask(retention(totalIntervals=2), *days("anna", 1, 2, 4))) == [
        [1, 1],
        [1, 0],
        [0, 0],
        [1, 0],
    ]


def test_rule_123_cells_past_the_end_are_zeros(ask: Asking) -> None:
    answer = ask(retention(), *days("anna", 3, 4, 5, 6))
    assert counts(answer) == [NOTHING, NOTHING, [1, 1, 0, 0], [1, 0, 0, 0]]


def test_rule_124_the_last_day_counts_in_full(ask: Asking) -> None:
    query = retention("2020-01-01T20:00:00", "2020-01-02T05:00:00", totalIntervals=2)
    happened = [
        event("anna", "2020-01-01T01:00:00"),
        event("anna", "2020-01-02T23:00:00"),
    ]
    assert counts(ask(query, *happened)) == [[1, 1], [1, 0]]


@pytest.mark.parametrize(("week_start", "first"), [(0, "2019-12-29"), (1, "2019-12-30")])
def test_rule_125_weeks_start_on_the_projects_day(ask: Asking, week_start: int, first: str) -> None:
    query = retention("2020-01-01", "2020-01-08", period="Week", totalIntervals=2)
    answer = ask(query, week_start=week_start, timezone="Europe/Berlin")
    assert answer["results"][0]["date"] == f"{first}T00:00:00+01:00"  # midnight in Berlin
    assert [row["label"] for row in answer["results"]] == ["Week 0", "Week 1"]


@pytest.mark.parametrize(
    ("period", "dates"),
    [("Month", ["2020-01-01", "2020-03-31"]), ("Hour", ["2020-01-01T01:30:00", "2020-01-01T03"])],
)
def test_rule_125_months_and_hours(ask: Asking, period: str, dates: list[str]) -> None:
    first, last = dates
    last = last if ":" in last or "T" not in last else f"{last}:00:00"
    answer = ask(retention(first, last, period=period, totalIntervals=2))
    starts = {
        "Month": ["2020-01-01T00", "2020-02-01T00", "2020-03-01T00"],
        "Hour": ["2020-01-01T01", "2020-01-01T02", "2020-01-01T03"],
    }[period]
    assert [row["date"][:13] for row in answer["results"]] == starts


def test_rule_126_a_person_is_in_every_cohort_of_a_start(ask: Asking) -> None:
    assert counts(ask(retention(), *days("anna", 1, 2, 4))) == [
        [1, 1, 0, 1],
        [1, 0, 1, 0],
        NOTHING,
        [1, 0, 0, 0],
    ]


def test_rule_127_the_first_column_is_the_size_of_the_cohort(ask: Asking) -> None:
    query = retention(returningEntity=entity("buy"))
    happened = [*days("anna", 1), *days("bob", 1), *days("bob", 3, name="buy")]
    assert counts(ask(query, *happened))[0] == [2, 0, 1, 0]


def test_rule_128_a_minimum_is_for_returns_only(ask: Asking) -> None:
    twice = [event("anna", "2020-01-03T13:00:00")]
    happened = [*days("anna", 1, 2, 3), *twice]
    assert counts(ask(retention(minimumOccurrences=2), *happened))[0] == [1, 0, 1, 0]


def test_rule_129_cumulative_counts_who_came_back_then_or_later(ask: Asking) -> None:
    happened = [*days("anna", 1, 4), *days("bob", 1, 2)]
    assert counts(ask(retention(cumulative=True), *happened))[0] == [2, 2, 1, 1]


def test_rule_130_first_time_is_the_first_matching_start_of_all_time(ask: Asking) -> None:
    start = entity("view", properties=[where("x", "yes")])
    query = retention(retentionType="retention_first_time", targetEntity=start)
    happened = [
        event("anna", "2019-12-20"),
        *(event("anna", f"2020-01-0{day}", x="yes") for day in (2, 3)),
        event("bob", "2019-12-20", x="yes"),
        event("bob", "2020-01-01", x="yes"),
    ]
    assert counts(ask(query, *happened)) == [NOTHING, [1, 1, 0, 0], NOTHING, NOTHING]


def test_rule_131_the_first_ever_must_itself_match(ask: Asking) -> None:
    start = entity("view", properties=[where("x", "yes")])
    query = retention(retentionType="retention_first_ever_occurrence", targetEntity=start)
    happened = [
        event("anna", "2019-12-20"),
        event("anna", "2020-01-02", x="yes"),
        event("bob", "2020-01-02", x="yes"),
        event("carl", "2020-01-02"),
        event("carl", "2020-01-03", x="yes"),
    ]
    assert counts(ask(query, *happened)) == [NOTHING, [1, 0, 0, 0], NOTHING, NOTHING]


def test_rule_132_filters_of_query_start_and_return_are_separate(ask: Asking) -> None:
    query = retention(
        targetEntity=entity(None, properties=[where("a", "1")]),
        returningEntity=entity(None, properties=[where("b", "1")]),
        query={"properties": [where("ok", "yes")]},
    )
    happened = [
        event("anna", "2020-01-01", "one", a="1", ok="yes"),
        event("anna", "2020-01-02", "two", b="1", ok="yes"),
        event("anna", "2020-01-03", "two", b="1"),
        event("bob", "2020-01-01", "one", a="1"),
    ]
    assert counts(ask(query, *happened))[0] == [1, 1, 0, 0]


def test_entities_default_to_pageviews(ask: Asking) -> None:
    query = retention()
    del query["retentionFilter"]["targetEntity"], query["retentionFilter"]["returningEntity"]
    happened = [*days("anna", 1, 2, name="$pageview"), *days("bob", 1)]
    assert counts(ask(query, *happened))[0] == [1, 1, 0, 0]


def test_an_entity_may_be_an_action(ask: Asking) -> None:
    action = {"id": "7", "type": "actions"}
    known = Action(7, "Any", (ActionStep(event="view"), ActionStep(event="buy")))
    query = retention(targetEntity=action, returningEntity=action)
    happened = [*days("anna", 1), *days("anna", 3, name="buy")]
    assert counts(ask(query, *happened, actions={7: known}))[0] == [1, 0, 1, 0]


def test_actors_may_be_groups(ask: Asking) -> None:
    acme = {"$group_0": "acme"}
    happened = [*days("anna", 1, **acme), *days("bob", 2, **acme), *days("carl", 1)]
    query = retention(query={"aggregation_group_type_index": 0})
    assert counts(ask(query, *happened))[0] == [1, 1, 0, 0]


def test_rule_133_a_return_counts_with_the_value_of_its_start(ask: Asking) -> None:
    happened = [*days("anna", 1, 2, x="a"), *days("anna", 3, x="b"), *days("bob", 1)]
    assert tables(ask(retention(query=by()), *happened)) == {
        "a": [[1, 1, 0, 0], [1, 0, 0, 0], NOTHING, NOTHING],
        "b": [NOTHING, NOTHING, [1, 0, 0, 0], NOTHING],
        "": [[1, 0, 0, 0], NOTHING, NOTHING, NOTHING],
    }


def test_rule_133_the_first_event_decides_for_all_returns(ask: Asking) -> None:
    query = retention(retentionType="retention_first_time", query=by())
    happened = [*days("anna", 1, x="a"), *days("anna", 2, x="b")]
    assert tables(ask(query, *happened)) == {"a": [[1, 1, 0, 0], NOTHING, NOTHING, NOTHING]}


def test_rule_134_values_beyond_the_limit_are_one(ask: Asking) -> None:
    people = tuple(person(f"{x}{n}", plan=x) for x in "abc" for n in range(ord(x) - 96))
    happened = [e for one in people for e in days(one["distinct_ids"][0], 1)]
    query = retention(query=by("plan", "person", breakdown_limit=1))
    found = tables(ask(query, *happened, persons=people))
    assert [(value, table[0][0]) for value, table in found.items()] == [
        ("c", 3),
        ("$$_posthog_breakdown_other_$$", 3),
    ]


def test_several_breakdowns_are_joined(ask: Asking) -> None:
    both = [{"property": "x", "type": "event"}, {"property": "y", "type": "event"}]
    query = retention(query={"breakdownFilter": {"breakdowns": both}})
    assert list(tables(ask(query, *days("anna", 1, x="a", y="b")))) == ["a::b"]


def test_rule_135_intervals_of_24_hours_from_each_start(ask: Asking) -> None:
    query = retention(timeWindowMode="24_hour_windows", returningEntity=entity("buy"))
    happened = [
        event("anna", "2020-01-01T12:00:00"),
        event("anna", "2020-01-02T11:00:00", "buy"),
        event("bob", "2020-01-01T12:00:00"),
        event("bob", "2020-01-02T13:00:00", "buy"),
    ]
    assert counts(ask(query, *happened))[0] == [2, 1, 0, 0]


def test_rule_135_each_person_starts_once(ask: Asking) -> None:
    query = retention(timeWindowMode="24_hour_windows")
    happened = [event("anna", f"2020-01-0{day}T{hour}:00:00") for day, hour in ANNAS]
    assert counts(ask(query, *happened)) == [[1, 1, 1, 0], [0] * 4, [0] * 4, [0] * 4]


ANNAS = ((1, 22), (2, 21), (2, 23), (4, 12))


def test_rule_135_by_the_value_of_what_happens_since(ask: Asking) -> None:
    by = {"breakdownFilter": {"breakdown": "x", "breakdown_type": "event"}}
    query = retention(timeWindowMode="24_hour_windows", query=by)
    happened = [
        event("anna", "2020-01-01T12:00:00", x="a"),
        event("anna", "2020-01-02T13:00:00", x="b"),
    ]
    found = tables(ask(query, *happened))
    assert {value: rows[0] for value, rows in found.items()} == {
        "a": [1, 0, 0, 0],
        "b": [1, 1, 0, 0],
    }


def test_rule_131_filters_of_the_query_choose_among_which_an_event_is_the_first(
    ask: Asking,
) -> None:
    query = retention(
        retentionType="retention_first_ever_occurrence",
        query={"properties": [where("x", "a")]},
    )
    happened = [*days("anna", 1, x="b"), *days("anna", 2, x="a")]
    assert counts(ask(query, *happened))[1] == [1, 0, 0, 0]


def test_rule_136_the_same_event_with_other_filters_is_the_same(ask: Asking) -> None:
    query = retention(
        aggregationType="sum",
        aggregationProperty="n",
        returningEntity=entity("view", properties=[where("x", "a")]),
    )
    happened = [event("anna", f"2020-01-01T0{hour}:00:00", n=hour, x="a") for hour in (2, 3)]
    assert sums(ask(query, *happened)) == [5, 0, 0, 0]


def test_rule_125_the_date_carries_the_offset_of_the_project(ask: Asking) -> None:
    answer = ask(retention(), timezone="America/New_York")
    assert answer["results"][0]["date"] == "2020-01-01T00:00:00-05:00"


def buys(who: str, *at: str, **properties: Any) -> list[Json]:
    return [event(who, moment, "buy", **properties) for moment in at]


def test_rule_136_sums_and_averages_of_returns(ask: Asking) -> None:
    shown: Json = {"aggregationProperty": "n", "returningEntity": entity("buy")}
    happened = [
        *(*days("anna", 1), *days("bob", 1)),
        *buys("anna", "2020-01-01T11:00:00", n=100),
        *buys("anna", "2020-01-01T13:00:00", n=4),
        *buys("anna", "2020-01-02", n=1),
        *buys("bob", "2020-01-02T08:00:00", "2020-01-02T09:00:00", n=2),
    ]
    assert sums(ask(retention(aggregationType="sum", **shown), *happened)) == [4, 5, 0, 0]
    assert sums(ask(retention(aggregationType="avg", **shown), *happened)) == [2, 2.5, 0, 0]


def test_rule_136_of_the_same_event_the_first_value_is_that_of_the_starts(ask: Asking) -> None:
    happened = [
        *(event("anna", f"2020-01-01T0{hour}:00:00", n=hour) for hour in (2, 3)),
        *(event("anna", f"2020-01-02T0{hour}:00:00", n=hour) for hour in (4, 5)),
    ]
    query = retention(aggregationType="sum", aggregationProperty="n")
    assert sums(ask(query, *happened)) == [5, 9, 0, 0]


def test_rule_136_of_a_property_of_persons(ask: Asking) -> None:
    query = retention(
        aggregationType="sum", aggregationProperty="age", aggregationPropertyType="person"
    )
    people = (person("anna", age=30),)
    assert sums(ask(query, *days("anna", 1, 2), persons=people)) == [30, 30, 0, 0]


def test_columns_of_several_intervals(ask: Asking) -> None:
    query = retention(date_to="2020-01-06", retentionCustomBrackets=[1, 3])
    answer = ask(query, *days("anna", 1, 3, 4), *days("bob", 1, 2))
    labels = [cell["label"] for cell in answer["results"][0]["values"]]
    assert labels == ["Day 0", "Day 1", "Day 2-4"]
    assert counts(answer)[0] == [2, 1, 1]


def test_a_range_that_ends_before_it_begins_is_empty(ask: Asking) -> None:
    assert ask(retention("2020-01-04", "2020-01-01"))["results"] == []


def test_what_cannot_be_computed_is_refused(ask: Asking) -> None:
    with pytest.raises(DomainError) as refused:
        ask(retention(cumulative=True, timeWindowMode="24_hour_windows"))
    detail = "Cumulative retention is not supported for 24 hour windows."
    assert refused.value.detail == detail
    with pytest.raises(DomainError, match="needs a property"):
        ask(retention(aggregationType="sum"))
    with pytest.raises(DomainError, match="at most 1000 intervals"):
        ask(retention("2000-01-01"))
