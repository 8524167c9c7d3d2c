from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from dashboards.models import InsightVariable
from dashboards.serializers.variable import InsightVariableWriteSerializer
from dashboards.services.variables import create_variable, delete_variable, update_variable
from posthog_lite.admin_site.columns import day_of
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import ServiceForm, ServicePage, operator_access

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    VariableModelAdmin = admin.ModelAdmin[InsightVariable]
else:
    VariableModelAdmin = admin.ModelAdmin

FACTS = ["id", "code_name", "created_by", "created_at"]


class VariableForm(ServiceForm):
    body = InsightVariableWriteSerializer

    class Meta:
        model = InsightVariable
        fields = ["project", "name", "type", "default_value", "values", "is_multi"]
        help_texts = {
            "name": "SQL refers to it by a code name made from this name, once and for all.",
            "default_value": 'Its value where none is given, as JSON: "text", 7, true.',
            "values": 'What a List variable may be set to: ["one", "two"].',
            "is_multi": "Whether a List variable takes several values at once.",
        }
        widgets = {"name": forms.TextInput(attrs={"size": 80})}

    def store(self, data: dict[str, Any]) -> InsightVariable:
        if self.instance._state.adding:
            access = operator_access(self.cleaned_data["project"], self.by)
            return create_variable(access=access, fields=data)
        return update_variable(
            project=self.instance.project, lookup=str(self.instance.pk), fields=data
        )


@admin.register(InsightVariable)
class VariableAdmin(ServicePage, VariableModelAdmin):
    form = VariableForm
    list_display = [
        "name",
        "code_name",
        "type",
        "project",
        "default_value",
        "created_by",
        "created_on",
    ]
    list_filter = ["type", "is_multi", ProjectFilter]
    list_select_related = ["project", "created_by"]
    search_fields = ["name", "code_name", "project__name", "id__exact"]
    ordering = ["-created_at", "id"]
    readonly_fields = ["project", *FACTS]
    autocomplete_fields = ["project"]
    fields = ["project", "name", "type", "default_value", "values", "is_multi"]

    created_on = day_of("created_at", "created")

    def get_fields(self, request: HttpRequest, obj: InsightVariable | None = None) -> Any:
        return self.fields if obj is None else [*self.fields, *FACTS]

    def delete_model(self, request: HttpRequest, obj: InsightVariable) -> None:
        delete_variable(project=obj.project, lookup=str(obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[InsightVariable]) -> None:
        for variable in queryset.select_related("project"):
            self.delete_model(request, variable)
