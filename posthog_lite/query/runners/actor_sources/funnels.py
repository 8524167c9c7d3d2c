"""The people of a bar of a funnel, or of a bucket of its trend."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import key_of
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.nodes.actor_sources import FunnelActors, Value
from posthog_lite.query.nodes.funnels import FunnelsQuery
from posthog_lite.query.runners.actor_sources.choices import (
    Behind,
    bucket_start,
    group_type_of,
    has_value,
)
from posthog_lite.query.runners.funnels import funnel_of
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.statement import DONE, paths
from posthog_lite.query.runners.funnels.steps import OTHER, came_or_lost, groups_of
from posthog_lite.query.runners.funnels.trend import trend_counts
from posthog_lite.query.runners.funnels.validation import check
from posthog_lite.query.trees import TRUE, compared, select


def funnel_actors(
    source: FunnelActors, insight: FunnelsQuery, context: QueryContext, ask: Ask
) -> Behind:
    """Rows of `actor_id`."""
    check(insight)
    funnel = funnel_of(insight, context, ask)
    group_type = group_type_of(funnel.actor)
    conditions = _bucket(source, funnel) if funnel.has_buckets else _step(source, funnel)
    rows = select(
        {"actor_id": field("actor")},
        paths(funnel),
        where=[*conditions, _value_condition(source, funnel, ask)],
        group_by=["actor_id"],
    )
    return Behind(rows, group_type)


def _step(source: FunnelActors, funnel: Funnel) -> list[ast.Expr]:
    return [came_or_lost(funnel, source.step or 0, f"{source.path}.funnelStep")]


def _bucket(source: FunnelActors, funnel: Funnel) -> list[ast.Expr]:
    """Return the condition for actors who began in a bucket and converted, or dropped off."""
    if source.entrance is None:
        raise InvalidQuery(
            "The trend of a funnel needs the start of a period.",
            attr=f"{source.path}.funnelTrendsEntrancePeriodStart",
        )
    start = bucket_start(source.entrance, funnel.dates, funnel.context, source.path)
    has_converted = call("greater", DONE, constant(funnel.query.last))
    return [
        compared(field("bucket"), "==", key_of(start, funnel.dates.interval)),
        call("greater", DONE, constant(funnel.query.first)),
        ast.Not(has_converted) if source.has_dropped else has_converted,
    ]


def _value_condition(source: FunnelActors, funnel: Funnel, ask: Ask) -> ast.Expr:
    wanted = source.breakdown
    if wanted is None:
        return TRUE
    if not funnel.has_breakdown:
        raise InvalidQuery(
            "The insight has no breakdown.", attr=f"{source.path}.funnelStepBreakdown"
        )
    known = _trend_values(funnel, ask) if funnel.has_buckets else _step_values(funnel, ask)
    return has_value(field("value"), wanted, known, (OTHER,))


def _step_values(funnel: Funnel, ask: Ask) -> list[tuple[Value, Any]]:
    values = [row[0] for row in groups_of(funnel, ask)]
    return [(_texts(value), value) for value in values if _texts(value) != (OTHER,)]


def _trend_values(funnel: Funnel, ask: Ask) -> list[tuple[Value, Any]]:
    lines = [value for value, _ in trend_counts(funnel, ask)]
    return [
        (
            _texts(value),
            list(value) if isinstance(value, tuple) else value,
        )
        for value in lines
    ]


def _texts(value: Any) -> Value:
    return tuple(value) if isinstance(value, list | tuple) else (value,)
