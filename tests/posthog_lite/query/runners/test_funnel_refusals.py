"""Funnels that contradict themselves are refused in the words that clients know."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.hogql import ast
from posthog_lite.query.context import QueryContext, Rows, Table
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.registry import compute
from tests.support.asking import Json, series, where
from tests.support.golden import context_of

EXCLUSION = "Exclusion event range is invalid. "
CASE = {"now": "2020-01-03T12:00:00Z", "timezone": "UTC", "week_start": 0}


def refusal(steps: list[Json], **shown: Any) -> tuple[str | None, str]:
    more = shown.pop("query", {})
    query = {"kind": "FunnelsQuery", "series": steps, "funnelsFilter": shown, **more}
    context: QueryContext = context_of(CASE, 1)
    with pytest.raises(DomainError) as refused:
        compute(parse_node(query), context, Never())
    assert refused.value.status_code == 400
    return refused.value.code, refused.value.detail


class Never:
    """A refused query is not asked."""

    def __call__(self, tree: ast.Select, /) -> Rows:
        raise AssertionError(tree)

    def table(self, tree: ast.Select, **limits: int | None) -> Table:
        raise AssertionError(tree, limits)


def excluding(first: int, last: int, name: str = "x", **more: Any) -> dict[str, Any]:
    entity = {**series(name, **more), "funnelFromStep": first, "funnelToStep": last}
    return {"exclusions": [entity]}


def steps(*names: str) -> list[Json]:
    return [series(name) for name in names]


@pytest.mark.parametrize("count", [0, 1])
def test_two_steps_are_needed(count: int) -> None:
    code, detail = refusal(steps(*"ab")[:count])
    assert code == "funnels_require_at_least_two_steps"
    assert detail == "Funnels require at least two steps."


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        (2, 1, "End of range should be greater than start."),
        (1, 1, "End of range should be greater than start."),
        (1, 2, "Start of range is greater than number of steps."),
        (0, 2, "End of range is greater than number of steps."),
    ],
)
def test_rule_105_exclusions_lie_within_the_funnel(first: int, last: int, problem: str) -> None:
    code, detail = refusal(steps("a", "b"), **excluding(first, last))
    assert (code, detail) == ("funnel_exclusions_invalid", EXCLUSION + problem)


def test_rule_105_unordered_exclusions_span_all_steps() -> None:
    found = refusal(steps("a", "b", "c"), funnelOrderType="unordered", **excluding(0, 1))
    assert found[1] == "Partial Exclusions not allowed in unordered funnels"


@pytest.mark.parametrize("filters", [[], [where("k", "v")]])
def test_a_step_cannot_be_excluded(filters: list[Json]) -> None:
    found = refusal(steps("a", "b"), **excluding(0, 1, "b", properties=filters))
    detail = "Exclusion steps cannot contain an event that's part of funnel steps."
    assert found == ("funnel_exclusions_invalid", detail)


@pytest.mark.parametrize(
    ("shown", "detail"),
    [
        (
            {"funnelFromStep": 2},
            "funnelFromStep is out of bounds. It must be between 0 and 1.",
        ),
        ({"funnelToStep": 3}, "funnelToStep is out of bounds. It must be between 1 and 2."),
        (
            {"funnelFromStep": 1, "funnelToStep": 1},
            "Funnel step range is invalid. funnelToStep should be greater than funnelFromStep.",
        ),
    ],
)
def test_the_range_of_steps_lies_within_the_funnel(shown: Json, detail: str) -> None:
    assert refusal(steps("a", "b", "c"), **shown) == ("funnel_step_range_invalid", detail)


def test_optional_steps_are_refused_where_they_cannot_be() -> None:
    optional = series("b", optionalInFunnel=True)
    code = "funnel_optional_steps_invalid"
    assert refusal([series("a", optionalInFunnel=True), series("b")]) == (
        code,
        "The first step of a funnel cannot be optional.",
    )
    assert refusal([series("a"), optional, series("b")]) == (
        code,
        "An optional step cannot be the same as the following required step.",
    )
    narrow = series("b", optionalInFunnel=True, properties=[where("x", "y")])
    assert refusal([series("a"), narrow, series("b")])[0] == code
    found = refusal([series("a"), optional, series("c")], funnelOrderType="unordered")
    assert found[1].startswith("Optional funnel steps are only supported in funnels with")


def test_rule_118_unordered_funnels_take_the_value_of_the_first_step_only() -> None:
    shown = {"breakdownAttributionType": "step", "breakdownAttributionValue": 1}
    breakdown = {"breakdownFilter": {"breakdown": "x", "breakdown_type": "event"}}
    found = refusal(steps("a", "b"), funnelOrderType="unordered", **shown, query=breakdown)
    assert found[1] == (
        "Only the first step can be used for breakdown attribution in unordered funnels"
    )
    beyond = refusal(
        steps("a", "b"),
        breakdownAttributionType="step",
        breakdownAttributionValue=2,
        query=breakdown,
    )
    assert beyond[1] == "breakdownAttributionValue is out of bounds. It must be between 0 and 1."


def test_flows_and_cohorts_are_not_computed() -> None:
    code, _ = refusal(steps("a", "b"), funnelVizType="flow")
    assert code == "unsupported_query"
    cohort = {"breakdownFilter": {"breakdown": [3], "breakdown_type": "cohort"}}
    code, _ = refusal(steps("a", "b"), query=cohort)
    assert code == "unsupported_query"
