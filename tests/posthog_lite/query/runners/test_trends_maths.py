"""Maths of trends. Names carry the numbers of the rules they prove."""

from __future__ import annotations

import pytest

from tests.support.asking import (
    Asking,
    counts,
    data,
    event,
    person,
    series,
    totals,
    trends,
)
from tests.support.views import CHROME, VIEWS, shown


def test_rule_035_dau_counts_persons_not_ids(ask: Asking) -> None:
    people = (person("anna", "anna-2"),)
    found = [event("anna", "2020-01-01"), event("anna-2", "2020-01-01"), event("bob", "2020-01-02")]
    assert data(ask(trends(series(math="dau")), *found, persons=people)) == [[1, 1, 0]]


def test_rule_035_dau_as_total_counts_each_person_once(ask: Asking) -> None:
    assert totals(ask(trends(series(math="dau"), **shown("ActionsTable")), *VIEWS)) == [2]


def test_rule_036_cumulative_dau_counts_a_person_once(ask: Asking) -> None:
    before = event("carl", "2019-12-31")
    query = trends(series(math="dau"), **shown("ActionsLineGraphCumulative"))
    answer = ask(query, before, *VIEWS)
    assert data(answer) == [[1, 2, 2]]
    assert counts(answer) == [2]


def test_rule_037_weekly_active_slides_over_seven_days(ask: Asking) -> None:
    found = [event("anna", "2019-12-30"), event("bob", "2020-01-03"), event("bob", "2020-01-04")]
    query = trends(series(math="weekly_active"), date_from="2020-01-03", date_to="2020-01-12")
    assert data(ask(query, *found)) == [[2, 2, 2, 1, 1, 1, 1, 1, 0, 0]]


def test_rule_037_monthly_active_slides_over_thirty_days(ask: Asking) -> None:
    found = [event("anna", "2020-01-01"), event("anna", "2020-01-31")]
    query = trends(series(math="monthly_active"), date_from="2020-01-28", date_to="2020-02-02")
    assert data(ask(query, *found)) == [[1, 1, 1, 1, 1, 1]]
    query = trends(series(math="monthly_active"), date_from="2020-01-28", date_to="2020-02-02")
    assert data(ask(query, found[0])) == [[1, 1, 1, 0, 0, 0]]


def test_rule_038_weekly_active_by_hour_slides_over_168_hours(ask: Asking) -> None:
    found = [event("anna", "2020-01-01T10:30:00"), event("bob", "2020-01-08T09:10:00")]
    query = trends(
        series(math="weekly_active"),
        date_from="2020-01-08T08:00:00",
        date_to="2020-01-08T12:00:00",
        interval="hour",
    )
    assert data(ask(query, *found)) == [[1, 2, 1, 1, 1]]


@pytest.mark.parametrize(
    ("math", "interval", "numbers"),
    [("weekly_active", "week", [1, 1]), ("monthly_active", "month", [1, 1])],
)
def test_rule_039_as_wide_as_the_window_they_are_plain_uniques(
    ask: Asking, math: str, interval: str, numbers: list[int]
) -> None:
    found = [
        event("anna", "2020-01-25"),
        event("anna", "2020-01-25"),
        event("bob", "2020-02-01T23:00:00"),
    ]
    start, end = (
        ("2020-01-19", "2020-02-01") if interval == "week" else ("2020-01-01", "2020-02-05")
    )
    query = trends(series(math=math), date_from=start, date_to=end, interval=interval)
    found += [event("bob", "2020-02-01")]
    assert data(ask(query, *found)) == [numbers]


@pytest.mark.parametrize("date_from", ["2019-10-01", "2020-01-10"])
def test_rule_040_active_as_total_is_the_last_window(ask: Asking, date_from: str) -> None:
    found = [event("anna", "2020-01-03"), event("bob", "2020-01-04"), event("carl", "2020-01-10")]
    query = trends(
        series(math="weekly_active"),
        date_from=date_from,
        date_to="2020-01-10",
        **shown("ActionsTable"),
    )
    assert totals(ask(query, *found)) == [2]


def test_active_as_a_single_number_takes_exactly_so_many_hours(ask: Asking) -> None:
    found = [event("anna", "2020-01-03T11:00:00"), event("bob", "2020-01-03T13:00:00")]
    query = trends(
        series(math="weekly_active"), date_from="-7d", date_to=None, **shown("BoldNumber")
    )
    assert totals(ask(query, *found, now="2020-01-10T12:00:00Z")) == [1]


@pytest.mark.parametrize(
    ("math", "numbers"),
    [
        ("sum", [30.5, 0, 0]),
        ("avg", [15.25, 0, 0]),
        ("min", [10, 0, 0]),
        ("max", [20.5, 0, 0]),
        ("median", [15.25, 0, 0]),
    ],
)
def test_rule_041_property_maths_skip_what_is_no_number(
    ask: Asking, math: str, numbers: list[float]
) -> None:
    assert data(ask(trends(series(math=math, math_property="price")), *VIEWS)) == [numbers]


