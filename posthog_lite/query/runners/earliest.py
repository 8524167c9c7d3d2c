"""The first event of a query, from which the range `all` starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from posthog_lite.hogql.ast import call
from posthog_lite.query.buckets import TIMESTAMP
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.matching import base_condition, is_known, series_condition
from posthog_lite.query.nodes.common import InsightBase
from posthog_lite.query.nodes.series import Series
from posthog_lite.query.trees import any_of, compared, instant, select

# Events from before are clocks that were never set.
FLOOR = datetime(1980, 1, 1, tzinfo=UTC)


def earliest_of(
    base: InsightBase, series: Sequence[Series], context: QueryContext, ask: Ask
) -> datetime | None:
    """The first event that any series counts; None unless the range says `all`."""
    if base.date_range.date_from != "all":
        return None
    known = [one for one in series if is_known(one, context)]
    columns = {
        "first": call("toUnixTimestamp", call("min", TIMESTAMP)),
        "events": call("count"),
    }
    where = [
        any_of(series_condition(one, context) for one in known),
        base_condition(base, context),
        compared(TIMESTAMP, ">=", instant(FLOOR)),
    ]
    ((first, events),) = ask(select(columns, "events", where=where))
    return context.local(first) if events else None
