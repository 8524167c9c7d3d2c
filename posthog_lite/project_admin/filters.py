"""Filters that the lists of several apps share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q

from posthog_lite.accounts.models import Project

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

OFFERED_PROJECTS = 30


class ProjectFilter(admin.SimpleListFilter):
    """By project: the newest ones are offered; every other one from its own page, or by search."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = list(Project.objects.order_by("-id")[:OFFERED_PROJECTS])
        chosen = self.value() or ""
        if chosen.isdecimal() and all(str(row.pk) != chosen for row in rows):
            rows += Project.objects.filter(_with_id(chosen))
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen is None:
            return queryset
        return queryset.filter(project__in=Project.objects.filter(_with_id(chosen)))


def _with_id(text: str) -> Q:
    """Return what people type into an address may be no number, or none that a row can have."""
    fits = text.isascii() and text.isdecimal() and len(text) < 19
    return Q(pk=int(text)) if fits else Q(pk__in=[])
