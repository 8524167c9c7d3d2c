"""Values of trends. Names carry the numbers of the rules they prove."""

from __future__ import annotations

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import (
    Asking,
    Json,
    counts,
    data,
    event,
    series,
    totals,
    trends,
    values,
    where,
)
from tests.support.views import CHROME, VIEWS, shown

TOTAL_DISPLAYS = ["BoldNumber", "ActionsPie", "ActionsTable", "ActionsBarValue", "WorldMap"]


def test_rule_016_events_before_the_range_are_not_counted_in_its_first_week(ask: Asking) -> None:
    query = trends(date_from="2020-01-02", date_to="2020-01-03", interval="week")
    answer = ask(query, *VIEWS)
    assert answer["results"][0]["days"] == ["2019-12-29"]
    assert data(answer) == [[2]]


def test_rule_017_months_are_counted_from_their_first_day(ask: Asking) -> None:
    query = trends(date_from="2020-01-02", date_to="2020-01-03", interval="month")
    assert data(ask(query, *VIEWS)) == [[4]]


@pytest.mark.parametrize(
    ("interval", "numbers"),
    [("quarter", [1, 2]), ("year", [1, 2]), ("month", [1, 0, 2])],
)
def test_rule_023_longer_intervals(ask: Asking, interval: str, numbers: list[int]) -> None:
    found = [event("anna", "2019-11-20"), event("anna", "2020-01-20"), event("bob", "2020-01-21")]
    query = trends(date_from="2019-11-05", date_to="2020-01-21", interval=interval)
    assert data(ask(query, *found)) == [numbers]


def test_rule_013_all_starts_with_the_first_matching_event(ask: Asking) -> None:
    old = event("anna", "2019-12-01", name="other")
    answer = ask(trends(date_from="all", date_to=None), old, *VIEWS, now="2020-01-05T00:00:00Z")
    assert data(answer) == [[2, 1, 1, 0, 0]]


def test_rule_020_a_day_of_25_hours_is_one_bucket(ask: Asking) -> None:
    found = [event("anna", f"2020-11-0{day}T07:30:00") for day in (1, 2)]
    query = trends(date_from="2020-10-31", date_to="2020-11-02")
    assert data(ask(query, *found, timezone="US/Pacific")) == [[0, 2, 0]]
    by_hour = trends(date_from="2020-11-01", date_to="2020-11-01T03:00:00", interval="hour")
    twice = [event("anna", f"2020-11-01T{hour:02}:30:00") for hour in (8, 9, 10)]
    answer = ask(by_hour, *twice, timezone="US/Pacific")
    assert answer["results"][0]["labels"] == [
        "1-Nov 00:00", "1-Nov 01:00", "1-Nov 01:00", "1-Nov 02:00", "1-Nov 03:00",
    ]  # fmt: skip
    assert data(answer) == [[0, 1, 1, 1, 0]]


@pytest.mark.parametrize(
    "math", ["total", "dau", "weekly_active", "unique_session", "first_time_for_user"]
)
def test_rule_030_empty_buckets_are_zero(ask: Asking, math: str) -> None:
    assert data(ask(trends(series("never", math=math)), *VIEWS)) == [[0, 0, 0]]


@pytest.mark.parametrize("math", ["avg", "sum", "min", "max", "median", "p90"])
def test_rule_030_empty_buckets_are_zero_for_property_maths(ask: Asking, math: str) -> None:
    query = trends(series("never", math=math, math_property="price"))
    assert data(ask(query, *VIEWS)) == [[0, 0, 0]]


def test_rule_031_count_is_the_sum_of_the_line(ask: Asking) -> None:
    query = trends(series(math="avg", math_property="price"))
    assert counts(ask(query, *VIEWS)) == [15.25]


def test_rule_031_count_of_a_running_total_is_its_last_value(ask: Asking) -> None:
    answer = ask(trends(**shown("ActionsLineGraphCumulative")), *VIEWS)
    assert data(answer) == [[2, 3, 4]]
    assert counts(answer) == [4]


