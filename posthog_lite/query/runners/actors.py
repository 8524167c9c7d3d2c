"""Compute an ActorsQuery: the people of a project, or the groups behind a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import constant, field
from posthog_lite.hogql.placeholders import transform
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.actors import ActorsQuery
from posthog_lite.query.runners.actor_lists.groups import groups_table
from posthog_lite.query.runners.actor_lists.persons import add_distinct_ids, persons_table
from posthog_lite.query.runners.actor_lists.tables import ActorCell, ActorTable
from posthog_lite.query.runners.actor_sources import actors_of
from posthog_lite.query.runners.actor_sources.choices import Behind
from posthog_lite.query.runners.listing import (
    Cell,
    Listing,
    asked,
    listing_of,
    order_of,
    order_of_aggregates,
    statement_of,
)
from posthog_lite.query.trees import all_of, compared

ID = field("id")
SOURCE = "behind"
ACTOR_ID = field(SOURCE, "actor_id")


def _no_recordings(_: Any) -> list[Any]:
    """Return the recordings of somebody, of whom none are kept."""
    return []


RECORDINGS = {"matched_recordings": Cell(constant(""), _no_recordings)}


def compute(query: ActorsQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a list of actors."""
    behind = None if query.source is None else actors_of(query.source, context, ask)
    table = _table(query, behind, context)
    cells = table.cells if behind is None else {**table.cells, **behind.cells, **RECORDINGS}
    listing = listing_of(query.select or table.columns, cells)
    order_by = order_of(query.order_by, cells) or _default_order(listing, table)
    statement = statement_of(
        listing,
        ast.JoinExpr(field(table.name)),
        conditions=table.conditions,
        order_by=order_by,
        paging=query.paging,
    )
    if behind is not None:
        statement = _behind(statement, table, behind.rows)
    answer = asked(listing, statement, query.paging, ask)
    actors = [cell for row in answer["results"] for cell in row if isinstance(cell, ActorCell)]
    add_distinct_ids(actors, ask)
    return answer | {"missing_actors_count": sum("properties" not in cell for cell in actors)}


def _table(query: ActorsQuery, behind: Behind | None, context: QueryContext) -> ActorTable:
    if behind is None or behind.group_type_index is None:
        return persons_table(query, context)
    return groups_table(query, context, behind.group_type_index)


def _behind(
    statement: ast.SelectQuery, table: ActorTable, source: ast.SelectQuery
) -> ast.SelectQuery:
    """The statement over the actors of a source; some of them may have no profile."""
    is_same = compared(ACTOR_ID, "==", field(table.name, *table.id.chain))
    profiles = ast.JoinExpr(
        field(table.name),
        join_type="LEFT JOIN",
        constraint=ast.JoinConstraint("ON", all_of((is_same, table.of_type))),
    )
    joined = replace(_with_ids_of_source(statement, table), select_from=None)
    return replace(joined, select_from=ast.JoinExpr(source, alias=SOURCE, next_join=profiles))


def _with_ids_of_source(statement: ast.SelectQuery, table: ActorTable) -> ast.SelectQuery:
    """The statement with the source's id in place of the profile's, which may be missing."""

    def change(node: ast.Node) -> ast.Node | None:
        if isinstance(node, ast.SelectQuery) and node is not statement:
            return node
        return ACTOR_ID if node in (ID, table.id) else None

    return transform(statement, change)


def _default_order(listing: Listing, table: ActorTable) -> list[ast.OrderExpr]:
    aggregates = order_of_aggregates(listing)
    if aggregates:
        return aggregates
    if listing.expr_of("created_at"):
        return [ast.OrderExpr(field("created_at"), "DESC"), ast.OrderExpr(table.id)]
    return [ast.OrderExpr(listing.exprs[0])]
