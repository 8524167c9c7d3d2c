"""Everything that reads insight variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import InsightVariable
from posthog_lite.accounts.selectors import parse_uuid
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


def list_variables(*, project: Project) -> QuerySet[InsightVariable]:
    """The project's variables, oldest first."""
    return InsightVariable.objects.for_project(project).order_by("created_at", "id")


def find_variable(*, project: Project, lookup: str, lock: bool = False) -> InsightVariable:
    """The variable a URL names, locked until the end of the transaction if asked.

    Raises Missing.
    """
    rows = list_variables(project=project)
    number = parse_uuid(lookup)
    if lock:
        rows = rows.select_for_update()
    variable = None if number is None else rows.filter(pk=number).first()
    if variable is None:
        raise Missing("Not found.")
    return variable


def variable_ids_by_code_name(*, project: Project) -> dict[str, str]:
    """The id of each variable by its code name, to re-key stored values with."""
    rows = InsightVariable.objects.for_project(project).values_list("code_name", "pk")
    return {code_name: str(pk) for code_name, pk in rows}


def default_values(project: Project, code_names: Collection[str]) -> dict[str, Any]:
    """The default of each variable of these code names; no entry where there is none."""
    rows = InsightVariable.objects.for_project(project).filter(code_name__in=code_names)
    return dict(rows.values_list("code_name", "default_value"))
