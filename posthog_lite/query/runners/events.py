"""Compute an EventsQuery: single events, or groups of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import field
from posthog_lite.hogql.parser import parse_expr
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.filters import properties_condition, test_account_condition
from posthog_lite.query.matching import action_condition, action_of
from posthog_lite.query.moments import read_moment
from posthog_lite.query.nodes.events import EventsQuery
from posthog_lite.query.nodes.series import ActionsNode
from posthog_lite.query.runners.listing import (
    Cell,
    Listing,
    asked,
    display_name,
    in_utc,
    listing_of,
    order_of,
    order_of_aggregates,
    order_of_names,
    properties_of,
    statement_of,
)
from posthog_lite.query.trees import FALSE, compared, equals, instant, one_of

WHOLE_EVENT = (
    "uuid", "event", "properties", "timestamp", "team_id", "distinct_id", "elements_chain",
    "created_at", "person_mode",
)  # fmt: skip
PERSON = ("id", "created_at", "properties", "is_implicit")
TIMESTAMP = field("timestamp")
DEFAULT_AFTER = "-24h"
TOLERANCE = timedelta(seconds=5)  # clocks of senders may be ahead


def compute(query: EventsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a list of events."""
    cells = _cells(context.person_names)
    listing = listing_of(query.select, cells)
    statement = statement_of(
        listing,
        ast.JoinExpr(field("events")),
        conditions=list(_conditions(query, context)),
        order_by=order_of(query.order_by, cells) or _default_order(listing),
        paging=query.paging,
    )
    return asked(listing, statement, query.paging, ask)


def _conditions(query: EventsQuery, context: QueryContext) -> Iterator[ast.Expr]:
    yield from (parse_expr(text) for text in query.where)
    yield properties_condition(query.properties, context)
    yield properties_condition(query.fixed_properties, context)
    if query.events:
        yield one_of(field("event"), query.events)
    if query.action_id is not None:
        yield action_condition(action_of(ActionsNode(id=query.action_id), context), context)
    if query.person_id:
        yield _person_condition(query.person_id)
    if query.filter_test_accounts:
        yield test_account_condition(context)
    yield from _range(query, context)


def _person_condition(text: str) -> ast.Expr:
    try:
        return equals(field("person_id"), uuid.UUID(text))
    except ValueError:
        return FALSE


def _range(query: EventsQuery, context: QueryContext) -> Iterator[ast.Expr]:
    """Return the condition for the range; both bounds are exclusive."""
    after = query.after or DEFAULT_AFTER
    if after != "all":
        yield compared(TIMESTAMP, ">", instant(_moment(after, context, "after")))
    end = _moment(query.before, context, "before") if query.before else context.now + TOLERANCE
    yield compared(TIMESTAMP, "<", instant(end))


def _moment(text: str, context: QueryContext, key: str) -> datetime:
    return read_moment(text, context, attr=f"query.{key}").at


def _default_order(listing: Listing) -> list[ast.OrderExpr]:
    if listing.expr_of("timestamp") or listing.expr_of("*"):
        return [ast.OrderExpr(TIMESTAMP, "DESC")]
    newest = ast.OrderExpr(TIMESTAMP, "DESC")  # of equal ones, so that pages do not overlap
    return order_of_aggregates(listing) or [ast.OrderExpr(listing.exprs[0]), newest]


def _event(values: list[Any]) -> dict[str, Any]:
    event = dict(zip(WHOLE_EVENT, values, strict=True))
    return event | {
        "properties": properties_of(event["properties"]),
        "timestamp": in_utc(event["timestamp"]),
        "created_at": in_utc(event["created_at"]),
    }


def _person(values: list[Any]) -> dict[str, Any]:
    """The person as far as they are known: of some there is nothing but an id."""
    distinct_id, person_id, created_at, properties, is_implicit = values
    if person_id is None or is_implicit:
        return {"distinct_id": distinct_id}
    return {
        "uuid": person_id,
        "created_at": in_utc(created_at),
        "properties": properties_of(properties),
        "distinct_id": distinct_id,
    }


def _display_name(names: Sequence[str], values: list[Any]) -> dict[str, Any]:
    distinct_id, person_id, properties = values
    name = display_name(properties_of(properties), names, distinct_id)
    return {"display_name": name, "id": person_id, "distinct_id": distinct_id}


CELLS = {
    "*": Cell(ast.Tuple(tuple(field(name) for name in WHOLE_EVENT)), _event),
    "person": Cell(
        ast.Tuple(
            (
                field("distinct_id"),
                *(field("person", name) for name in PERSON),
            )
        ),
        _person,
    ),
}


def _cells(names: Sequence[str]) -> dict[str, Cell]:
    """The columns that are objects, with people called by the properties of these names."""
    distinct_id = field("distinct_id")
    called = Cell(
        ast.Tuple((distinct_id, field("person", "id"), field("person", "properties"))),
        partial(_display_name, names),
        order_of_names(names, "person", "properties", otherwise=distinct_id),
    )
    return CELLS | {"person_display_name": called}
