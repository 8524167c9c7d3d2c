"""Which runner computes which kind of query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.parsing import Node
from posthog_lite.query.runners import (
    actors,
    events,
    funnels,
    lifecycle,
    paths,
    retention,
    sql,
    stickiness,
    trends,
)

Compute = Callable[[Any, QueryContext, Ask], dict[str, Any]]

RUNNERS: Mapping[str, Compute] = {
    "TrendsQuery": trends.compute,
    "StickinessQuery": stickiness.compute,
    "LifecycleQuery": lifecycle.compute,
    "FunnelsQuery": funnels.compute,
    "RetentionQuery": retention.compute,
    "PathsQuery": paths.compute,
    "HogQLQuery": sql.compute,
    "EventsQuery": events.compute,
    "ActorsQuery": actors.compute,
}


def compute(node: Node, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a parsed query."""
    runner = RUNNERS.get(node.kind)
    if runner is None:
        raise UnsupportedQuery(f"Unsupported query kind: {node.kind}", attr="query.kind")
    return runner(node, context, ask)