@pytest.mark.parametrize("display", TOTAL_DISPLAYS)
@pytest.mark.parametrize("interval", ["hour", "day", "month"])
def test_rule_032_totals_have_one_number(ask: Asking, display: str, interval: str) -> None:
    (row,) = ask(trends(**shown(display), interval=interval), *VIEWS)["results"]
    assert (row["data"], row["days"], row["count"]) == ([], [], 0)
    assert row["aggregated_value"] == 4
    assert "labels" not in row


def test_rule_033_a_big_number_counts_exact_hours(ask: Asking) -> None:
    found = [
        event("anna", f"2020-01-{day:02}T{hour:02}:00:00") for day in (3, 10) for hour in (5, 7)
    ]
    query = trends(date_from="-7d", date_to=None, compareFilter={"compare": True})
    now = "2020-01-10T06:00:00Z"
    assert totals(ask(query | shown("BoldNumber"), *found, now=now)) == [2, 1]


def test_rule_034_series_come_in_order_and_current_before_previous(ask: Asking) -> None:
    query = trends(
        series("b"), series("a"), date_from="2020-01-02", compareFilter={"compare": True}
    )
    found = ask(query, event("anna", "2020-01-01", "a"), event("anna", "2020-01-02", "b"))
    rows = [(row["label"], row["compare_label"], row["count"]) for row in found["results"]]
    assert rows == [
        ("b", "current", 1),
        ("a", "current", 0),
        ("b", "previous", 0),
        ("a", "previous", 1),
    ]


def test_rule_050_smoothing_is_a_trailing_mean_rounded_down(ask: Asking) -> None:
    found = [event("anna", "2020-01-01")] * 3 + [event("anna", "2020-01-02")] * 2
    query = trends(trendsFilter={"smoothingIntervals": 2}, date_to="2020-01-04")
    assert data(ask(query, *found)) == [[3, 2, 1, 0]]


