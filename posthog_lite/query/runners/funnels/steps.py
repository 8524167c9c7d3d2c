"""The view of steps: how many actors did each, and how long it took them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import Ask
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.matching import entity_name
from posthog_lite.query.nodes.common import DEFAULT_BREAKDOWN_LIMIT
from posthog_lite.query.nodes.series import ActionsNode, EventsNode, Series
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.statement import DONE, PATH, paths
from posthog_lite.query.trees import array, compared, select

OTHER = "Other"
MAX_EXPRESSION_VALUES = 100
MEDIAN = constant(0.5)
MICROSECONDS = constant(1_000_000)
Row = dict[str, Any]


def step_results(funnel: Funnel, ask: Ask) -> list[Any]:
    """A row for each step, or with a breakdown such a list for each value."""
    if not funnel.has_breakdown:
        found = ask(_totals(funnel))
        return _rows(funnel, found[0]) if found and found[0][0] else []
    groups = groups_of(funnel, ask)
    return [_rows(funnel, row[1:], funnel.names(row[0])) for row in groups]


def groups_of(funnel: Funnel, ask: Ask) -> list[Sequence[Any]]:
    """The numbers of each value, the value before them, in the order of the answer."""
    return sorted(ask(_by_value(funnel)), key=_rank(funnel))


# Statements


def reached(funnel: Funnel, step: int) -> ast.Expr:
    """The condition that an actor did a step, counted from 0, or a later one."""
    came = call("greaterOrEquals", DONE, constant(step + 1))
    if not funnel.query.series[step].optional_in_funnel:
        return came
    return ast.And((came, call("greater", element(PATH, step + 1), constant(0))))


def came_or_lost(funnel: Funnel, step: int, attr: str) -> ast.Expr:
    """The condition of coming to a step, counted from 1; below 0 of being lost before it."""
    if step in (0, -1) or abs(step) > funnel.steps:
        raise InvalidQuery(
            f"funnelStep is out of bounds. It must be between 1 and {funnel.steps}, or between "
            f"-2 and -{funnel.steps} for those who dropped off.",
            attr=attr,
        )
    if step > 0:
        return reached(funnel, step - 1)
    missed = -step - 1
    came = reached(funnel, _required_before(funnel, missed))
    return ast.And((came, ast.Not(reached(funnel, missed))))


def _required_before(funnel: Funnel, step: int) -> int:
    """The last step before another that cannot be left out."""
    steps = range(step - 1, -1, -1)
    return next(at for at in steps if not funnel.query.series[at].optional_in_funnel)


def _seconds(step: int) -> ast.Expr:
    """The time from the step before, 0 where the step was not done or skipped."""
    time = element(PATH, step + 1)
    # A skipped step has a time below zero, so the greatest is that of the last one done.
    before = call("arrayMax", call("arraySlice", PATH, constant(1), constant(step)))
    elapsed = call("divide", call("minus", time, before), MICROSECONDS)
    return call("if", call("greater", DONE, constant(step)), elapsed, constant(0.0))


def _timed(funnel: Funnel) -> ast.SelectQuery:
    """The paths with the time that each step took."""
    columns = {f"seconds_{step}": _seconds(step) for step in range(1, funnel.steps)}
    return select({"value": field("value"), "path": PATH, **columns}, paths(funnel))


def _averages(funnel: Funnel, suffix: str = "") -> list[ast.Expr]:
    """Average and median time of each step but the first, over those that took any."""
    found: list[ast.Expr] = []
    for step in range(1, funnel.steps):
        seconds = field(f"seconds_{step}")
        took_time = call("greater", seconds, constant(0))
        found.append(call(f"avg{suffix}If", seconds, took_time))
        median = f"quantileExactInclusive{suffix}If"
        found.append(call(median, seconds, took_time, params=(MEDIAN,)))
    return found


def _totals(funnel: Funnel) -> ast.SelectQuery:
    counts = [call("countIf", reached(funnel, step)) for step in range(funnel.steps)]
    return select(_numbered([*counts, *_averages(funnel)]), _timed(funnel))


def _numbered(exprs: Iterable[ast.Expr]) -> dict[str, ast.Expr]:
    return {f"column_{at}": expr for at, expr in enumerate(exprs)}


def _by_value(funnel: Funnel) -> ast.SelectQuery:
    """The same by value; what is beyond the limit is one group, computed from its actors."""
    counts = [call("countIf", reached(funnel, step)) for step in range(funnel.steps)]
    averages = _averages(funnel, "State")
    columns = _numbered([*counts, *averages])
    groups = select({"value": field("value"), **columns}, _timed(funnel), group_by=["value"])
    kept = {name: field(name) for name in columns}
    ranked = select({"value": field("value"), **kept, "rank": _row_number(funnel)}, groups)
    sums = [call("sum", field(f"column_{at}")) for at in range(len(counts))]
    merged = [
        call(_merging(at), field(f"column_{len(counts) + at}"), params=_params(at))
        for at in range(len(averages))
    ]
    named = _named(funnel, ranked, kept)
    return select(
        {"value": field("value"), **_numbered_as("total", [*sums, *merged])},
        named,
        group_by=["value"],
    )


def _numbered_as(name: str, exprs: Iterable[ast.Expr]) -> dict[str, ast.Expr]:
    return {f"{name}_{at}": expr for at, expr in enumerate(exprs)}


def _merging(at: int) -> str:
    return "quantileExactInclusiveMerge" if at % 2 else "avgMerge"


def _params(at: int) -> tuple[ast.Expr, ...] | None:
    return (MEDIAN,) if at % 2 else None


def _row_number(funnel: Funnel) -> ast.Expr:
    """The rank of a value: by who came furthest, then by the value."""
    order = [ast.OrderExpr(field(f"column_{s}"), "DESC") for s in reversed(range(funnel.steps))]
    window = ast.WindowExpr(order_by=(*order, ast.OrderExpr(field("value"))))
    return ast.WindowFunction("row_number", over_expr=window)


def _named(
    funnel: Funnel, ranked: ast.SelectQuery, kept: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """Return the values within the limit, and Other for the rest if it is shown."""
    if not funnel.has_other:
        within = compared(field("rank"), "<=", MAX_EXPRESSION_VALUES)
        return select({"value": field("value"), **kept}, ranked, where=[within])
    return select({"value": _value_or_other(funnel), **kept}, ranked)


def _value_or_other(funnel: Funnel) -> ast.Expr:
    limit = funnel.query.breakdown.limit or DEFAULT_BREAKDOWN_LIMIT
    is_kept = compared(field("rank"), "<=", limit)
    several = len(funnel.query.breakdown.breakdowns) > 1
    other: ast.Expr = array([OTHER]) if several else constant(OTHER)
    return call("if", is_kept, field("value"), other)


# Rows


def _rank(funnel: Funnel) -> Any:
    def rank(row: Sequence[Any]) -> tuple[bool, list[int], Any]:
        counts = [-count for count in reversed(row[1 : funnel.steps + 1])]
        return row[0] in (OTHER, [OTHER]), counts, row[0]

    return rank


def _rows(funnel: Funnel, row: Sequence[Any], value: Any = None) -> list[Row]:
    counts, averages = row[: funnel.steps], [None, None, *row[funnel.steps :]]
    return [
        {
            **_step(funnel, at),
            "order": at,
            "people": [],
            "count": counts[at],
            "average_conversion_time": number(averages[2 * at]),
            "median_conversion_time": number(averages[2 * at + 1]),
            **({} if value is None else {"breakdown": value, "breakdown_value": value}),
        }
        for at in range(funnel.steps)
    ]


def number(value: Any) -> float | None:
    """A number of the engine; what cannot be computed is null."""
    return None if value is None or value != value else float(value)


def _step(funnel: Funnel, at: int) -> Row:
    series = funnel.query.series[at]
    kind = "actions" if isinstance(series, ActionsNode) else "events"
    if funnel.is_unordered:
        name = f"Completed {at + 1} step{'s' if at else ''}"
        return {"action_id": None, "name": name, "custom_name": None, "type": kind}
    return {
        "action_id": _action_id(series),
        "name": _name(funnel, series),
        "custom_name": series.custom_name,
        "type": kind,
    }


def _action_id(series: Series) -> str | int | None:
    if isinstance(series, ActionsNode):
        return series.id
    return series.event if isinstance(series, EventsNode) else None


def _name(funnel: Funnel, series: Series) -> str | None:
    # Any event has no name.
    return entity_name(series, funnel.context)
