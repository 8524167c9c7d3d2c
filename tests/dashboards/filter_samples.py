"""Layers of filters and queries to try them on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dashboards.filters.apply import Applied
from dashboards.filters.layers import FilterLayer
from dashboards.queries.kinds import SOURCE_KINDS

FREE = {"key": "plan", "type": "event", "operator": "exact", "value": ["free"]}
PAID = {"key": "plan", "type": "event", "operator": "exact", "value": ["paid"]}
CHROME = {"key": "$browser", "type": "event", "operator": "exact", "value": "Chrome"}
TRENDS = {
    "kind": "TrendsQuery",
    "series": [{"kind": "EventsNode", "event": "$pageview"}],
    "interval": "day",
    "dateRange": {"date_from": "-7d", "date_to": "-1d"},
}
SQL = {"kind": "HogQLQuery", "query": "select 1 where {filters}"}

leaves = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["plan", "$browser"]),
        "type": st.sampled_from(["event", "cohort"]),
        "operator": st.sampled_from(["exact", "is_not", "is_set", "is_not_set", "icontains"]),
        "value": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
    }
)
dates = st.sampled_from([None, "-7d", "2026-01-01", "all"])
filters = st.fixed_dictionaries(
    {},
    optional={
        "date_from": dates,
        "date_to": dates,
        "explicitDate": st.sampled_from([None, True, False]),
        "interval": st.sampled_from([None, "hour", "week"]),
        "filterTestAccounts": st.sampled_from([None, True, False]),
        "breakdown_filter": st.sampled_from([None, {"breakdown": "$browser"}]),
        "properties": st.one_of(
            st.none(),
            st.lists(leaves, max_size=3),
            st.fixed_dictionaries({"type": st.just("AND"), "values": st.lists(leaves, max_size=2)}),
        ),
    },
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "values", "key", "value", "operator", "properties"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
names = ["kind", "date_from", "properties", "interval", "breakdown_filter", "dateRange", "series"]
junk_objects = st.dictionaries(st.sampled_from([*names, "filters", "nodes"]), junk, max_size=6)
sources = st.builds(
    lambda kind, body: {**body, "kind": kind}, st.sampled_from(sorted(SOURCE_KINDS)), junk_objects
)


def apply_filters(query: dict[str, Any], layer: dict[str, Any]) -> dict[str, Any]:
    return Applied(FilterLayer.read(layer)).to(query)


def applied(query: dict[str, Any], **layer: Any) -> dict[str, Any]:
    return apply_filters(query, layer)


def merge_tile_layer(dashboard: dict[str, Any], tile: dict[str, Any]) -> dict[str, Any]:
    """Both layers as one, in the form in which filters are sent."""
    layer = FilterLayer.read(tile).over(FilterLayer.read(dashboard))
    said = {
        "date_from": layer.date_from,
        "date_to": layer.date_to,
        "explicitDate": layer.explicit_date,
        "properties": [part.to_json() for part in layer.properties] or None,
        "breakdown_filter": layer.breakdown_filter,
        "interval": layer.interval,
        "filterTestAccounts": layer.filter_test_accounts,
    }
    return {name: value for name, value in said.items() if value is not None}
