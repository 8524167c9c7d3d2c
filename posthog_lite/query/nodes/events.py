"""EventsQuery: single events, or groups of them, by columns that are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader

DEFAULT_ROWS = 100
MAX_ROWS = 50_000
MAX_COLUMNS = 100


@dataclass(frozen=True)
class Paging:
    """The page of a list that is shown."""

    limit: int = DEFAULT_ROWS
    offset: int = 0


def read_paging(query: Reader) -> Paging:
    """Return the page that a query asks for; a larger limit than is allowed is lowered."""
    limit = query.integer("limit", minimum=1)
    offset = query.integer("offset")
    return Paging(min(limit or DEFAULT_ROWS, MAX_ROWS), offset or 0)


@dataclass(frozen=True)
class EventsQuery:
    """Events of a time; `select`, `where` and `order_by` are HogQL."""

    select: tuple[str, ...]
    where: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    events: tuple[str, ...] = ()
    action_id: int | None = None
    person_id: str | None = None
    properties: Properties = NO_FILTERS
    fixed_properties: Properties = NO_FILTERS
    filter_test_accounts: bool = False
    paging: Paging = field(default_factory=Paging)

    kind = "EventsQuery"


def read_events(query: Reader) -> EventsQuery:
    """Return an EventsQuery."""
    event = query.text("event")
    return EventsQuery(
        select=query.texts("select", most=MAX_COLUMNS) or ("*",),
        where=query.texts("where", most=MAX_COLUMNS),
        order_by=query.texts("orderBy", most=MAX_COLUMNS),
        after=query.text("after"),
        before=query.text("before"),
        events=((event,) if event else ()) + query.texts("events"),
        action_id=query.integer("actionId"),
        person_id=query.text("personId"),
        properties=read_properties(query),
        fixed_properties=read_properties(query, "fixedProperties"),
        filter_test_accounts=query.flag("filterTestAccounts"),
        paging=read_paging(query),
    )
