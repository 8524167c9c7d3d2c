"""Queries made of filters of the old form, in which insights were written before queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.queries.old_values import cleaned

if TYPE_CHECKING:
    from collections.abc import Callable

    JSON = dict[str, Any]

ENTITY_KINDS = {
    "events": "EventsNode",
    "actions": "ActionsNode",
    "data_warehouse": "DataWarehouseNode",
}
# What a series keeps of an old entity; `id` and `type` say which node it is.
NODE_KEYS = (
    "name",
    "custom_name",
    "math",
    "math_property",
    "math_property_type",
    "math_hogql",
    "math_group_type_index",
    "properties",
    "table_name",
    "id_field",
    "timestamp_field",
    "distinct_id_field",
)
BREAKDOWN_KEYS = (
    "breakdown",
    "breakdown_type",
    "breakdowns",
    "breakdown_limit",
    "breakdown_group_type_index",
    "breakdown_normalize_url",
    "breakdown_histogram_bin_count",
    "breakdown_hide_other_aggregation",
)
# Old key: the key of the query's own filter.
TRENDS = {
    "display": "display",
    "formula": "formula",
    "formulas": "formulas",
    "smoothing_intervals": "smoothingIntervals",
    "show_legend": "showLegend",
    "show_values_on_series": "showValuesOnSeries",
    "show_percent_stack_view": "showPercentStackView",
    "aggregation_axis_format": "aggregationAxisFormat",
    "aggregation_axis_prefix": "aggregationAxisPrefix",
    "aggregation_axis_postfix": "aggregationAxisPostfix",
    "decimal_places": "decimalPlaces",
    "y_axis_scale_type": "yAxisScaleType",
}
FUNNELS = {
    "funnel_viz_type": "funnelVizType",
    "funnel_order_type": "funnelOrderType",
    "funnel_window_interval": "funnelWindowInterval",
    "funnel_window_interval_unit": "funnelWindowIntervalUnit",
    "funnel_from_step": "funnelFromStep",
    "funnel_to_step": "funnelToStep",
    "funnel_aggregate_by_hogql": "funnelAggregateByHogQL",
    "funnel_step_reference": "funnelStepReference",
    "breakdown_attribution_type": "breakdownAttributionType",
    "breakdown_attribution_value": "breakdownAttributionValue",
    "bin_count": "binCount",
    "layout": "layout",
}
RETENTION = {
    "target_entity": "targetEntity",
    "returning_entity": "returningEntity",
    "retention_type": "retentionType",
    "retention_reference": "retentionReference",
    "total_intervals": "totalIntervals",
    "period": "period",
    "cumulative": "cumulative",
    "show_mean": "showMean",
}
PATHS = {
    "include_event_types": "includeEventTypes",
    "start_point": "startPoint",
    "end_point": "endPoint",
    "path_groupings": "pathGroupings",
    "exclude_events": "excludeEvents",
    "step_limit": "stepLimit",
    "edge_limit": "edgeLimit",
    "min_edge_weight": "minEdgeWeight",
    "max_edge_weight": "maxEdgeWeight",
    "path_replacements": "pathReplacements",
    "local_path_cleaning_filters": "localPathCleaningFilters",
    "paths_hogql_expression": "pathsHogQLExpression",
}
STICKINESS = {
    "display": "display",
    "show_legend": "showLegend",
    "show_values_on_series": "showValuesOnSeries",
    "stickiness_criteria": "stickinessCriteria",
    "computed_as": "computedAs",
}
LIFECYCLE = {
    "show_legend": "showLegend",
    "show_values_on_series": "showValuesOnSeries",
    "toggledLifecycles": "toggledLifecycles",
}


def query_from_filters(filters: Any) -> JSON | None:
    """Return the query that old filters mean; None where they name no kind of insight.

    Filters that name no insight but have events or actions mean trends, as they always did.
    """
    if not isinstance(filters, dict):
        return None
    filters = cleaned(filters)
    kind = filters.get("insight")
    if kind is None and (_entities(filters, "events") or _entities(filters, "actions")):
        kind = "TRENDS"
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        return None
    return {"kind": "InsightVizNode", "source": {**make(filters), **_common(filters)}}


def _common(filters: JSON) -> JSON:
    parts: JSON = {}
    dates = {
        new: filters[old]
        for old, new in (
            ("date_from", "date_from"),
            ("date_to", "date_to"),
            ("explicit_date", "explicitDate"),
        )
        if filters.get(old) is not None
    }
    if dates:
        parts["dateRange"] = dates
    properties = filters.get("properties")
    if isinstance(properties, (list, dict)) and properties:
        parts["properties"] = _as_properties(properties)
    if isinstance(filters.get("filter_test_accounts"), bool):
        parts["filterTestAccounts"] = filters["filter_test_accounts"]
    if filters.get("sampling_factor") is not None:
        parts["samplingFactor"] = filters["sampling_factor"]
    if filters.get("aggregation_group_type_index") is not None:
        parts["aggregation_group_type_index"] = filters["aggregation_group_type_index"]
    return parts


def _as_properties(properties: Any) -> Any:
    """Return a list or a group; the oldest form is an object of keys and values."""
    if isinstance(properties, list) or isinstance(properties.get("values"), list):
        return properties
    return [_old_leaf(str(key), value) for key, value in properties.items()]


def _old_leaf(key: str, value: Any) -> JSON:
    name, _, operator = key.partition("__")
    return {"key": name, "value": value, "operator": operator or "exact", "type": "event"}


def _trends(filters: JSON) -> JSON:
    query = {"kind": "TrendsQuery", "series": _series(filters)}
    return (
        query
        | _interval(filters)
        | _breakdown(filters)
        | _compare(filters)
        | _own("trendsFilter", filters, TRENDS)
    )


def _funnels(filters: JSON) -> JSON:
    query = {"kind": "FunnelsQuery", "series": _series(filters)}
    if filters.get("funnel_viz_type") is None and filters.get("display") == "ActionsLineGraph":
        filters = {**filters, "funnel_viz_type": "trends"}  # said so before it had a key
    own = _own("funnelsFilter", filters, FUNNELS)
    exclusions = [_exclusion(one) for one in _entities(filters, "exclusions")]
    if exclusions:
        own = {"funnelsFilter": {**own.get("funnelsFilter", {}), "exclusions": exclusions}}
    return query | _interval(filters) | _breakdown(filters) | own


def _retention(filters: JSON) -> JSON:
    return (
        {"kind": "RetentionQuery"}
        | _breakdown(filters)
        | {"retentionFilter": {}}
        | _own("retentionFilter", filters, RETENTION)
    )


def _paths(filters: JSON) -> JSON:
    return {"kind": "PathsQuery", "pathsFilter": {}} | _own("pathsFilter", filters, PATHS)


def _stickiness(filters: JSON) -> JSON:
    query = {"kind": "StickinessQuery", "series": _series(filters)}
    return (
        query
        | _interval(filters)
        | _compare(filters)
        | _own("stickinessFilter", filters, STICKINESS)
    )


def _lifecycle(filters: JSON) -> JSON:
    query = {"kind": "LifecycleQuery", "series": _series(filters)}
    return query | _interval(filters) | _own("lifecycleFilter", filters, LIFECYCLE)


def _series(filters: JSON) -> list[JSON]:
    """Return the nodes of events, actions and tables, in the order that the entities say."""
    entities = [
        (entity, kind)
        for name, kind in ENTITY_KINDS.items()
        for entity in _entities(filters, name)
        if name != "actions" or entity.get("id") is not None
    ]
    entities.sort(key=lambda pair: _order(pair[0]))
    return [_node(entity, kind) for entity, kind in entities]


def _node(entity: JSON, kind: str) -> JSON:
    node: JSON = {"kind": kind}
    identity = entity.get("id")
    if kind == "EventsNode":
        node["event"] = identity if isinstance(identity, str) else None
    elif kind == "ActionsNode":
        node["id"] = _number(identity)
    else:
        node |= {"id": identity, "table_name": str(entity.get("table_name") or identity)}
    node |= {key: entity[key] for key in NODE_KEYS if entity.get(key) is not None}
    if isinstance(node.get("properties"), dict):
        node["properties"] = _as_properties(node["properties"])
    return node


def _exclusion(entity: JSON) -> JSON:
    kind = "ActionsNode" if entity.get("type") == "actions" else "EventsNode"
    steps = {
        new: entity[old]
        for old, new in (
            ("funnel_from_step", "funnelFromStep"),
            ("funnel_to_step", "funnelToStep"),
        )
        if old in entity
    }
    return _node(entity, kind) | steps


def _interval(filters: JSON) -> JSON:
    interval = filters.get("interval")
    return {"interval": interval} if isinstance(interval, str) and interval else {}


def _breakdown(filters: JSON) -> JSON:
    own = {key: filters[key] for key in BREAKDOWN_KEYS if filters.get(key) is not None}
    return {"breakdownFilter": own} if "breakdown" in own or "breakdowns" in own else {}


def _compare(filters: JSON) -> JSON:
    if filters.get("compare") is None and filters.get("compare_to") is None:
        return {}
    own: JSON = {"compare": bool(filters.get("compare"))}
    if filters.get("compare_to") is not None:
        own["compare_to"] = filters["compare_to"]
    return {"compareFilter": own}


def _own(name: str, filters: JSON, keys: dict[str, str]) -> JSON:
    own = {new: filters[old] for old, new in keys.items() if filters.get(old) is not None}
    return {name: own} if own else {}


def _entities(filters: JSON, name: str) -> list[JSON]:
    found = filters.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _order(entity: JSON) -> float:
    order = entity.get("order")
    return order if isinstance(order, (int, float)) else 0


def _number(identity: Any) -> Any:
    text = str(identity)
    is_number = text.isascii() and text.isdigit()
    return int(text) if is_number and len(text) < 19 else text


_MAKERS: dict[str, Callable[[JSON], JSON]] = {
    "TRENDS": _trends,
    "FUNNELS": _funnels,
    "RETENTION": _retention,
    "PATHS": _paths,
    "STICKINESS": _stickiness,
    "LIFECYCLE": _lifecycle,
}