@pytest.mark.parametrize(
    ("math", "number"),
    [("median", 50.5), ("p75", 75.25), ("p90", 90.1), ("p95", 95.05), ("p99", 99.01)],
)
def test_rule_042_percentiles_interpolate(ask: Asking, math: str, number: float) -> None:
    found = [event("anna", "2020-01-01", n=n) for n in range(1, 101)]
    query = trends(series(math=math, math_property="n"), date_to="2020-01-01")
    ((value,),) = data(ask(query, *found))
    assert value == pytest.approx(number)


def test_rule_043_math_reads_the_persons_value(ask: Asking) -> None:
    people = (person("anna", age=30), person("bob", age="40"))
    query = trends(series(math="sum", math_property="age", math_property_type="person_properties"))
    assert data(ask(query, *VIEWS, persons=people)) == [[60, 40, 30]]


@pytest.mark.parametrize(
    ("math", "numbers", "total"),
    [
        ("avg_count_per_actor", [1.5, 0, 1], 2),
        ("max_count_per_actor", [2, 0, 1], 3),
        ("min_count_per_actor", [1, 0, 1], 1),
        ("median_count_per_actor", [1.5, 0, 1], 2),
    ],
)
def test_rule_044_events_per_person(
    ask: Asking, math: str, numbers: list[float], total: float
) -> None:
    found = [
        event("anna", "2020-01-01"),
        event("anna", "2020-01-01T13:00:00"),
        event("bob", "2020-01-01"),
        event("anna", "2020-01-03"),
    ]
    assert data(ask(trends(series(math=math)), *found)) == [numbers]
    assert totals(ask(trends(series(math=math), **shown("ActionsPie")), *found)) == [total]


def test_rule_045_events_without_session_share_one(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01"),
        event("bob", "2020-01-01"),
        event("bob", "2020-01-02", **{"$session_id": "s1"}),
        event("bob", "2020-01-02", **{"$session_id": "s2"}),
        event("bob", "2020-01-02"),
    ]
    assert data(ask(trends(series(math="unique_session")), *found)) == [[1, 3, 0]]


def test_rule_046_hogql_math_is_an_aggregate(ask: Asking) -> None:
    query = trends(series(math="hogql", math_hogql="sum(toFloat(properties.price)) + count()"))
    assert data(ask(query, *VIEWS)) == [[32.5, 0, 0]]


FIRSTS = (
    event("anna", "2019-12-31", browser="Safari"),
    event("anna", "2020-01-01", browser="Chrome"),
    event("bob", "2020-01-02", browser="Safari"),
    event("bob", "2020-01-03", browser="Chrome"),
    event("carl", "2020-01-03", browser="Chrome"),
)


def test_rule_047_only_the_very_first_event_counts(ask: Asking) -> None:
    assert data(ask(trends(series(math="first_time_for_user")), *FIRSTS)) == [[0, 1, 1]]
    in_series = trends(series(math="first_time_for_user", properties=[CHROME]))
    assert data(ask(in_series, *FIRSTS)) == [[0, 0, 1]]
    in_query = trends(series(math="first_time_for_user"), properties=[CHROME])
    assert data(ask(in_query, *FIRSTS)) == [[0, 0, 1]]


def test_rule_048_first_events_at_one_instant_both_qualify(ask: Asking) -> None:
    query = trends(series(math="first_time_for_user", properties=[CHROME]))
    found = [
        event("anna", "2020-01-01", browser="Safari"),
        event("anna", "2020-01-01", browser="Chrome"),
        event("bob", "2020-01-02", browser="Safari"),
        event("bob", "2020-01-02T12:00:01", browser="Chrome"),
    ]
    assert data(ask(query, *found)) == [[1, 0, 0]]


def test_rule_049_first_matching_event(ask: Asking) -> None:
    query = trends(series(math="first_matching_event_for_user", properties=[CHROME]))
    assert data(ask(query, *FIRSTS)) == [[1, 0, 2]]


def test_unique_groups_leave_out_events_without_group(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", **{"$group_0": group}) for group in ("x", "y", "y", "")]
    query = trends(series(math="unique_group", math_group_type_index=0))
    assert data(ask(query, *found)) == [[2, 0, 0]]


@pytest.mark.parametrize("math", ["dau", "weekly_active", "monthly_active"])
def test_active_users_may_be_groups(ask: Asking, math: str) -> None:
    found = [event("anna", "2020-01-01", **{"$group_1": group}) for group in ("x", "y", "y", "")]
    answer = ask(trends(series(math=math, math_group_type_index=1), date_to="2020-01-01"), *found)
    assert data(answer) == [[2]]


def test_a_multiplier_scales_the_property_and_not_counts(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", price=price) for price in (2, 5)]
    query = trends(
        *(series(math=math, math_property="price", math_multiplier=-2) for math in ("sum", "min")),
        series(math_multiplier=-2),
        date_to="2020-01-01",
    )
    assert data(ask(query, *found)) == [[-14], [-10], [2]]


@pytest.mark.parametrize("math", ["sum", "p90", "hogql", "unique_group"])
def test_a_math_without_what_it_reads_counts_events(ask: Asking, math: str) -> None:
    (row,) = ask(trends(series(math=math)), *VIEWS)["results"]
    assert (row["data"], row["action"]["math"]) == ([2, 1, 1], math)
