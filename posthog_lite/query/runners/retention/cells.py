"""The cells of the table: how many actors of each cohort came back, and what they sum up to."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.breakdowns import OTHER
from posthog_lite.query.nodes.common import DEFAULT_BREAKDOWN_LIMIT
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.runners.retention.intervals import columns_by_distance
from posthog_lite.query.runners.retention.people import BACK, ENTRY, Retention
from posthog_lite.query.runners.retention.starts import started
from posthog_lite.query.trees import array, compared, select

BEYOND = -1
VALUE, ROW, COLUMN = field("value"), field("row"), field("column")
PERSONS, TOTAL, CELL = field("persons"), field("total"), field("cell")
ONE, NOTHING = constant(1), constant(0.0)


def statement(retention: Retention) -> ast.SelectQuery:
    """Rows of `value, row, column, persons, total`.

    In a cumulative table a person counts in the column of the last return alone: the answer adds
    up from the right.
    """
    starts = select({"value": VALUE, "row": ROW, "cells": _cells(retention)}, started(retention))
    columns = {
        "value": VALUE,
        "row": ROW,
        "column": ast.TupleAccess(CELL, 1),
        "persons": ast.TupleAccess(CELL, 2),
        "total": ast.TupleAccess(CELL, 3),
    }
    cells = unfolded(starts, "cell", field("cells"), columns)
    found = _summed(cells, VALUE)
    return _limited(retention, found) if retention.has_breakdown else found


def _summed(rows: ast.SelectQuery, value: ast.Expr) -> ast.SelectQuery:
    named = select(
        {"value": value, "row": ROW, "column": COLUMN, "persons": PERSONS, "total": TOTAL}, rows
    )
    return select(
        {
            "value": VALUE,
            "row": ROW,
            "column": COLUMN,
            "people": call("sum", PERSONS),
            "sum": call("sum", TOTAL),
        },
        named,
        group_by=["value", "row", "column"],
    )


def _cells(retention: Retention) -> ast.Expr:
    """The cells that one start adds to: its own, and those of the intervals with returns."""
    own = ast.Array((call("tuple", constant(0), ONE, field("own")),))
    reached = reached_columns(retention)
    if retention.query.is_cumulative:
        reached = call("arraySlice", call("arrayReverseSort", reached), ONE, ONE)
    person = ast.Lambda(("column",), call("tuple", COLUMN, ONE, NOTHING))
    people = call("arrayMap", person, reached)
    if not retention.aggregates:
        return call("arrayConcat", own, people)
    number = call("tuple", _column(retention), constant(0), ast.TupleAccess(ENTRY, 3))
    numbers = call("arrayMap", ast.Lambda(("entry",), number), _enough(retention))
    return call("arrayConcat", own, people, numbers)


def reached_columns(retention: Retention) -> ast.Expr:
    """The columns, but the first, in whose intervals there are enough returns."""
    columns = call("arrayMap", ast.Lambda(("entry",), _column(retention)), _enough(retention))
    inside = ast.Lambda(("column",), call("greater", COLUMN, constant(0)))
    return call("arrayDistinct", call("arrayFilter", inside, columns))


def _enough(retention: Retention) -> ast.Expr:
    """The intervals with enough returns."""
    least = constant(retention.query.minimum_occurrences)
    enough = ast.Lambda(("entry",), call("greaterOrEquals", ast.TupleAccess(ENTRY, 2), least))
    return call("arrayFilter", enough, BACK)


def _column(retention: Retention) -> ast.Expr:
    """The column of a number of intervals since the start, `BEYOND` past the last one.

    A cumulative table counts returns past its last column in that column.
    """
    columns = columns_by_distance(retention.query)
    if not columns:
        return constant(BEYOND)
    last = max(columns.values()) if retention.query.is_cumulative else BEYOND
    distance = ast.TupleAccess(ENTRY, 1)
    if not retention.query.brackets:
        is_inside = call("less", distance, constant(retention.query.total_intervals))
        return call("if", is_inside, distance, constant(last))
    return call(
        "transform",
        distance,
        array(columns.keys()),
        array(columns.values()),
        constant(last),
    )


def _limited(retention: Retention, found: ast.SelectQuery) -> ast.SelectQuery:
    """The rows with every value beyond the limit named as one; the largest cohorts first."""
    people, total = field("people"), field("sum")
    kept = {"value": VALUE, "row": ROW, "column": COLUMN, "persons": people, "total": total}
    own = call("if", compared(COLUMN, "==", 0), people, constant(0))
    by_value = ast.WindowExpr(partition_by=(VALUE,))
    sized = select({**kept, "size": ast.WindowFunction("sum", (own,), over_expr=by_value)}, found)
    order = (ast.OrderExpr(field("size"), "DESC"), ast.OrderExpr(VALUE))
    rank = ast.WindowFunction("dense_rank", (), over_expr=ast.WindowExpr(order_by=order))
    ranked = select({**{name: field(name) for name in kept}, "rank": rank}, sized)
    limit = retention.query.breakdown.limit or DEFAULT_BREAKDOWN_LIMIT
    is_kept = compared(field("rank"), "<=", limit)
    return _summed(ranked, call("if", is_kept, VALUE, constant(OTHER)))
