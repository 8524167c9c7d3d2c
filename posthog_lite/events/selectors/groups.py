"""Everything that reads groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from orjson import Fragment

from posthog_lite.domain import MOST_ANSWER_BYTES, AnswerSize, Missing
from posthog_lite.events.models import Group
from posthog_lite.events.selectors.person_rows import ROWS_AT_ONCE
from posthog_lite.events.selectors.persons import frequent_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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


def group_rows(*, project: Project, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Groups as answers show them, which were read without properties. Raises AnswerTooLarge."""
    size, rows = AnswerSize(MOST_ANSWER_BYTES), []
    for group, properties in _with_properties(project, groups):
        size.add(len(properties.encode()))
        rows.append(
            {
                "group_type_index": group.group_type_index,
                "group_key": group.group_key,
                "group_properties": Fragment(properties if properties.startswith("{") else "{}"),
                "created_at": group.created_at,
            }
        )
    return rows


def _with_properties(project: Project, groups: Sequence[Group]) -> Iterator[tuple[Group, str]]:
    for start in range(0, len(groups), ROWS_AT_ONCE):
        some = {group.pk: group for group in groups[start : start + ROWS_AT_ONCE]}
        rows = Group.objects.for_project(project).filter(pk__in=some)
        found = dict(rows.values_list("pk", Cast("properties", TextField())))
        yield from ((group, found[pk]) for pk, group in some.items() if pk in found)


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
