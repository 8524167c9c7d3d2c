"""Links, their passwords and the attempts to open them, in the Django admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from sharing.services import revoke_links, revoke_passwords, rotate_links

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    LinkModelAdmin = admin.ModelAdmin[SharingConfiguration]
    PasswordModelAdmin = admin.ModelAdmin[SharePassword]
    AttemptModelAdmin = admin.ModelAdmin[ShareAttempt]
else:
    LinkModelAdmin = PasswordModelAdmin = AttemptModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin:
    """Rows are made and changed through the API and the actions here, which keep the rules."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SharingConfiguration)
class SharingConfigurationAdmin(ReadOnlyAdmin, LinkModelAdmin):
    list_display = [
        "resource_name",
        "url",
        "enabled",
        "password_required",
        "passwords",
        "created_at",
    ]
    list_filter = ["enabled", "password_required", "project"]
    search_fields = ["dashboard__name", "insight__name", "project__name"]
    list_select_related = ["dashboard", "insight", "project"]
    ordering = ["-created_at", "-id"]
    actions = ["rotate", "revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SharingConfiguration]:
        active = Count("passwords", filter=Q(passwords__is_active=True))
        return SharingConfiguration.all_projects.annotate(active_passwords=active)

    @admin.display(description="shows")
    def resource_name(self, link: SharingConfiguration) -> str:
        return f"{link.resource_type} {link.resource}"

    @admin.display(description="link")
    def url(self, link: SharingConfiguration) -> SafeString:
        """An address to copy, which works where the admin is open."""
        return format_html('<a href="/shared/{0}">/shared/{0}</a>', link.access_token)

    @admin.display(description="passwords")
    def passwords(self, link: SharingConfiguration) -> int:
        return int(getattr(link, "active_passwords", 0))

    @admin.action(description="Rotate: new links; the old ones work five minutes more")
    def rotate(self, request: HttpRequest, queryset: QuerySet[SharingConfiguration]) -> None:
        number = rotate_links(configurations=queryset, now=timezone.now())
        self.message_user(request, f"Rotated links: {number}.")

    @admin.action(description="Revoke: the links stop working at once")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharingConfiguration]) -> None:
        number = revoke_links(configurations=queryset)
        self.message_user(request, f"Revoked links: {number}.")


@admin.register(SharePassword)
class SharePasswordAdmin(ReadOnlyAdmin, PasswordModelAdmin):
    """Which passwords there are; never what they are."""

    list_display = ["__str__", "configuration", "created_by", "created_at", "is_active"]
    list_filter = ["is_active", "project"]
    search_fields = ["note", "created_by__email"]
    list_select_related = ["configuration__dashboard", "configuration__insight", "created_by"]
    ordering = ["-created_at", "-id"]
    exclude = ["password_hash"]
    actions = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SharePassword]:
        return SharePassword.all_projects.all()

    @admin.action(description="Revoke: who gave them must unlock again")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharePassword]) -> None:
        number = revoke_passwords(passwords=queryset)
        self.message_user(request, f"Revoked passwords: {number}.")


@admin.register(ShareAttempt)
class ShareAttemptAdmin(ReadOnlyAdmin, AttemptModelAdmin):
    list_display = [
        "attempted_at",
        "success",
        "dashboard",
        "insight",
        "token_suffix",
        "address",
        "password_note",
    ]
    list_filter = ["success", "project"]
    search_fields = ["address", "token_suffix", "dashboard__name", "insight__name"]
    list_select_related = ["dashboard", "insight"]
    ordering = ["-attempted_at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShareAttempt]:
        return ShareAttempt.all_projects.all()
