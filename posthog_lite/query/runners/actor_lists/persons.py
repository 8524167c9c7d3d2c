"""Persons in a list: their columns, filters and cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.hogql.placeholders import transform
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.filters import properties_condition
from posthog_lite.query.nodes.actor_sources import InsightActors
from posthog_lite.query.nodes.actors import ActorsQuery
from posthog_lite.query.nodes.properties import PropertyKind
from posthog_lite.query.nodes.trends import TrendsQuery
from posthog_lite.query.patterns import literal_pattern
from posthog_lite.query.runners.actor_lists.tables import ActorCell, ActorTable
from posthog_lite.query.runners.listing import (
    Cell,
    display_name,
    in_utc,
    order_of_names,
    properties_of,
)
from posthog_lite.query.trees import any_of, compared, one_of

ID = field("id")
MAX_DISTINCT_IDS = 101
PERSON_KINDS = (PropertyKind.PERSON, PropertyKind.HOGQL, PropertyKind.EMPTY)
COLUMNS = ("person", "id", "person.$delete")
DISTINCT_IDS_OF_EVENTS = "event_distinct_ids"


def persons_table(query: ActorsQuery, context: QueryContext) -> ActorTable:
    """The persons that a query lists."""
    for found in (*query.properties.filters, *query.fixed_properties.filters):
        if found.kind not in PERSON_KINDS:
            raise UnsupportedQuery("Actors are filtered by properties of persons only.")
    return ActorTable(
        name="persons",
        id=ID,
        cells=_cells(context.person_names),
        columns=_columns(query),
        conditions=tuple(_conditions(query, context)),
    )


def _columns(query: ActorsQuery) -> Sequence[str]:
    source = query.source
    is_trend = isinstance(source, InsightActors) and isinstance(source.insight, TrendsQuery)
    return (*COLUMNS, DISTINCT_IDS_OF_EVENTS) if is_trend else COLUMNS


def _conditions(query: ActorsQuery, context: QueryContext) -> Iterator[ast.Expr]:
    yield _of_persons(properties_condition(query.properties, context))
    yield _of_persons(properties_condition(query.fixed_properties, context))
    if query.search and query.search.strip():
        yield _search(query.search.strip())


def _of_persons(condition: ast.Expr) -> ast.Expr:
    """The condition with `person.x` as `x`: the table is that of persons itself."""

    def change(node: ast.Node) -> ast.Node | None:
        if isinstance(node, ast.Field) and node.chain[0] == "person" and len(node.chain) > 1:
            return ast.Field(node.chain[1:])
        return None

    return transform(condition, change)


def _search(text: str) -> ast.Expr:
    pattern = f"%{literal_pattern(text)}%"
    ids = ast.SelectQuery(
        select=(field("person_id"),),
        select_from=ast.JoinExpr(field("person_distinct_ids")),
        where=compared(field("distinct_id"), "ilike", pattern),
    )
    return any_of(
        [
            compared(field("properties", "email"), "ilike", pattern),
            compared(field("properties", "name"), "ilike", pattern),
            compared(call("toString", ID), "ilike", pattern),
            compared(ID, "in", ids),
        ]
    )


def add_distinct_ids(actors: Iterable[ActorCell], ask: Ask) -> None:
    """Put the distinct ids of persons into their cells."""
    people = [actor for actor in actors if isinstance(actor, _Person)]
    if not people:
        return
    statement = ast.SelectQuery(
        select=(
            call("toString", field("person_id")),
            call("groupArray", field("distinct_id"), params=(constant(MAX_DISTINCT_IDS),)),
        ),
        select_from=ast.JoinExpr(field("person_distinct_ids")),
        where=one_of(call("toString", field("person_id")), [person["id"] for person in people]),
        group_by=(field("person_id"),),
    )
    known = {person_id: sorted(ids) for person_id, ids in ask(statement)}
    for person in people:
        person["distinct_ids"] = known.get(person["id"], [])


class _Person(ActorCell):
    """The cell of a person."""


def _person(values: list[Any]) -> dict[str, Any]:
    person_id, properties, is_identified, created_at = values
    if created_at is None:
        return _Person(id=person_id, distinct_ids=[])
    return _Person(
        id=person_id,
        properties=properties_of(properties),
        is_identified=bool(is_identified),
        created_at=in_utc(created_at),
        distinct_ids=[],
    )


def _display_name(names: Sequence[str], values: list[Any]) -> dict[str, Any]:
    person_id, properties = values
    name = display_name(properties_of(properties), names, person_id)
    return {"display_name": name, "id": person_id}


def _nothing(_: Any) -> None:
    """The cell of a column for buttons."""


PERSON = Cell(
    ast.Tuple((ID, field("properties"), field("is_identified"), field("created_at"))), _person
)
CELLS = {
    "person": PERSON,
    "actor": PERSON,
    "person.$delete": Cell(constant(1), _nothing),
}


def _cells(names: Sequence[str]) -> dict[str, Cell]:
    """The columns that are objects, with people called by the properties of these names."""
    called = Cell(
        ast.Tuple((ID, field("properties"))),
        partial(_display_name, names),
        ast.Tuple((order_of_names(names, "properties", otherwise=ID), ID)),
    )
    return CELLS | {"person_display_name": called}
