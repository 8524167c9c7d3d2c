"""Paths of those who came to a step of a funnel, within a part of their way through it."""

from __future__ import annotations

from dataclasses import replace

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.common import NO_BREAKDOWN
from posthog_lite.query.nodes.funnels import FunnelView
from posthog_lite.query.nodes.paths import FunnelOfPaths, FunnelPart
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels import funnel_of
from posthog_lite.query.runners.funnels.statement import PATH, paths
from posthog_lite.query.runners.funnels.steps import came_or_lost
from posthog_lite.query.runners.funnels.validation import check
from posthog_lite.query.trees import all_of, compared, select

PART = "part"
EARLIEST, LATEST = constant(-(2**62)), constant(2**62)


def part_of(
    asked: FunnelOfPaths, actor: ast.Expr, context: QueryContext, ask: Ask
) -> ast.SelectQuery:
    """Rows of `actor, first, last`: whose paths, and the times between which they are shown."""
    query = replace(asked.funnel, breakdown=NO_BREAKDOWN, view=FunnelView.STEPS)
    check(query)
    funnel = funnel_of(query, context, ask)
    if funnel.actor != actor:
        raise UnsupportedQuery("The funnel of paths must count those whose paths are asked for.")
    condition = came_or_lost(funnel, asked.step, "query.funnelPathsFilter.funnelStep")
    # Who was lost is looked at from their last step on, or up to it.
    step = asked.step if asked.step > 0 else -asked.step - 1
    reached = element(PATH, step)
    before = element(PATH, max(step - 1, 1))
    first = {FunnelPart.BEFORE: EARLIEST, FunnelPart.BETWEEN: before, FunnelPart.AFTER: reached}
    last = LATEST if asked.part is FunnelPart.AFTER else reached
    return select(
        {"actor": field("actor"), "first": first[asked.part], "last": last},
        paths(funnel),
        where=[condition],
    )


def within_part(events: ast.SelectQuery, actor: ast.Expr, part: ast.SelectQuery) -> ast.SelectQuery:
    """The events of those people in that time."""
    same = ast.JoinConstraint("ON", compared(actor, "==", field(PART, "actor")))
    joined = ast.JoinExpr(part, alias=PART, join_type="INNER JOIN", constraint=same)
    moment = call("toUnixTimestamp64Micro", TIMESTAMP)
    times = (
        compared(moment, ">=", field(PART, "first")),
        compared(moment, "<=", field(PART, "last")),
    )
    return replace(
        events,
        select_from=ast.JoinExpr(field("events"), next_join=joined),
        where=all_of([*([events.where] if events.where else []), *times]),
    )
