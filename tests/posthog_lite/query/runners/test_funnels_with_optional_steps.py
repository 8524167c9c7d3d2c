"""Funnels with steps that may be skipped, and with as many steps as there can be."""

from __future__ import annotations

import pytest

from tests.support.asking import Asking, Json, event, series
from tests.support.funnels import BUY, UP, at, counts, excluding, funnel


def test_optional_steps_may_be_skipped(ask: Asking) -> None:
    happened = [
        *(at(0, "up"), at(10, "view"), at(15, "buy")),
        *(at(0, "up", "bob"), at(7, "buy", "bob")),
    ]
    rows = ask(funnel(UP, series("view", optionalInFunnel=True), BUY), *happened)["results"]
    assert [row["count"] for row in rows] == [2, 1, 2]
    assert [row["average_conversion_time"] for row in rows] == [None, 10.0, 6.0]


def test_an_optional_step_counts_only_on_the_way(ask: Asking) -> None:
    query = funnel(UP, series("view", optionalInFunnel=True), BUY, series("ship"))
    happened = [at(0, "up"), at(1, "buy"), at(2, "view"), at(3, "ship")]
    happened += [at(0, "up", "bob"), at(5, "up", "bob"), at(6, "view", "bob"), at(9, "buy", "bob")]
    rows = ask(query, *happened)["results"]
    assert [row["count"] for row in rows] == [2, 1, 2, 1]
    assert [row["average_conversion_time"] for row in rows] == [None, 1.0, 2.0, 2.0]


@pytest.mark.parametrize("order", ["ordered", "strict"])
def test_optional_steps_may_be_excluded_behind(ask: Asking, order: str) -> None:
    steps = UP, series("view", optionalInFunnel=True), BUY
    happened = [
        *(at(0, "up"), at(1, "view"), at(2, "buy")),
        *(at(0, "up", "bob"), at(1, "view", "bob"), at(2, "x", "bob"), at(3, "buy", "bob")),
        *(at(0, "up", "carl"), at(1, "buy", "carl"), at(2, "x", "carl")),
    ]
    query = funnel(*steps, funnelOrderType=order, exclusions=[excluding(0, 2)])
    assert counts(ask(query, *happened)) == [2, 1, 2]


def test_the_attempt_at_the_nearest_step_goes_on(ask: Asking) -> None:
    query = funnel(UP, series("up", optionalInFunnel=True), BUY, unit="second", window=5)
    happened = [
        *(at(0, "up"), at(1, "up"), at(3, "buy")),
        *(at(0, "up", "bob"), at(4, "up", "bob"), at(6, "buy", "bob")),
    ]
    rows = ask(query, *happened)["results"]
    assert [row["count"] for row in rows] == [2, 1, 2]
    assert [row["average_conversion_time"] for row in rows] == [None, 1.0, 2.0]


def test_who_is_excluded_behind_an_optional_step_is_excluded(ask: Asking) -> None:
    steps = UP, series("view", optionalInFunnel=True), BUY
    happened = [
        *(at(0, "up"), at(1, "view"), at(2, "x"), at(3, "buy")),
        *(at(0, "up", "bob"), at(2, "x", "bob"), at(3, "buy", "bob")),
        *(at(0, "up", "carl"), at(2, "buy", "carl"), at(3, "x", "carl")),
    ]
    assert counts(ask(funnel(*steps, exclusions=[excluding(1, 2)]), *happened)) == [1, 0, 1]


def test_who_was_excluded_counts_only_on_days_of_conversions(ask: Asking) -> None:
    query = funnel(funnelVizType="trends", exclusions=[excluding()])
    happened = [
        *(at(0, "up"), at(1, "x"), at(2, "buy"), event("anna", "2020-01-20", "up")),
        *(event("bob", "2020-01-20", "up"), event("bob", "2020-01-21", "buy")),
    ]
    assert ask(query, *happened)["results"][0]["data"][19] == 100


@pytest.mark.parametrize("order", ["ordered", "strict"])
def test_an_excluded_event_does_not_exclude_what_it_begins(ask: Asking, order: str) -> None:
    query = funnel(series(None), UP, funnelOrderType=order, exclusions=[excluding(0, 1)])
    happened = [at(0, "x"), at(0, "x"), at(1, "up"), at(0, "x", "bob"), at(0, "x", "bob")]
    assert counts(ask(query, *happened)) == [2, 1]


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


@pytest.mark.slow
@pytest.mark.parametrize("shown", [{"exclusions": [excluding(0, 29)]}, {"funnelVizType": "trends"}])
def test_a_strict_funnel_of_many_steps(ask: Asking, shown: Json) -> None:
    steps = 30
    names = [f"step {number}" for number in range(steps)]
    events = [at(number, name) for number, name in enumerate(names)]
    halted = [at(number, name, "bob") for number, name in enumerate([*names[:3], "x", *names[3:]])]
    query = funnel(*map(series, names), funnelOrderType="strict", **shown)
    results = ask(query, *events, *halted)["results"]
    if "exclusions" in shown:
        assert [row["count"] for row in results] == [1] * steps
    else:
        assert results[0]["data"][1] == 50


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
