"""One insight read as an answer: as a dashboard shows it, or under the request's overrides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboards.filters.dashboard_layers import EMPTY, VARIABLES_KEY, Layers
from dashboards.models import Tile
from dashboards.selectors.insights import context_of, insights_visible_to
from dashboards.selectors.results import result_keys
from dashboards.selectors.variables import variable_ids_by_code_name
from dashboards.shapes.insight import Insight, InsightBasic, stored_query
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery, fetch_values, json_as_stored
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dashboards.filters.dashboard_layers import Overrides
    from dashboards.selectors.results import Asking
    from posthog_lite.accounts.access import ProjectAccess


@dataclass(frozen=True, slots=True)
class TileContext:
    """The live tile that shows an insight on a dashboard, and what that dashboard lays over it."""

    color: str | None
    layouts: str
    tile_filters: str | None
    filters: str
    variables: str


@dataclass(frozen=True, slots=True)
class ReadInsight:
    """The row that was found, and its answer with the query as it is shown."""

    row: Any
    shape: dict[str, Any]


def read_insight(
    *,
    access: ProjectAccess,
    lookup: str | int,
    overrides: Overrides,
    basic: bool = False,
    dashboard_id: int | None = None,
    include_deleted: bool = False,
    asking: Asking | None = None,
) -> ReadInsight:
    """Return the insight named by id or short id, in the context of a dashboard that shows it.

    It has a result where `asking` says how fresh it is to be.

    Its answer then has the tile's `color` and `layouts`. Without such a tile the overrides alone
    are laid over the query. Raises Missing.
    """
    row = _find(access.project, str(lookup))
    if row is None or (row.deleted and not include_deleted):
        raise Missing("Not found.")
    tile = None if dashboard_id is None else _find_tile(access.project, row.id, dashboard_id)
    query = _shown_query(row, access.project, tile, overrides)
    context = context_of([row], access)
    if basic:
        answer = InsightBasic.make(row, context, query=query)
    else:
        answer = Insight.make(row, context, query=query, **_result(access.project, query, asking))
    if tile is not None:
        answer |= {"color": tile.color, "layouts": json_as_stored(tile.layouts)}
    return ReadInsight(row, answer)


def _result(project: Project, query: Any, asking: Asking | None) -> dict[str, Any]:
    if asking is None or query is None:
        return {}
    [pending] = asking.ask(project, [query])
    return result_keys(pending.get())


def _by_id(project: int, pk: int) -> QuerySet[Any, Any]:
    rows = insights_visible_to(project=Project(pk=project), include_deleted=True)
    return rows.filter(pk=pk).values_list(*Insight.reads())


def _by_short_id(project: int, short_id: str) -> QuerySet[Any, Any]:
    rows = insights_visible_to(project=Project(pk=project), include_deleted=True)
    return rows.filter(short_id=short_id).values_list(*Insight.reads())


BY_ID = CompiledQuery(_by_id, project=int, pk=int)
BY_SHORT_ID = CompiledQuery(_by_short_id, project=int, short_id=str)


def _find(project: Project, lookup: str) -> Any:
    """Look for one id after the other, where `named_insights` looks for either.

    With stale statistics PostgreSQL may look for either in all insights of the project.
    """
    if not lookup.isascii() or not lookup.isalnum():
        return None
    number = parse_row_id(lookup)
    rows = [] if number is None else BY_ID.rows(project=project.pk, pk=number)
    rows = rows or BY_SHORT_ID.rows(project=project.pk, short_id=lookup)
    return Insight.row(rows[0]) if rows else None


def _find_tile(project: Project, insight_id: int, dashboard_id: int) -> TileContext | None:
    tiles = Tile.objects.for_project(project).filter(insight=insight_id, dashboard_id=dashboard_id)
    tiles = tiles.on_live_dashboards()
    columns = ("color", "layouts", "filters_overrides", "dashboard__filters")
    rows = fetch_values(tiles.values_list(*columns, "dashboard__variables"))
    return TileContext(*rows[0]) if rows else None


def _shown_query(row: Any, project: Project, tile: TileContext | None, overrides: Overrides) -> Any:
    stored = stored_query(row)
    needs_variables = stored is not None and VARIABLES_KEY in stored
    layers = Layers(
        filters=tile.filters if tile else EMPTY,
        variables=tile.variables if tile else EMPTY,
        overrides=overrides,
        variable_ids=variable_ids_by_code_name(project=project) if needs_variables else {},
    )
    return layers.shown_query(stored, tile_filters=tile.tile_filters if tile else None)
