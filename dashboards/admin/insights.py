from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils import timezone

from dashboards.admin.inlines import PlaceInline
from dashboards.admin.insight_form import JSON_FIELDS, NAMED, InsightForm
from dashboards.admin.new_insight import ASKED, NewInsightForm
from dashboards.admin.tiles_box import TilesBox
from dashboards.models import Dashboard, Insight, Tag, Tile
from dashboards.selectors.insight_filters import QUERY_KIND
from dashboards.services.insights import update_insight
from posthog_lite.admin_site.boxes import PageWithBoxes
from posthog_lite.admin_site.columns import cut, day_of
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.json import json_shown
from posthog_lite.ids import row_id
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.selects import OfferedInProject
from posthog_lite.project_admin.writing import (
    ServicePage,
    SoftDeletion,
    hide_action,
    restore_action,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from posthog_lite.accounts.access import ProjectAccess

    InsightModelAdmin = admin.ModelAdmin[Insight]
else:
    InsightModelAdmin = admin.ModelAdmin

SHOWN = [f"{name}_shown" for name in JSON_FIELDS]
PAGE = "admin:dashboards_insight_change"
FACTS = [
    "short_id",
    "state",
    "deleted_with_dashboard",
    "created_by",
    "created_at",
    "last_modified_by",
    "last_modified_at",
]


@admin.register(Insight)
class InsightAdmin(OfferedInProject, PageWithBoxes, SoftDeletion, ServicePage, InsightModelAdmin):
    form = InsightForm
    change_form_template = "dashboards/admin/insight_page.html"
    list_display = [
        "short_id",
        "title",
        "project",
        "kind",
        "dashboards",
        "tag_list",
        "state",
        "created_on",
    ]
    list_display_links = ["short_id", "title"]
    list_filter = ["deleted", "saved", "favorited", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["name", "derived_name", "description", "short_id", "tags__name"]
    ordering = ["-id"]
    readonly_fields = ["project", *SHOWN, *FACTS]
    autocomplete_fields = ["project"]
    inlines = [PlaceInline]
    actions = ["hide", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Insight]:
        # Each row's own tiles and tags are those of its project.
        shown = Tile.all_projects.all().on_live_dashboards()
        rows: QuerySet[Insight] = super().get_queryset(request)
        return rows.annotate(
            query_kind=QUERY_KIND,
            dashboard_count=number_of(shown, "insight"),
            tag_list_of_row=ArraySubquery(
                Tag.all_projects.filter(insights=OuterRef("pk")).order_by("name").values("name")
            ),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Insight | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*NAMED, *SHOWN, *FACTS]})]
        asked = ASKED if obj is None else JSON_FIELDS
        own = [
            ("Settings", {"fields": [*NAMED, "tag_names"]}),
            ("What it asks", {"fields": asked}),
        ]
        return own if obj is None else [*own, ("Facts", {"fields": FACTS})]

    def get_form(
        self, request: HttpRequest, obj: Insight | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form of a new insight, which a dashboard may ask for, or of this one."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        form: Any = super().get_form(request, obj, change, **kwargs | {"form": NewInsightForm})
        form.dashboard = self._dashboard_asking(request)
        return form

    def _dashboard_asking(self, request: HttpRequest) -> Dashboard | None:
        number = row_id(request.GET.get("dashboard", ""))
        dashboard = Dashboard.all_projects.filter(pk=number).first() if number else None
        if dashboard is not None:
            page = self.admin_site.get_model_admin(Dashboard)
            TilesBox(page, request, dashboard).demand_insights()
        return dashboard

    def page_after_adding(self, request: HttpRequest, row: Insight) -> tuple[str, str]:
        dashboard = self._dashboard_asking(request)
        if dashboard is None:
            return "Here it is as it is drawn.", reverse(PAGE, args=[row.pk])
        address = reverse("admin:dashboards_dashboard_change", args=[dashboard.pk])
        return f"It is on {dashboard}.", f"{address}#box-tiles"

    def get_inlines(self, request: HttpRequest, obj: Insight | None = None) -> list[Any]:
        return [] if obj is None else list(self.inlines)

    @admin.display(description="name", ordering="name")
    def title(self, insight: Insight) -> SafeString | str:
        return cut(insight.name or insight.derived_name or "(no name)")

    @admin.display
    def kind(self, insight: Insight) -> str:
        return str(getattr(insight, "query_kind", None) or "-")

    @admin.display(ordering="dashboard_count")
    def dashboards(self, insight: Insight) -> int:
        return int(getattr(insight, "dashboard_count", 0))

    @admin.display(description="tags")
    def tag_list(self, insight: Insight) -> SafeString | str:
        return cut(", ".join(getattr(insight, "tag_list_of_row", ())))

    created_on = day_of("created_at", "created")
    query_shown = json_shown("query")
    filters_shown = json_shown("filters")

    def write_row(self, row: Insight, access: ProjectAccess, data: dict[str, Any]) -> None:
        update_insight(access=access, lookup=str(row.pk), data=data, now=timezone.now())

    hide = hide_action(
        "Hide these insights and take them off their dashboards? They can be restored."
    )
    restore = restore_action("Bring these insights back? Put them on dashboards again yourself.")
