"""Selects that look rows of one project up while somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from posthog_lite.admin_site.selects import SelectMany
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from django.contrib import admin
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from posthog_lite.accounts.models import Project

    _PageBase = admin.ModelAdmin[Any]
else:
    _PageBase = object  # mixed into a ModelAdmin

PROJECT = "project"


class SelectManyInProject(SelectMany):
    """Offers the rows that a foreign key could name, of one project alone."""

    def __init__(self, field: Any, admin_site: Any, *, project: Project, label: str) -> None:
        super().__init__(field, admin_site, attrs={"aria-label": label})
        self.project = project

    def get_url(self) -> str:
        return f"{super().get_url()}?{urlencode({PROJECT: self.project.pk})}"


class OfferedInProject(_PageBase):
    """A page whose rows such a select looks up: those that are not deleted."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if request.path == reverse("admin:autocomplete"):
            queryset = queryset.filter(deleted=False)
            wanted = request.GET.get(PROJECT, "")
            if wanted:
                queryset = queryset.filter(project=row_id(wanted))
        return super().get_search_results(request, queryset, search_term)
