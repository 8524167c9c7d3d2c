"""The bucket and the value of a breakdown that a source of actors names, and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import constant, field
from posthog_lite.hogql.tables import GROUP_TYPES
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange
from posthog_lite.query.errors import InvalidQuery, UnsupportedQuery
from posthog_lite.query.moments import read_moment
from posthog_lite.query.nodes.actor_sources import InsightActors, Period, Value
from posthog_lite.query.runners.listing import Cell
from posthog_lite.query.trees import FALSE, all_of, array, compared

PERSON = field("person_id")
GROUPS: dict[ast.Expr, int] = {field(f"$group_{index}"): index for index in range(GROUP_TYPES)}


def bucket_start(day: str, dates: QueryDateRange, context: QueryContext, path: str) -> datetime:
    """The start of the bucket that a day or a moment lies in."""
    start = dates.floor(read_moment(day, context, attr=f"{path}.day").at)
    if start not in dates.starts:
        raise InvalidQuery(f"{day[:50]} is not in the range of the insight.", attr=f"{path}.day")
    return start


def chosen_series(source: InsightActors, many: int) -> int:
    """The place of the series."""
    if source.series >= many:
        raise InvalidQuery("There is no such series.", attr=f"{source.path}.series")
    return source.series


def chosen_period(source: InsightActors, periods: list[QueryDateRange]) -> int:
    """The place of the period: 0 for the current one, 1 for the one it is compared with."""
    if source.period is Period.CURRENT:
        return 0
    if len(periods) < 2:
        raise InvalidQuery(
            "The insight is not compared with another period.", attr=f"{source.path}.compare"
        )
    return 1


@dataclass(frozen=True)
class Behind:
    """The actors behind a number: rows of `actor_id`, and the type of groups if they are that.

    `cells` are columns that are made of those of the rows.
    """

    rows: ast.SelectQuery
    group_type_index: int | None = None
    cells: Mapping[str, Cell] = dataclass_field(default_factory=dict)


def group_type_of(actor: ast.Expr) -> int | None:
    """The type of the groups that are counted, none for persons; refuse anything else."""
    if actor not in (PERSON, *GROUPS):
        raise UnsupportedQuery("Persons and groups are listed, not values of expressions.")
    return GROUPS.get(actor)


def has_value(
    column: ast.Expr, wanted: Value, known: Iterable[tuple[Value, Any]], other: Value
) -> ast.Expr:
    """The condition that a column has the value of that name; `other` is everything not `known`."""
    names = dict(known)
    if wanted == other and other not in names:
        return all_of(compared(column, "!=", _constant(value)) for value in names.values())
    return compared(column, "==", _constant(names[wanted])) if wanted in names else FALSE


def _constant(value: Any) -> ast.Expr:
    return array(value) if isinstance(value, list) else constant(value)
