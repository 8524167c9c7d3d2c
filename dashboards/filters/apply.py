"""Queries under a layer of filters. Pure functions; nothing given to them is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.filters.conflicts import Winners, without_contradicted
from dashboards.filters.layers import NOTHING
from dashboards.queries.kinds import REACH, SQL_KIND, Reach
from dashboards.queries.properties import is_flat, is_group, read_properties

if TYPE_CHECKING:
    from dashboards.filters.layers import FilterLayer
    from dashboards.queries.properties import JSON

# Columns of a warehouse table are not properties of events.
WAREHOUSE_SUFFIX = "DataWarehouseNode"


class Applied:
    """A layer that is applied to any number of queries; what it compares is prepared once."""

    def __init__(self, layer: FilterLayer) -> None:
        self._layer = layer
        self._winners = Winners(layer.properties)
        self._added = [part.to_json() for part in layer.properties]
        self._is_something = layer != NOTHING

    def __bool__(self) -> bool:
        return self._is_something

    def to(self, query: JSON) -> JSON:
        """Return the query under the layer; wrappers and kinds it does not reach stay."""
        if not self:
            return query
        source = query.get("source")
        if isinstance(source, dict):
            return {**query, "source": self._to_source(source)}
        return self._to_source(query)

    def _to_source(self, source: JSON) -> JSON:
        kind = source.get("kind")
        if kind == SQL_KIND:
            return self._to_sql(source)
        reach = REACH.get(kind) if isinstance(kind, str) else None
        return source if reach is None else {**source, **self._changes(source, reach)}

    def _changes(self, source: JSON, reach: Reach) -> JSON:
        """Return what changes in a source that is not SQL."""
        changes = self._dates(source, reach) if self._layer.has_dates else {}
        if self._added:
            own = source.get("properties")
            changes["properties"] = self._conjunction(own, as_list=reach.properties == "list")
            if isinstance(source.get("series"), list):
                changes["series"] = [self._node(node) for node in source["series"]]
        singles = {
            "breakdownFilter": self._layer.breakdown_filter if reach.breakdown else None,
            "interval": self._layer.interval if reach.interval else None,
            "filterTestAccounts": self._layer.filter_test_accounts,
        }
        return changes | {name: value for name, value in singles.items() if value is not None}

    def _dates(self, source: JSON, reach: Reach) -> JSON:
        """Return both bounds, also when only one is given: half of a kept range misleads."""
        layer = self._layer
        if reach.dates == "bounds":
            return {"after": layer.date_from, "before": layer.date_to}
        changes: JSON = {"dateRange": self._date_range(source.get("dateRange"))}
        if layer.explicit_date is not None:
            changes["dateRange"]["explicitDate"] = layer.explicit_date
        compare = source.get("compareFilter")
        if layer.date_from == "all" and isinstance(compare, dict) and compare.get("compare"):
            changes["compareFilter"] = {**compare, "compare": False}
        return changes

    def _to_sql(self, source: JSON) -> JSON:
        """Lay the layer over `filters`, which the text of the SQL refers to as `{filters}`."""
        stored = source.get("filters")
        own: JSON = stored if isinstance(stored, dict) else {}
        layer = self._layer
        changes: JSON = {}
        if layer.has_dates:
            explicit = {"explicitDate": bool(layer.explicit_date)}
            changes["dateRange"] = self._date_range(own.get("dateRange")) | explicit
        if self._added:
            changes["properties"] = self._conjunction(own.get("properties"), as_list=True)
        singles = {
            "breakdownFilter": layer.breakdown_filter,
            "interval": layer.interval,
            "filterTestAccounts": layer.filter_test_accounts,
        }
        changes |= {name: value for name, value in singles.items() if value is not None}
        return {**source, "filters": {**own, **changes}} if changes else source

    def _date_range(self, own: Any) -> JSON:
        kept = own if isinstance(own, dict) else {}
        return {**kept, "date_from": self._layer.date_from, "date_to": self._layer.date_to}

    def _conjunction(self, own: Any, *, as_list: bool) -> Any:
        """Return the query's own properties and the layer's, in the form that its kind takes."""
        own = without_contradicted(own, self._winners)
        parts = read_properties(own)
        if as_list:
            return [part.to_json() for part in parts] + self._added
        added = {"type": "AND", "values": self._added}
        if not parts:
            is_list = is_flat(self._layer.properties)
            return self._added if is_list else {"type": "AND", "values": [added]}
        group = own if is_group(own) else {"type": "AND", "values": own}
        return {"type": "AND", "values": [group, added]}

    def _node(self, node: Any) -> Any:
        """Return a series without the filters that the layer rules out."""
        if not isinstance(node, dict) or str(node.get("kind")).endswith(WAREHOUSE_SUFFIX):
            return node
        changes: JSON = {}
        if node.get("properties"):
            changes["properties"] = without_contradicted(node["properties"], self._winners)
        if isinstance(node.get("nodes"), list):
            changes["nodes"] = [self._node(inner) for inner in node["nodes"]]
        return {**node, **changes}
