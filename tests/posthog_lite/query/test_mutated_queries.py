"""Recorded queries with one part replaced by something odd: answered, or refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from types import ModuleType
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthog_lite.domain import DomainError
from tests.support.golden import Case, answer, cases

KINDS = ("trends", "stickiness", "lifecycle", "funnels", "retention", "paths")
PLACES: dict[str, dict[str, Any]] = {
    "trends": {"series": 0, "compare": "current", "breakdown": "a"},
    "stickiness": {"day": 1, "operator": "gte"},
    "lifecycle": {"status": "dormant"},
    "retention": {"interval": 0},
    "funnels": {"funnelStep": -2, "funnelStepBreakdown": ["a"]},
}


def people_behind(kind: str, case: Case) -> Case:
    """The case with the people of a number of its answer asked for."""
    name = "FunnelsActorsQuery" if kind == "funnels" else "InsightActorsQuery"
    source = {"kind": name, "source": case["query"], **PLACES[kind]}
    query = {"kind": "ActorsQuery", "select": ["id"], "search": "a", "source": source}
    return {**case, "query": query}


RECORDED = [case for kind in KINDS for case in cases(kind)]
RECORDED += [people_behind(kind, case) for kind in PLACES for case in cases(kind)]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 1, 2, 10**6, 10**12, 10**40]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "-7d", "all", "-99999y", "-99999h", "0001-01-01", "9999-12-31", "mStart", "\0"]
    ),
    st.sampled_from(["'", "`", "{p0}", "%", "(", "count()", "event", "toFloat(1)", "1 +", "--"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.sampled_from(["type", "values", "key", "kind"]), st.text(max_size=5)),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all parts of a query."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> Case:
    case = deepcopy(dict(draw(st.sampled_from(RECORDED))))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(sorted(places(case["query"]), key=str)))
        part = case["query"]
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = draw(ODD)
    return case


@pytest.mark.slow
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=mutated())
def test_a_mutated_query_is_answered_or_refused(engine: ModuleType, case: Case) -> None:
    try:
        orjson.dumps(answer(case, engine))
    except DomainError as error:
        refusal = (error.status_code, bool(error.detail))
        assert refusal == (400, True), error.detail  # noqa: PT017 - most are answered
