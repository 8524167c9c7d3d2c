"""Recorded answers of funnels, retention and paths."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from posthog_lite.query.nodes.funnels import FunnelsQuery
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.funnels import compute, funnel_of
from posthog_lite.query.runners.funnels.trend import trend_counts
from tests.support.golden import (
    Case,
    assert_as_recorded,
    cases,
    check,
    context_of,
    executor,
    store,
)

KINDS = ("funnels", "retention", "paths")
CASES = [case for kind in KINDS for case in cases(kind)]


def is_summarised(case: Case) -> bool:
    return any(path.startswith("summary") for path in case["expect"])


@pytest.mark.parametrize(
    "case", [case for case in CASES if not is_summarised(case)], ids=lambda case: case["id"]
)
def test_answer_is_the_recorded_one(case: Case, engine: ModuleType) -> None:
    check(case, engine)


@pytest.mark.parametrize(
    "case", [case for case in CASES if is_summarised(case)], ids=lambda case: case["id"]
)
def test_rates_and_the_counts_behind_them_are_the_recorded_ones(
    case: Case, engine: ModuleType
) -> None:
    context = context_of(case, store(case))
    ask = executor(context, engine)
    query = parse_node(case["query"])
    assert isinstance(query, FunnelsQuery)
    ((_, counts),) = trend_counts(funnel_of(query, context, ask), ask)
    summary: list[Any] = [
        {"reached_from_step_count": began, "reached_to_step_count": converted}
        for began, converted in counts
    ]
    assert_as_recorded(case, {**compute(query, context, ask), "summary": summary})
