"""ActorsQuery: the people of a project, by columns that are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthog_lite.query.nodes.actor_sources import ActorSource, InsightActors, read_actor_source
from posthog_lite.query.nodes.events import MAX_COLUMNS, Paging, read_paging
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.trends import TrendsQuery

DEFAULT_COLUMNS = ("person", "id", "person.$delete")
DISTINCT_IDS_OF_EVENTS = "event_distinct_ids"


@dataclass(frozen=True)
class ActorsQuery:
    """People whose properties match; `search` is a part of an email, name, id or distinct id.

    With a source only those of them who stand behind it.
    """

    select: tuple[str, ...] = DEFAULT_COLUMNS
    order_by: tuple[str, ...] = ()
    search: str | None = None
    properties: Properties = NO_FILTERS
    fixed_properties: Properties = NO_FILTERS
    paging: Paging = field(default_factory=Paging)
    source: ActorSource | None = None

    kind = "ActorsQuery"


def read_actors(query: Reader) -> ActorsQuery:
    """Return an ActorsQuery."""
    source = read_actor_source(query.child("source")) if query.has("source") else None
    return ActorsQuery(
        select=query.texts("select", most=MAX_COLUMNS) or _default_columns(source),
        order_by=query.texts("orderBy", most=MAX_COLUMNS),
        search=query.text("search"),
        properties=read_properties(query),
        fixed_properties=read_properties(query, "fixedProperties"),
        paging=read_paging(query),
        source=source,
    )


def _default_columns(source: ActorSource | None) -> tuple[str, ...]:
    is_trend = isinstance(source, InsightActors) and isinstance(source.insight, TrendsQuery)
    return (*DEFAULT_COLUMNS, DISTINCT_IDS_OF_EVENTS) if is_trend else DEFAULT_COLUMNS
