"""What a dashboard shows: its tiles, and filters and variables with the request's overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboards.queries.apply_filters import apply_filters
from dashboards.queries.filter_layers import merge_tile_layer
from dashboards.queries.variables import (
    apply_variables,
    normalise_query_variables,
    normalise_variables,
)
from dashboards.selectors.tiles import DEFAULT_LAYOUT_SIZE, list_tiles
from dashboards.selectors.variables import variable_ids_by_code_name

if TYPE_CHECKING:
    from dashboards.models import Dashboard, Insight, Tile
    from posthog_lite.accounts.selectors import ProjectAccess


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
class DashboardContents:
    """A dashboard's filters and variables as they apply now, and its live tiles in order.

    Each insight carries `shown_query`: its query with all layers applied.
    """

    filters: dict[str, Any]
    variables: dict[str, Any]
    tiles: list[Tile]


def get_contents(
    *,
    dashboard: Dashboard,
    access: ProjectAccess,
    overrides: Overrides,
    layout_size: str = DEFAULT_LAYOUT_SIZE,
) -> DashboardContents:
    """Everything inside the dashboard, in four queries at most."""
    ids = variable_ids_by_code_name(project=access.project)
    contents = DashboardContents(
        filters={**dashboard.filters, **overrides.filters},
        variables=normalise_variables({**dashboard.variables, **overrides.variables}, ids),
        tiles=list_tiles(dashboard=dashboard, layout_size=layout_size),
    )
    for tile in contents.tiles:
        if tile.insight is not None:
            tile.insight.shown_query = shown_query(
                insight=tile.insight,
                contents=contents,
                tile_filters={**(tile.filters_overrides or {}), **overrides.tile_filters},
                known_variables=ids,
            )
    return contents


def shown_query(
    *,
    insight: Insight,
    contents: DashboardContents,
    tile_filters: dict[str, Any],
    known_variables: dict[str, str],
) -> dict[str, Any] | None:
    """The insight's query under the dashboard's filters, the tile's filters and the variables."""
    filters = merge_tile_layer(contents.filters, tile_filters)
    query = normalise_query_variables(insight.query, known_variables)
    return apply_variables(apply_filters(query, filters), contents.variables)
