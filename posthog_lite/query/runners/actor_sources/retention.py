"""The people of a row of retention, and in which columns they came back."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.breakdowns import OTHER
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.nodes.actor_sources import InsightActors
from posthog_lite.query.nodes.retention import RetentionQuery
from posthog_lite.query.runners.actor_sources.choices import Behind, group_type_of, has_value
from posthog_lite.query.runners.listing import Cell
from posthog_lite.query.runners.retention import retention_of
from posthog_lite.query.runners.retention.cells import reached_columns, statement
from posthog_lite.query.runners.retention.intervals import width
from posthog_lite.query.runners.retention.people import ACTOR, JOINED, ROW, VALUE, Retention
from posthog_lite.query.runners.retention.starts import started
from posthog_lite.query.trees import TRUE, compared, select


def retention_actors(
    source: InsightActors, insight: RetentionQuery, context: QueryContext, ask: Ask
) -> Behind:
    """Rows of `actor_id, appearances`; without an interval those of the first row.

    A column of the chart is one of the list too: `day_2` is 1 for who came back then.
    """
    retention = retention_of(insight, context, ask)
    group_type = group_type_of(retention.actor)
    row = source.interval or 0
    if row >= len(retention.dates.starts):
        raise InvalidQuery("There is no such interval.", attr=f"{source.path}.interval")
    rows = select(
        {"actor": ACTOR, "columns": _columns(retention)},
        started(retention),
        where=[compared(ROW, "==", row), _value_condition(source, retention, ask)],
    )
    columns = call("arrayDistinct", call("arrayFlatten", call("groupArray", field("columns"))))
    appearances = call("arraySort", columns)
    found = select({"actor_id": ACTOR, "appearances": appearances}, rows, group_by=["actor_id"])
    return Behind(found, group_type, _cells(insight))


def _cells(insight: RetentionQuery) -> dict[str, Cell]:
    period, appearances = insight.period.lower(), field("appearances")
    return {
        f"{period}_{column}": Cell(call("has", appearances, constant(column)))
        for column in range(width(insight))
    }


def _columns(retention: Retention) -> ast.Expr:
    """The columns in which a start counts, its own included."""
    reached = reached_columns(retention)
    if retention.query.is_cumulative:
        last = call("arrayMax", call("arrayPushBack", reached, constant(0)))
        return call("range", call("plus", last, constant(1)))
    return call("arrayPushFront", reached, constant(0))


def _value_condition(source: InsightActors, retention: Retention, ask: Ask) -> ast.Expr:
    wanted = source.breakdown
    if wanted is None:
        return TRUE
    if not retention.has_breakdown:
        raise InvalidQuery("The insight has no breakdown.", attr=f"{source.path}.breakdown")
    values = {row[0] for row in ask(statement(retention))} - {OTHER}
    return has_value(
        VALUE, (JOINED.join(wanted),), [((value,), value) for value in values], (OTHER,)
    )
