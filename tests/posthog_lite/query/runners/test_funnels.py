"""Funnels: windows, steps, exclusions, orders. Names carry the numbers of the rules."""

from __future__ import annotations

import pytest

from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import Asking, Json, event, person, series, where
from tests.support.funnels import BUY, UP, VIEW, at, by, by_value, counts, excluding, funnel

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


def test_rule_106_steps_that_are_the_same_take_turns(ask: Asking) -> None:
    shown: Json = {"unit": "second", "window": 10, "funnelOrderType": "unordered"}
    happened = [
        *(at(0, "up"), at(1, "up"), at(2, "buy")),
        *(at(0, "up", "bob"), at(1, "x", "bob"), at(2, "up", "bob"), at(3, "buy", "bob")),
        *(at(0, "up", "carl"), at(1, "up", "carl"), at(8, "up", "carl"), at(11, "buy", "carl")),
    ]
    assert counts(ask(funnel(UP, UP, BUY, **shown), *happened)) == [3, 3, 3]
    excluded = funnel(UP, UP, BUY, exclusions=[excluding(0, 2)], **shown)
    assert counts(ask(excluded, *happened)) == [3, 3, 2]


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
