"""Funnels by values. Names carry the numbers of the rules they prove."""

from __future__ import annotations

import pytest

from tests.support.asking import Asking, Json
from tests.support.funnels import BUY, UP, VIEW, at, by, by_value, funnel

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
