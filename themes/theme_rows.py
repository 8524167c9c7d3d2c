"""Color themes as answers show them, straight from the database; colors stay the text they are.

The shape is the one that `themes.serializers` documents; a test proves them equal.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from orjson import Fragment

from posthog_lite.accounts.models import Project
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import Listing, only_page
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id
from themes.models import DataColorTheme
from themes.selectors import themes_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.database.compiled import Row

    Shape = dict[str, Any]


class ThemeRow(NamedTuple):
    """The columns of a theme."""

    id: int
    name: str
    colors: str
    project_id: int | None
    created_at: datetime | None
    created_by_id: int | None


def _one(project: int, pk: int) -> QuerySet[Any, Any]:
    """Deleted or not: whoever deletes a theme is shown it once more."""
    themes = DataColorTheme.objects.for_project(Project(pk=project))
    return themes.filter(pk=pk).values_list(*ThemeRow._fields, "deleted")


ONE = CompiledQuery(_one, project=int, pk=int)
LISTED = CompiledQuery(
    lambda project: themes_visible_to(project=Project(pk=project)).values_list(*ThemeRow._fields),
    project=int,
)
PAGE = CompiledQuery(
    lambda project, limit, offset: only_page(
        themes_visible_to(project=Project(pk=project)), limit, offset
    ).values_list(*ThemeRow._fields),
    project=int,
    limit=int,
    offset=int,
)
COUNTED = CompiledQuery(
    lambda project: themes_visible_to(project=Project(pk=project)).order_by().values_list("pk"),
    project=int,
)


def read_themes(*, access: ProjectAccess) -> Listing:
    """The global themes, then the project's own ones."""
    shape = partial(_shape_rows, access=access)
    count = partial(COUNTED.count, project=access.project.pk)
    return Listing.of_compiled(PAGE, count=count, shape=shape, project=access.project.pk)


def read_all_themes(*, access: ProjectAccess) -> list[Shape]:
    """The same without pages."""
    return _shape_rows(LISTED.rows(project=access.project.pk), access=access)


def read_theme(
    *, access: ProjectAccess, theme_id: str | int, include_deleted: bool = False
) -> Shape:
    """A theme that the project sees. Raises Missing."""
    number = parse_row_id(str(theme_id))
    rows = ONE.rows(project=access.project.pk, pk=number) if number else []
    if not rows or (rows[0][-1] and not include_deleted):
        raise Missing("Not found.")
    return _shape_rows([rows[0][:-1]], access=access)[0]


def _shape_rows(rows: list[Row], *, access: ProjectAccess) -> list[Shape]:
    found = [ThemeRow._make(row) for row in rows]
    people = get_people((row.created_by_id for row in found), caller=access.user)
    return [
        {
            "id": row.id,
            "name": row.name,
            "colors": Fragment(row.colors),
            "is_global": row.project_id is None,
            "created_at": row.created_at,
            "created_by": people.get(row.created_by_id),
        }
        for row in found
    ]
