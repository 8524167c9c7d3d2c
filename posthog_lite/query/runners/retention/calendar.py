"""Starts and returns by intervals of the calendar."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.runners.arrays import mapped, unfolded
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
    ZERO,
    Retention,
    actor_keys,
    events_of,
)
from posthog_lite.query.trees import compared, select


def calendar_starts(retention: Retention) -> ast.SelectQuery:
    """The actor's intervals with starts and those with returns, side by side."""
    is_counted = retention.aggregates or retention.query.minimum_occurrences > 1
    together = _counted_intervals(retention) if is_counted else _intervals(retention)
    return _one_for_each_start(retention, together, _since_row())


def _intervals(retention: Retention) -> ast.SelectQuery:
    """Intervals alone, without what happened how often in them."""
    # Numbers are told apart several times faster than tuples.
    is_back = ast.And((IS_RETURN, compared(ROW, ">=", 0)))
    once = call("tuple", ROW, constant(1), ZERO)
    back = mapped(once, row=call("groupUniqArrayIf", ROW, is_back))
    keys = actor_keys(retention)
    value = VALUE if "value" in keys else constant("")
    if retention.is_recurring:
        # In place of the time stands 0: every interval's start counts once.
        start = call("tuple", constant(0), ROW, ZERO, value, constant(True))
        starts = mapped(start, row=call("groupUniqArrayIf", ROW, IS_START))
    else:
        start = call("tuple", AT, ROW, ZERO, VALUE, field("passes"))
        earliest = call("argMinIf", start, _firstness(), IS_START)
        began = compared(call("countIf", IS_START), ">", 0)
        one = ast.Array((earliest,))
        starts = call("if", began, one, call("arrayPopBack", one))
    columns = {"actor": ACTOR, "starts": starts, "back": back}
    return select(columns, events_of(retention), group_by=keys)


def _firstness() -> ast.Expr:
    """Return the key that is least for the first start; of those at one instant one that passes."""
    return call("tuple", AT, ast.Not(field("passes")))


def _counted_intervals(retention: Retention) -> ast.SelectQuery:
    """First each interval of each actor, then the actor's intervals side by side."""
    keys = actor_keys(retention)
    first = _firstness()
    columns = {
        **{key: field(key) for key in keys},
        "row": ROW,
        "starts": call("countIf", IS_START),
        "returns": call("countIf", IS_RETURN),
        "start_at": call("minIf", AT, IS_START),
        "start_value": call("argMinIf", VALUE, first, IS_START),
        "start_passes": call("argMinIf", field("passes"), first, IS_START),
        "start_number": call("sumIf", NUMBER, ast.And((IS_START, field("passes")))),
        "total": call("sumIf", NUMBER, IS_RETURN),
    }
    own: ast.Expr = field("start_number")
    if retention.aggregates and not retention.starts_with_own_number:
        # Returns with their times: in the start's own interval those before it do not count.
        columns["entries"] = call("groupArrayIf", call("tuple", AT, NUMBER), IS_RETURN)
        own = _sum_since_start()
    intervals = select(columns, events_of(retention), group_by=[*keys, "row"])
    start = [field("start_at"), ROW, own, field("start_value"), field("start_passes")]
    has_start = compared(field("starts"), ">", 0)
    is_back = ast.And((compared(field("returns"), ">", 0), compared(ROW, ">=", 0)))
    back = call("tuple", ROW, field("returns"), field("total"))
    return select(
        {
            "actor": ACTOR,
            "starts": call("arraySort", call("groupArrayIf", call("tuple", *start), has_start)),
            "back": call("groupArrayIf", back, is_back),
        },
        intervals,
        group_by=keys,
    )


def _sum_since_start() -> ast.Expr:
    after = call("greaterOrEquals", ast.TupleAccess(ENTRY, 1), field("start_at"))
    number = call("if", after, ast.TupleAccess(ENTRY, 2), ZERO)
    return call("arraySum", call("arrayMap", ast.Lambda(("entry",), number), field("entries")))


def _since_row() -> ast.Expr:
    """The later intervals of an actor by their distance from the start's row."""
    row = ast.TupleAccess(START, 2)
    is_later = ast.Lambda(("entry",), call("greater", ast.TupleAccess(ENTRY, 1), row))
    distance = call("minus", ast.TupleAccess(ENTRY, 1), row)
    moved = call("tuple", distance, ast.TupleAccess(ENTRY, 2), ast.TupleAccess(ENTRY, 3))
    later = call("arrayFilter", is_later, BACK)
    return call("arrayMap", ast.Lambda(("entry",), moved), later)


def _one_for_each_start(
    retention: Retention, together: ast.SelectQuery, back: ast.Expr
) -> ast.SelectQuery:
    starts: ast.Expr = field("starts")
    if not retention.is_recurring:
        starts = call("arraySlice", starts, constant(1), constant(1))
    joined = unfolded(together, "start", starts, {"actor": ACTOR, "back": BACK, "start": START})
    return select({"actor": ACTOR, **_start_columns(), "back": back}, joined)


def _start_columns() -> dict[str, ast.Expr]:
    return {
        "row": ast.TupleAccess(START, 2),
        "own": ast.TupleAccess(START, 3),
        "value": ast.TupleAccess(START, 4),
        "passes": ast.TupleAccess(START, 5),
    }
