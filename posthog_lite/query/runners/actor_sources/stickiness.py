"""The people of a number of stickiness."""

from __future__ import annotations

from posthog_lite.hogql.ast import field
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import InvalidQuery, UnknownAction
from posthog_lite.query.nodes.actor_sources import InsightActors
from posthog_lite.query.nodes.series import ActionsNode
from posthog_lite.query.nodes.stickiness import ComputedAs, CriteriaOperator, StickinessQuery
from posthog_lite.query.runners.actor_sources.choices import (
    Behind,
    chosen_period,
    chosen_series,
    group_type_of,
)
from posthog_lite.query.runners.stickiness import CRITERIA, Part, periods_of
from posthog_lite.query.trees import compared, select


def stickiness_actors(
    source: InsightActors, insight: StickinessQuery, context: QueryContext, ask: Ask
) -> Behind:
    """Rows of `actor_id`; a chart that adds up counts those of more intervals too."""
    periods = periods_of(insight, context, ask)
    order = chosen_series(source, len(insight.series))
    series, period = insight.series[order], chosen_period(source, periods)
    if isinstance(series, ActionsNode) and series.id not in context.actions:
        raise UnknownAction(series.id)
    part = Part(insight, context, series, order, period, periods[period])
    group_type = group_type_of(part.actor)
    where = []
    if source.day is not None:
        where.append(compared(field("active"), CRITERIA[_operator(source, insight)], _days(source)))
    return Behind(select({"actor_id": field("actor")}, part.active(), where=where), group_type)


def _operator(source: InsightActors, insight: StickinessQuery) -> CriteriaOperator:
    if source.operator is not None:
        return source.operator
    adds_up = insight.computed_as is ComputedAs.CUMULATIVE
    return CriteriaOperator.GTE if adds_up else CriteriaOperator.EXACT


def _days(source: InsightActors) -> int:
    day = source.day or ""
    if not (day.isascii() and day.isdigit() and len(day) < 10):
        raise InvalidQuery("A number of intervals is expected.", attr=f"{source.path}.day")
    return int(day)
