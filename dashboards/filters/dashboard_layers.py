"""The layers over the insights of a dashboard: filters and variables, with the request's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from orjson import Fragment

from dashboards.filters.apply import Applied
from dashboards.filters.layers import FilterLayer
from dashboards.filters.limits import MOST_BYTES, MOST_LEAVES, InvalidFilters
from dashboards.filters.variables import (
    apply_variables,
    ids_by_code_name,
    normalise_query_variables,
    normalise_variables,
    variables_of,
)
from dashboards.queries.properties import count_leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.queries.properties import JSON

EMPTY = "{}"  # how PostgreSQL writes an empty object
VARIABLES_KEY = '"variables"'
# Stored text has blanks that the measured JSON has not.
LONGEST_STORED = 2 * MOST_BYTES


@dataclass(frozen=True, slots=True)
class Overrides:
    """The filters and variables that a request applies over stored ones, without storing them."""

    filters: JSON = field(default_factory=dict)
    variables: JSON = field(default_factory=dict)
    tile_filters: JSON = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: dict[str, Any]) -> Overrides:
        """Return those of the three query parameters, already read."""
        return cls(
            query["filters_override"], query["variables_override"], query["tile_filters_override"]
        )


class Layers:
    """A dashboard's filters and variables as they hold for one answer, or those of a request alone.

    Stored values come as JSON text and are read once. `variable_ids` are the project's variables
    by code name, by which stored values are re-keyed.
    """

    def __init__(
        self,
        *,
        filters: str = EMPTY,
        variables: str = EMPTY,
        overrides: Overrides,
        variable_ids: Mapping[str, str],
    ) -> None:
        self.filters = {**_loads(filters), **overrides.filters}
        self.variables = normalise_variables(
            {**_loads(variables), **overrides.variables}, variable_ids
        )
        self._tile_filters = overrides.tile_filters
        self._variable_ids = variable_ids
        self._layer = FilterLayer.read(self.filters)
        self._of_dashboard = Applied(self._layer)
        self._is_too_large = max(len(filters), len(variables)) > LONGEST_STORED or _is_too_large(
            self._layer
        )

    def shown_query(self, query: str | None, *, tile_filters: str | None = None) -> Any:
        """Return a query, which is JSON text, under these layers and a tile's own filters.

        Text that nothing is applied to is not read: it goes into the answer as it is stored.
        Raises InvalidFilters where more is stored than could be stored today.
        """
        if query is None:
            return None
        applied = self._for_tile(tile_filters or EMPTY)
        if not applied and VARIABLES_KEY not in query:
            return Fragment(query)
        return self._lay(query, applied)

    def effective_query(self, query: str, *, tile_filters: str | None = None) -> Any:
        """Return what `shown_query` shows as plain data: this is what is to be computed."""
        return self._lay(query, self._for_tile(tile_filters or EMPTY))

    def _lay(self, text: str, applied: Applied) -> Any:
        query = orjson.loads(text)
        if not isinstance(query, dict):
            return query
        stored = normalise_query_variables(query, self._variable_ids)
        return apply_variables(applied.to(stored), self.variables)

    def _for_tile(self, tile_filters: str) -> Applied:
        """Return the dashboard's layer under the tile's own. Raises InvalidFilters."""
        if tile_filters == EMPTY and not self._tile_filters and not self._is_too_large:
            return self._of_dashboard
        own = {**_loads(tile_filters), **self._tile_filters}
        layer = FilterLayer.read(own)
        if self._is_too_large or len(tile_filters) > LONGEST_STORED or _is_too_large(layer):
            raise InvalidFilters("There are more filters than can be applied.", attr="filters")
        return Applied(layer.over(self._layer)) if own else self._of_dashboard


def _is_too_large(layer: FilterLayer) -> bool:
    return count_leaves(layer.properties) > MOST_LEAVES


def _loads(text: str) -> JSON:
    if text == EMPTY:
        return {}
    found = orjson.loads(text)
    return found if isinstance(found, dict) else {}


def lay_over(query: JSON, filters: JSON, variables: JSON) -> JSON:
    """Return a query under filters and variables of a request, as a dashboard applies its own.

    Raises InvalidFilters.
    """
    # Names that the request does not override keep the ids that the query gives them.
    ids = ids_by_code_name(variables_of(query)) | ids_by_code_name(variables)
    overrides = Overrides(filters=filters, variables=variables)
    layers = Layers(overrides=overrides, variable_ids=ids)
    found: JSON = layers.effective_query(orjson.dumps(query).decode())
    return found
