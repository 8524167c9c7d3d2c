"""The people of a number of trends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.breakdowns import OTHER, is_other
from posthog_lite.query.buckets import bucket_of, key_of
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import InvalidQuery, UnknownAction
from posthog_lite.query.nodes.actor_sources import InsightActors, Value
from posthog_lite.query.nodes.series import ActionsNode
from posthog_lite.query.nodes.trends import TrendsQuery
from posthog_lite.query.runners import trends
from posthog_lite.query.runners.actor_sources.choices import (
    Behind,
    bucket_start,
    chosen_period,
    chosen_series,
    group_type_of,
    has_value,
)
from posthog_lite.query.runners.counting import Shape, actor_condition, shape_of
from posthog_lite.query.runners.trends_rows import tick_of
from posthog_lite.query.runners.trends_statements import (
    Part,
    firsts_of,
    is_first_in_range,
    last_window,
    statement,
    tick_expr,
    window_start,
    window_ticks,
)
from posthog_lite.query.trees import TRUE, compared, select

MOST_IDS = 100
DISTINCT_ID = field("distinct_id")


def trends_actors(
    source: InsightActors, insight: TrendsQuery, context: QueryContext, ask: Ask
) -> Behind:
    """Rows of `actor_id, event_count, event_distinct_ids`."""
    part = _part(source, insight, context, ask)
    return Behind(_rows(part, source, ask), group_type_of(part.actor))


def _rows(part: Part, source: InsightActors, ask: Ask) -> ast.SelectQuery:
    shape = shape_of(part.series.counting)
    if shape is Shape.FIRST:
        return _firsts(part, source, _value_condition(source, part, field("breakdown"), ask))
    value = _value_condition(source, part, part.breakdown, ask)
    if part.slides:
        return _active(part, source, value)
    if shape is Shape.ACTIVE and part.is_total:
        part = last_window(part)
    return _events(part, [part.counted, _is_in_bucket(part, source), value])


def _part(source: InsightActors, insight: TrendsQuery, context: QueryContext, ask: Ask) -> Part:
    """The series in its period, with the breakdown as the chart has it."""
    query = trends.checked(insight)
    periods = trends.periods_of(query, context, ask)
    series = query.series[chosen_series(source, len(query.series))]
    part = Part(query, context, series, periods[chosen_period(source, periods)])
    if not part.is_known and isinstance(series, ActionsNode):
        raise UnknownAction(series.id)
    return trends.split([part], ask)[0]


def _value_condition(source: InsightActors, part: Part, column: ast.Expr, ask: Ask) -> ast.Expr:
    """The condition of a breakdown's value; the chart itself says which ones are Other."""
    wanted = source.breakdown
    if wanted is None:
        return TRUE
    if part.columns is None:
        raise InvalidQuery("The insight has no breakdown.", attr=f"{source.path}.breakdown")
    values = select({"value": field("shown")}, statement(part), group_by=["value"])
    named = part.columns.named
    known = [(_texts(named(row[0])), row[0]) for row in ask(values)]
    kept = [(texts, raw) for texts, raw in known if not is_other(texts)]
    return has_value(column, wanted, kept, (OTHER,) * len(wanted))


def _texts(value: Any) -> Value:
    return value if isinstance(value, tuple) else (value,)


def _is_in_bucket(part: Part, source: InsightActors, timestamp: ast.Expr | None = None) -> ast.Expr:
    """The condition of the bucket; a running total counts those before it too."""
    if part.is_total or source.day is None:
        return TRUE
    start = bucket_start(source.day, part.dates, part.context, source.path)
    bucket = bucket_of(part.dates) if timestamp is None else bucket_of(part.dates, timestamp)
    operator: ast.CompareOperator = "<=" if part.is_cumulative else "=="
    return compared(bucket, operator, key_of(start, part.dates.interval))


def _events(part: Part, where: list[ast.Expr]) -> ast.SelectQuery:
    """The people of events."""
    return select(
        {
            "actor_id": part.actor,
            "event_count": call("count"),
            "event_distinct_ids": call("groupUniqArray", DISTINCT_ID, params=(constant(MOST_IDS),)),
        },
        "events",
        where=[*where, actor_condition(part.actor)],
        group_by=["actor_id"],
    )


def _active(part: Part, source: InsightActors, value: ast.Expr) -> ast.SelectQuery:
    """The people who were active in the window that ends with the bucket."""
    if source.day is None:
        raise InvalidQuery("A day is needed for active users.", attr=f"{source.path}.day")
    widened = replace(part, dates=window_start(part))
    start = bucket_start(source.day, part.dates, part.context, source.path)
    last = tick_of(start, widened.dates.date_from, part.dates.interval)
    tick = tick_expr(widened.dates)
    window = [compared(tick, ">", last - window_ticks(part)), compared(tick, "<=", last)]
    return _events(part, [widened.counted, *window, value])


def _firsts(part: Part, source: InsightActors, value: ast.Expr) -> ast.SelectQuery:
    """The people whose first event lies in the bucket."""
    first = field("first")
    return select(
        {
            "actor_id": field("actor"),
            "event_count": constant(1),
            "event_distinct_ids": call("arrayPopBack", ast.Array((constant(""),))),
        },
        firsts_of(part),
        where=[is_first_in_range(part), _is_in_bucket(part, source, first), value],
    )
