"""Tables below an insight, in as many queries whatever their length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from dashboards.models import Insight, Tile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    PlaceTable = admin.TabularInline[Tile, Insight]
else:
    PlaceTable = admin.TabularInline


def content_of(tile: Tile) -> SafeString | str:
    """The insight, leading to its page, or the beginning of the text."""
    if tile.insight is None:
        return f"Text: {tile.text}"
    address = reverse("admin:dashboards_insight_change", args=[tile.insight_id])
    return format_html('<a href="{}">{}</a>', address, tile.insight)


def state_of(tile: Tile) -> str:
    """Return whether visitors of the dashboard see the tile, and if not, why."""
    if tile.deleted_with_dashboard:
        return "removed with the dashboard"
    if tile.deleted:
        return "removed"
    return "its insight is deleted" if tile.insight and tile.insight.deleted else "shown"


class PlaceInline(PlaceTable):
    """The dashboards on which an insight is; a link in each row leads to the page of its tile."""

    model = Tile
    can_delete = False
    show_change_link = True
    extra = 0
    verbose_name_plural = "dashboards that show it"
    fields = ["on", "state"]
    readonly_fields = ["on", "state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tile]:
        rows = super().get_queryset(request).select_related("insight", "dashboard")
        return rows.order_by("deleted", "id")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show what belongs to the page to whoever may look at it."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="dashboard")
    def on(self, tile: Tile) -> SafeString:
        address = reverse("admin:dashboards_dashboard_change", args=[tile.dashboard_id])
        return format_html('<a href="{}">{}</a>', address, tile.dashboard)

    @admin.display
    def state(self, tile: Tile) -> str:
        return "dashboard is deleted" if tile.dashboard.deleted else state_of(tile)
