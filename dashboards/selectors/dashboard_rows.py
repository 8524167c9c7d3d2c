"""Dashboards as answers show them, straight from the database; JSON stays the text it is stored as.

The shapes are those that `dashboards.serializers.dashboard` documents; a test proves them equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from orjson import Fragment

from dashboards.filters.dashboard_layers import EMPTY, Layers, Overrides
from dashboards.models import InsightVariable
from dashboards.selectors.dashboards import (
    DashboardFilters,
    dashboards_visible_to,
    filter_dashboards,
    list_dashboards,
)
from dashboards.selectors.rights import EVERYONE, privilege_level, user_access_level
from dashboards.selectors.tile_rows import DEFAULT_LAYOUT_SIZE, Tiles, read_tiles
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery, json_as_stored
from posthog_lite.database.listing import Listing, only_page
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.people import Person
    from posthog_lite.database.compiled import Row

    Shape = dict[str, Any]


WHOLE_KEYS = (
    "id",
    "name",
    "description",
    "pinned",
    "created_at",
    "created_by",
    "last_accessed_at",
    "last_viewed_at",
    "is_shared",
    "deleted",
    "creation_mode",
    "filters",
    "variables",
    "breakdown_colors",
    "data_color_theme_id",
    "tags",
    "restriction_level",
    "effective_restriction_level",
    "effective_privilege_level",
    "user_access_level",
    "access_control_version",
    "last_refresh",
    "persisted_filters",
    "persisted_variables",
    "team_id",
)


class BasicRow(NamedTuple):
    """The columns of a dashboard in a list, and what `dashboards_visible_to` adds to them."""

    id: int
    name: str | None
    description: str
    pinned: bool
    created_at: datetime
    created_by_id: int | None
    last_accessed_at: datetime | None
    viewed_at: datetime | None
    shared: bool
    deleted: bool
    creation_mode: str
    tag_names: list[str]
    restriction_level: int
    last_refresh: datetime | None
    collaborator_level: int | None


class ContentsRow(NamedTuple):
    """What a whole dashboard has besides."""

    filters: str
    variables: str
    breakdown_colors: str | None
    data_color_theme_id: int | None
    project_variables: list[str]


@dataclass(frozen=True, slots=True)
class WholeDashboard:
    """A dashboard and its tiles; `shape` gives the answer, `head` the answer without tiles."""

    row: BasicRow
    head: Shape
    tiles: Tiles

    def shape(self) -> Shape:
        return {**self.head, "tiles": self.tiles.shape_all()}


def _access(project: int, user: int) -> ProjectAccess:
    return ProjectAccess(Project(pk=project), User(pk=user), None)


def _whole(project: int, user: int, pk: int) -> QuerySet[Any, Any]:
    variables = InsightVariable.objects.for_project(Project(pk=project))
    pairs = variables.values(row=JSONObject(code_name="code_name", id="id"))
    rows = dashboards_visible_to(access=_access(project, user), include_deleted=True)
    rows = rows.filter(pk=pk).annotate(project_variables=ArraySubquery(pairs))
    return rows.values_list(*BasicRow._fields, *ContentsRow._fields)


def _listed(project: int, user: int) -> QuerySet[Any]:
    return list_dashboards(access=_access(project, user), filters=DashboardFilters())


WHOLE = CompiledQuery(_whole, project=int, user=int, pk=int)


def _page(project: int, user: int, limit: int, offset: int) -> QuerySet[Any, Any]:
    return only_page(_listed(project, user), limit, offset).values_list(*BasicRow._fields)


PAGE = CompiledQuery(_page, project=int, user=int, limit=int, offset=int)
# The caller has no part in which dashboards are listed.
COUNTED = CompiledQuery(
    lambda project: _listed(project, 0).order_by().values_list("pk"), project=int
)


def read_dashboard(
    *,
    access: ProjectAccess,
    dashboard_id: str | int,
    overrides: Overrides,
    include_deleted: bool = False,
    layout_size: str = DEFAULT_LAYOUT_SIZE,
    only_two_tiles: bool = False,
) -> WholeDashboard:
    """The dashboard with everything on it, its later tiles only when asked for. Raises Missing."""
    number = parse_row_id(str(dashboard_id))
    found = WHOLE.rows(project=access.project.pk, user=access.user.pk, pk=number) if number else []
    if not found:
        raise Missing("Not found.")
    row = BasicRow._make(found[0][: len(BasicRow._fields)])
    if row.deleted and not include_deleted:
        raise Missing("Not found.")
    contents = ContentsRow._make(found[0][len(BasicRow._fields) :])
    layers = Layers(
        filters=contents.filters,
        variables=contents.variables,
        overrides=overrides,
        variable_ids=_variable_ids(contents.project_variables),
    )
    tiles = read_tiles(
        access=access,
        dashboard_id=row.id,
        author_id=row.created_by_id,
        layers=layers,
        layout_size=layout_size,
        only_two=only_two_tiles,
    )
    author = tiles.people.get(row.created_by_id)
    head = _shape_contents(contents, layers) | _shape_basic(row, author, access)
    return WholeDashboard(row, {name: head[name] for name in WHOLE_KEYS}, tiles)


def is_found_under(
    *, access: ProjectAccess, dashboard_id: str, tags: list[str], creation_mode: str
) -> bool:
    """Whether the two list filters that narrow a look-up by id as well leave the dashboard."""
    if not tags and not creation_mode:
        return True
    rows = dashboards_visible_to(access=access).filter(pk=parse_row_id(dashboard_id) or 0)
    rows = filter_dashboards(rows, project=access.project, tags=tags, creation_mode=creation_mode)
    return rows.exists()


def read_dashboards(*, access: ProjectAccess, filters: DashboardFilters) -> Listing:
    """The list, as `list_dashboards` filters and orders it."""
    shape = partial(_shape_rows, access=access)
    if filters != DashboardFilters():
        rows = list_dashboards(access=access, filters=filters)
        return Listing.of_rows(rows, columns=BasicRow._fields, shape=shape)
    return Listing.of_compiled(
        PAGE,
        count=partial(COUNTED.count, project=access.project.pk),
        shape=shape,
        project=access.project.pk,
        user=access.user.pk,
    )


def _shape_rows(rows: list[Row], *, access: ProjectAccess) -> list[Shape]:
    found = [BasicRow._make(row) for row in rows]
    people = get_people((row.created_by_id for row in found), caller=access.user)
    return [_shape_basic(row, people.get(row.created_by_id), access) for row in found]


def _shape_basic(row: BasicRow, author: Person | None, access: ProjectAccess) -> Shape:
    level, author_id = row.restriction_level, row.created_by_id
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "pinned": row.pinned,
        "created_at": row.created_at,
        "created_by": author,
        "last_accessed_at": row.last_accessed_at,
        "last_viewed_at": row.viewed_at,
        "is_shared": row.shared,
        "deleted": row.deleted,
        "creation_mode": row.creation_mode,
        "tags": row.tag_names,
        "restriction_level": level,
        "effective_restriction_level": level,
        "effective_privilege_level": privilege_level(
            level, author_id, row.collaborator_level, access
        ),
        "user_access_level": user_access_level(author_id, access),
        "access_control_version": "v1" if level > EVERYONE else "v2",
        "last_refresh": row.last_refresh,
        "team_id": access.project.pk,
    }


def _shape_contents(contents: ContentsRow, layers: Layers) -> Shape:
    return {
        "filters": layers.filters,
        "variables": layers.variables,
        "breakdown_colors": json_as_stored(contents.breakdown_colors),
        "data_color_theme_id": contents.data_color_theme_id,
        "persisted_filters": _json_or_null(contents.filters),
        "persisted_variables": _json_or_null(contents.variables),
    }


def _json_or_null(text: str) -> Fragment | None:
    return None if text == EMPTY else Fragment(text)


def _variable_ids(pairs: list[str]) -> dict[str, str]:
    found = (orjson.loads(pair) for pair in pairs)
    return {pair["code_name"]: pair["id"] for pair in found}
