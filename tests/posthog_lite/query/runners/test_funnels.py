"""Funnels. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import Asking, Json, event, person, series, where

UP, VIEW, BUY = series("up"), series("view"), series("buy")


def funnel(*steps: Json, unit: str = "day", window: int | None = 14, **shown: Any) -> Json:
    """A funnel over January; what is no part of the filter is given as `query`."""
    more = shown.pop("query", {})
    return {
        "kind": "FunnelsQuery",
        "series": list(steps) or [UP, BUY],
        "dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-31"},
        "funnelsFilter": {
            "funnelWindowInterval": window,
            "funnelWindowIntervalUnit": unit,
            **shown,
        },
        **more,
    }


def at(seconds: int, name: str, who: str = "anna", **properties: Any) -> Json:
    """An event so many seconds after midnight of the second of January."""
    minutes, second = divmod(seconds, 60)
    return event(who, f"2020-01-02T00:{minutes:02}:{second:02}", name, **properties)


def excluding(first: int = 0, last: int = 1, name: str = "x", **more: Any) -> Json:
    return {**series(name), "funnelFromStep": first, "funnelToStep": last, **more}


def counts(answer: Json) -> list[int]:
    return [row["count"] for row in answer["results"]]


def by_value(answer: Json) -> dict[tuple[str, ...], list[int]]:
    return {
        tuple(rows[0]["breakdown_value"]): [row["count"] for row in rows]
        for rows in answer["results"]
    }


def by(name: str = "x", **more: Any) -> Json:
    return {"breakdownFilter": {"breakdown": name, "breakdown_type": "event", **more}}


# The window


@pytest.mark.parametrize("window", [None, 0, -1, 14])
def test_rule_093_the_window_is_14_days_unless_it_is_longer_than_nothing(
    ask: Asking, window: int | None
) -> None:
    happened = [
        event("anna", "2020-01-02", "up"),
        event("anna", "2020-01-15", "buy"),
        event("bob", "2020-01-02", "up"),
        event("bob", "2020-01-17", "buy"),
    ]
    assert counts(ask(funnel(window=window), *happened)) == [2, 1]


def test_rule_093_without_a_window(ask: Asking) -> None:
    query = funnel()
    query["funnelsFilter"] = {}
    happened = [event("anna", "2020-01-02", "up"), event("anna", "2020-01-16", "buy")]
    assert counts(ask(query, *happened)) == [1, 1]


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("second", 2), ("minute", 120), ("hour", 7_200), ("day", 172_800), ("week", 1_209_600)],
)
def test_rule_094_the_end_of_the_window_is_inside(ask: Asking, unit: str, seconds: int) -> None:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, second = divmod(rest, 60)
    end = f"2020-01-{2 + days:02}T{hours:02}:{minutes:02}:{second:02}"
    happened = [
        event("anna", "2020-01-02T00:00:00", "up"),
        event("anna", end, "buy"),
        event("bob", "2020-01-02T00:00:00", "up"),
        event("bob", f"{end}.000001", "buy"),
    ]
    assert counts(ask(funnel(unit=unit, window=2), *happened)) == [2, 1]


def test_rule_094_the_window_runs_from_the_first_step(ask: Asking) -> None:
    happened = [at(0, "up"), at(8, "view"), at(11, "buy")]
    assert counts(ask(funnel(UP, VIEW, BUY, unit="second", window=10), *happened)) == [1, 1, 0]


def test_rule_094_the_window_is_elapsed_time_over_a_clock_change(ask: Asking) -> None:
    query = funnel(window=1) | {"dateRange": {"date_from": "2020-03-01", "date_to": "2020-03-31"}}
    happened = [
        event("anna", "2020-03-08T09:00:00", "up"),  # one o'clock; the day has 23 hours
        event("anna", "2020-03-09T08:59:59", "buy"),
    ]
    assert counts(ask(query, *happened, timezone="US/Pacific")) == [1, 1]


# Steps


def test_rule_095_each_step_needs_an_event_of_its_own(ask: Asking) -> None:
    happened = [at(0, "up"), at(0, "up", "bob"), at(1, "up", "bob")]
    assert counts(ask(funnel(UP, UP), *happened)) == [2, 1]


def test_rule_095_any_event_is_one_event_too(ask: Asking) -> None:
    anything = series(None)
    assert counts(ask(funnel(anything, anything), at(0, "up"), at(1, "z", "bob"))) == [2, 0]


def test_rule_096_steps_come_in_order_and_other_events_do_not_matter(ask: Asking) -> None:
    happened = [
        *(at(0, "buy"), at(1, "up"), at(2, "other"), at(3, "view")),
        *(at(0, "up", "bob"), at(1, "buy", "bob")),
    ]
    assert counts(ask(funnel(UP, VIEW, BUY), *happened)) == [2, 1, 0]


def test_rule_097_different_events_of_one_instant_convert(ask: Asking) -> None:
    happened = [at(0, "buy"), at(0, "view"), at(0, "up")]
    assert counts(ask(funnel(UP, VIEW, BUY), *happened)) == [1, 1, 1]


def test_rule_098_the_furthest_attempt_counts(ask: Asking) -> None:
    happened = [at(0, "up"), at(1, "view"), at(20, "up"), at(21, "view"), at(22, "buy")]
    happened += [at(40, "up"), at(41, "view")]
    assert counts(ask(funnel(UP, VIEW, BUY, unit="second", window=5), *happened)) == [1, 1, 1]


def test_rule_099_rows_are_steps_in_the_order_of_the_list(ask: Asking) -> None:
    steps = [series("up", order=3, custom_name="Joined"), {**BUY, "order": 1, "name": "buys"}]
    answer = ask(funnel(*steps), at(0, "up"), at(7, "buy"))
    assert answer["results"] == [
        {
            "action_id": "up",
            "name": "up",
            "custom_name": "Joined",
            "type": "events",
            "order": 0,
            "people": [],
            "count": 1,
            "average_conversion_time": None,
            "median_conversion_time": None,
        },
        {
            "action_id": "buy",
            "name": "buy",
            "custom_name": None,
            "type": "events",
            "order": 1,
            "people": [],
            "count": 1,
            "average_conversion_time": 7.0,
            "median_conversion_time": 7.0,
        },
    ]
    assert answer["isUdf"] is True
    assert answer["resolved_date_range"]["date_from"].startswith("2020-01-01T00:00:00")


def test_rule_100_nobody_began(ask: Asking) -> None:
    assert ask(funnel(), at(0, "buy"))["results"] == []
    assert ask(funnel(query=by()), at(0, "buy"))["results"] == []


def test_a_step_may_be_an_action(ask: Asking) -> None:
    joined = Action(7, "Joined", (ActionStep(event="up"), ActionStep(event="register")))
    query = funnel({"kind": "ActionsNode", "id": 7}, BUY)
    happened = [at(0, "register"), at(1, "buy"), at(0, "up", "bob")]
    rows = ask(query, *happened, actions={7: joined})["results"]
    assert [row["count"] for row in rows] == [2, 1]
    assert (rows[0]["action_id"], rows[0]["name"], rows[0]["type"]) == (7, "Joined", "actions")


def test_actors_may_be_groups_or_what_an_expression_says(ask: Asking) -> None:
    happened = [
        *(at(0, "up", **{"$group_0": "acme"}), at(1, "buy", "bob", **{"$group_0": "acme"})),
        at(0, "up", "carl"),
    ]
    groups = funnel(query={"aggregation_group_type_index": 0})
    assert counts(ask(groups, *happened)) == [1, 1]
    expression = funnel(funnelAggregateByHogQL="properties.$group_0")
    assert counts(ask(expression, *happened)) == [1, 1]


# Exclusions


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        pytest.param([at(0, "up"), at(1, "x"), at(2, "buy")], [], id="spoilt"),
        pytest.param([at(0, "up"), at(1, "x")], [], id="spoilt before it got far"),
        pytest.param(
            [at(0, "up"), at(1, "x"), at(2, "buy"), at(60, "up"), at(61, "buy")],
            [1, 1],
            id="saved by a clean retry",
        ),
        pytest.param(
            [at(0, "up"), at(1, "buy"), at(60, "up"), at(61, "x"), at(62, "buy")],
            [1, 1],
            id="saved by a clean first attempt",
        ),
        pytest.param(
            [at(0, "up"), at(1, "x"), at(2, "buy"), at(60, "up")], [], id="retry not as far"
        ),
    ],
)
def test_rule_101_an_excluded_event_removes_who_has_no_clean_attempt(
    ask: Asking, happened: list[Json], expected: list[int]
) -> None:
    query = funnel(unit="second", window=30, exclusions=[excluding()])
    assert counts(ask(query, *happened)) == expected


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param([at(0, "x"), at(1, "up"), at(2, "buy")], id="before step one"),
        pytest.param([at(1, "up"), at(2, "buy"), at(3, "x")], id="after the last step"),
        pytest.param([at(0, "up"), at(10, "buy"), at(40, "x")], id="after the window"),
    ],
)
def test_rule_102_an_excluded_event_elsewhere_is_ignored(ask: Asking, happened: list[Json]) -> None:
    query = funnel(unit="second", window=30, exclusions=[excluding()])
    assert counts(ask(query, *happened)) == [1, 1]


def test_rule_102_an_excluded_event_outside_the_named_steps_is_ignored(ask: Asking) -> None:
    happened = [at(0, "up"), at(1, "x"), at(2, "view"), at(3, "buy")]
    query = funnel(UP, VIEW, BUY, exclusions=[excluding(1, 2)])
    assert counts(ask(query, *happened)) == [1, 1, 1]


def test_rule_103_an_excluded_event_at_the_instant_of_a_step_does_not_exclude(
    ask: Asking,
) -> None:
    happened = [at(0, "up"), at(5, "x"), at(5, "buy"), at(0, "up", "bob"), at(0, "x", "bob")]
    assert counts(ask(funnel(exclusions=[excluding()]), *happened)) == [2, 1]


def test_rule_104_several_exclusions_with_filters(ask: Asking) -> None:
    exclusions = [
        excluding(0, 1, properties=[where("bad", "yes")]),
        excluding(1, 2, "y"),
    ]
    happened = [
        *(at(0, "up"), at(1, "x", bad="no"), at(2, "view"), at(3, "buy")),
        *(at(0, "up", "bob"), at(1, "x", "bob", bad="yes"), at(2, "view", "bob")),
        *(at(0, "up", "carl"), at(1, "view", "carl"), at(2, "y", "carl")),
    ]
    assert counts(ask(funnel(UP, VIEW, BUY, exclusions=exclusions), *happened)) == [1, 1, 1]


# Any order


def test_rule_106_rows_count_different_steps_within_the_window(ask: Asking) -> None:
    query = funnel(UP, VIEW, BUY, unit="second", window=10, funnelOrderType="unordered")
    happened = [
        *(at(0, "buy"), at(5, "up"), at(10, "view")),
        *(at(0, "view", "bob"), at(5, "view", "bob"), at(11, "up", "bob")),
        *(at(0, "up", "carl"), at(11, "buy", "carl")),
    ]
    rows = ask(query, *happened)["results"]
    assert [row["count"] for row in rows] == [3, 2, 1]
    names = ["Completed 1 step", "Completed 2 steps", "Completed 3 steps"]
    assert [row["name"] for row in rows] == names
    assert rows[0]["action_id"] is None


def test_rule_106_no_event_is_two_steps(ask: Asking) -> None:
    query = funnel(series(None), UP, unit="second", window=10, funnelOrderType="unordered")
    happened = [at(0, "up"), at(0, "up", "bob"), at(1, "z", "bob")]
    assert counts(ask(query, *happened)) == [2, 1]


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        pytest.param([at(0, "up"), at(1, "x"), at(2, "buy")], [1, 0], id="one clean event"),
        pytest.param([at(0, "buy"), at(1, "up"), at(2, "x")], [1, 1], id="after completion"),
        pytest.param([at(0, "up"), at(1, "x")], [], id="nothing but the void attempt"),
        pytest.param([at(0, "up"), at(31, "x")], [1, 0], id="after the window"),
    ],
)
def test_rule_107_an_excluded_event_voids_the_attempt(
    ask: Asking, happened: list[Json], expected: list[int]
) -> None:
    query = funnel(unit="second", window=30, funnelOrderType="unordered", exclusions=[excluding()])
    assert counts(ask(query, *happened)) == expected


# Strict order


def test_rule_108_no_other_event_may_come_between(ask: Asking) -> None:
    happened = [
        *(at(0, "up"), at(1, "view"), at(2, "buy")),
        *(at(0, "up", "bob"), at(1, "other", "bob"), at(2, "view", "bob")),
        *(at(0, "up", "carl"), at(1, "view", "carl"), at(2, "other", "carl"), at(3, "buy", "carl")),
    ]
    query = funnel(UP, VIEW, BUY, funnelOrderType="strict")
    assert counts(ask(query, *happened)) == [3, 2, 1]


def test_rule_108_a_repeated_first_step_begins_anew(ask: Asking) -> None:
    happened = [at(0, "up"), at(1, "up"), at(2, "view"), at(3, "buy")]
    query = funnel(UP, VIEW, BUY, funnelOrderType="strict")
    assert counts(ask(query, *happened)) == [1, 1, 1]


# Times


def test_rule_109_times_are_from_the_step_before_in_the_first_conversion(ask: Asking) -> None:
    happened = [
        *(at(0, "up"), at(10, "view"), at(40, "buy")),
        *(at(100, "up"), at(101, "view"), at(102, "buy")),
        *(at(0, "up", "bob"), at(20, "view", "bob")),
        *(at(0, "up", "carl"), at(60, "view", "carl")),
    ]
    rows = ask(funnel(UP, VIEW, BUY), *happened)["results"]
    assert [row["average_conversion_time"] for row in rows] == [None, 30.0, 30.0]
    assert [row["median_conversion_time"] for row in rows] == [None, 20.0, 30.0]


def test_rule_109_conversions_within_an_instant_have_no_time(ask: Asking) -> None:
    rows = ask(funnel(), at(0, "up"), at(0, "buy"))["results"]
    assert rows[1]["count"] == 1
    assert rows[1]["average_conversion_time"] is None
    assert rows[1]["median_conversion_time"] is None


def test_rule_110_bins_of_the_time_to_convert(ask: Asking) -> None:
    happened = [
        event_
        for who, seconds in (("anna", 10), ("bob", 20), ("carl", 45))
        for event_ in (at(0, "up", who, x=who), at(seconds, "buy", who, x=who))
    ]
    shown: Json = {"funnelVizType": "time_to_convert"}
    answer = ask(funnel(**shown, query=by()), *happened)["results"]
    assert answer == {"bins": [[10, 2], [28, 1], [46, 0]], "average_conversion_time": 25.0}
    three = ask(funnel(**shown, binCount=3), *happened)["results"]
    assert three["bins"] == [[10, 2], [22, 0], [34, 1], [46, 0]]


def test_rule_110_one_time_and_no_time(ask: Asking) -> None:
    shown: Json = {"funnelVizType": "time_to_convert"}
    one = ask(funnel(**shown), at(0, "up"), at(37, "buy"))["results"]
    assert one == {"bins": [[37, 1], [97, 0]], "average_conversion_time": 37.0}
    none = ask(funnel(**shown), at(0, "up"))["results"]
    assert none == {"bins": [], "average_conversion_time": None}


# Rates


def rates(*steps: Json, **more: Any) -> Json:
    shown: Json = {"funnelVizType": "trends", **more.pop("shown", {})}
    query = funnel(*steps, **shown, query=more.pop("query", {}))
    return query | {"dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-03"}, **more}


def test_rule_111_a_conversion_belongs_to_the_day_of_its_first_step(ask: Asking) -> None:
    happened = [
        event("anna", "2020-01-01", "up"),
        event("anna", "2020-01-02", "buy"),
        event("bob", "2020-01-01", "up"),
        event("carl", "2020-01-01", "up"),
    ]
    answer = ask(rates(), *happened)
    assert answer["results"] == [
        {
            "count": 3,
            "data": [33.33, 0.0, 0.0],
            "days": ["2020-01-01", "2020-01-02", "2020-01-03"],
            "labels": ["1-Jan-2020", "2-Jan-2020", "3-Jan-2020"],
        }
    ]


def test_rule_111_all_buckets_are_there_without_anybody(ask: Asking) -> None:
    assert ask(rates(interval="hour"))["results"][0]["data"] == [0.0] * 49


def test_rule_112_a_person_counts_once_in_each_bucket(ask: Asking) -> None:
    happened = [
        event("anna", "2020-01-01T01:00:00", "up"),
        event("anna", "2020-01-01T02:00:00", "up"),
        event("anna", "2020-01-02T01:00:00", "up"),
        event("anna", "2020-01-02T02:00:00", "buy"),
        event("bob", "2020-01-02T02:00:00", "up"),
    ]
    assert ask(rates(), *happened)["results"][0]["data"] == [100.0, 50.0, 0.0]


def test_rule_113_the_rate_between_two_later_steps(ask: Asking) -> None:
    happened = [
        *(event("anna", f"2020-01-01T0{hour}:00:00", name) for hour, name in STEPS),
        *(event("bob", f"2020-01-01T0{hour}:00:00", name) for hour, name in STEPS[:2]),
        event("carl", "2020-01-01", "up"),
    ]
    between = {"funnelFromStep": 1, "funnelToStep": 2}
    assert ask(rates(UP, VIEW, BUY, shown=between), *happened)["results"][0]["data"][0] == 50.0
    to_second = {"funnelFromStep": 0, "funnelToStep": 1}
    first = ask(rates(UP, VIEW, BUY, shown=to_second), *happened)["results"][0]["data"][0]
    assert first == 66.67


STEPS = [(1, "up"), (2, "view"), (3, "buy")]


def test_rates_by_value(ask: Asking) -> None:
    happened = [
        event("anna", "2020-01-01", "up", x="mac"),
        event("anna", "2020-01-02", "buy", x="mac"),
        event("bob", "2020-01-01", "up"),
    ]
    rows = ask(rates(query=by()), *happened)["results"]
    found = {tuple(row["breakdown_value"]): row["data"] for row in rows}
    assert list(found.items()) == [(("",), [0.0, 0.0, 0.0]), (("mac",), [100.0, 0.0, 0.0])]
    began_most = [*happened, event("carl", "2020-01-03", "up")]
    most = ask(rates(query=by(breakdown_limit=1)), *began_most)["results"]
    assert [row["breakdown_value"] for row in most] == [[""]]


def test_rates_by_the_value_of_a_step_know_who_came_no_further(ask: Asking) -> None:
    shown: Json = {"breakdownAttributionType": "step", "breakdownAttributionValue": 1}
    happened = [
        *(event("anna", f"2020-01-0{day}T01:00:00", "up") for day in (1, 2)),
        event("anna", "2020-01-01T02:00:00", "buy", x="a"),
        event("anna", "2020-01-02T02:00:00", "buy", x="b"),
    ]
    shown |= {"funnelWindowInterval": 2, "funnelWindowIntervalUnit": "hour"}
    assert [row["data"] for row in ask(rates(shown=shown, query=by()), *happened)["results"]] == [
        [100.0, 0.0, 0.0],
        [0.0, 100.0, 0.0],
    ]
    assert people_of(ask, shown, "2020-01-02", happened, breakdown="a") == 1


def people_of(
    ask: Asking, shown: Json, day: str, happened: list[Json], *, breakdown: str | None = None
) -> int:
    """The number of those who began on a day and dropped off."""
    source = {
        "kind": "FunnelsActorsQuery",
        "source": rates(shown=shown, query=by() if breakdown else {}),
        "funnelTrendsEntrancePeriodStart": day,
        "funnelTrendsDropOff": True,
        "funnelStepBreakdown": breakdown,
    }
    query = {"kind": "ActorsQuery", "select": ["id"], "source": source}
    return len(ask(query, *happened)["results"])


EXCLUDED_ON_THE_SECOND = [
    event("anna", "2020-01-01T01:00:00", "up"),
    event("anna", "2020-01-02T01:00:00", "up"),
    event("anna", "2020-01-02T02:00:00", "x"),
]


def test_who_is_excluded_on_the_way_to_a_step_began_in_no_bucket(ask: Asking) -> None:
    shown: Json = {"exclusions": [excluding()]}
    shown |= {"funnelWindowInterval": 5, "funnelWindowIntervalUnit": "hour"}
    assert people_of(ask, shown, "2020-01-01", EXCLUDED_ON_THE_SECOND) == 1
    stopped = [*EXCLUDED_ON_THE_SECOND, event("anna", "2020-01-02T03:00:00", "buy")]
    assert people_of(ask, shown, "2020-01-01", stopped) == 0
    came = [event("anna", "2020-01-01T02:00:00", "buy"), *stopped]
    assert ask(rates(shown=shown), *came)["results"][0]["data"] == [100.0, 0.0, 0.0]


def test_an_exclusion_behind_the_goal_of_a_trend_does_not_matter(ask: Asking) -> None:
    happened = [event("anna", f"2020-01-01T0{n}:00:00", name) for n, name in enumerate(BEHIND)]
    shown = {"funnelToStep": 1, "exclusions": [excluding(1, 2)]}
    answer = ask(rates(UP, VIEW, BUY, shown=shown), *happened)
    assert answer["results"][0]["data"] == [100.0, 0.0, 0.0]


BEHIND = ("up", "view", "x", "buy")


# First times


def test_rule_114_only_the_first_event_ever_can_be_the_step(ask: Asking) -> None:
    first = series("up", math="first_time_for_user")
    happened = [
        *(event("anna", "2019-12-01", "up"), event("anna", "2020-01-02", "up")),
        *(event("anna", "2020-01-03", "buy"), event("bob", "2020-01-02", "up")),
    ]
    assert counts(ask(funnel(first, BUY), *happened)) == [1, 0]


def test_rule_114_with_filters_the_first_that_matches(ask: Asking) -> None:
    new = [where("plan", "new")]
    happened = [
        *(at(0, "up", plan="old"), at(1, "up", plan="new"), at(2, "buy")),
        at(0, "up", "bob", plan="new"),
    ]
    strict = series("up", math="first_time_for_user", properties=new)
    assert counts(ask(funnel(strict, BUY), *happened)) == [1, 0]
    matching = series("up", math="first_time_for_user_with_filters", properties=new)
    assert counts(ask(funnel(matching, BUY), *happened)) == [2, 1]


# Breakdowns


def test_rule_115_values_are_lists_and_missing_is_empty(ask: Asking) -> None:
    happened = [
        *(at(0, "up", x="mac"), at(1, "buy", x="mac")),
        *(at(0, "up", "bob"), at(0, "up", "carl", x=None)),
        at(0, "up", "dora", x=0),
    ]
    answer = ask(funnel(query=by()), *happened)
    assert by_value(answer) == {("mac",): [1, 1], ("",): [2, 0], ("0",): [1, 0]}
    assert answer["results"][0][0]["breakdown"] == ["mac"]


PATH = [at(0, "up"), at(1, "view", x="b"), at(2, "buy", x="c")]


@pytest.mark.parametrize(
    ("kind", "value"), [(None, "b"), ("first_touch", "b"), ("last_touch", "c")]
)
def test_rule_116_the_first_or_the_last_value(ask: Asking, kind: str | None, value: str) -> None:
    query = funnel(UP, VIEW, BUY, breakdownAttributionType=kind, query=by())
    assert by_value(ask(query, *PATH)) == {(value,): [1, 1, 1]}


def test_rule_116_with_two_properties_the_tuple_of_one_event(ask: Asking) -> None:
    both = [{"property": "x", "type": "event"}, {"property": "y", "type": "event"}]
    query = funnel(query={"breakdownFilter": {"breakdowns": both}})
    happened = [at(0, "up", y="1"), at(1, "buy", x="mac", y="2")]
    assert by_value(ask(query, *happened)) == {("", "1"): [1, 1]}


def test_rule_117_every_step_carries_the_same_value(ask: Asking) -> None:
    query = funnel(breakdownAttributionType="all_events", query=by())
    happened = [
        *(at(0, "up", x="a"), at(1, "buy", x="b"), at(2, "buy", x="a")),
        *(at(0, "up", "bob", x="b"), at(1, "buy", "bob", x="a")),
    ]
    assert by_value(ask(query, *happened)) == {("a",): [1, 1], ("b",): [1, 0]}


def test_rule_118_the_value_of_one_step(ask: Asking) -> None:
    shown: Json = {"breakdownAttributionType": "step", "breakdownAttributionValue": 1}
    happened = [
        *(at(0, "up", x="z"), at(1, "buy", x="a"), at(2, "buy", x="b")),
        *(at(0, "up", "bob", x="b"), at(0, "buy", "carl", x="c")),
    ]
    found = by_value(ask(funnel(**shown, query=by()), *happened))
    assert found == {("a",): [1, 1], ("b",): [1, 1]}


def test_rule_118_the_first_step_of_an_unordered_funnel_is_any_step(ask: Asking) -> None:
    shown: Json = {"breakdownAttributionType": "step", "breakdownAttributionValue": 0}
    happened = [at(0, "up", x="a"), at(1, "buy", x="b"), at(2, "view", x="b")]
    query = funnel(UP, VIEW, BUY, funnelOrderType="unordered", **shown, query=by())
    assert by_value(ask(query, *happened)) == {("a",): [1, 1, 1], ("b",): [1, 1, 0]}


def test_rule_118_whose_event_could_be_the_step_counts_without_reaching_it(ask: Asking) -> None:
    shown: Json = {"breakdownAttributionType": "step", "breakdownAttributionValue": 1}
    happened = [at(0, "buy", x="a"), at(1, "up", x="b"), at(0, "up", "bob", x="c")]
    assert by_value(ask(funnel(**shown, query=by()), *happened)) == {("a",): [1, 0]}


def test_rule_117_events_of_other_values_do_not_disturb(ask: Asking) -> None:
    shown: Json = {"breakdownAttributionType": "all_events", "funnelOrderType": "strict"}
    happened = [at(0, "up", x="a"), at(1, "other", x="b"), at(2, "buy", x="a")]
    found = by_value(ask(funnel(**shown, query=by()), *happened))
    assert found == {("a",): [1, 1]}


def test_a_value_of_a_group_is_bare(ask: Asking) -> None:
    happened = [at(0, "up", "anna", **{"$group_0": "acme"}), at(1, "buy", **{"$group_0": "acme"})]
    query = funnel(query=by("$group_0") | {})
    query["breakdownFilter"] |= {"breakdown_type": "group", "breakdown_group_type_index": 0}
    rows = ask(query, *happened, groups=[(0, "acme", "2020-01-01T00:00:00Z")])["results"]
    assert [(step["breakdown"], step["breakdown_value"]) for step in rows[0]] == [("", "")] * 2


def test_a_normalized_url_that_is_empty_is_the_root(ask: Asking) -> None:
    happened = [at(0, "up", x="/?#"), at(0, "up", "bob", x="/home/?"), at(0, "up", "carl")]
    query = funnel(query=by(breakdown_normalize_url=True))
    assert by_value(ask(query, *happened)) == {("/",): [2, 0], ("/home",): [1, 0]}


def test_values_of_expressions_have_no_other(ask: Asking) -> None:
    happened = [at(0, "up", x, x=x) for x in "abc"]
    query = funnel(query=by("upper(properties.x)", breakdown_limit=1) | {})
    query["breakdownFilter"]["breakdown_type"] = "hogql"
    assert by_value(ask(query, *happened)) == {(x,): [1, 0] for x in ("A", "B", "C")}


def test_rule_119_values_beyond_the_limit_are_one(ask: Asking) -> None:
    happened = [at(0, "up", f"{x}{n}", x=x) for x, count in VALUES for n in range(count)]
    happened += [at(1, "other", "anna", x="more"), at(2, "other", "anna", x="more")]
    found = by_value(ask(funnel(query=by(breakdown_limit=2)), *happened))
    assert found == {("d",): [4, 0], ("c",): [3, 0], ("Other",): [3, 0]}
    assert list(found)[-1] == ("Other",)


VALUES = (("a", 1), ("b", 2), ("c", 3), ("d", 4))


def test_rule_119_values_come_by_who_got_furthest(ask: Asking) -> None:
    happened = [at(0, "up", f"a{n}", x="a") for n in range(3)]
    happened += [at(0, "up", "bob", x="b"), at(1, "buy", "bob")]
    assert list(by_value(ask(funnel(query=by()), *happened))) == [("b",), ("a",)]


def test_rule_120_persons_without_profile_take_part(ask: Asking) -> None:
    happened = [at(0, "up", "a1"), at(1, "buy", "a2"), at(0, "up", "loner")]
    people = (person("a1", "a2", browser="mac"),)
    assert counts(ask(funnel(), *happened, persons=people)) == [2, 1]
    query = funnel(query=by("browser") | {})
    query["breakdownFilter"]["breakdown_type"] = "person"
    assert by_value(ask(query, *happened, persons=people)) == {("mac",): [1, 1], ("",): [1, 0]}


def test_rule_121_query_filters_apply_to_each_step(ask: Asking) -> None:
    query = funnel(query={"properties": [where("ok", "yes")]})
    happened = [
        *(at(0, "up", ok="yes"), at(1, "buy", ok="no")),
        *(at(0, "up", "bob", ok="no"), at(1, "buy", "bob", ok="yes")),
    ]
    assert counts(ask(query, *happened)) == [1, 0]


# Optional steps


def test_optional_steps_may_be_skipped(ask: Asking) -> None:
    happened = [
        *(at(0, "up"), at(10, "view"), at(15, "buy")),
        *(at(0, "up", "bob"), at(7, "buy", "bob")),
    ]
    rows = ask(funnel(UP, series("view", optionalInFunnel=True), BUY), *happened)["results"]
    assert [row["count"] for row in rows] == [2, 1, 2]
    assert [row["average_conversion_time"] for row in rows] == [None, 10.0, 6.0]


def test_who_dropped_off_behind_an_optional_step_did_the_required_one_before(ask: Asking) -> None:
    happened = [at(0, "up"), at(0, "up", "bob"), at(1, "view", "bob"), at(2, "buy", "bob")]
    query = funnel(UP, series("view", optionalInFunnel=True), BUY)
    source = {"kind": "FunnelsActorsQuery", "source": query, "funnelStep": -3}
    actors = {"kind": "ActorsQuery", "select": ["count()"], "source": source}
    assert ask(actors, *happened)["results"] == [[1]]


def test_any_event_has_no_name(ask: Asking) -> None:
    rows = ask(funnel(series(None), BUY), at(0, "up"))["results"]
    assert [row["name"] for row in rows] == [None, "buy"]


def test_a_window_of_a_century_in_seconds(ask: Asking) -> None:
    query = funnel(window=3_122_064_000, unit="second")
    assert counts(ask(query, at(0, "up"), at(1, "buy"))) == [1, 1]


@pytest.mark.parametrize("shown", [{}, {"funnelVizType": "trends"}])
@pytest.mark.parametrize("steps", [20, 21, 30])
def test_a_strict_funnel_of_many_steps(ask: Asking, steps: int, shown: Json) -> None:
    names = [f"step {number}" for number in range(steps)]
    events = [at(number, name) for number, name in enumerate(names)]
    halted = [at(number, name, "bob") for number, name in enumerate([*names[:3], "x", *names[3:]])]
    query = funnel(*map(series, names), funnelOrderType="strict", **shown)
    results = ask(query, *events, *halted)["results"]
    if shown:
        assert results[0]["data"][1] == 50
    else:
        assert [row["count"] for row in results] == [2] * 3 + [1] * (steps - 3)


@pytest.mark.parametrize("steps", [15, 30])
@pytest.mark.parametrize("is_excluded", [False, True])
def test_a_funnel_of_many_steps(ask: Asking, steps: int, is_excluded: bool) -> None:
    names = [f"step {number}" for number in range(steps)]
    shown: Json = {}
    if is_excluded:
        spoilt = {"kind": "EventsNode", "event": "x", "funnelFromStep": 0}
        shown["exclusions"] = [{**spoilt, "funnelToStep": steps - 1}]
    found = [event("ann", f"2020-01-02T00:00:{at:02}", name) for at, name in enumerate(names)]
    query = {
        "kind": "FunnelsQuery",
        "series": [series(name) for name in names],
        "dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-03"},
        "funnelsFilter": shown,
    }
    source = {"kind": "FunnelsActorsQuery", "source": query, "funnelStep": steps}
    actors = {"kind": "ActorsQuery", "select": ["count()"], "source": source}
    assert ask(actors, *found)["results"] == [[1]]
