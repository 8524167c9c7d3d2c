"""Everything that reads color themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from themes.models import DataColorTheme

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


def themes_visible_to(*, project: Project) -> QuerySet[DataColorTheme]:
    """The project's own themes and the global ones, without deleted ones."""
    return DataColorTheme.objects.filter(Q(project=project) | Q(project=None), deleted=False)
