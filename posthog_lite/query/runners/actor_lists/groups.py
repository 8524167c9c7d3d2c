"""Groups in a list: their columns, filters and cells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import field
from posthog_lite.hogql.placeholders import transform
from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.filters import properties_condition
from posthog_lite.query.nodes.actors import ActorsQuery
from posthog_lite.query.nodes.properties import PropertyFilter, PropertyKind
from posthog_lite.query.patterns import literal_pattern
from posthog_lite.query.runners.actor_lists.tables import ActorCell, ActorTable
from posthog_lite.query.runners.listing import Cell, in_utc, properties_of
from posthog_lite.query.trees import any_of, compared

KEY = field("key")


def groups_table(query: ActorsQuery, context: QueryContext, group_type_index: int) -> ActorTable:
    """The groups of a type that a query lists."""
    for found in (*query.properties.filters, *query.fixed_properties.filters):
        if not _is_of(group_type_index, found):
            raise UnsupportedQuery("Groups are filtered by properties of their own type only.")
    columns = (KEY, field("properties"), field("created_at"))
    cell = Cell(ast.Tuple(columns), partial(_group, group_type_index), KEY)
    return ActorTable(
        name="groups",
        id=KEY,
        cells={"group": cell, "actor": cell},
        columns=("group",),
        conditions=tuple(_conditions(query, context, group_type_index)),
        of_type=compared(field("groups", "index"), "==", group_type_index),
    )


def _is_of(group_type_index: int, found: PropertyFilter) -> bool:
    if found.kind is PropertyKind.GROUP:
        return found.group_type_index == group_type_index
    return found.kind in (PropertyKind.HOGQL, PropertyKind.EMPTY)


def _conditions(
    query: ActorsQuery, context: QueryContext, group_type_index: int
) -> Iterator[ast.Expr]:
    for filters in (query.properties, query.fixed_properties):
        yield _of_groups(properties_condition(filters, context), group_type_index)
    text = (query.search or "").strip()
    if text:
        pattern = f"%{literal_pattern(text)}%"
        columns = (field("properties", "name"), KEY)
        yield any_of(compared(column, "ilike", pattern) for column in columns)


def _of_groups(condition: ast.Expr, group_type_index: int) -> ast.Expr:
    """The condition with `group_0.x` as `x`: the table is that of groups itself."""
    owner = f"group_{group_type_index}"

    def change(node: ast.Node) -> ast.Node | None:
        if not isinstance(node, ast.Field):
            return None
        if node.chain == (f"${owner}",):
            return KEY
        is_own = node.chain[0] == owner and len(node.chain) > 1
        return ast.Field(node.chain[1:]) if is_own else None

    return transform(condition, change)


def _group(group_type_index: int, values: list[Any]) -> ActorCell:
    key, properties, created_at = values
    group = ActorCell(id=key, type="group", group_key=key, group_type_index=group_type_index)
    if created_at is None:
        return group
    known = properties_of(properties)
    group.update(properties=known, group_properties=known, created_at=in_utc(created_at))
    return group
