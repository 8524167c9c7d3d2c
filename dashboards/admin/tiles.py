from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from rest_framework import serializers

from dashboards.admin.inlines import content_of, state_of
from dashboards.models import Tile
from dashboards.models.text import LONGEST_TEXT
from dashboards.serializers.tile_entry import TileEntriesField
from dashboards.services.dashboards import update_dashboard
from dashboards.tile_entry import TileEntry
from posthog_lite.admin_site.json import json_shown
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import (
    ServiceForm,
    ServicePage,
    SoftDeletion,
    change_action,
    first_problem,
    operator_access,
    restore_action,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from posthog_lite.accounts.access import ProjectAccess

    TileModelAdmin = admin.ModelAdmin[Tile]
else:
    TileModelAdmin = admin.ModelAdmin

JSON_FIELDS = ["layouts", "filters_overrides"]
SHOWN = [f"{name}_shown" for name in JSON_FIELDS]
FACTS = ["dashboard", "content", "state"]


class TileForm(ServiceForm):
    """The changes that one entry of `tiles` in a dashboard's body can ask for."""

    text_body = forms.CharField(
        label="Text",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80}),
        help_text="Markdown.",
    )

    class Meta:
        model = Tile
        fields = ["color", "show_description", *JSON_FIELDS]
        help_texts = {
            "layouts": 'Place and size per screen size, such as {"sm": {"x": 0, "y": 0, "w": 6, '
            '"h": 5}}.',
            "filters_overrides": "Filters of this tile alone, applied over those of the dashboard.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.text is None:
            self.fields.pop("text_body", None)
        else:
            self.initial["text_body"] = self.instance.text.body

    def check_body(self, cleaned: dict[str, Any]) -> None:
        entry = {name: cleaned[name] for name in self.changed_data if name != "text_body"}
        entry["id"] = self.instance.pk
        if "text_body" in self.changed_data:
            entry["text"] = {"body": cleaned["text_body"]}
        try:
            self.validated = {"tiles": TileEntriesField().run_validation([entry])}
        except serializers.ValidationError as error:
            self.refuse(None, first_problem(error.detail))

    def store(self, data: dict[str, Any]) -> Tile:
        tile: Tile = self.instance
        write_tile(tile, operator_access(tile.project, self.by), data)
        return tile


def write_tile(tile: Tile, access: ProjectAccess, data: dict[str, Any]) -> None:
    update_dashboard(access=access, dashboard_id=tile.dashboard_id, data=data, now=timezone.now())


@admin.register(Tile)
class TileAdmin(SoftDeletion, ServicePage, TileModelAdmin):
    """Reached from the page of the dashboard; new tiles are put there over the API."""

    form = TileForm
    list_display = ["id", "dashboard", "content", "color", "state"]
    list_filter = ["deleted", ProjectFilter]
    list_select_related = ["dashboard", "insight", "text"]
    search_fields = ["dashboard__name", "insight__name", "insight__short_id", "text__body"]
    ordering = ["-id"]
    readonly_fields = [*FACTS, *SHOWN]
    actions = ["hide", "restore"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave it off the index: a list of tiles says little without their dashboards."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or not obj.dashboard.deleted
        return is_open and super().has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tile]:
        return super().get_queryset(request).select_related("dashboard", "insight", "text")

    def get_fieldsets(self, request: HttpRequest, obj: Tile | None = None) -> Any:
        looks = ["color", "show_description"]
        if obj is None or not self.has_change_permission(request, obj):
            return [(None, {"fields": [*FACTS, *looks, *SHOWN]})]
        text = [] if obj.text_id is None else ["text_body"]
        return [(None, {"fields": [*FACTS, *text, *looks, *JSON_FIELDS]})]

    @admin.display
    def content(self, tile: Tile) -> SafeString | str:
        return content_of(tile)

    @admin.display
    def state(self, tile: Tile) -> str:
        return state_of(tile)

    layouts_shown = json_shown("layouts")
    filters_overrides_shown = json_shown("filters_overrides")

    def write_row(self, row: Tile, access: ProjectAccess, data: dict[str, Any]) -> None:
        write_tile(row, access, {"tiles": [TileEntry(row.pk, None, None, data)]})

    hide = change_action(
        "Remove (can be restored)",
        "Take these tiles off their dashboards? They can be restored.",
        done="Removed",
        deleted=True,
    )
    restore = restore_action("Put these tiles back on their dashboards?")
