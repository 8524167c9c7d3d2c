from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from dashboards.models import Dashboard, Insight, Tag
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.rights import ReadOnly
from posthog_lite.project_admin.filters import ProjectFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    TagModelAdmin = admin.ModelAdmin[Tag]
else:
    TagModelAdmin = admin.ModelAdmin


@admin.register(Tag)
class TagAdmin(ReadOnly, TagModelAdmin):
    """Tags come and go with the dashboards and insights that carry them."""

    list_display = ["name", "project", "on_dashboards", "on_insights"]
    list_filter = [ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["name", "project__name"]
    ordering = ["name", "id"]
    show_full_result_count = False
    fields = ["name", "project", "on_dashboards", "on_insights"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        # What carries a tag is of the tag's own project; deleted rows keep theirs.
        return (
            super()
            .get_queryset(request)
            .annotate(
                dashboard_count=number_of(Dashboard.all_projects.all(), "tags"),
                insight_count=number_of(Insight.all_projects.all(), "tags"),
            )
        )

    @admin.display(description="dashboards", ordering="dashboard_count")
    def on_dashboards(self, tag: Tag) -> int:
        return int(getattr(tag, "dashboard_count", 0))

    @admin.display(description="insights", ordering="insight_count")
    def on_insights(self, tag: Tag) -> int:
        return int(getattr(tag, "insight_count", 0))
