"""The plain models of funnels, retention and paths give the recorded answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.model import funnels, paths, retention
from tests.model.world import Json, world
from tests.support.golden import Case, assert_as_recorded, cases

# The model of rates counts by days only.
HOURS = "funnels-113"


def recorded(kind: str) -> list[Case]:
    return [c for c in cases(kind) if "error" not in c["expect"] and c["id"] != HOURS]


def funnel_answer(case: Json) -> dict[str, Any]:
    query = case["query"]
    view = query["funnelsFilter"].get("funnelVizType")
    if view == "time_to_convert":
        return {"results": funnels.time_to_convert(world(case), query)}
    if view != "trends":
        return {"results": funnels.steps(world(case), query)}
    counts = funnels.trends(world(case), query)
    rates = [round(100 * converted / began, 2) if began else 0 for began, converted in counts]
    summary = [
        {"reached_from_step_count": began, "reached_to_step_count": converted}
        for began, converted in counts
    ]
    return {"results": [{"data": rates}], "summary": summary}


@pytest.mark.parametrize("case", recorded("funnels"), ids=lambda case: case["id"])
def test_funnels(case: Case) -> None:
    assert_as_recorded(case, funnel_answer(case))


@pytest.mark.parametrize("case", recorded("retention"), ids=lambda case: case["id"])
def test_retention(case: Case) -> None:
    assert_as_recorded(case, {"results": retention.answer(world(case), case["query"])})


@pytest.mark.parametrize("case", recorded("paths"), ids=lambda case: case["id"])
def test_paths(case: Case) -> None:
    assert_as_recorded(case, {"results": paths.answer(world(case), case["query"])})
