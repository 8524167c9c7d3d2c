from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from posthog_lite.accounts.models import Membership
from posthog_lite.accounts.services.organizations import ensure_current
from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.rights import GrantedBySuperusers
from posthog_lite.admin_site.selects import AutocompletePage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    MembershipModelAdmin = admin.ModelAdmin[Membership]
else:
    MembershipModelAdmin = admin.ModelAdmin


@admin.register(Membership)
class MembershipAdmin(AutocompletePage, GrantedBySuperusers, MembershipModelAdmin):
    """Members of organizations, and through them of all their projects."""

    list_display = ["user", "organization", "level", "joined_on"]
    list_filter = ["level"]
    list_select_related = ["user", "organization"]
    search_fields = ["user__email", "organization__name", "organization__slug"]
    ordering = ["-joined_at", "id"]
    show_full_result_count = False
    autocomplete_fields = ["user", "organization"]
    readonly_fields = ["joined_at", "updated_at"]

    joined_on = day_of("joined_at", "joined")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        fixed = list(self.readonly_fields)
        return fixed if obj is None else ["user", "organization", *fixed]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Settle the current organization of somebody who joined or left."""
        super().save_model(request, obj, form, change)
        ensure_current(user=obj.user)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        super().delete_model(request, obj)
        ensure_current(user=obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("user"):
            self.delete_model(request, membership)
