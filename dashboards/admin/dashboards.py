from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils import timezone

from dashboards.admin.collaborators_box import CollaboratorsBox
from dashboards.admin.tag_names import tag_names_of
from dashboards.admin.tiles_box import TilesBox
from dashboards.models import Dashboard, Tag, Tile
from dashboards.serializers.dashboard_write import DashboardWriteSerializer
from dashboards.services.dashboards import create_dashboard, update_dashboard
from posthog_lite.admin_site.boxes import PageWithBoxes
from posthog_lite.admin_site.columns import cut, day_of
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.json import json_shown
from posthog_lite.admin_site.tags import TagsBox
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import (
    ServiceForm,
    ServicePage,
    SoftDeletion,
    change_action,
    hide_action,
    operator_access,
    restore_action,
)
from themes.selectors import themes_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from posthog_lite.accounts.access import ProjectAccess

    DashboardModelAdmin = admin.ModelAdmin[Dashboard]
else:
    DashboardModelAdmin = admin.ModelAdmin


NAMED = ["project", "name", "description", "pinned", "restriction_level"]
JSON_FIELDS = ["filters", "variables", "breakdown_colors"]
SHOWN = [f"{name}_shown" for name in JSON_FIELDS]
MOST_THEMES = 500
FACTS = ["state", "creation_mode", "created_by", "created_at", "last_accessed_at", "last_refresh"]


class DashboardForm(ServiceForm):
    body = DashboardWriteSerializer
    wire_names = {"tag_names": "tags"}
    tag_names = TagsBox()

    class Meta:
        model = Dashboard
        fields = [*NAMED, "data_color_theme_id", *JSON_FIELDS]
        help_texts = {
            "restriction_level": "The creator and admins may always edit.",
            "filters": "Laid over the filters of its insights, such as "
            '{"date_from": "-7d"}. Empty: none.',
            "variables": "Values of SQL variables by the id of the variable. Empty: none.",
            "breakdown_colors": "A list of objects with breakdownValue and colorToken.",
        }
        labels = {"data_color_theme_id": "Color theme"}
        widgets = {
            "name": forms.TextInput(attrs={"size": 80}),
            "description": forms.Textarea(attrs={"rows": 3, "cols": 80}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tag_names"] = tag_names_of(self.instance)
        if "data_color_theme_id" in self.fields:
            self.fields["data_color_theme_id"].widget = forms.Select(choices=self._themes())

    def _themes(self) -> list[tuple[str, str]]:
        """Return the themes to choose from by name; one that was deleted since is kept."""
        rows = themes_visible_to(project=self.instance.project)
        names = {str(pk): name for pk, name in rows.values_list("pk", "name")[:MOST_THEMES]}
        stored = self.instance.data_color_theme_id
        if stored is not None:
            names.setdefault(str(stored), f"(deleted theme {stored})")
        return [("", "Default colors"), *names.items()]

    def store(self, data: dict[str, Any]) -> Dashboard:
        now = timezone.now()
        if self.instance._state.adding:
            access = operator_access(self.cleaned_data["project"], self.by)
            return create_dashboard(access=access, data=data, now=now)
        access = operator_access(self.instance.project, self.by)
        return update_dashboard(access=access, dashboard_id=self.instance.pk, data=data, now=now)


@admin.register(Dashboard)
class DashboardAdmin(PageWithBoxes, SoftDeletion, ServicePage, DashboardModelAdmin):
    form = DashboardForm
    list_display = [
        "id",
        "title",
        "project",
        "tiles_shown",
        "tag_list",
        "state",
        "created_on",
    ]
    list_display_links = ["id", "title"]
    list_filter = ["deleted", "pinned", "restriction_level", "creation_mode", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["name", "description", "id__exact", "tags__name", "created_by__email"]
    ordering = ["-id"]
    readonly_fields = ["project", *SHOWN, *FACTS]
    autocomplete_fields = ["project"]
    boxes = [TilesBox, CollaboratorsBox]
    actions = ["hide", "hide_with_insights", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dashboard]:
        # Each row's own tiles and tags are those of its project.
        shown = Tile.all_projects.all().live()
        rows: QuerySet[Dashboard] = super().get_queryset(request)
        return rows.annotate(
            tile_count=number_of(shown, "dashboard"),
            tag_list_of_row=ArraySubquery(
                Tag.all_projects.filter(dashboards=OuterRef("pk")).order_by("name").values("name")
            ),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Dashboard | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*NAMED, *SHOWN, *FACTS]})]
        theme = [] if obj is None else ["data_color_theme_id"]  # of the project, once it is known
        own = [
            ("Settings", {"fields": [*NAMED, "tag_names"]}),
            ("What it shows", {"fields": [*theme, *JSON_FIELDS]}),
        ]
        return own if obj is None else [*own, ("Facts", {"fields": FACTS})]

    @admin.display(description="name", ordering="name")
    def title(self, dashboard: Dashboard) -> SafeString | str:
        return cut(dashboard.name or "(no name)")

    @admin.display(description="tiles", ordering="tile_count")
    def tiles_shown(self, dashboard: Dashboard) -> int:
        return int(getattr(dashboard, "tile_count", 0))

    @admin.display(description="tags")
    def tag_list(self, dashboard: Dashboard) -> SafeString | str:
        return cut(", ".join(getattr(dashboard, "tag_list_of_row", ())))

    created_on = day_of("created_at", "created")
    filters_shown = json_shown("filters")
    variables_shown = json_shown("variables")
    breakdown_colors_shown = json_shown("breakdown_colors")

    def page_after_adding(self, request: HttpRequest, row: Dashboard) -> tuple[str, str]:
        address = reverse("admin:dashboards_dashboard_change", args=[row.pk])
        return "Put something on it.", address

    def write_row(self, row: Dashboard, access: ProjectAccess, data: dict[str, Any]) -> None:
        update_dashboard(access=access, dashboard_id=row.pk, data=data, now=timezone.now())

    hide = hide_action("Hide these dashboards and their tiles? They can be restored.")
    hide_with_insights = change_action(
        "Delete with insights (can be restored)",
        "Hide these dashboards and the insights that no other dashboard shows? "
        "They can be restored together.",
        done="Deleted with insights",
        deleted=True,
        delete_insights=True,
    )
    restore = restore_action(
        "Bring these dashboards back, with all that their deletion took along?"
    )
