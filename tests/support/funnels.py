"""Funnels over January, and events of its second day."""

from __future__ import annotations

from typing import Any

from tests.support.asking import Json, event, series

UP, VIEW, BUY = series("up"), series("view"), series("buy")


def funnel(*steps: Json, unit: str = "day", window: int | None = 14, **shown: Any) -> Json:
    """A funnel over January; keys outside the filter are given as `query`."""
    more = shown.pop("query", {})
    return {
        "kind": "FunnelsQuery",
        "series": list(steps) or [UP, BUY],
        "dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-31"},
        "funnelsFilter": {
            "funnelWindowInterval": window,
            "funnelWindowIntervalUnit": unit,
            **shown,
        },
        **more,
    }


def at(seconds: int, name: str, who: str = "anna", **properties: Any) -> Json:
    """An event so many seconds after midnight of the second of January."""
    minutes, second = divmod(seconds, 60)
    return event(who, f"2020-01-02T00:{minutes:02}:{second:02}", name, **properties)


def excluding(first: int = 0, last: int = 1, name: str = "x", **more: Any) -> Json:
    return {**series(name), "funnelFromStep": first, "funnelToStep": last, **more}


def counts(answer: Json) -> list[int]:
    return [row["count"] for row in answer["results"]]


def by_value(answer: Json) -> dict[tuple[str, ...], list[int]]:
    return {
        tuple(rows[0]["breakdown_value"]): [row["count"] for row in rows]
        for rows in answer["results"]
    }


def by(name: str = "x", **more: Any) -> Json:
    return {"breakdownFilter": {"breakdown": name, "breakdown_type": "event", **more}}
