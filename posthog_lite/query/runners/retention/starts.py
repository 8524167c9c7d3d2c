"""Each start that counts, with what came after it."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import field
from posthog_lite.query.runners.retention.calendar import calendar_starts
from posthog_lite.query.runners.retention.people import ACTOR, BACK, ROW, VALUE, Retention
from posthog_lite.query.runners.retention.rolling import rolling_starts
from posthog_lite.query.trees import compared, select


def started(retention: Retention) -> ast.SelectQuery:
    """Rows of `actor, value, row, own, back`, one for each start that counts.

    `own` is the number of the start's own interval, `back` an array of the number of intervals
    since, how many return events came then, and the sum of their numbers.
    """
    find = rolling_starts if retention.is_rolling else calendar_starts
    found = find(retention)
    if retention.is_recurring:
        return found
    return select(
        {"actor": ACTOR, "value": VALUE, "row": ROW, "own": field("own"), "back": BACK},
        found,
        where=[compared(ROW, ">=", 0), field("passes")],
    )
