"""Compute a LifecycleQuery: persons by what they did now and one interval before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP, index_of
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import QueryDateRange, resolve_dates
from posthog_lite.query.errors import NoSeries, UnsupportedQuery
from posthog_lite.query.labels import days_of, labels_of
from posthog_lite.query.matching import base_condition, entity_name, series_condition, series_label
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.lifecycle import LifecycleQuery
from posthog_lite.query.nodes.series import ActionsNode, Series
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.trees import arithmetic, compared, is_not_null, select, within

STATUSES = ("new", "returning", "resurrecting", "dormant")
TICKS, TICK = field("ticks"), field("tick")


def compute(query: LifecycleQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a lifecycle query of its first series."""
    if not query.series:
        raise NoSeries("Lifecycle")
    if query.base.aggregation_group_type_index is not None:
        raise UnsupportedQuery("Lifecycle of groups is not supported.")
    dates = _dates(query, context, ask)
    found: dict[str, list[float]] = {status: [0.0] * len(dates.starts) for status in STATUSES}
    for tick, status, persons in ask(_statement(query, context, dates)):
        # Tick 0 is the interval before the range.
        if 1 <= tick <= len(dates.starts):
            found[status][tick - 1] = float(-persons if status == "dormant" else persons)
    rows = [_row(query.series[0], context, dates, status, found[status]) for status in STATUSES]
    return {"results": rows, "resolved_date_range": dates.resolved}


def _dates(query: LifecycleQuery, context: QueryContext, ask: Ask) -> QueryDateRange:
    """The range grown to whole intervals at both ends."""
    earliest = earliest_of(query.base, query.series[:1], context, ask)
    dates = resolve_dates(query.base.date_range, query.interval, context, earliest=earliest)
    end = dates.end_of(dates.floor(dates.date_to))
    return replace(dates, date_from=dates.floor(dates.date_from), date_to=end)


def _statement(
    query: LifecycleQuery, context: QueryContext, dates: QueryDateRange
) -> ast.SelectQuery:
    """Persons by interval and status."""
    widened = replace(dates, date_from=dates.following(dates.date_from, -1))
    state = field("state")
    states = ast.SelectQuery(
        select=(
            ast.Alias("tick", ast.TupleAccess(state, 1)),
            ast.Alias("status", ast.TupleAccess(state, 2)),
        ),
        select_from=ast.JoinExpr(_states(query, context, widened), alias="inner"),
        array_join_op="ARRAY JOIN",
        array_join_list=(ast.Alias("state", field("states")),),
    )
    return select(
        {"tick": TICK, "status": field("status"), "persons": call("count")},
        states,
        group_by=["tick", "status"],
    )


def _states(query: LifecycleQuery, context: QueryContext, dates: QueryDateRange) -> ast.SelectQuery:
    """The statuses of each person."""
    active = call("arrayMap", ast.Lambda(("tick",), _state(dates)), TICKS)
    last = call("tuple", arithmetic(TICK, "+", 1), constant("dormant"))
    ceased = call(
        "arrayFilter",
        ast.Lambda(("tick",), ast.Not(call("has", TICKS, arithmetic(TICK, "+", 1)))),
        TICKS,
    )
    dormant = call("arrayMap", ast.Lambda(("tick",), last), ceased)
    persons = ast.JoinExpr(
        field("persons"),
        alias="person",
        join_type="LEFT JOIN",
        constraint=ast.JoinConstraint(
            "ON", compared(field("active", "actor"), "==", field("person", "id"))
        ),
    )
    return ast.SelectQuery(
        select=(ast.Alias("states", call("arrayConcat", active, dormant)),),
        select_from=ast.JoinExpr(_active(query, context, dates), "active", next_join=persons),
    )


def _state(dates: QueryDateRange) -> ast.Expr:
    created = field("person", "created_at")
    is_new = ast.And(
        (
            within(created, dates.date_from, dates.date_to),
            compared(index_of(dates, created), "==", TICK),
        )
    )
    returned = call("has", TICKS, arithmetic(TICK, "-", 1))
    status = call(
        "multiIf",
        is_new,
        constant("new"),
        returned,
        constant("returning"),
        constant("resurrecting"),
    )
    return call("tuple", TICK, status)


def _active(query: LifecycleQuery, context: QueryContext, dates: QueryDateRange) -> ast.SelectQuery:
    """The intervals in which each person was active, one before the range included."""
    ticks = call("groupUniqArray", call("toInt", index_of(dates)))
    return select(
        {"actor": field("person_id"), "ticks": ticks},
        "events",
        where=[
            series_condition(query.series[0], context),
            within(TIMESTAMP, dates.date_from, dates.date_to),
            base_condition(query.base, context),
            is_not_null(field("person_id")),
        ],
        group_by=["actor"],
    )


def _row(
    series: Series, context: QueryContext, dates: QueryDateRange, status: str, data: list[float]
) -> dict[str, Any]:
    name = entity_name(series, context)
    is_action = isinstance(series, ActionsNode)
    action = {
        "id": str(series.id) if isinstance(series, ActionsNode) else name,
        "name": name or "All events",
        "type": "actions" if is_action else "events",
        "order": 0,
        "math": "total",
    }
    if series.custom_name:
        action["custom_name"] = series.custom_name
    return {
        "action": action,
        "data": data,
        "count": float(sum(data)),
        "labels": labels_of(dates),
        "days": _days(dates),
        "label": f"{series_label(series, context)} - {status}",
        "status": status,
    }


def _days(dates: QueryDateRange) -> list[str]:
    """Days without the clock for minutes, as in lifecycle answers only hours have it."""
    days = days_of(dates)
    return [day.split(" ")[0] for day in days] if dates.interval is Interval.MINUTE else days
