"""SQL for the questions of agents: which events there are, with which properties and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.domain import DomainError
from posthog_lite.hogql.tables import SESSIONS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posthog_lite.hogql.tables import Table

    GroupTypes = Callable[[], Mapping[int, str]]

# Words in capitals between angle brackets are replaced; what callers write goes into braces.
EVENTS = """
    SELECT event, count() AS number FROM events WHERE timestamp >= now() - INTERVAL 30 DAY
    GROUP BY event ORDER BY number DESC, event LIMIT {most} OFFSET {before}
"""
PROPERTIES = """
    SELECT arrayJoin(JSONExtractKeys(properties)) AS property, count() AS number
    FROM (SELECT properties FROM <ROWS> ORDER BY <MOMENT> DESC LIMIT 1000)
    GROUP BY property ORDER BY number DESC, property LIMIT 500
"""
VALUES = """
    SELECT JSONExtract(properties, {property}, 'Nullable(String)') AS value, count() AS number
    FROM <ROWS> AND value IS NOT NULL
    GROUP BY value ORDER BY number DESC, value LIMIT 25
"""
SESSION_PROPERTIES = "SELECT arrayJoin({names}) AS property"
SESSION_VALUES = """
    SELECT toString(<COLUMN>) AS value, count() AS number FROM sessions
    WHERE $start_timestamp >= now() - INTERVAL 30 DAY AND value != ''
    GROUP BY value ORDER BY number DESC, value LIMIT 25
"""
OF_EVENT = "events WHERE timestamp >= now() - INTERVAL 30 DAY AND event = {event}"
OF_ACTION = "events WHERE timestamp >= now() - INTERVAL 30 DAY AND matchesAction(<ACTION>)"
OF_PERSONS = "persons WHERE true"
OF_GROUPS = "groups WHERE index = {index}"


class UnknownName(DomainError):
    """A kind, a property of sessions or a table that does not exist."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no `{name}`: choose of {', '.join(known)}.")


def taxonomy_query(asked: Mapping[str, Any], group_types: GroupTypes) -> dict[str, Any]:
    """Return the query that answers a question of the tool `read_taxonomy`. Raises UnknownName."""
    if asked["kind"] == "events":
        return _sql(EVENTS, most=asked["limit"], before=asked["offset"])
    wanted = asked.get("property_name")
    if asked.get("entity") == "session":
        return _of_sessions(wanted)
    rows, moment, values = _rows(asked, group_types)
    if wanted is None:
        return _sql(PROPERTIES.replace("<ROWS>", rows).replace("<MOMENT>", moment), **values)
    return _sql(VALUES.replace("<ROWS>", rows), property=wanted, **values)


def tables_text(names: Sequence[str]) -> str:
    """Return tables of SQL with their columns and joins; all unless `names` says otherwise."""
    for name in names:
        if name not in TABLES:
            raise UnknownName(name, list(TABLES))
    return "\n\n".join(_table_text(TABLES[name]) for name in names or TABLES)


def _table_text(table: Table) -> str:
    columns = [f"- {name}: {table.columns[name].type.kind}" for name in table.shown()]
    joins = [f"- {name}: row of {join.table.split()[0]}" for name, join in table.joins.items()]
    return "\n".join([table.name, *columns, *joins])


def _sql(text: str, **values: Any) -> dict[str, Any]:
    return {"kind": "HogQLQuery", "query": text, "values": values}


def _rows(
    asked: Mapping[str, Any], group_types: GroupTypes
) -> tuple[str, str, dict[str, str | int]]:
    """Return the rows that have the properties, their moment, and what stands in the braces."""
    if "event_name" in asked:
        return OF_EVENT, "timestamp", {"event": asked["event_name"]}
    if "action_id" in asked:
        return OF_ACTION.replace("<ACTION>", str(asked["action_id"])), "timestamp", {}
    if asked["entity"] == "person":
        return OF_PERSONS, "created_at", {}
    types = {name: index for index, name in group_types().items()}
    if asked["entity"] not in types:
        raise UnknownName(asked["entity"], ["person", "session", *types])
    return OF_GROUPS, "created_at", {"index": types[asked["entity"]]}


def _of_sessions(wanted: str | None) -> dict[str, Any]:
    names = SESSIONS.shown()
    if wanted is None:
        return _sql(SESSION_PROPERTIES, names=names)
    if wanted not in names:
        raise UnknownName(wanted, names)
    return _sql(SESSION_VALUES.replace("<COLUMN>", wanted))
