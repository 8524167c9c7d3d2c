from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename

from dashboards.models import DashboardCollaborator, PrivilegeLevel
from dashboards.services.collaborators import add_collaborator, remove_collaborator
from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.confirmation import ActionsOnPage, confirmed
from posthog_lite.domain import DomainError
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import ServiceForm, ServicePage, operator_access

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from posthog_lite.accounts.models import User

    CollaboratorModelAdmin = admin.ModelAdmin[DashboardCollaborator]
else:
    CollaboratorModelAdmin = admin.ModelAdmin


class CollaboratorForm(ServiceForm):
    class Meta:
        model = DashboardCollaborator
        fields = ["dashboard", "user"]
        help_texts = {
            "dashboard": "One that only those invited can edit.",
            "user": "A member of its organization who is not an admin there.",
        }

    def check_body(self, cleaned: dict[str, Any]) -> None:
        self.validated = {}

    def store(self, data: dict[str, Any]) -> DashboardCollaborator:
        dashboard = self.cleaned_data["dashboard"]
        return add_collaborator(
            access=operator_access(dashboard.project, self.by),
            dashboard_id=dashboard.pk,
            user_uuid=self.cleaned_data["user"].uuid,
            level=PrivilegeLevel.CAN_EDIT,
        )


@admin.register(DashboardCollaborator)
class CollaboratorAdmin(ActionsOnPage, ServicePage, CollaboratorModelAdmin):
    """The invitations to edit a restricted dashboard. They are made and taken back."""

    form = CollaboratorForm
    list_display = ["user", "dashboard", "project", "level", "added_on"]
    list_filter = [ProjectFilter]
    list_select_related = ["user", "dashboard", "project"]
    search_fields = ["user__email", "dashboard__name", "project__name"]
    ordering = ["-added_at", "id"]
    autocomplete_fields = ["dashboard", "user"]
    fields = ["dashboard", "user"]
    actions = ["uninvite"]

    added_on = day_of("added_at", "added")

    def get_fields(self, request: HttpRequest, obj: DashboardCollaborator | None = None) -> Any:
        own = ["dashboard", "user"]
        return own if obj is None else [*own, "project", "level", "added_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The action below keeps the rules; Django's own deletion would not."""
        return False

    def has_uninvite_permission(self, request: HttpRequest) -> bool:
        name = get_permission_codename("delete", self.opts)
        return bool(request.user.has_perm(f"{self.opts.app_label}.{name}"))

    @admin.action(description="Take back", permissions=["uninvite"])
    @confirmed("Take these invitations back? Those invited can still look, but no longer edit.")
    def uninvite(self, request: HttpRequest, queryset: QuerySet[DashboardCollaborator]) -> None:
        number = 0
        for row in queryset.select_related("dashboard", "project", "user"):
            access = operator_access(row.project, cast("User", request.user))
            try:
                remove_collaborator(
                    access=access, dashboard_id=row.dashboard_id, user_uuid=str(row.user.uuid)
                )
            except DomainError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
            else:
                number += 1
        self.message_user(request, f"Taken back: {number}.")
