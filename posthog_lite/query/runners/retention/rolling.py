"""Starts and returns by intervals that are counted from each start."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.nodes.retention import RetentionPeriod
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.runners.retention.people import (
    ACTOR,
    AT,
    BACK,
    ENTRY,
    IS_RETURN,
    IS_START,
    NUMBER,
    ROW,
    START,
    VALUE,
    Retention,
    events_of,
)
from posthog_lite.query.trees import compared, select

RETURNS = field("returns")
ROLLING_SECONDS = {
    RetentionPeriod.HOUR: 3_600,
    RetentionPeriod.DAY: 86_400,
    RetentionPeriod.WEEK: 7 * 86_400,
    RetentionPeriod.MONTH: 30 * 86_400,
}


def rolling_starts(retention: Retention) -> ast.SelectQuery:
    """The first start of each actor, with every return after it."""
    firsts = _firsts(retention)
    pairs = _pairs(_for_each_value(firsts) if retention.returns_by_value else firsts)
    distance = _distance(retention)
    entries = select(
        {"actor": ACTOR, "start": START, "distance": distance, "number": NUMBER}, pairs
    )
    counted = select(
        {
            "actor": ACTOR,
            "start": START,
            "distance": field("distance"),
            "returns": call("count"),
            "total": call("sum", NUMBER),
        },
        entries,
        group_by=["actor", "start", "distance"],
    )
    return _rolling_rows(retention, counted)


def _firsts(retention: Retention) -> ast.SelectQuery:
    """Rows of `actor, start, returns`; by value the returns are all events, the start's too."""
    start = call("tuple", AT, ROW, ast.Not(field("passes")), NUMBER, VALUE)
    one = call("tuple", AT, NUMBER, VALUE, IS_RETURN)
    every = call("groupArray", one)
    returns = every if retention.returns_by_value else call("groupArrayIf", one, IS_RETURN)
    together = select(
        {
            "actor": ACTOR,
            "start": call("minIf", start, IS_START),
            "starts": call("countIf", IS_START),
            "returns": returns,
        },
        events_of(retention),
        group_by=["actor"],
    )
    columns = {"actor": ACTOR, "start": START, "returns": RETURNS}
    return select(columns, together, where=[compared(field("starts"), ">", 0)])


def _for_each_value(firsts: ast.SelectQuery) -> ast.SelectQuery:
    """The start again for each value that an event has since, with the returns of that value."""
    is_since = ast.Lambda(
        ("entry",),
        call("greaterOrEquals", ast.TupleAccess(ENTRY, 1), ast.TupleAccess(START, 1)),
    )
    value = ast.Lambda(("entry",), ast.TupleAccess(ENTRY, 3))
    since = call("arrayFilter", is_since, RETURNS)
    values = call("arrayDistinct", call("arrayMap", value, since))
    start = [ast.TupleAccess(START, part) for part in range(1, 5)]
    has_value = call("equals", ast.TupleAccess(ENTRY, 3), field("one"))
    is_return = ast.Lambda(("entry",), ast.And((has_value, ast.TupleAccess(ENTRY, 4))))
    columns = {
        "actor": ACTOR,
        "start": call("tuple", *start, field("one")),
        "returns": call("arrayFilter", is_return, RETURNS),
    }
    return unfolded(firsts, "one", values, columns)


def _pairs(starts: ast.SelectQuery) -> ast.SelectQuery:
    """Each start with each return; one without returns stays, with a return at 0."""
    columns = {
        "actor": ACTOR,
        "start": START,
        "at": ast.TupleAccess(ENTRY, 1),
        "number": ast.TupleAccess(ENTRY, 2),
    }
    return unfolded(starts, "entry", field("returns"), columns, join="LEFT ARRAY JOIN")


def _distance(retention: Retention) -> ast.Expr:
    """The whole intervals since the start, below 0 for returns before it."""
    elapsed = call("minus", AT, ast.TupleAccess(START, 1))
    length = ROLLING_SECONDS[retention.query.period] * 1_000_000
    return call("floor", call("divide", elapsed, constant(length)))


def _rolling_rows(retention: Retention, counted: ast.SelectQuery) -> ast.SelectQuery:
    distance = field("distance")
    back = call("tuple", call("_toInt64", distance), field("returns"), field("total"))
    own: ast.Expr = call("sumIf", field("total"), compared(distance, "==", 0))
    if retention.starts_with_own_number:
        own = call("any", ast.TupleAccess(START, 4))
    columns = {
        "actor": ACTOR,
        "start": START,
        "own": own,
        "back": call("groupArrayIf", back, compared(distance, ">", 0)),
    }
    grouped = select(columns, counted, group_by=["actor", "start"])
    return select(
        {
            "actor": ACTOR,
            "row": ast.TupleAccess(START, 2),
            "own": field("own"),
            "value": ast.TupleAccess(START, 5),
            "passes": ast.Not(ast.TupleAccess(START, 3)),
            "back": BACK,
        },
        grouped,
    )
