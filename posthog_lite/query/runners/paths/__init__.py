"""PathsQuery: one statement gives the links, the heaviest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import resolve_dates
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.paths import PathsQuery
from posthog_lite.query.nodes.series import EventsNode
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.runners.paths.funnel import part_of
from posthog_lite.query.runners.paths.links import Paths, statement

Link = dict[str, Any]
FIRST = "1_"


def compute(query: PathsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """The links of paths."""
    rows = ask(statement(paths_of(query, context, ask)))
    return {"results": _reachable([_link(row) for row in rows])}


def paths_of(query: PathsQuery, context: QueryContext, ask: Ask) -> Paths:
    """The paths with their range, within a part of a funnel if one is asked for."""
    earliest = earliest_of(query.base, (EventsNode(),), context, ask)
    dates = resolve_dates(query.base.date_range, Interval.DAY, context, earliest=earliest)
    paths = Paths(query, context, dates)
    if query.funnel is None:
        return paths
    return replace(paths, part=part_of(query.funnel, paths.actor, context, ask))


def _link(row: Sequence[Any]) -> Link:
    source, target, value, microseconds = row
    return {
        "source": source,
        "target": target,
        "value": value,
        "average_conversion_time": microseconds / 1_000,
    }


def _reachable(links: list[Link]) -> list[Link]:
    """The links to which a path leads from a first node through links that are kept."""
    reached = {link["source"] for link in links if link["source"].startswith(FIRST)}
    by_step = sorted(links, key=lambda link: int(link["source"].split("_", 1)[0]))
    for link in by_step:
        if link["source"] in reached:
            reached.add(link["target"])
    return [link for link in links if link["source"] in reached]
