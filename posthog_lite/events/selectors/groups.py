"""Everything that reads groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from posthog_lite.domain import Missing
from posthog_lite.events.models import Group
from posthog_lite.events.selectors.persons import frequent_values

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project

MOST_VALUES = 20


def list_groups(
    *, project: Project, group_type_index: int, search: str = "", group_key: str = ""
) -> QuerySet[Group]:
    """The groups of a type whose key holds `group_key`, and whose name or key holds `search`."""
    rows = Group.objects.for_project(project).filter(group_type_index=group_type_index)
    if group_key:
        rows = rows.filter(group_key__icontains=group_key)
    if search:
        rows = rows.filter(Q(properties__name__icontains=search) | Q(group_key__icontains=search))
    return rows.order_by("-created_at", "-id")


def get_group(*, project: Project, group_type_index: int, group_key: str) -> Group:
    """The group of this type and key. Raises Missing."""
    rows = Group.objects.for_project(project).filter(group_type_index=group_type_index)
    found = rows.filter(group_key=group_key).first()
    if found is None:
        raise Missing("Not found.")
    return found


def list_group_values(
    *, project: Project, group_type_index: int, key: str, value: str = ""
) -> list[tuple[Any, int]]:
    """The most frequent values of a property of groups of a type, and how many have each."""
    rows = Group.objects.for_project(project).filter(group_type_index=group_type_index)
    return frequent_values(rows, key=key, value=value, most=MOST_VALUES)
