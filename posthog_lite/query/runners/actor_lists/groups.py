"""Groups in a list: their columns, filters and cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import field
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.actors import ActorsQuery
from posthog_lite.query.patterns import literal_pattern
from posthog_lite.query.runners.actor_lists.tables import ActorCell, ActorTable
from posthog_lite.query.runners.listing import Cell, in_utc, properties_of
from posthog_lite.query.trees import any_of, compared

KEY = field("key")


def groups_table(query: ActorsQuery, group_type_index: int) -> ActorTable:
    """The groups of a type that a query lists."""
    if query.properties.members or query.fixed_properties.members:
        raise UnsupportedQuery("Groups are searched, not filtered by properties.")
    columns = (KEY, field("properties"), field("created_at"))
    cell = Cell(ast.Tuple(columns), partial(_group, group_type_index), KEY)
    return ActorTable(
        name="groups",
        id=KEY,
        cells={"group": cell, "actor": cell},
        columns=("group",),
        conditions=_conditions(query),
        of_type=compared(field("groups", "index"), "==", group_type_index),
    )


def _conditions(query: ActorsQuery) -> Sequence[ast.Expr]:
    text = (query.search or "").strip()
    if not text:
        return ()
    pattern = f"%{literal_pattern(text)}%"
    columns = (field("properties", "name"), KEY)
    return (any_of(compared(column, "ilike", pattern) for column in columns),)


def _group(group_type_index: int, values: list[Any]) -> ActorCell:
    key, properties, created_at = values
    group = ActorCell(id=key, type="group", group_key=key, group_type_index=group_type_index)
    if created_at is None:
        return group
    known = properties_of(properties)
    group.update(properties=known, group_properties=known, created_at=in_utc(created_at))
    return group
