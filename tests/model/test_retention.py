"""Retention of random events agrees with the plain model, whatever the filter says."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import retention
from tests.model.happenings import EXAMPLES, PEOPLE, START, case, event, results
from tests.model.world import Json, world

NAMES = st.sampled_from(["a", "b"])
ENTITIES = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", None]), "type": st.just("events")},
    optional={"properties": st.just([{"key": "k", "value": "u", "type": "event"}])},
)
SPANS = {"Hour": 1, "Day": 9, "Week": 45, "Month": 150}
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "k": st.sampled_from(["u", "v", ""]),
        "n": st.sampled_from([1, 2, 3.5, "x", None]),
    },
)

pytestmark = pytest.mark.slow


@st.composite
def events(draw: st.DrawFn, period: str) -> list[Any]:
    """Events at half hours; no two of one person at one instant, whose order is anyone's."""
    halves = st.integers(0, SPANS[period] * 48 - 1)
    found = []
    for who in PEOPLE:
        for half in draw(st.lists(halves, max_size=8, unique=True)):
            at = START + timedelta(minutes=30 * half)
            found.append(event(who, at, draw(NAMES), draw(PROPERTIES)))
    return found


@st.composite
def filters(draw: st.DrawFn, period: str) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [
        {},
        {"cumulative": True},
        {"timeWindowMode": "24_hour_windows"},
        {"retentionCustomBrackets": [1, 2]},
        {"minimumOccurrences": 2},
        {"aggregationType": "sum", "aggregationProperty": "n"},
        {"aggregationType": "avg", "aggregationProperty": "n", "cumulative": True},
        {"aggregationType": "sum", "aggregationProperty": "n", "retentionCustomBrackets": [2, 1]},
    ]
    types = ["recurring", "first_time", "first_ever_occurrence"]
    return {
        "period": period,
        "totalIntervals": draw(st.integers(1, 6)),
        "retentionType": f"retention_{draw(st.sampled_from(types))}",
        "targetEntity": draw(ENTITIES),
        "returningEntity": draw(ENTITIES),
        **draw(st.sampled_from(ways)),
    }


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    period = draw(st.sampled_from(sorted(SPANS)))
    end = START + timedelta(days=SPANS[period] * 0.8)
    dates = {"date_to": end.isoformat()}
    if draw(st.booleans()):
        dates["date_from"] = (START + timedelta(days=SPANS[period] * 0.3)).isoformat()
    query: dict[str, Any] = {
        "kind": "RetentionQuery",
        "retentionFilter": draw(filters(period)),
        "dateRange": dates,
    }
    if draw(st.booleans()):
        query["breakdownFilter"] = {"breakdown": "k", "breakdown_type": "event"}
    if draw(st.booleans()):
        query["properties"] = [{"key": "k", "value": ["u", "v"], "type": "event"}]
    zone = draw(st.sampled_from(["UTC", "US/Pacific", "Asia/Kolkata", "Europe/Berlin"]))
    week_start = draw(st.sampled_from([0, 1]))
    return case(query, draw(events(period)), timezone=zone, week_start=week_start)


def comparable(rows: list[Json]) -> list[Any]:
    return [
        (row["breakdown_value"], instant(row), [cell(c) for c in row["values"]]) for row in rows
    ]


def instant(row: Json) -> datetime:
    return datetime.fromisoformat(row["date"])


def cell(found: Json) -> tuple[int, float | None]:
    value = found.get("aggregation_value")
    return found["count"], None if value is None else round(value, 6)


@EXAMPLES
@given(asked=cases())
def test_table(asked: Json, engine: ModuleType) -> None:
    expected = retention.answer(world(asked), asked["query"])
    assert comparable(results(asked, engine)) == comparable(expected)
