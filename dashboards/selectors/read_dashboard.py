"""Dashboards read as answers, straight from the database; JSON stays the text it is stored as."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject

from dashboards.filters.dashboard_layers import Layers, Overrides
from dashboards.models import InsightVariable
from dashboards.selectors.dashboards import (
    DashboardFilters,
    dashboards_visible_to,
    filter_dashboards,
    list_dashboards,
)
from dashboards.selectors.read_tiles import DEFAULT_LAYOUT_SIZE, Tiles, read_tiles
from dashboards.shapes.dashboard import Dashboard, DashboardBasic
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.context import Context
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import CompiledPages, Listing, only_page
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dashboards.selectors.results import Asking
    from posthog_lite.database.compiled import Row

    Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WholeDashboard:
    """A dashboard and its tiles; `shape` gives the answer, `head` the answer without tiles."""

    row: Any
    head: Answer
    tiles: Tiles

    def shape(self) -> Answer:
        return {**self.head, "tiles": self.tiles.shape_all()}


def _access(project: int, user: int) -> ProjectAccess:
    return ProjectAccess(Project(pk=project), User(pk=user), None)


def _whole(project: int, user: int, pk: int) -> QuerySet[Any, Any]:
    variables = InsightVariable.objects.for_project(Project(pk=project))
    pairs = variables.values(row=JSONObject(code_name="code_name", id="id"))
    rows = dashboards_visible_to(access=_access(project, user), include_deleted=True)
    rows = rows.filter(pk=pk).annotate(project_variables=ArraySubquery(pairs))
    return rows.values_list(*Dashboard.reads())


def _listed(project: int, user: int) -> QuerySet[Any]:
    return list_dashboards(access=_access(project, user), filters=DashboardFilters())


def _page(project: int, user: int, limit: int, offset: int) -> QuerySet[Any, Any]:
    return only_page(_listed(project, user), limit, offset).values_list(*DashboardBasic.reads())


WHOLE = CompiledQuery(_whole, project=int, user=int, pk=int)
PAGE = CompiledPages(_page, project=int, user=int)
# The caller has no part in which dashboards are listed.
COUNTED = CompiledQuery(
    lambda project: _listed(project, 0).order_by().values_list("pk"), project=int
)


def read_dashboard(
    *,
    access: ProjectAccess,
    dashboard_id: int,
    overrides: Overrides,
    include_deleted: bool = False,
    layout_size: str = DEFAULT_LAYOUT_SIZE,
    only_two_tiles: bool = False,
    asking: Asking | None = None,
) -> WholeDashboard:
    """Return the dashboard with all on it, its later tiles only when asked for. Raises Missing.

    Insights have results where `asking` says how fresh they are to be.
    """
    found = WHOLE.rows(project=access.project.pk, user=access.user.pk, pk=dashboard_id)
    row = Dashboard.Row._make(found[0]) if found else None
    if row is None or (row.deleted and not include_deleted):
        raise Missing("Not found.")
    layers = Layers(
        filters=row.filters,
        variables=row.variables,
        overrides=overrides,
        variable_ids=_variable_ids(row.project_variables),
    )
    tiles = read_tiles(
        access=access,
        dashboard_id=row.id,
        author_id=row.created_by_id,
        layers=layers,
        layout_size=layout_size,
        only_two=only_two_tiles,
        asking=asking,
    )
    head = Dashboard.make(row, tiles.context, filters=layers.filters, variables=layers.variables)
    del head["tiles"]
    return WholeDashboard(row, head, tiles)


def is_found_under(
    *, access: ProjectAccess, dashboard_id: int, tags: list[str], creation_mode: str
) -> bool:
    """Tell whether the two list filters that narrow a look-up by id leave the dashboard."""
    if not tags and not creation_mode:
        return True
    rows = dashboards_visible_to(access=access).filter(pk=dashboard_id)
    rows = filter_dashboards(rows, project=access.project, tags=tags, creation_mode=creation_mode)
    return rows.exists()


def read_dashboards(*, access: ProjectAccess, filters: DashboardFilters) -> Listing:
    """Return the list, as `list_dashboards` filters and orders it."""
    shape = partial(_shape_rows, access=access)
    if filters != DashboardFilters():
        rows = list_dashboards(access=access, filters=filters)
        return Listing.of_rows(rows, columns=DashboardBasic.reads(), shape=shape)
    return Listing.of_compiled(
        PAGE,
        count=partial(COUNTED.count, project=access.project.pk),
        shape=shape,
        project=access.project.pk,
        user=access.user.pk,
    )


def _shape_rows(rows: list[Row], *, access: ProjectAccess) -> list[Answer]:
    found = [DashboardBasic.Row._make(row) for row in rows]
    people = get_people((row.created_by_id for row in found), caller=access.user)
    context = Context(access, people)
    return [DashboardBasic.make(row, context) for row in found]


def _variable_ids(pairs: list[str]) -> dict[str, str]:
    found = (orjson.loads(pair) for pair in pairs)
    return {pair["code_name"]: pair["id"] for pair in found}
