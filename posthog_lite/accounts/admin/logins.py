from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from posthog_lite.accounts.models import LoginAttempt
from posthog_lite.admin_site.rights import ReadOnly

if TYPE_CHECKING:
    LoginModelAdmin = admin.ModelAdmin[LoginAttempt]
else:
    LoginModelAdmin = admin.ModelAdmin

MARK_LENGTH = 8


@admin.register(LoginAttempt)
class LoginAttemptAdmin(ReadOnly, LoginModelAdmin):
    """Attempts that count against the limits. One that succeeds removes those before it."""

    list_display = ["attempted_at", "network", "name_mark"]
    list_filter = ["attempted_at"]
    search_fields = ["network"]
    ordering = ["-attempted_at", "-id"]
    show_full_result_count = False
    fields = ["attempted_at", "network", "name_mark"]

    @admin.display(description="mark of the name")
    def name_mark(self, attempt: LoginAttempt) -> str:
        """Show a mark that attempts for one name share; the name itself is not stored."""
        return attempt.name_digest[:MARK_LENGTH]
