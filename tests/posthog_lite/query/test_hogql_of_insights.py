"""`hogql` of an answer: the statement that gave its numbers, in HogQL that can be asked again."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from posthog_lite.hogql import ast
from posthog_lite.hogql.parser import parse_select
from posthog_lite.query.context import Rows, Table
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.registry import compute
from tests.support.asking import Asking, Json, event, series, trends
from tests.support.golden import context_of, executor, store

DATES = {"date_from": "2020-01-01", "date_to": "2020-01-04"}
STEPS = [series(), series("buy")]
EVENTS = [
    event(who, f"2020-01-0{day}T01:0{minute}:00", name, x="it's", n=day)
    for who, day in (("ann", 1), ("ann", 2), ("bob", 2), ("cat", 4))
    for minute, name in ((1, "view"), (2, "buy"), (3, "$pageview"))
]
QUERIES: list[Json] = [
    trends(series(math="sum", math_property="n"), series("buy", math="dau"), interval="week"),
    trends(series(math="weekly_active"), compareFilter={"compare": True}),
    trends(series(math="p90", math_property="n"), breakdownFilter={"breakdown": "x"}),
    trends(breakdownFilter={"breakdowns": [{"property": "n", "histogram_bin_count": 2}]}),
    trends(series(math="first_time_for_user"), dateRange={"date_from": "all", "date_to": None}),
    {"kind": "LifecycleQuery", "series": [series()]},
    {"kind": "StickinessQuery", "series": STEPS},
    {"kind": "FunnelsQuery", "series": STEPS},
    {
        "kind": "FunnelsQuery",
        "series": STEPS,
        "breakdownFilter": {"breakdown": "x"},
        "funnelsFilter": {"funnelOrderType": "strict", "funnelVizType": "trends"},
    },
    {"kind": "FunnelsQuery", "series": STEPS, "funnelsFilter": {"funnelOrderType": "unordered"}},
    {"kind": "RetentionQuery", "retentionFilter": {"totalIntervals": 3}},
    {"kind": "PathsQuery"},
    {"kind": "EventsQuery", "select": ["event", "timestamp"], "after": "2020-01-01"},
    {"kind": "ActorsQuery", "select": ["id", "created_at"]},
]


class Spy:
    """Asks, and keeps the rows by the statement."""

    def __init__(self, ask: Any) -> None:
        self.ask = ask
        self.rows: list[Rows] = []

    def __call__(self, tree: ast.Select) -> Rows:
        self.rows.append(self.ask(tree))
        return self.rows[-1]

    def table(self, tree: ast.Select, **limits: Any) -> Table:
        self.rows.append(self.ask(tree))
        found: Table = self.ask.table(tree, **limits)
        return found


@pytest.mark.parametrize("query", QUERIES)
def test_asked_again_it_gives_the_same_rows(engine: ModuleType, query: Json) -> None:
    asked = {"dateRange": DATES, **query}
    case = {
        "now": "2020-01-04T12:00:00Z",
        "timezone": "Asia/Kolkata",
        "week_start": 1,
        "events": EVENTS,
        "query": asked,
    }
    context = context_of(case, store(case))
    ask = executor(context, engine)
    spy = Spy(ask)
    text = compute(parse_node(asked), context, spy)["hogql"]
    again = ask(parse_select(text))
    assert again
    assert sorted(map(str, again)) in [sorted(map(str, rows)) for rows in spy.rows]


def test_a_statement_too_long_to_be_read_is_left_out(ask: Asking) -> None:
    many = [series(properties=[{"key": "x" * 200, "value": "y" * 1000}])] * 20
    assert ask(trends(*many))["hogql"] is None
