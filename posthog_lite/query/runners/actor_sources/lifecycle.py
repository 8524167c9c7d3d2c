"""The people of a number of a lifecycle."""

from __future__ import annotations

from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.actor_sources import InsightActors
from posthog_lite.query.nodes.lifecycle import LifecycleQuery
from posthog_lite.query.runners.actor_sources.choices import Behind, bucket_start, group_type_of
from posthog_lite.query.runners.lifecycle import STATUSES, actor_of, dates_of, states_of
from posthog_lite.query.trees import compared, select

STATE = field("state")
COUNT = constant(len(STATUSES))


def lifecycle_actors(
    source: InsightActors, insight: LifecycleQuery, context: QueryContext, ask: Ask
) -> Behind:
    """Rows of `actor_id`."""
    group_type = group_type_of(actor_of(insight))
    dates = dates_of(insight, context, ask)
    tick = call("intDiv", STATE, COUNT)
    # Tick 0 is the interval before the range.
    where = [compared(tick, ">=", 1), compared(tick, "<=", len(dates.starts))]
    if source.day is not None:
        start = bucket_start(source.day, dates, context, source.path)
        where.append(compared(tick, "==", dates.starts.index(start) + 1))
    if source.status is not None:
        where.append(compared(call("modulo", STATE, COUNT), "==", STATUSES.index(source.status)))
    rows = select({"actor": field("actor")}, states_of(insight, context, dates), where=where)
    return Behind(select({"actor_id": field("actor")}, rows, group_by=["actor_id"]), group_type)
