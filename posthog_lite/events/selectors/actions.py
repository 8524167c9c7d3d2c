"""Everything that reads actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from posthog_lite.domain import Missing
from posthog_lite.events.models import Action
from posthog_lite.events.selectors.definitions import any_tag
from posthog_lite.events.selectors.person_rows import ROWS_AT_ONCE
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet
    from django.db.models.expressions import OrderBy

    from posthog_lite.accounts.models import Project

DEFAULT_ORDER = "-created_at"
# The number of a row grows with the moment it was made, and has an index.
ORDERS = {
    "created_at": "id",
    "name": "name",
    "last_calculated_at": "updated_at",
    "pinned_at": "pinned_at",
}


def list_actions(
    *,
    project: Project,
    search: str = "",
    created_by: Sequence[int] = (),
    tags: Sequence[str] = (),
    ordering: str = DEFAULT_ORDER,
) -> QuerySet[Action]:
    """The project's actions, newest first, deleted ones aside; `search` is a part of the name.

    `created_by` are numbers of users, and one of `tags` is enough.
    """
    rows = Action.objects.for_project(project).filter(deleted=False)
    if search:
        rows = rows.filter(name__icontains=search)
    if created_by:
        rows = rows.filter(created_by__in=created_by)
    if tags:
        rows = rows.filter(any_tag(tags))
    return rows.select_related("created_by").order_by(*_order(ordering))


def _order(ordering: str) -> list[OrderBy]:
    columns = dict.fromkeys((ORDERS[ordering.removeprefix("-")], "id"))
    # Indexes have nulls first where they are read from the end: asked only where there are any.
    nulls = {"nulls_last": True} if "pinned_at" in columns else {}
    if ordering.startswith("-"):
        return [F(column).desc(**nulls) for column in columns]
    return [F(column).asc(**nulls) for column in columns]


def read_actions(*, project: Project, keys: Sequence[int]) -> Iterator[Action]:
    """The actions of these row ids in their order, some read at a time: each may be large."""
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[start : start + ROWS_AT_ONCE]
        found = list_actions(project=project).in_bulk(some)
        yield from (found[key] for key in some if key in found)


def get_action(*, project: Project, given: str) -> Action:
    """The action of a row id. Raises Missing."""
    pk = parse_row_id(given)
    found = list_actions(project=project).filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise Missing("Not found.")
    return found
