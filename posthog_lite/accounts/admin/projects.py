from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join

from posthog_lite.accounts.models import Project
from posthog_lite.accounts.services.organizations import delete_projects
from posthog_lite.admin_site.columns import cut_name, day_of
from posthog_lite.admin_site.deletion import CountedDeletion, cascading_keys, rows_going_with
from posthog_lite.admin_site.selects import AutocompletePage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    ProjectModelAdmin = admin.ModelAdmin[Project]
    ProjectModelForm = forms.ModelForm[Project]
else:
    ProjectModelAdmin = admin.ModelAdmin
    ProjectModelForm = forms.ModelForm


class ProjectForm(ProjectModelForm):
    class Meta:
        model = Project
        fields = ["organization", "name", "timezone", "is_demo"]

    def clean_timezone(self) -> str:
        name = str(self.cleaned_data["timezone"])
        if name not in available_timezones():
            raise forms.ValidationError("Not the name of a time zone, like Europe/Berlin.")
        return name


@admin.register(Project)
class ProjectAdmin(AutocompletePage, CountedDeletion, ProjectModelAdmin):
    form = ProjectForm
    list_display = ["id", "short_name", "organization_name", "timezone", "is_demo", "created_on"]
    list_display_links = ["id", "short_name"]
    list_select_related = ["organization"]
    list_filter = ["is_demo"]
    search_fields = ["name", "id__exact", "api_token", "organization__name"]
    ordering = ["-id"]
    show_full_result_count = False
    autocomplete_fields = ["organization"]
    readonly_fields = ["contents", "uuid", "api_token", "created_at", "updated_at"]

    @admin.display(description="organization", ordering="organization__name")
    def organization_name(self, project: Project) -> str:
        return project.organization.name

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> list[str]:
        """A project does not move: whoever is in it came by its organization."""
        fixed = list(self.readonly_fields)
        return fixed[1:] if obj is None else ["organization", *fixed]

    @admin.display(description="what is in it")
    def contents(self, project: Project) -> SafeString:
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", _links_to_contents(project))
        )

    short_name = cut_name("name", "name")
    created_on = day_of("created_at", "created")

    def counts(self, rows: list[Project]) -> dict[str, int]:
        return {"projects": len(rows)} | rows_going_with(Project, rows)

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        delete_projects(projects=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        delete_projects(projects=list(queryset))


def _links_to_contents(project: Project) -> Iterator[tuple[SafeString]]:
    """A number of each kind of row, leading to its list where the admin has one."""
    for key in cascading_keys(Project):
        kind = key.model._meta
        number = key.model._base_manager.filter(**{key.name: project}).count()
        text = f"{number} {kind.verbose_name if number == 1 else kind.verbose_name_plural}"
        try:
            address = reverse(f"admin:{kind.app_label}_{kind.model_name}_changelist")
        except NoReverseMatch:
            continue
        yield (format_html('<a href="{}?project={}">{}</a>', address, project.pk, text),)
