"""Compute an ActorsQuery: the people of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.hogql.placeholders import transform
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.filters import properties_condition
from posthog_lite.query.nodes.actors import ActorsQuery
from posthog_lite.query.nodes.properties import PropertyGroup, PropertyKind
from posthog_lite.query.patterns import literal_pattern
from posthog_lite.query.runners.actor_sources import actors_of
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
from posthog_lite.query.trees import any_of, compared, one_of

ID = field("id")
SOURCE = "behind"
ACTOR_ID = field(SOURCE, "actor_id")
MAX_DISTINCT_IDS = 101
PERSON_KINDS = (PropertyKind.PERSON, PropertyKind.HOGQL, PropertyKind.EMPTY)


def compute(query: ActorsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a list of people."""
    _check_filters(query.properties)
    _check_filters(query.fixed_properties)
    cells = _cells(context.person_names)
    listing = listing_of(query.select, cells)
    order_by = order_of(listing, query.order_by, cells) or _default_order(listing)
    statement = statement_of(
        listing,
        ast.JoinExpr(field("persons")),
        conditions=list(_conditions(query, context)),
        order_by=order_by,
        paging=query.paging,
    )
    if query.source is not None:
        statement = _behind(statement, actors_of(query.source, context, ask))
    answer = asked(listing, statement, query.paging, ask)
    people = [cell for row in answer["results"] for cell in row if isinstance(cell, _Person)]
    _add_distinct_ids(people, ask)
    return answer | {"missing_actors_count": sum("properties" not in cell for cell in people)}


def _behind(statement: ast.SelectQuery, source: ast.SelectQuery) -> ast.SelectQuery:
    """The statement over the people of a source; some of them may have no profile."""
    profiles = ast.JoinExpr(
        field("persons"),
        join_type="LEFT JOIN",
        constraint=ast.JoinConstraint("ON", compared(ACTOR_ID, "==", field("persons", "id"))),
    )
    joined = replace(_with_ids_of_source(statement), select_from=None)
    return replace(joined, select_from=ast.JoinExpr(source, alias=SOURCE, next_join=profiles))


def _with_ids_of_source(statement: ast.SelectQuery) -> ast.SelectQuery:
    """The statement with the source's id in place of the profile's, which may be missing."""

    def change(node: ast.Node) -> ast.Node | None:
        if isinstance(node, ast.SelectQuery) and node is not statement:
            return node
        return ACTOR_ID if node == ID else None

    return transform(statement, change)


def _check_filters(group: PropertyGroup) -> None:
    for member in group.members:
        if isinstance(member, PropertyGroup):
            _check_filters(member)
        elif member.kind not in PERSON_KINDS:
            raise UnsupportedQuery("Actors are filtered by properties of persons only.")


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


def _default_order(listing: Listing) -> list[ast.OrderExpr]:
    aggregates = order_of_aggregates(listing)
    if aggregates:
        return aggregates
    if listing.expr_of("created_at"):
        return [ast.OrderExpr(field("created_at"), "DESC"), ast.OrderExpr(ID)]
    return [ast.OrderExpr(listing.exprs[0])]


def _add_distinct_ids(people: list[_Person], ask: Ask) -> None:
    """Put the distinct ids of people into their cells."""
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


class _Person(dict[str, Any]):
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


CELLS = {
    "person": Cell(
        ast.Tuple((ID, field("properties"), field("is_identified"), field("created_at"))), _person
    ),
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
