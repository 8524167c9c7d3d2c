"""The collaborators of a restricted dashboard, on its page: members are invited and removed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages

from dashboards.models import DashboardCollaborator, PrivilegeLevel, RestrictionLevel
from dashboards.services.collaborators import add_collaborator, remove_collaborator
from posthog_lite.accounts.models import MembershipLevel, User
from posthog_lite.admin_site.boxes import Box
from posthog_lite.domain import DomainError
from posthog_lite.project_admin.writing import operator_access

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dashboards.models import Dashboard
    from posthog_lite.accounts.access import ProjectAccess

MOST_OFFERED = 500
EVERYONE = RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT


class InviteForm(forms.Form):
    def __init__(self, data: Any = None, *, offered: QuerySet[User]) -> None:
        super().__init__(data, auto_id="invite-%s")
        names = offered.values_list("pk", "email")[:MOST_OFFERED]
        choices = [("", "Choose a member"), *((str(pk), email) for pk, email in names)]
        self.fields["user"] = forms.ChoiceField(choices=choices)


class CollaboratorsBox(Box):
    name = "collaborators"
    title = "Who may edit it beside its creator and admins"
    template = "dashboards/admin/collaborators_box.html"
    row: Dashboard

    @property
    def is_shown(self) -> bool:
        return self.row.restriction_level != EVERYONE or bool(self.invited)

    @property
    def may_invite(self) -> bool:
        """Return whether the user may invite members, and so see who they are."""
        return (
            self.row.restriction_level != EVERYONE
            and self.page.has_change_permission(self.request, self.row)
            and self.may("dashboards.add_dashboardcollaborator")
            and self.may("accounts.view_user")
        )

    @property
    def may_uninvite(self) -> bool:
        return self.page.has_change_permission(self.request, self.row) and self.may(
            "dashboards.delete_dashboardcollaborator"
        )

    @cached_property
    def invited(self) -> list[DashboardCollaborator]:
        rows = DashboardCollaborator.objects.for_project(self.row.project)
        found = rows.filter(dashboard=self.row).select_related("user")
        return list(found.order_by("added_at", "id")[:MOST_OFFERED])

    @property
    def form(self) -> forms.Form:
        return self.refused.get("invite") or InviteForm(offered=self._offered())

    def take(self, does: str) -> str | None:
        if does == "invite":
            self.demand(self.may_invite)
            return self._invite()
        self.demand(does == "uninvite" and self.may_uninvite)
        return self._uninvite()

    def _offered(self) -> QuerySet[User]:
        """Return the members of the project who need an invitation and have none."""
        members = User.objects.filter(
            is_active=True,
            memberships__organization=self.row.project.organization_id,
            memberships__level__lt=MembershipLevel.ADMIN,
        )
        invited = [row.user_id for row in self.invited]
        return members.exclude(pk__in=[*invited, self.row.created_by_id or 0]).order_by("email")

    def _invite(self) -> str | None:
        form = self.refused["invite"] = InviteForm(self.request.POST, offered=self._offered())
        if not form.is_valid():
            return None
        user = User.objects.get(pk=form.cleaned_data["user"])
        try:
            add_collaborator(
                access=self._access,
                dashboard_id=self.row.pk,
                user_uuid=user.uuid,
                level=PrivilegeLevel.CAN_EDIT,
            )
        except DomainError as error:
            form.add_error("user", error.detail)
            return None
        return f"Invited {user}."

    def _uninvite(self) -> str | None:
        uuid = self.request.POST.get("uninvited", "")
        try:
            remove_collaborator(access=self._access, dashboard_id=self.row.pk, user_uuid=uuid)
        except DomainError as error:
            self.page.message_user(self.request, error.detail, messages.ERROR)
            return None
        return "Taken back: they can still look, but no longer edit."

    @property
    def _access(self) -> ProjectAccess:
        return operator_access(self.row.project, cast("User", self.request.user))
