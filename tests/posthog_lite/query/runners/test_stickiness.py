"""Stickiness. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, Json, counts, data, event, series, where

# Anna on three days, bob on one, carl on two.
DAYS = (
    *(event("anna", f"2020-01-0{day}", x=day) for day in (1, 2, 4)),
    event("bob", "2020-01-02", x=1),
    *(event("carl", f"2020-01-0{day}", x=day) for day in (1, 4)),
    event("carl", "2020-01-04T13:00:00", x=1),
)


def stickiness(date_from: str = "2020-01-01", date_to: str = "2020-01-04", **more: Any) -> Json:
    return {
        "kind": "StickinessQuery",
        "series": [series()],
        "dateRange": {"date_from": date_from, "date_to": date_to},
        "interval": "day",
        **more,
    }


def test_rule_144_persons_by_number_of_intervals(ask: Asking) -> None:
    (row,) = ask(stickiness(), *DAYS)["results"]
    assert (row["data"], row["days"], row["count"]) == ([1, 1, 1, 0], [1, 2, 3, 4], 3)


def test_rule_145_cumulative(ask: Asking) -> None:
    (row,) = ask(stickiness(stickinessFilter={"computedAs": "cumulative"}), *DAYS)["results"]
    assert (row["data"], row["count"]) == ([3, 2, 1, 0], 3)


@pytest.mark.parametrize(("count", "numbers"), [(2, [1, 2]), (3, [1, 2]), (4, [3]), (9, [3])])
def test_rule_146_intervals_are_joined_from_date_from(
    ask: Asking, count: int, numbers: list[int]
) -> None:
    assert data(ask(stickiness(intervalCount=count), *DAYS)) == [numbers]


@pytest.mark.parametrize(
    ("operator", "value", "numbers"),
    [("gte", 2, [1, 0, 0, 0]), ("lte", 1, [2, 0, 1, 0]), ("exact", 2, [1, 0, 0, 0])],
)
def test_rule_147_an_interval_counts_by_its_number_of_events(
    ask: Asking, operator: str, value: int, numbers: list[int]
) -> None:
    criteria = {"stickinessCriteria": {"operator": operator, "value": value}}
    assert data(ask(stickiness(stickinessFilter=criteria), *DAYS)) == [numbers]


def test_rule_148_hogql_counts_values(ask: Asking) -> None:
    found = [series(math="hogql", math_hogql="e.properties.x")]
    assert data(ask(stickiness(series=found), *DAYS)) == [[2, 0, 1, 0]]


def test_rule_149_compare(ask: Asking) -> None:
    query = stickiness("2020-01-03", "2020-01-04", compareFilter={"compare": True})
    answer = ask(query, *DAYS)
    assert [row["compare_label"] for row in answer["results"]] == ["current", "previous"]
    assert data(answer) == [[2, 0], [2, 1]]
    shifted = stickiness(
        "2020-01-03", "2020-01-04", compareFilter={"compare": True, "compare_to": "-1d"}
    )
    assert data(ask(shifted, *DAYS))[1] == [2, 0]


@pytest.mark.parametrize(
    ("interval", "labels"),
    [("week", ["1 week"]), ("hour", ["1 hour", "2 hours"]), ("month", ["1 month"])],
)
def test_rule_028_labels_name_the_interval(ask: Asking, interval: str, labels: list[str]) -> None:
    query = stickiness("2020-01-01T00:00:00Z", "2020-01-01T01:00:00Z", interval=interval)
    assert ask(query)["results"][0]["labels"] == labels
    query |= {"stickinessFilter": {"computedAs": "cumulative"}}
    wanted = [f"{label} or more" for label in labels]
    assert ask(query)["results"][0]["labels"] == wanted


def test_series_have_rows_of_their_own(ask: Asking) -> None:
    query = stickiness(series=[series("other"), series(properties=[where("x", 1)])])
    answer = ask(query, *DAYS)
    assert counts(answer) == [0, 3]
    assert answer["results"][1]["action"] == {
        "order": 1,
        "type": "events",
        "name": "view",
        "id": "view",
        "custom_name": None,
    }


def test_all_starts_with_the_first_event(ask: Asking) -> None:
    (row,) = ask(stickiness("all", "2020-01-04"), *DAYS)["results"]
    assert row["data"] == [1, 1, 1, 0]


def test_no_series_is_refused(ask: Asking) -> None:
    with pytest.raises(DomainError, match="Stickiness insights require at least one series"):
        ask(stickiness(series=[]))


def test_groups_are_counted(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", **{"$group_0": "acme"}),
        event("bob", "2020-01-02", **{"$group_0": "acme"}),
        event("bob", "2020-01-03"),
    ]
    assert data(ask(stickiness(aggregation_group_type_index=0), *found)) == [[0, 1, 0, 0]]
