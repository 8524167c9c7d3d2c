"""The people that SQL names by their ids."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, field
from posthog_lite.hogql.parser import parse_select
from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.nodes.sql import HogQLQuery
from posthog_lite.query.runners.actor_sources.choices import Behind
from posthog_lite.query.sql_placeholders import fill_placeholders
from posthog_lite.query.trees import is_not_null, select

ID_COLUMNS = ("actor_id", "person_id", "id")


def sql_actors(query: HogQLQuery, context: QueryContext) -> Behind:
    """Rows of `actor_id`."""
    tree = fill_placeholders(parse_select(query.query), query, context)
    actor = call("toUUID", call("toString", field(_id_column(tree))))
    rows = select({"actor": actor}, tree)
    known = is_not_null(field("actor"))
    return Behind(select({"actor_id": field("actor")}, rows, where=[known], group_by=["actor_id"]))


def _id_column(tree: ast.Select) -> str:
    while isinstance(tree, ast.SelectSetQuery):
        tree = tree.initial_select_query
    names = [_name(column) for column in tree.select]
    found = [name for name in ID_COLUMNS if name in names]
    if not found:
        raise InvalidQuery(
            "A source in SQL needs a column called id, person_id or actor_id.",
            attr="query.source.query",
        )
    return found[0]


def _name(column: ast.Expr) -> str | None:
    if isinstance(column, ast.Alias):
        return column.alias
    return str(column.chain[-1]) if isinstance(column, ast.Field) else None
