from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from dashboards.models import DashboardTemplate
from dashboards.serializers.template import DashboardTemplateWriteSerializer
from dashboards.services.template_store import create_template, update_template
from posthog_lite.accounts.models import Project
from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.json import json_shown
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import (
    ServiceForm,
    ServicePage,
    SoftDeletion,
    hide_action,
    operator_access,
    restore_action,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import User

    TemplateModelAdmin = admin.ModelAdmin[DashboardTemplate]
else:
    TemplateModelAdmin = admin.ModelAdmin

NAMED = [
    "project",
    "template_name",
    "dashboard_description",
    "scope",
    "is_featured",
    "tags",
    "image_url",
    "availability_contexts",
]
JSON_FIELDS = ["tiles", "variables", "dashboard_filters"]
SHOWN = [f"{name}_shown" for name in JSON_FIELDS]
FACTS = ["state", "created_by", "created_at"]


def access_to(template: DashboardTemplate, by: User) -> ProjectAccess:
    """Return the access to change a template; one of no project can be changed from any."""
    project = template.project or Project.objects.order_by("id").first()
    return operator_access(project or Project(), by)


class TemplateForm(ServiceForm):
    body = DashboardTemplateWriteSerializer

    class Meta:
        model = DashboardTemplate
        fields = [*NAMED, *JSON_FIELDS]
        help_texts = {
            "tags": "Of the dashboards made from it, separated by commas.",
            "availability_contexts": "Where clients offer it, separated by commas.",
            "tiles": "A list of tiles as the API takes it, at least one.",
            "variables": "A list of what may be filled in when it is used. Empty: nothing.",
        }
        widgets = {
            "template_name": forms.TextInput(attrs={"size": 80}),
            "dashboard_description": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            "image_url": forms.TextInput(attrs={"size": 80}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "project" in self.fields:
            self.fields["project"].required = True

    def store(self, data: dict[str, Any]) -> DashboardTemplate:
        if self.instance._state.adding:
            access = operator_access(self.cleaned_data["project"], self.by)
            return create_template(access=access, fields=data)
        access = access_to(self.instance, self.by)
        return update_template(access=access, template_id=str(self.instance.pk), fields=data)


@admin.register(DashboardTemplate)
class TemplateAdmin(SoftDeletion, ServicePage, TemplateModelAdmin):
    """Stored templates. Those that come with the code are not in the database."""

    form = TemplateForm
    list_display = [
        "template_name",
        "belongs_to",
        "scope",
        "tile_count",
        "state",
        "created_on",
    ]
    list_filter = ["deleted", "scope", "is_featured", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["template_name", "dashboard_description", "project__name", "id__exact"]
    ordering = ["-created_at", "id"]
    readonly_fields = ["project", *SHOWN, *FACTS]
    autocomplete_fields = ["project"]
    actions = ["hide", "restore"]

    def get_fieldsets(self, request: HttpRequest, obj: DashboardTemplate | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*NAMED, *SHOWN, *FACTS]})]
        own = [(None, {"fields": NAMED}), ("What it makes", {"fields": JSON_FIELDS})]
        return own if obj is None else [*own, ("Facts", {"fields": FACTS})]

    @admin.display(description="belongs to", ordering="project")
    def belongs_to(self, template: DashboardTemplate) -> str:
        return "no project" if template.project is None else str(template.project)

    @admin.display(description="tiles")
    def tile_count(self, template: DashboardTemplate) -> int:
        return len(template.tiles)

    created_on = day_of("created_at", "created")
    tiles_shown = json_shown("tiles")
    variables_shown = json_shown("variables")
    dashboard_filters_shown = json_shown("dashboard_filters")

    def access_to(self, row: DashboardTemplate, by: User) -> ProjectAccess:
        return access_to(row, by)

    def write_row(
        self, row: DashboardTemplate, access: ProjectAccess, data: dict[str, Any]
    ) -> None:
        update_template(access=access, template_id=str(row.pk), fields=data)

    hide = hide_action(
        "Hide these templates? Dashboards made from them stay. They can be restored."
    )
    restore = restore_action("Offer these templates again?")
