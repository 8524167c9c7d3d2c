"""Compute a LifecycleQuery: persons by what they did now and one interval before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP, index_of
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import SHORT_INTERVALS, QueryDateRange, resolve_dates
from posthog_lite.query.errors import NoSeries
from posthog_lite.query.labels import days_of, labels_of
from posthog_lite.query.matching import base_condition, entity_name, series_condition, series_label
from posthog_lite.query.nodes.lifecycle import LifecycleQuery
from posthog_lite.query.nodes.series import ActionsNode, Series
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.runners.counting import PERSON
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.trees import arithmetic, compared, select, within

STATUSES = ("new", "returning", "resurrecting", "dormant")
NEW, RETURNING, RESURRECTING, DORMANT = range(4)
TICKS, TICK = field("ticks"), field("tick")


def compute(query: LifecycleQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a lifecycle query of its first series."""
    dates = dates_of(query, context, ask)
    found: dict[str, list[float]] = {status: [0.0] * len(dates.starts) for status in STATUSES}
    for state, persons in ask(_statement(query, context, dates)):
        tick, status = divmod(state, len(STATUSES))
        # Tick 0 is the interval before the range.
        if 1 <= tick <= len(dates.starts):
            found[STATUSES[status]][tick - 1] = float(-persons if status == DORMANT else persons)
    rows = [_row(query.series[0], context, dates, status, found[status]) for status in STATUSES]
    return {"results": rows, "resolved_date_range": dates.resolved}


def dates_of(query: LifecycleQuery, context: QueryContext, ask: Ask) -> QueryDateRange:
    """The range grown to whole intervals at both ends; refuses what cannot be counted."""
    if not query.series:
        raise NoSeries("Lifecycle")
    earliest = earliest_of(query.base, query.series[:1], context, ask)
    dates = resolve_dates(query.base.date_range, query.interval, context, earliest=earliest)
    end = dates.end_of(dates.floor(dates.date_to))
    return replace(dates, date_from=dates.floor(dates.date_from), date_to=end)


def _statement(
    query: LifecycleQuery, context: QueryContext, dates: QueryDateRange
) -> ast.SelectQuery:
    """Persons by state."""
    states = states_of(query, context, dates)
    return select({"state": field("state"), "persons": call("count")}, states, group_by=["state"])


def states_of(
    query: LifecycleQuery, context: QueryContext, dates: QueryDateRange
) -> ast.SelectQuery:
    """Rows of `actor, state`: a tick and a status in one number."""
    widened = replace(dates, date_from=dates.following(dates.date_from, -1))
    columns = {"actor": field("actor"), "state": field("state")}
    return unfolded(_states(query, context, widened), "state", field("states"), columns)


def _states(query: LifecycleQuery, context: QueryContext, dates: QueryDateRange) -> ast.SelectQuery:
    """The states of each person."""
    after = arithmetic(TICK, "+", 1)
    ceased = call("arrayFilter", ast.Lambda(("tick",), ast.Not(call("has", TICKS, after))), TICKS)
    active = call("arrayMap", ast.Lambda(("tick",), _state(TICK, _status())), TICKS)
    dormant = call("arrayMap", ast.Lambda(("tick",), _state(after, constant(DORMANT))), ceased)
    created = ast.JoinExpr(
        _created(query, dates),
        alias="created",
        join_type="LEFT JOIN",
        constraint=ast.JoinConstraint(
            "ON", compared(field("active", "actor"), "==", field("created", "id"))
        ),
    )
    return ast.SelectQuery(
        select=(
            ast.Alias("actor", field("active", "actor")),
            ast.Alias("states", call("arrayConcat", active, dormant)),
        ),
        select_from=ast.JoinExpr(_active(query, context, dates), "active", next_join=created),
    )


def _state(tick: ast.Expr, status: ast.Expr) -> ast.Expr:
    return arithmetic(arithmetic(tick, "*", len(STATUSES)), "+", status)


def _status() -> ast.Expr:
    """The status of a person in an interval in which they are active.

    Nobody is new who was active before, whatever the moment says at which they were created.
    """
    is_first = compared(TICK, "==", call("arrayMin", TICKS))
    return call(
        "multiIf",
        ast.And((is_first, compared(TICK, "==", field("created", "tick")))),
        constant(NEW),
        call("has", TICKS, arithmetic(TICK, "-", 1)),
        constant(RETURNING),
        constant(RESURRECTING),
    )


def _created(query: LifecycleQuery, dates: QueryDateRange) -> ast.SelectQuery:
    """The interval in which each person or group was created; others are never new."""
    created = field("created_at")
    group = query.base.aggregation_group_type_index
    where = [within(created, dates.date_from, dates.date_to)]
    if group is None:
        return select({"id": field("id"), "tick": index_of(dates, created)}, "persons", where=where)
    where.append(compared(field("index"), "==", group))
    return select({"id": field("key"), "tick": index_of(dates, created)}, "groups", where=where)


def actor_of(query: LifecycleQuery) -> ast.Field:
    """Return who is counted."""
    group = query.base.aggregation_group_type_index
    return PERSON if group is None else field(f"$group_{group}")


def _has_actor(actor: ast.Field) -> ast.Expr:
    """Events without a profile, or without the group, do not count."""
    has_profile = compared(field("person_mode"), "!=", "propertyless")
    if actor == PERSON:
        return has_profile
    return ast.And((has_profile, compared(actor, "!=", "")))


def _active(query: LifecycleQuery, context: QueryContext, dates: QueryDateRange) -> ast.SelectQuery:
    """The intervals in which each of them was active, one before the range included."""
    actor = actor_of(query)
    ticks = call("groupUniqArray", index_of(dates))
    return select(
        {"actor": actor, "ticks": ticks},
        "events",
        where=[
            series_condition(query.series[0], context),
            within(TIMESTAMP, dates.date_from, dates.date_to),
            base_condition(query.base, context),
            _has_actor(actor),
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
    """The days, with a clock for hours only: that is how answers of lifecycles are."""
    days = days_of(dates)
    return [day.split(" ")[0] for day in days] if dates.interval in SHORT_INTERVALS else days
