"""How a dashboard's filters and a tile's merge. Pure functions; nothing given to them is changed.

From weak to strong: the query's own, the dashboard's (with the request's override), the tile's.
"""

from __future__ import annotations

from typing import Any

from dashboards.queries.contradictions import and_leaves, contradict

# Filters are stored as clients send them: a value of another type counts as not given.
TYPES: dict[str, type] = {
    "date_from": str,
    "date_to": str,
    "explicitDate": bool,
    "breakdown_filter": dict,
    "interval": str,
    "filterTestAccounts": bool,
}
DATES = ("date_from", "date_to")
SINGLE_VALUES = ("breakdown_filter", "interval", "filterTestAccounts")

Filters = dict[str, Any]


def merge_tile_layer(dashboard: Filters | None, tile: Filters | None) -> Filters:
    """The tile's filters over the dashboard's, with only what is given.

    Both dates come from the tile when it has either; properties add up, without those of the
    dashboard that the tile's rule out.
    """
    weak, strong = dashboard or {}, tile or {}
    winners = filter_leaves(strong)
    kept = [leaf for leaf in filter_leaves(weak) if not _ruled_out(leaf, winners)]
    dated = strong if has_dates(strong) else weak
    merged = {name: given(dated, name) for name in (*DATES, "explicitDate")}
    for name in SINGLE_VALUES:
        own = given(strong, name)
        merged[name] = given(weak, name) if own is None else own
    merged["properties"] = kept + winners or None
    return {name: value for name, value in merged.items() if value is not None}


def given(filters: Filters, name: str) -> Any:
    """The value of one filter; None where it is missing, empty or of a wrong type."""
    value = filters.get(name)
    return value if isinstance(value, TYPES[name]) and value not in ("", {}) else None


def has_dates(filters: Filters) -> bool:
    return any(given(filters, name) is not None for name in DATES)


def filter_leaves(filters: Filters) -> list[dict[str, Any]]:
    """The property filters of a layer, flat: all of them must hold."""
    return and_leaves(filters.get("properties")) or []


def _ruled_out(leaf: dict[str, Any], winners: list[dict[str, Any]]) -> bool:
    return any(contradict(leaf, winner) for winner in winners)
