"""Links, their passwords and the attempts to open them, in the Django admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from posthog_lite.admin_site.columns import cut, day_of
from posthog_lite.admin_site.confirmation import ActionsOnPage, confirmed
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.json import json_shown
from posthog_lite.admin_site.rights import ReadOnly
from posthog_lite.project_admin.filters import ProjectFilter
from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from sharing.services import revoke_links, revoke_passwords, rotate_links

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    LinkModelAdmin = admin.ModelAdmin[SharingConfiguration]
    PasswordModelAdmin = admin.ModelAdmin[SharePassword]
    AttemptModelAdmin = admin.ModelAdmin[ShareAttempt]
else:
    LinkModelAdmin = PasswordModelAdmin = AttemptModelAdmin = admin.ModelAdmin

COPYABLE = (
    '<span class="copyable"><input id="{id}" class="copied" readonly size="{size}" '
    'value="{address}" aria-label="{label}">'
    '<button type="button" class="button" data-copies="{id}">Copy</button>'
    ' <a href="{address}">Open</a></span>'
)


@admin.register(SharingConfiguration)
class SharingConfigurationAdmin(ReadOnly, ActionsOnPage, LinkModelAdmin):
    """Links are made over the API, where the dashboard or insight is; here they are closed."""

    list_display = ["shows", "short_link", "state", "protection", "created_on"]
    list_filter = ["enabled", "password_required", ProjectFilter]
    search_fields = ["dashboard__name", "insight__name", "insight__short_id", "project__name"]
    list_select_related = ["dashboard", "insight", "project"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    fields = [
        "resource_name",
        "project",
        "link",
        "embedded",
        "enabled",
        "password_required",
        "passwords",
        "settings_shown",
        "created_at",
        "expires_at",
    ]
    actions = ["rotate", "revoke"]

    class Media:
        js = ["posthog_lite/copy.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SharingConfiguration]:
        # The admin crosses projects on purpose; a link's passwords are those of its project.
        active = SharePassword.all_projects.filter(is_active=True)
        return SharingConfiguration.all_projects.annotate(
            active_passwords=number_of(active, "configuration"),
            site=Value(request.build_absolute_uri("/")),  # what the links begin with
        )

    @admin.display
    def shows(self, link: SharingConfiguration) -> SafeString | str:
        return cut(f"{link.resource_type} {link.resource}")

    @admin.display(description="shows")
    def resource_name(self, link: SharingConfiguration) -> SafeString:
        address = reverse(f"admin:dashboards_{link.resource_type}_change", args=[link.resource.pk])
        return format_html('{} <a href="{}">{}</a>', link.resource_type, address, link.resource)

    @admin.display(description="link")
    def short_link(self, link: SharingConfiguration) -> SafeString:
        return _copyable(link, "shared", "Link of the page", size=14)

    @admin.display(description="link")
    def link(self, link: SharingConfiguration) -> SafeString:
        return _copyable(link, "shared", "Link of the page")

    @admin.display(description="link for frames")
    def embedded(self, link: SharingConfiguration) -> SafeString:
        return _copyable(link, "embedded", "Link for frames")

    @admin.display(ordering="enabled")
    def state(self, link: SharingConfiguration) -> str:
        if link.expires_at is None or not link.enabled:
            return "on" if link.enabled else "off"
        is_over = link.expires_at <= timezone.now()
        return f"replaced, {'ended' if is_over else 'ends'} {link.expires_at:%H:%M}"

    @admin.display(ordering="password_required")
    def protection(self, link: SharingConfiguration) -> str:
        number = self.passwords(link)
        noun = "password" if number == 1 else "passwords"
        return f"{number} {noun}" if link.password_required else "open to all"

    created_on = day_of("created_at", "created")

    @admin.display(description="passwords", ordering="active_passwords")
    def passwords(self, link: SharingConfiguration) -> int:
        return int(getattr(link, "active_passwords", 0))

    settings_shown = json_shown("settings")

    def actions_for(self, request: HttpRequest, row: SharingConfiguration) -> list[str]:
        return ["rotate", "revoke"] if row.expires_at is None else ["revoke"]

    @admin.action(description="Rotate (new link)", permissions=["operate"])
    @confirmed(
        "Replace these links by new ones with the same settings and passwords? "
        "The old ones work for five minutes more."
    )
    def rotate(self, request: HttpRequest, queryset: QuerySet[SharingConfiguration]) -> None:
        number = rotate_links(configurations=queryset, now=timezone.now())
        self.message_user(request, f"Rotated links: {number}.")

    @admin.action(description="Revoke (close link)", permissions=["operate"])
    @confirmed("Switch these links off? They stop working at once, as do the links they replaced.")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharingConfiguration]) -> None:
        number = revoke_links(configurations=queryset)
        self.message_user(request, f"Revoked links: {number}.")


def _copyable(link: SharingConfiguration, place: str, label: str, *, size: int = 60) -> SafeString:
    address = f"{getattr(link, 'site', '/')}{place}/{link.access_token}"
    return format_html(COPYABLE, id=f"{place}-{link.pk}", size=size, address=address, label=label)


@admin.register(SharePassword)
class SharePasswordAdmin(ReadOnly, ActionsOnPage, PasswordModelAdmin):
    """Passwords by note and author; never their values."""

    list_display = ["note_or_number", "opens", "created_by", "created_at", "is_active"]
    list_filter = ["is_active", ProjectFilter]
    search_fields = ["note", "created_by__email", "configuration__dashboard__name"]
    list_select_related = ["configuration__dashboard", "configuration__insight", "created_by"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    fields = ["note_or_number", "project", "configuration", "created_by", "created_at", "is_active"]
    actions = ["revoke"]

    @admin.display(description="note", ordering="note")
    def note_or_number(self, password: SharePassword) -> str:
        return str(password)

    @admin.display(description="opens", ordering="configuration")
    def opens(self, password: SharePassword) -> SafeString | str:
        return cut(str(password.configuration))

    def actions_for(self, request: HttpRequest, row: SharePassword) -> list[str]:
        return ["revoke"] if row.is_active else []

    @admin.action(description="Revoke", permissions=["operate"])
    @confirmed("Revoke these passwords? Whoever came in with one must unlock again.")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharePassword]) -> None:
        number = revoke_passwords(passwords=queryset)
        self.message_user(request, f"Revoked passwords: {number}.")


@admin.register(ShareAttempt)
class ShareAttemptAdmin(ReadOnly, AttemptModelAdmin):
    """Attempts to unlock links: the address, the link and the outcome. Read only."""

    list_display = [
        "attempted_at",
        "success",
        "shown",
        "token_suffix",
        "address",
        "password_note",
    ]
    list_filter = ["success", "attempted_at", ProjectFilter]
    search_fields = ["address", "token_suffix", "dashboard__name", "insight__name"]
    list_select_related = ["dashboard", "insight"]
    ordering = ["-attempted_at", "-id"]
    show_full_result_count = False
    fields = [
        "attempted_at",
        "success",
        "project",
        "shown",
        "token_suffix",
        "address",
        "password",
        "password_note",
    ]

    @admin.display(description="dashboard or insight")
    def shown(self, attempt: ShareAttempt) -> SafeString | str:
        return cut(str(attempt.dashboard or attempt.insight or "-"))
