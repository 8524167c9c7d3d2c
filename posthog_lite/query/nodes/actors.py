"""ActorsQuery: the people of a project, by columns that are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.events import MAX_COLUMNS, Paging, read_paging
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader

DEFAULT_COLUMNS = ("person", "id", "person.$delete")


@dataclass(frozen=True)
class ActorsQuery:
    """People whose properties match; `search` is a part of an email, name, id or distinct id."""

    select: tuple[str, ...] = DEFAULT_COLUMNS
    order_by: tuple[str, ...] = ()
    search: str | None = None
    properties: Properties = NO_FILTERS
    fixed_properties: Properties = NO_FILTERS
    paging: Paging = field(default_factory=Paging)

    kind = "ActorsQuery"


def read_actors(query: Reader) -> ActorsQuery:
    """Return an ActorsQuery."""
    if query.has("source"):
        raise UnsupportedQuery("Actors of an insight are not computed.", attr="query.source")
    return ActorsQuery(
        select=query.texts("select", most=MAX_COLUMNS) or DEFAULT_COLUMNS,
        order_by=query.texts("orderBy", most=MAX_COLUMNS),
        search=query.text("search"),
        properties=read_properties(query),
        fixed_properties=read_properties(query, "fixedProperties"),
        paging=read_paging(query),
    )
