"""What a dashboard's filters make of a query. Pure functions; nothing given to them is changed."""

from __future__ import annotations

from typing import Any

from dashboards.queries.contradictions import and_leaves, without_contradicted
from dashboards.queries.filter_layers import (
    DATES,
    SINGLE_VALUES,
    Filters,
    filter_leaves,
    given,
    has_dates,
)
from dashboards.queries.kinds import REACH, SQL_KIND, Reach

SQL_NAMES = {"breakdown_filter": "breakdownFilter"}

Query = dict[str, Any]


def apply_filters(query: Query | None, filters: Filters) -> Query | None:
    """The query as it is with these merged filters; wrappers and unknown kinds stay as they are."""
    if not query or not filters:
        return query
    source = query.get("source")
    if isinstance(source, dict):
        return {**query, "source": _apply_to_source(source, filters)}
    return _apply_to_source(query, filters)


def _apply_to_source(source: Query, filters: Filters) -> Query:
    kind = source.get("kind")
    if kind == SQL_KIND:
        return _apply_to_sql(source, filters)
    reach = REACH.get(kind) if isinstance(kind, str) else None
    return source if reach is None else {**source, **_changes(source, filters, reach)}


def _changes(source: Query, filters: Filters, reach: Reach) -> Query:
    """What the filters change in a source that is not SQL."""
    changes: Query = {}
    if has_dates(filters):
        changes |= _dates(source, filters, reach)
    leaves = filter_leaves(filters)
    if leaves:
        own = without_contradicted(source.get("properties"), leaves)
        changes["properties"] = _conjunction(own, leaves, as_list=reach.properties == "list")
        if isinstance(source.get("series"), list):
            changes["series"] = [_series_node(node, leaves) for node in source["series"]]
    singles = {
        "breakdownFilter": given(filters, "breakdown_filter") if reach.breakdown else None,
        "interval": given(filters, "interval") if reach.interval else None,
        "filterTestAccounts": given(filters, "filterTestAccounts"),
    }
    return changes | {name: value for name, value in singles.items() if value is not None}


def _dates(source: Query, filters: Filters, reach: Reach) -> Query:
    """Both bounds, also when only one is given: half of a kept range would be silent nonsense."""
    if reach.dates == "bounds":
        return {"after": given(filters, "date_from"), "before": given(filters, "date_to")}
    changes: Query = {"dateRange": _date_range(source.get("dateRange"), filters)}
    if given(filters, "explicitDate") is not None:
        changes["dateRange"]["explicitDate"] = filters["explicitDate"]
    compare = source.get("compareFilter")
    if (
        given(filters, "date_from") == "all"
        and isinstance(compare, dict)
        and compare.get("compare")
    ):
        changes["compareFilter"] = {**compare, "compare": False}
    return changes


def _apply_to_sql(source: Query, filters: Filters) -> Query:
    """SQL takes them as `filters`, which its text refers to with `{filters}`."""
    stored = source.get("filters")
    own: Query = stored if isinstance(stored, dict) else {}
    changes: Query = {}
    if has_dates(filters):
        date_range = _date_range(own.get("dateRange"), filters)
        changes["dateRange"] = {**date_range, "explicitDate": bool(given(filters, "explicitDate"))}
    leaves = filter_leaves(filters)
    if leaves:
        kept = without_contradicted(own.get("properties"), leaves)
        changes["properties"] = _conjunction(kept, leaves, as_list=True)
    for name in SINGLE_VALUES:
        if given(filters, name) is not None:
            changes[SQL_NAMES.get(name, name)] = filters[name]
    return {**source, "filters": {**own, **changes}} if changes else source


def _date_range(own: Any, filters: Filters) -> Query:
    kept = own if isinstance(own, dict) else {}
    return {**kept, **{name: given(filters, name) for name in DATES}}


def _conjunction(own: Any, leaves: list[Query], *, as_list: bool) -> Any:
    """The query's own properties and the layer's, in the form the kind understands."""
    values = own.get("values") if isinstance(own, dict) else own
    if not values:
        return leaves
    flat = and_leaves(own)
    if as_list and flat is not None:
        return flat + leaves
    group = own if isinstance(own, dict) else {"type": "AND", "values": own}
    return {"type": "AND", "values": [group, {"type": "AND", "values": leaves}]}


def _series_node(node: Any, leaves: list[Query]) -> Any:
    """A series without the filters the layer rules out; warehouse columns are not properties."""
    if not isinstance(node, dict) or node.get("kind") == "DataWarehouseNode":
        return node
    changes: Query = {}
    if node.get("properties"):
        changes["properties"] = without_contradicted(node["properties"], leaves)
    if isinstance(node.get("nodes"), list):
        changes["nodes"] = [_series_node(inner, leaves) for inner in node["nodes"]]
    return {**node, **changes}
