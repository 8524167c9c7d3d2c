"""Everything that reads color themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from themes.models import DataColorTheme

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


def themes_visible_to(*, project: Project) -> QuerySet[DataColorTheme]:
    """The global themes, then the project's own ones, without deleted ones.

    Clients take the first global theme for the one to fall back on.
    """
    themes = DataColorTheme.objects.for_project(project).filter(deleted=False)
    return themes.order_by(F("project").asc(nulls_first=True), "id")
