"""The statement that gives the path of each actor: the times of the steps it did."""

from __future__ import annotations

from collections.abc import Mapping

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.runners.funnels.actor_events import (
    BUCKET,
    EVENTS,
    STEPS,
    Layout,
    has_bit,
    seen_events,
)
from posthog_lite.query.runners.funnels.attribution import attributed
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.ordered import knows_void, walked_paths
from posthog_lite.query.runners.funnels.unordered import unordered_paths
from posthog_lite.query.trees import select

SEEN = field("seen")
PATH = field("path")
DONE = call("length", PATH)
KEYS: Mapping[str, ast.Expr] = {"actor": field("actor"), "value": field("value")}


def paths(funnel: Funnel) -> ast.SelectQuery:
    """Rows of `actor, value, path`, in the trends view also `bucket`, one for each actor and value.

    A path is an array of microseconds. An actor that did not even do the first step has no row.
    """
    actors, layout = seen_events(funnel)
    rows = attributed(funnel, actors, layout)
    keys = KEYS
    if funnel.has_buckets:
        rows, keys = _by_bucket(funnel, rows, layout), {**keys, "bucket": field("bucket")}
    walk = unordered_paths if funnel.is_unordered else walked_paths
    return _counted(funnel, walk(funnel, rows, layout, keys), keys)


def _counted(
    funnel: Funnel, found: ast.SelectQuery, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """Actors that got anywhere."""
    if knows_void(funnel):
        found = _without_void(funnel, found, keys)
    reached = call("greater", DONE, constant(0))
    return select({**keys, "path": PATH}, found, where=[reached])


def _without_void(
    funnel: Funnel, found: ast.SelectQuery, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """Count actors excluded on the way to a step only in the buckets that led to the goal."""
    everywhere = ast.WindowExpr(partition_by=tuple(KEYS.values()))
    is_void = ast.WindowFunction("max", (field("is_void"),), over_expr=everywhere)
    marked = select({**keys, "path": PATH, "is_void": is_void}, found)
    converted = call("greater", DONE, constant(funnel.query.last))
    kept = ast.Or((converted, ast.Not(field("is_void"))))
    return select({**keys, "path": PATH}, marked, where=[kept])


def _by_bucket(funnel: Funnel, rows: ast.SelectQuery, layout: Layout) -> ast.SelectQuery:
    """One row for each bucket in which an attempt begins, with the events from there on."""
    begins = has_bit(layout.of(SEEN, STEPS), 0)
    if funnel.is_unordered:
        begins = call("notEquals", layout.of(SEEN, STEPS), constant(0))
    starts = call("arrayFilter", ast.Lambda(("seen",), begins), EVENTS)
    buckets = call("arrayMap", ast.Lambda(("seen",), layout.of(SEEN, BUCKET)), starts)
    columns = {**KEYS, "events": EVENTS, "buckets": call("arrayDistinct", buckets)}
    found = select(columns, rows)
    keys = {**KEYS, "bucket": field("bucket")}
    single = unfolded(found, "bucket", field("buckets"), {**keys, "events": EVENTS})
    return select({**keys, "events": _from_bucket(funnel, layout)}, single)


def _from_bucket(funnel: Funnel, layout: Layout) -> ast.Expr:
    """The events from the bucket on; in an ordered funnel later ones are no first steps."""
    bucket = layout.of(SEEN, BUCKET)
    later = ast.Lambda(("seen",), call("greaterOrEquals", bucket, field("bucket")))
    events = call("arrayFilter", later, EVENTS)
    if funnel.is_unordered:
        return events
    steps = layout.of(SEEN, STEPS)
    others = constant((1 << funnel.steps) - 2)
    is_here = call("equals", bucket, field("bucket"))
    kept = call("if", is_here, steps, call("bitAnd", steps, others))
    return call("arrayMap", ast.Lambda(("seen",), layout.tuple(SEEN, steps=kept)), events)
