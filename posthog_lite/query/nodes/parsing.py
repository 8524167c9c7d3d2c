"""Query JSON to nodes: the one place where a kind becomes a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from posthog_lite.query.errors import ParseError, UnsupportedQuery
from posthog_lite.query.nodes.actors import read_actors
from posthog_lite.query.nodes.events import read_events
from posthog_lite.query.nodes.funnels import read_funnels
from posthog_lite.query.nodes.kinds import NOT_COMPUTED
from posthog_lite.query.nodes.lifecycle import read_lifecycle
from posthog_lite.query.nodes.metadata import read_metadata
from posthog_lite.query.nodes.paths import read_paths
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.retention import read_retention
from posthog_lite.query.nodes.sql import read_sql
from posthog_lite.query.nodes.stickiness import read_stickiness
from posthog_lite.query.nodes.trends import read_trends
from posthog_lite.query.nodes.upgrade import upgrade_query

WRAPPERS = frozenset({"InsightVizNode", "DataTableNode", "DataVisualizationNode"})
MAX_WRAPPERS = 3


class Node(Protocol):
    """A parsed query."""

    @property
    def kind(self) -> str:
        """The name of the query's kind on the wire."""


READERS: dict[str, Callable[[Reader], Node]] = {
    "TrendsQuery": read_trends,
    "StickinessQuery": read_stickiness,
    "LifecycleQuery": read_lifecycle,
    "FunnelsQuery": read_funnels,
    "RetentionQuery": read_retention,
    "PathsQuery": read_paths,
    "HogQLQuery": read_sql,
    "EventsQuery": read_events,
    "ActorsQuery": read_actors,
    "HogQLMetadata": read_metadata,
}


def parse_node(query: Any) -> Node:
    """Parse query JSON; a wrapper is its source."""
    reader = unwrap(query)
    kind = kind_of(reader)
    if kind not in READERS:
        raise _unknown(kind)
    return READERS[kind](reader)


def kind_of(reader: Reader) -> str:
    """The kind that a query names."""
    kind = reader.text("kind")
    if not kind:
        raise reader.refuse("kind", "this field is required.")
    return kind


def unwrap(query: Any) -> Reader:
    """The query inside its wrappers."""
    if not isinstance(query, dict):
        raise ParseError("Query must be a JSON object.", attr="query")
    reader = Reader(query)
    for _ in range(MAX_WRAPPERS):
        if reader.text("kind") not in WRAPPERS:
            return reader
        reader = reader.required_child("source")
    raise reader.refuse("source", "queries are wrapped too often.")


def source_query(query: Any) -> Mapping[str, Any]:
    """The query inside its wrappers in the form of today, which is what is computed."""
    return upgrade_query(dict(unwrap(query).values))


def _unknown(kind: str) -> ParseError | UnsupportedQuery:
    if kind in NOT_COMPUTED or kind in WRAPPERS:
        return UnsupportedQuery(f"Unsupported query kind: {kind}", attr="query.kind")
    return ParseError(f"Unknown query kind: {kind[:100]}", attr="query.kind")
