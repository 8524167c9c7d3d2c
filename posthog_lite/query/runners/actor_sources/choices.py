"""The bucket and the value of a breakdown that a source of actors names, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import constant, field
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange
from posthog_lite.query.errors import InvalidQuery, UnsupportedQuery
from posthog_lite.query.moments import read_moment
from posthog_lite.query.nodes.actor_sources import InsightActors, Period, Value
from posthog_lite.query.trees import FALSE, all_of, array, compared

PERSON = field("person_id")


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


def check_persons(actor: ast.Expr) -> None:
    """Refuse what counts anything but persons."""
    if actor != PERSON:
        raise UnsupportedQuery("Only persons are listed, not groups or values of expressions.")


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
