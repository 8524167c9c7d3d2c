"""What a dashboard lays over the insights on it: filters and variables, with the request's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from orjson import Fragment

from dashboards.queries.apply_filters import apply_filters
from dashboards.queries.filter_layers import merge_tile_layer
from dashboards.queries.variables import (
    apply_variables,
    normalise_query_variables,
    normalise_variables,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY = "{}"  # how PostgreSQL writes an empty object
VARIABLES_KEY = '"variables"'


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a request lays over the stored filters and variables, without storing it."""

    filters: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    tile_filters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: dict[str, Any]) -> Overrides:
        """From the three query parameters, already read."""
        return cls(
            query["filters_override"], query["variables_override"], query["tile_filters_override"]
        )


@dataclass(frozen=True, slots=True)
class Layers:
    """A dashboard's filters and variables as they hold for one answer, or those of a request alone.

    `variable_ids` are the project's variables by code name, by which stored values are re-keyed.
    """

    filters: dict[str, Any]
    variables: dict[str, Any]
    tile_filters: dict[str, Any]
    variable_ids: Mapping[str, str]

    @classmethod
    def lay(
        cls,
        *,
        filters: str = EMPTY,
        variables: str = EMPTY,
        overrides: Overrides,
        variable_ids: Mapping[str, str],
    ) -> Layers:
        """The request's over the stored ones, which come as JSON text."""
        laid = {**_loads(variables), **overrides.variables}
        return cls(
            {**_loads(filters), **overrides.filters},
            normalise_variables(laid, variable_ids),
            overrides.tile_filters,
            variable_ids,
        )

    def shown_query(self, query: str | None, *, tile_filters: str | None = None) -> Any:
        """An insight's query, which is JSON text, under these layers and a tile's own filters.

        Text that nothing is laid over is not read: it goes into the answer as it is stored.
        """
        if query is None:
            return None
        own = {**_loads(tile_filters or EMPTY), **self.tile_filters}
        filters = merge_tile_layer(self.filters, own) if own or self.filters else {}
        if not filters and VARIABLES_KEY not in query:
            return Fragment(query)
        stored = normalise_query_variables(orjson.loads(query), self.variable_ids)
        return apply_variables(apply_filters(stored, filters), self.variables)


def _loads(text: str) -> dict[str, Any]:
    if text == EMPTY:
        return {}
    found: dict[str, Any] = orjson.loads(text) or {}
    return found
