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
    BEFORE_ALL,
    ENTRY,
    IS_RETURN,
    IS_START,
    NUMBER,
    ROW,
    START,
    VALUE,
    Retention,
    actor_keys,
    events_of,
)
from posthog_lite.query.trees import compared, select

ROLLING_SECONDS = {
    RetentionPeriod.HOUR: 3_600,
    RetentionPeriod.DAY: 86_400,
    RetentionPeriod.WEEK: 7 * 86_400,
    RetentionPeriod.MONTH: 30 * 86_400,
}


def rolling_starts(retention: Retention) -> ast.SelectQuery:
    """Every start of an interval's first, with every return after it."""
    keys = actor_keys(retention)
    blocked = ast.Not(field("passes"))
    start = call("tuple", AT, ROW, blocked, NUMBER, VALUE)
    together = select(
        {
            "actor": ACTOR,
            "starts": call("arraySort", call("groupArrayIf", start, IS_START)),
            "returns": call("groupArrayIf", call("tuple", AT, NUMBER), IS_RETURN),
        },
        events_of(retention),
        group_by=keys,
    )
    firsts = select(
        {
            "actor": ACTOR,
            "starts": _first_of_each_row(retention),
            "returns": field("returns"),
        },
        together,
    )
    pairs = _pairs(_each_start(firsts))
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


def _first_of_each_row(retention: Retention) -> ast.Expr:
    starts: ast.Expr = field("starts")
    if not retention.is_recurring:
        return call("arraySlice", starts, constant(1), constant(1))
    row = ast.TupleAccess(ENTRY, 2)
    rows = call("arrayMap", ast.Lambda(("entry",), row), starts)
    before = call("arrayPopBack", call("arrayPushFront", rows, constant(BEFORE_ALL - 1)))
    is_first = ast.Lambda(("entry", "before"), call("notEquals", row, field("before")))
    return call("arrayFilter", is_first, starts, before)


def _each_start(firsts: ast.SelectQuery) -> ast.SelectQuery:
    columns = {"actor": ACTOR, "start": START, "returns": field("returns")}
    return unfolded(firsts, "start", field("starts"), columns)


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
