"""One insight as a dashboard, or the request's overrides, would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.models import Tile
from dashboards.queries.variables import normalise_variables
from dashboards.selectors.contents import DashboardContents, Overrides, shown_query
from dashboards.selectors.variables import variable_ids_by_code_name

if TYPE_CHECKING:
    from dashboards.models import Insight
    from posthog_lite.accounts.selectors import ProjectAccess


def put_in_context(
    *, insight: Insight, access: ProjectAccess, dashboard_id: int | None, overrides: Overrides
) -> Tile | None:
    """Set the insight's `shown_query` and return its live tile on the dashboard, where it has one.

    Without such a tile the overrides alone are laid over the insight's query.
    """
    tile = None if dashboard_id is None else _live_tile(insight, access, dashboard_id)
    ids = variable_ids_by_code_name(project=access.project)
    filters = {} if tile is None else tile.dashboard.filters
    variables = {} if tile is None else tile.dashboard.variables
    tile_filters = {} if tile is None else tile.filters_overrides or {}
    insight.shown_query = shown_query(
        insight=insight,
        contents=DashboardContents(
            filters={**filters, **overrides.filters},
            variables=normalise_variables({**variables, **overrides.variables}, ids),
            tiles=[],
        ),
        tile_filters={**tile_filters, **overrides.tile_filters},
        known_variables=ids,
    )
    return tile


def _live_tile(insight: Insight, access: ProjectAccess, dashboard_id: int) -> Tile | None:
    tiles = Tile.objects.for_project(access.project).filter(
        insight=insight, dashboard_id=dashboard_id, deleted=False, dashboard__deleted=False
    )
    return tiles.select_related("dashboard").first()
