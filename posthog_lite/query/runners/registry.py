"""The runner of each kind of query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.text import select_text
from posthog_lite.query.context import Ask, QueryContext, Rows, Table
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.parsing import Node
from posthog_lite.query.runners import (
    actors,
    events,
    funnels,
    lifecycle,
    metadata,
    paths,
    retention,
    sql,
    stickiness,
    trends,
)

MOST_TEXT = 20_000
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
    "HogQLMetadata": metadata.compute,
}


@dataclass
class _Recorder:
    """Asks, and remembers the statement that gave the rows."""

    ask: Ask
    asked: ast.Select | None = None
    is_list: bool = False

    def __call__(self, tree: ast.Select) -> Rows:
        # What is asked before it only finds dates or values, what comes after a list adds to it.
        if not self.is_list:
            self.asked = tree
        return self.ask(tree)

    def table(
        self, tree: ast.Select, *, default_limit: int | None = None, most_rows: int | None = None
    ) -> Table:
        self.asked, self.is_list = tree, True
        return self.ask.table(tree, default_limit=default_limit, most_rows=most_rows)

    @property
    def text(self) -> str | None:
        """The statement in HogQL, unless it is too long to be read."""
        text = None if self.asked is None else select_text(self.asked)
        return text if text is not None and len(text) <= MOST_TEXT else None


def compute(node: Node, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a parsed query."""
    runner = RUNNERS.get(node.kind)
    if runner is None:
        raise UnsupportedQuery(f"Unsupported query kind: {node.kind}", attr="query.kind")
    recorder = _Recorder(ask)
    found = runner(node, context, recorder)
    return {"hogql": recorder.text} | found
