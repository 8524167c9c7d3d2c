"""The view of trends: which share of those who began in a bucket converted."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import keys_of
from posthog_lite.query.context import Ask
from posthog_lite.query.labels import days_of, labels_of
from posthog_lite.query.nodes.common import DEFAULT_BREAKDOWN_LIMIT
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.statement import DONE, paths
from posthog_lite.query.trees import compared, select

VALUE = field("value")
Counts = tuple[int, int]


def trend_results(funnel: Funnel, ask: Ask) -> list[dict[str, Any]]:
    """One row with the rates of all buckets, or with a breakdown one for each value."""
    lines = trend_counts(funnel, ask)
    return [_row(funnel, value, counts) for value, counts in lines]


def trend_counts(funnel: Funnel, ask: Ask) -> list[tuple[Any, list[Counts]]]:
    """Count for each value the actors of each bucket that came to the first and the last step."""
    positions = keys_of(funnel.dates)
    empty: list[Counts] = [(0, 0)] * len(positions)
    found: dict[Any, list[Counts]] = {} if funnel.has_breakdown else {"": list(empty)}
    for value, bucket, reached_from, reached_to in ask(_statement(funnel)):
        key = tuple(value) if isinstance(value, list) else value
        line = found.setdefault(key, list(empty))
        if bucket in positions:
            line[positions[bucket]] = (reached_from, reached_to)
    return sorted(found.items())


def _statement(funnel: Funnel) -> ast.SelectQuery:
    """Rows of `value, bucket` and how many actors came to the first and to the last step."""
    query = funnel.query
    began = call("countIf", call("greater", DONE, constant(query.first)))
    converted = call("countIf", call("greater", DONE, constant(query.last)))
    found = select(
        {"value": VALUE, "bucket": field("bucket"), "began": began, "converted": converted},
        paths(funnel),
        group_by=["value", "bucket"],
    )
    return _limited(funnel, found) if funnel.has_breakdown else found


def _limited(funnel: Funnel, found: ast.SelectQuery) -> ast.SelectQuery:
    """The rows of the values with which most began."""
    kept = {name: field(name) for name in ("value", "bucket", "began", "converted")}
    by_value = ast.WindowExpr(partition_by=(VALUE,))
    everyone = ast.WindowFunction("sum", (field("began"),), over_expr=by_value)
    order = (ast.OrderExpr(field("everyone"), "DESC"), ast.OrderExpr(VALUE, "DESC"))
    rank = ast.WindowFunction("dense_rank", (), over_expr=ast.WindowExpr(order_by=order))
    ranked = select({**kept, "rank": rank}, select({**kept, "everyone": everyone}, found))
    limit = funnel.query.breakdown.limit or DEFAULT_BREAKDOWN_LIMIT
    return select(kept, ranked, where=[compared(field("rank"), "<=", limit)])


def _row(funnel: Funnel, value: Any, counts: list[Counts]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "count": len(counts),
        "data": [_rate(began, converted) for began, converted in counts],
        "days": days_of(funnel.dates),
        "labels": labels_of(funnel.dates),
    }
    if funnel.has_breakdown:
        row["breakdown_value"] = funnel.names(value)
    return row


def _rate(began: int, converted: int) -> float:
    return round(100 * converted / began, 2) if began else 0.0
