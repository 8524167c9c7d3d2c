"""Queries that a new insight in the admin can begin with, made of a few plain answers."""

from __future__ import annotations

from typing import Any

MOST_EVENTS = 20
TREND, NUMBER, BARS, FUNNEL, SQL, JSON = "trend", "number", "bars", "funnel", "sql", "json"
CHOICES = [
    (TREND, "Events over time"),
    (NUMBER, "Number of events"),
    (BARS, "Events by a property"),
    (FUNNEL, "Funnel of several events"),
    (SQL, "SQL"),
    (JSON, "A query as JSON"),
]
DISPLAYS = {TREND: "ActionsLineGraph", NUMBER: "BoldNumber", BARS: "ActionsBarValue"}
# The field that holds what a query was made of, where something is wrong with it.
FIELD_OF = {SQL: "sql", JSON: "query"}


def query_from(
    starting_point: str, *, events: list[str], breakdown: str, sql: str
) -> dict[str, Any]:
    """Return the query that a starting point other than JSON asks for."""
    if starting_point == SQL:
        source: dict[str, Any] = {"kind": "HogQLQuery", "query": sql}
        return {"kind": "DataVisualizationNode", "source": source}
    series = [_series(event) for event in events or [""]]
    if starting_point == FUNNEL:
        source = {"kind": "FunnelsQuery", "series": series, "dateRange": {"date_from": "-30d"}}
        return {"kind": "InsightVizNode", "source": source}
    source = {
        "kind": "TrendsQuery",
        "series": series,
        "dateRange": {"date_from": "-30d"},
        "interval": "day",
        "trendsFilter": {"display": DISPLAYS[starting_point]},
    }
    if starting_point == BARS:
        source["breakdownFilter"] = {"breakdown": breakdown, "breakdown_type": "event"}
    return {"kind": "InsightVizNode", "source": source}


def read_names(text: str) -> list[str]:
    """Return the names in a line, which commas keep apart."""
    return [name for part in text.split(",") if (name := part.strip())]


def problem_of(starting_point: str, *, events: list[str], breakdown: str, sql: str) -> Any:
    """Return the field that is lacking and what to say of it; None where nothing is."""
    if starting_point == SQL and not sql:
        return "sql", "Write the SQL here."
    if starting_point == BARS and not breakdown:
        return "breakdown", "Name a property of the events."
    if starting_point == FUNNEL and len(events) < 2:
        return "events", "A funnel needs two events or more, separated by commas."
    if len(events) > MOST_EVENTS:
        return "events", f"At most {MOST_EVENTS} events."
    return None


def _series(event: str) -> dict[str, Any]:
    """Return a series of one event; an empty name stands for all events."""
    return {"kind": "EventsNode", "event": event or None, "math": "total"}
