"""LifecycleQuery: new, returning, resurrecting and dormant persons."""

from __future__ import annotations

from dataclasses import dataclass

from posthog_lite.query.nodes.common import InsightBase, Interval, read_insight_base
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.series import Series, read_series


@dataclass(frozen=True)
class LifecycleQuery:
    """Persons by what they did now and one interval before."""

    base: InsightBase
    series: tuple[Series, ...]
    interval: Interval = Interval.DAY

    kind = "LifecycleQuery"


def read_lifecycle(query: Reader) -> LifecycleQuery:
    """A LifecycleQuery."""
    return LifecycleQuery(
        base=read_insight_base(query),
        series=read_series(query),
        interval=query.choice("interval", Interval, Interval.DAY),
    )
