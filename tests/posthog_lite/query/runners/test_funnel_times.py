"""Times and rates of funnels. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

from tests.support.asking import Asking, Json, event
from tests.support.funnels import BUY, UP, VIEW, at, by, excluding, funnel

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
