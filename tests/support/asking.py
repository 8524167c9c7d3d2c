"""Small worlds of events, and the answers of queries over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Json = dict[str, Any]


def event(who: str, at: str, name: str = "view", **properties: Any) -> Json:
    """An event; `at` may be a bare day, which is its noon, and is UTC without a zone."""
    at = at if "T" in at else f"{at}T12:00:00"
    at = at if at.endswith("Z") or "+" in at else f"{at}Z"
    return {"event": name, "distinct_id": who, "timestamp": at, "properties": properties}


def person(*distinct_ids: str, created_at: str | None = None, **properties: Any) -> Json:
    """A person with one or more ids."""
    found: Json = {"distinct_ids": list(distinct_ids), "properties": properties}
    return found | ({"created_at": created_at} if created_at else {})


def series(name: str | None = "view", **more: Any) -> Json:
    """A series of events of one name."""
    return {"kind": "EventsNode", "event": name, **more}


def where(key: str, value: Any = None, operator: str = "exact", **more: Any) -> Json:
    """A filter of an event property."""
    return {"key": key, "value": value, "operator": operator, "type": "event", **more}


def trends(
    *many: Mapping[str, Any],
    date_from: str | None = "2020-01-01",
    date_to: str | None = "2020-01-03",
    interval: str = "day",
    **more: Any,
) -> Json:
    """A trends query of one or more series."""
    dates = {"date_from": date_from, "date_to": date_to}
    return {
        "kind": "TrendsQuery",
        "series": list(many) or [series()],
        "dateRange": dates | more.pop("dateRange", {}),
        "interval": interval,
        **more,
    }


class Asking(Protocol):
    """The fixture `ask`: stores events in a project of their own and answers a query."""

    def __call__(
        self,
        query: Mapping[str, Any],
        *events: Json,
        persons: tuple[Json, ...] = (),
        now: str = "2020-01-03T12:00:00Z",
        timezone: str = "UTC",
        week_start: int = 0,
        **settings: Any,
    ) -> Json:
        """The answer."""


def of(insight: Json, **source: Any) -> Json:
    """The people behind a number of an insight."""
    return {"kind": "InsightActorsQuery", "source": insight, **source}


def actors(source: Json, **more: Any) -> Json:
    return {"kind": "ActorsQuery", "source": source, **more}


def data(answer: Mapping[str, Any]) -> list[Any]:
    """The numbers of each row."""
    return [row["data"] for row in answer["results"]]


def values(answer: Mapping[str, Any]) -> list[Any]:
    """The breakdown value of each row."""
    return [row["breakdown_value"] for row in answer["results"]]


def counts(answer: Mapping[str, Any]) -> list[Any]:
    """The count of each row."""
    return [row["count"] for row in answer["results"]]


def totals(answer: Mapping[str, Any]) -> list[Any]:
    """The one number of each row."""
    return [row["aggregated_value"] for row in answer["results"]]
