"""Funnels of random events agree with the plain model: all orders, exclusions, attributions."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import funnels
from tests.model.happenings import EXAMPLES, case, events, moments, results
from tests.model.world import world

NAMES = ("a", "b", "c")
ORDERS = ("ordered", "strict", "unordered")
KEYS = ("count", "average_conversion_time", "median_conversion_time", "breakdown_value")
EVENTS = events((*NAMES, "x", "z"), moments(14, days=2))
WINDOWS = st.fixed_dictionaries(
    {
        "funnelWindowInterval": st.integers(2, 14),
        "funnelWindowIntervalUnit": st.sampled_from(["second", "day"]),
    }
)

pytestmark = pytest.mark.slow


def series(order: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Two to four steps. In any order, an event that can be several steps is a tie of its own."""
    if order == "unordered":
        names = st.permutations((*NAMES, "z")).flatmap(
            lambda all_names: st.integers(2, 4).map(lambda count: all_names[:count])
        )
    else:
        names = st.lists(st.sampled_from(NAMES), min_size=2, max_size=4)
    return names.map(lambda found: [{"kind": "EventsNode", "event": name} for name in found])


@st.composite
def queries(draw: st.DrawFn, order: str) -> dict[str, Any]:
    steps = draw(series(order))
    last = len(steps) - 1
    shown: dict[str, Any] = {"funnelOrderType": order, **draw(WINDOWS)}
    if draw(st.booleans()):
        first = 0 if order == "unordered" else draw(st.integers(0, last - 1))
        end = last if order == "unordered" else draw(st.integers(first + 1, last))
        excluded = {"kind": "EventsNode", "event": "x"}
        shown["exclusions"] = [{**excluded, "funnelFromStep": first, "funnelToStep": end}]
    return {
        "kind": "FunnelsQuery",
        "series": steps,
        "dateRange": {"date_from": "2024-01-01", "date_to": "2024-01-03"},
        "funnelsFilter": shown,
    }


def comparable(rows: Any) -> Any:
    """Counts and times of rows, rounded; the order of breakdown values is not fixed."""
    if rows and isinstance(rows[0], list):
        return sorted((comparable(row) for row in rows), key=json.dumps)
    return [{key: rounded(row.get(key)) for key in KEYS} for row in rows]


def rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float | int) else value


@pytest.mark.parametrize("order", ORDERS)
@EXAMPLES
@given(data=st.data())
def test_steps(order: str, data: st.DataObject, engine: ModuleType) -> None:
    asked = case(data.draw(queries(order)), data.draw(EVENTS))
    expected = funnels.steps(world(asked), asked["query"])
    assert comparable(results(asked, engine)) == comparable(expected)


@pytest.mark.parametrize("order", ORDERS)
@EXAMPLES
@given(data=st.data())
def test_steps_by_value(order: str, data: st.DataObject, engine: ModuleType) -> None:
    query = data.draw(queries(order))
    kinds = ["first_touch", "last_touch", "all_events", "step"]
    query["funnelsFilter"]["breakdownAttributionType"] = data.draw(st.sampled_from(kinds))
    last = 0 if order == "unordered" else len(query["series"]) - 1
    query["funnelsFilter"]["breakdownAttributionValue"] = data.draw(st.integers(0, last))
    query["breakdownFilter"] = {"breakdown": "k", "breakdown_type": "event"}
    asked = case(query, data.draw(EVENTS))
    expected = funnels.steps(world(asked), query)
    assert comparable(results(asked, engine)) == comparable(expected)


@pytest.mark.parametrize("order", ORDERS)
@EXAMPLES
@given(data=st.data())
def test_times(order: str, data: st.DataObject, engine: ModuleType) -> None:
    query = data.draw(queries(order))
    query["funnelsFilter"]["funnelVizType"] = "time_to_convert"
    asked = case(query, data.draw(EVENTS))
    expected = funnels.time_to_convert(world(asked), query)
    found = results(asked, engine)
    assert found["bins"] == expected["bins"]
    average = expected["average_conversion_time"]
    assert found["average_conversion_time"] == (average and pytest.approx(average))


@pytest.mark.parametrize("order", ORDERS)
@EXAMPLES
@given(data=st.data())
def test_rates(order: str, data: st.DataObject, engine: ModuleType) -> None:
    query = data.draw(queries(order))
    query["funnelsFilter"]["funnelVizType"] = "trends"
    asked = case(query, data.draw(EVENTS))
    counts = funnels.trends(world(asked), query)
    rates = [round(100 * converted / began, 2) if began else 0 for began, converted in counts]
    assert results(asked, engine)[0]["data"] == rates
