"""The values that events have, the most frequent first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import DomainError
from posthog_lite.events.models import PropertyDefinition, PropertyKind
from posthog_lite.events.outbox import move_waiting
from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.execution import context_of, executor
from posthog_lite.query.trees import compared, equals, instant, one_of, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from posthog_lite.accounts.models import Project

MOST_VALUES = 10
LOOKED_BACK = timedelta(days=7)
CUSTOM_EVENT = "custom_event"  # stands for the names of events that SDKs do not send themselves
COLUMNS = {
    "event": field("event"),
    "distinct_id": field("distinct_id"),
    "person_id": call("toString", field("person_id")),
}


class UnknownColumn(DomainError):
    """Values are asked for of a column that events do not have."""

    def __init__(self) -> None:
        super().__init__(f"Columns are {', '.join(COLUMNS)}.", attr="key")


def list_event_values(
    *,
    project: Project,
    key: str,
    value: str,
    event_names: Sequence[str],
    is_column: bool,
    now: datetime,
) -> list[str]:
    """The most frequent values of a property, or a column, in the last week.

    Those of a hidden property are not told. Raises UnknownColumn.
    """
    if is_column and key not in COLUMNS:
        raise UnknownColumn
    if not is_column and _is_hidden(project, key):
        return []
    move_waiting(project_id=project.pk)
    context = context_of(project, now)
    text = COLUMNS[key] if is_column else _property(key)
    conditions = [
        compared(field("timestamp"), ">=", instant(now - LOOKED_BACK)),
        compared(call("ifNull", text, constant("")), "!=", ""),
        *([one_of(field("event"), event_names)] if event_names else []),
        *([_holds(text, value)] if value else []),
        *([_is_custom()] if key == CUSTOM_EVENT and not is_column else []),
    ]
    tree = replace(
        select(
            {"name": text, "number": call("count")}, "events", where=conditions, group_by=["name"]
        ),
        order_by=(ast.OrderExpr(field("number"), "DESC"), ast.OrderExpr(field("name"))),
        limit=constant(MOST_VALUES),
    )
    release_connection()
    names = [item for name, _ in executor(context)(tree) for item in _items(str(name))]
    return list(dict.fromkeys(names))


def _is_hidden(project: Project, name: str) -> bool:
    named = PropertyDefinition.objects.for_project(project).filter(name=name, hidden=True)
    return named.filter(type=PropertyKind.EVENT).exists()


def _property(key: str) -> ast.Expr:
    if key == CUSTOM_EVENT:
        return COLUMNS["event"]
    return call("JSONExtract", field("properties"), constant(key), constant("Nullable(String)"))


def _holds(text: ast.Expr, value: str) -> ast.Expr:
    return compared(call("positionCaseInsensitive", text, constant(value)), ">", 0)


def _is_custom() -> ast.Expr:
    return equals(call("startsWith", field("event"), constant("$")), 0)


def _items(text: str) -> Iterator[str]:
    """Return values, each item of a list as one of its own."""
    try:
        found = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        yield text
        return
    for item in found:
        yield item if isinstance(item, str) else json.dumps(item)