def test_rule_051_nothing_else_is_rounded(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", n=n) for n in (1, 1, 2)]
    query = trends(series(math="avg", math_property="n"), **shown("ActionsTable"))
    assert totals(ask(query, *found)) == [pytest.approx(4 / 3)]


def test_actions_count_like_events(ask: Asking) -> None:
    action = Action(
        7,
        "Interest",
        (
            ActionStep(event="view", properties=(CHROME,)),
            ActionStep(event="view", url="/pricing", url_matching="contains"),
        ),
    )
    found = [*VIEWS, event("carl", "2020-01-03", **{"$current_url": "https://a.b/pricing?x"})]
    query = trends({"kind": "ActionsNode", "id": 7})
    answer = ask(query, *found, actions={7: action})
    assert data(answer) == [[1, 1, 1]]
    row = answer["results"][0]
    assert (row["label"], row["action"]["id"], row["action"]["type"]) == ("Interest", 7, "actions")


def test_a_series_whose_action_is_gone_has_no_row(ask: Asking) -> None:
    answer = ask(trends({"kind": "ActionsNode", "id": 8}, series()), *VIEWS)
    assert [row["order"] for row in answer["results"]] == [1]


def test_a_group_of_events_is_one_series(ask: Asking) -> None:
    group = {"kind": "GroupNode", "nodes": [series("a"), series("b", properties=[CHROME])]}
    found = [
        event("anna", "2020-01-01", "a"),
        event("anna", "2020-01-01", "b"),
        event("anna", "2020-01-02", "b", browser="Chrome"),
    ]
    answer = ask(trends(group), *found)
    assert data(answer) == [[1, 1, 0]]
    assert answer["results"][0]["label"] == "a, b"


@pytest.mark.parametrize(("interval", "number"), [("day", 0), ("week", 1), ("month", 1)])
def test_the_interval_of_a_total_decides_what_it_is_compared_with(
    ask: Asking, interval: str, number: int
) -> None:
    query = trends(
        date_from="-7d",
        date_to=None,
        interval=interval,
        compareFilter={"compare": True},
        **shown("ActionsTable"),
    )
    answer = ask(query, event("anna", "2019-12-28"), now="2020-01-12T12:00:00Z")
    assert totals(answer) == [0, number]


def test_a_line_has_the_keys_that_clients_read(ask: Asking) -> None:
    query = trends(series(custom_name="Visits"), date_from="-1d", date_to=None)
    answer = ask(query, *VIEWS)
    assert answer["hasMore"] is False
    assert answer["resolved_date_range"] == {
        "date_from": "2020-01-02T00:00:00Z",
        "date_to": "2020-01-03T23:59:59.999999Z",
    }
    assert answer["results"] == [
        {
            "data": [1, 1],
            "labels": ["2-Jan-2020", "3-Jan-2020"],
            "days": ["2020-01-02", "2020-01-03"],
            "count": 2.0,
            "label": "view",
            "order": 0,
            "action": {
                "days": ["2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z"],
                "id": "view",
                "type": "events",
                "order": 0,
                "name": "view",
                "custom_name": "Visits",
                "math": "total",
                "math_property": None,
                "math_hogql": None,
                "math_group_type_index": None,
                "properties": {},
            },
            "filter": {
                "insight": "TRENDS",
                "interval": "day",
                "date_from": "-1d",
                "display": "ActionsLineGraph",
            },
        }
    ]


def test_all_events_are_named_so(ask: Asking) -> None:
    (row,) = ask(trends(series(None)), *VIEWS)["results"]
    assert (row["label"], row["data"]) == ("All events", [2, 1, 1])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (trends() | {"series": []}, "insight_requires_at_least_one_series"),
        (trends(**shown("CalendarHeatmap")), "unsupported_query"),
        (trends(series(math="nonsense", math_property="x")), "parse_error"),
        (trends(date_from="soon"), "parse_error"),
        (trends(interval="fortnight"), "parse_error"),
        (
            trends(
                series(),
                series(),
                date_from="2019-12-01",
                interval="minute",
                breakdownFilter={"breakdown": "x"},
            ),
            "invalid_input",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(ask: Asking, query: Json, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(query)
    assert (refused.value.status_code, refused.value.code) == (400, code)


VISITS = (
    event("anna", "2020-01-01T10:00:00", **{"$session_id": "s1"}),
    event("anna", "2020-01-01T10:00:30", **{"$session_id": "s1"}),
    event("bob", "2020-01-01T10:00:00", **{"$session_id": "s2"}),
    event("bob", "2020-01-01T10:01:30", **{"$session_id": "s2"}),
)


@pytest.mark.parametrize("kind", [None, "session_properties"])
def test_the_duration_of_a_session_counts_once_per_session(ask: Asking, kind: str | None) -> None:
    one = series(math="avg", math_property="$session_duration", math_property_type=kind)
    assert data(ask(trends(one), *VISITS)) == [[60, 0, 0]]


def test_sessions_filter_and_split(ask: Asking) -> None:
    long = where("$session_duration", 60, "gt", type="session")
    assert data(ask(trends(properties=[long]), *VISITS)) == [[2, 0, 0]]
    by_session = {"breakdown": "$session_duration", "breakdown_type": "session"}
    assert values(ask(trends(breakdownFilter=by_session), *VISITS)) == ["30", "90"]


def test_events_without_session_are_a_session_of_no_length(ask: Asking) -> None:
    found = [*VISITS[:2], event("cleo", "2020-01-01")]
    by_session = {"breakdown": "$session_duration", "breakdown_type": "session"}
    answer = ask(trends(breakdownFilter=by_session), *found)
    assert (values(answer), counts(answer)) == (["30", "0"], [2, 1])
    binned = by_session | {"breakdown_histogram_bin_count": 2}
    assert values(ask(trends(breakdownFilter=binned), *found)) == ["[15,30.01]", "[0,15]"]
    short = where("$session_duration", 5, "lt", type="session")
    assert data(ask(trends(properties=[short]), *found)) == [[1, 0, 0]]
    average = series(math="avg", math_property="$session_duration")
    assert data(ask(trends(average), *found)) == [[15, 0, 0]]
