"""ActorsQuery: the people of a project, by columns that are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthog_lite.query.nodes.actor_sources import ActorSource, read_actor_source
from posthog_lite.query.nodes.events import MAX_COLUMNS, Paging, read_paging
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader


@dataclass(frozen=True)
class ActorsQuery:
    """People whose properties match; `search` is a part of an email, name, id or distinct id.

    With a source only those who stand behind it, who may be groups. Without columns the usual ones.
    """

    select: tuple[str, ...] = ()
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
        select=query.texts("select", most=MAX_COLUMNS),
        order_by=query.texts("orderBy", most=MAX_COLUMNS),
        search=query.text("search"),
        properties=read_properties(query),
        fixed_properties=read_properties(query, "fixedProperties"),
        paging=read_paging(query),
        source=source,
    )
