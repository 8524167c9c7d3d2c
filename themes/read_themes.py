"""Color themes read as answers, straight from the database."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from posthog_lite.accounts.context import Context
from posthog_lite.accounts.models import Project
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import CompiledPages, Listing, only_page
from posthog_lite.domain import Missing
from themes.models import DataColorTheme as Theme
from themes.selectors import themes_visible_to
from themes.shapes import DataColorTheme

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.database.compiled import Row

    Answer = dict[str, Any]


def _one(project: int, pk: int) -> QuerySet[Any, Any]:
    """Return it deleted or not: whoever deletes a theme is shown it once more."""
    themes = Theme.objects.for_project(Project(pk=project))
    return themes.filter(pk=pk).values_list(*DataColorTheme.reads(), "deleted")


ONE = CompiledQuery(_one, project=int, pk=int)
LISTED = CompiledQuery(
    lambda project: themes_visible_to(project=Project(pk=project)).values_list(
        *DataColorTheme.reads()
    ),
    project=int,
)
PAGE = CompiledPages(
    lambda project, limit, offset: only_page(
        themes_visible_to(project=Project(pk=project)), limit, offset
    ).values_list(*DataColorTheme.reads()),
    project=int,
)
COUNTED = CompiledQuery(
    lambda project: themes_visible_to(project=Project(pk=project)).order_by().values_list("pk"),
    project=int,
)


def read_themes(*, access: ProjectAccess) -> Listing:
    """Return the global themes, then the project's own ones."""
    shape = partial(_shape_rows, access=access)
    count = partial(COUNTED.count, project=access.project.pk)
    return Listing.of_compiled(PAGE, count=count, shape=shape, project=access.project.pk)


def read_all_themes(*, access: ProjectAccess) -> list[Answer]:
    """Return the same without pages."""
    return _shape_rows(LISTED.rows(project=access.project.pk), access=access)


def read_theme(*, access: ProjectAccess, theme_id: int, include_deleted: bool = False) -> Answer:
    """Return a theme that the project sees. Raises Missing."""
    rows = ONE.rows(project=access.project.pk, pk=theme_id)
    if not rows or (rows[0][-1] and not include_deleted):
        raise Missing("Not found.")
    return _shape_rows([rows[0][:-1]], access=access)[0]


def _shape_rows(rows: list[Row], *, access: ProjectAccess) -> list[Answer]:
    found = [DataColorTheme.Row._make(row) for row in rows]
    people = get_people((row.created_by_id for row in found), caller=access.user)
    context = Context(access, people)
    return [DataColorTheme.make(row, context) for row in found]
