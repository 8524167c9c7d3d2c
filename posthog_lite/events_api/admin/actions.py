from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.json import json_shown
from posthog_lite.admin_site.tags import TagsBox
from posthog_lite.events.models import Action
from posthog_lite.events.services.actions import create_action, update_action
from posthog_lite.events_api.serializers.action import ActionWriteSerializer
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import (
    ServiceForm,
    ServicePage,
    SoftDeletion,
    hide_action,
    restore_action,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from posthog_lite.accounts.access import ProjectAccess

    ActionModelAdmin = admin.ModelAdmin[Action]
else:
    ActionModelAdmin = admin.ModelAdmin

FACTS = ["id", "state", "created_by", "created_at", "updated_at"]


class ActionForm(ServiceForm):
    body = ActionWriteSerializer
    tags = TagsBox()

    class Meta:
        model = Action
        fields = ["project", "name", "description", "tags", "steps"]
        help_texts = {
            "steps": 'Ways to do it, as JSON: [{"event": "$pageview", "url": "/pricing"}].'
        }
        widgets = {
            "name": forms.TextInput(attrs={"size": 80}),
            "description": forms.Textarea(attrs={"rows": 2, "cols": 80}),
        }

    def store(self, data: dict[str, Any]) -> Action:
        if self.instance._state.adding:
            project = self.cleaned_data["project"]
            return create_action(project=project, by=self.by, fields=data)
        row = Action.objects.for_project(self.instance.project).get(pk=self.instance.pk)
        return update_action(action=row, changes=data)


@admin.register(Action)
class ActionAdmin(SoftDeletion, ServicePage, ActionModelAdmin):
    form = ActionForm
    list_display = ["name", "project", "number_of_steps", "tag_list", "state", "created_on"]
    list_filter = ["deleted", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["name", "description", "id__exact"]
    ordering = ["-id"]
    readonly_fields = ["project", "steps_shown", "tag_list", *FACTS]
    autocomplete_fields = ["project"]
    fields = ["project", "name", "description", "tags", "steps"]
    actions = ["hide", "restore"]

    created_on = day_of("created_at", "created")
    steps_shown = json_shown("steps")

    def get_fields(self, request: HttpRequest, obj: Action | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ["project", "name", "description", "tag_list", "steps_shown", *FACTS]
        return self.fields if obj is None else [*self.fields, *FACTS]

    @admin.display(description="steps")
    def number_of_steps(self, action: Action) -> int:
        return len(action.steps)

    @admin.display(description="tags")
    def tag_list(self, action: Action) -> str:
        return ", ".join(action.tags)

    def write_row(self, row: Action, access: ProjectAccess, data: dict[str, Any]) -> None:
        update_action(action=row, changes=data)

    hide = hide_action("Hide these actions? Queries that name them find nothing then.")
    restore = restore_action("Bring these actions back?")
