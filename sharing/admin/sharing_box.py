"""The link of a dashboard or an insight on its page, changed as over the API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.template.loader import render_to_string
from django.utils import timezone

from posthog_lite.accounts.models import Project, User
from posthog_lite.admin_site.boxes import Box
from posthog_lite.database.stored_json import as_object
from posthog_lite.domain import DomainError
from posthog_lite.project_admin.rights import may_see_results
from posthog_lite.project_admin.writing import first_problem, operator_access
from sharing.models import SharePassword, SharingConfiguration
from sharing.selectors import active_configurations
from sharing.serializers import (
    COLOR_MODES,
    SWITCHES,
    SharePasswordCreateSerializer,
    SharingConfigurationWriteSerializer,
)
from sharing.services import (
    MAX_ACTIVE_PASSWORDS,
    create_password,
    revoke_password,
    update_sharing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sharing.resources import Resource
    from sharing.services import IssuedPassword

LINK, PASSWORD = "sharing.{}_sharingconfiguration", "sharing.{}_sharepassword"
LABELS = {
    "whitelabel": "Leave out the name of this server",
    "noHeader": "Leave out the title and the description",
    "legend": "Show the legends of charts",
    "detailed": "Open the tables behind the charts",
    "hideExtraDetails": "Leave out who made it, and when",
    "explore": "Let visitors choose other dates and save results",
}
# Those that have a meaning here; others are kept as they are stored.
OFFERED = tuple(name for name in SWITCHES if name != "showInspector")


class SharingForm(forms.Form):
    enabled = forms.BooleanField(required=False, label="Anybody who has the link can look at it")
    password_required = forms.BooleanField(required=False, label="Only with a password")
    theme = forms.ChoiceField(
        required=False,
        label="Colors",
        choices=[("", "As the visitor's system"), ("light", "Light"), ("dark", "Dark")],
    )

    def __init__(self, data: Any = None, *, link: SharingConfiguration) -> None:
        self.stored = as_object(link.settings)
        switches = {name: self.stored.get(name) is True for name in OFFERED}
        theme = self.stored.get("theme")
        initial = {
            "enabled": link.enabled,
            "password_required": link.password_required,
            "theme": theme if theme in COLOR_MODES and theme != "system" else "",
            **switches,
        }
        super().__init__(data, initial=initial, auto_id="sharing-%s")
        for name in OFFERED:
            label = LABELS.get(name, name)
            self.fields[name] = forms.BooleanField(required=False, label=label)

    @property
    def switches(self) -> list[forms.BoundField]:
        return [self[name] for name in OFFERED]

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as the API takes it."""
        changed = set(self.changed_data)
        names = changed & {"enabled", "password_required"}
        body: dict[str, Any] = {name: self.cleaned_data[name] for name in names}
        looks = {name: self.cleaned_data[name] for name in changed - names}
        if looks:
            theme = {"theme": looks["theme"] or None} if "theme" in looks else {}
            body["settings"] = self.stored | looks | theme
        return body


class PasswordForm(forms.Form):
    note = forms.CharField(required=False, label="Who it is for", max_length=100)
    raw_password = forms.CharField(
        required=False, label="Password", help_text="Empty: the server makes one."
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="password-%s")


class SharingBox(Box):
    name = "sharing"
    title = "Sharing"
    template = "sharing/admin/sharing_box.html"
    row: Resource
    issued: IssuedPassword | None = None

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=["posthog_lite/copy.js"])

    @property
    def is_shown(self) -> bool:
        return not self.row.deleted and self.may(LINK.format("view"))

    @cached_property
    def link(self) -> SharingConfiguration:
        """The link that is stored, or that the first change would store."""
        rows = active_configurations(project=self.project, resource=self.row)
        return rows.first() or SharingConfiguration()

    @property
    def is_blocked(self) -> bool:
        """Return whether the organization lets nobody share."""
        return not self.project.organization.allow_publicly_shared_resources

    @cached_property
    def may_change(self) -> bool:
        """Return whether the user may open the link, which shows results to its holders."""
        is_new = self.link._state.adding
        return (
            self.page.has_change_permission(self.request, self.row)
            and self.may(LINK.format("change"))
            and (not is_new or self.may(LINK.format("add")))
            and may_see_results(self.user, self.project)
        )

    @property
    def may_add_password(self) -> bool:
        return self.may_change and self.may(PASSWORD.format("add"))

    @property
    def may_revoke_password(self) -> bool:
        return self.page.has_change_permission(self.request, self.row) and self.may(
            PASSWORD.format("change")
        )

    def take(self, does: str) -> str | None:
        known: dict[str, Callable[[], str | None]] = {
            "change": self._change,
            "add_password": self._add_password,
            "revoke_password": self._revoke_password,
        }
        self.demand(does in known)
        return known[does]()

    @property
    def sharing_form(self) -> forms.Form:
        return self.refused.get("sharing") or SharingForm(link=self.link)

    @property
    def password_form(self) -> forms.Form:
        return self.refused.get("password") or PasswordForm()

    @property
    def passwords(self) -> list[SharePassword]:
        """The passwords that open the link, newest first."""
        if self.link._state.adding:
            return []
        rows = SharePassword.objects.for_project(self.project)
        found = rows.filter(configuration=self.link, is_active=True).select_related("created_by")
        return list(found.order_by("-created_at", "-id")[:MAX_ACTIVE_PASSWORDS])

    @property
    def address(self) -> str:
        return self.request.build_absolute_uri(f"/shared/{self.link.access_token}")

    @property
    def frame(self) -> str:
        """HTML that shows the page within another one, as high as it is."""
        address = self.request.build_absolute_uri(f"/embedded/{self.link.access_token}")
        return render_to_string("sharing/admin/frame.txt", {"address": address, "title": self.row})

    @property
    def project(self) -> Project:
        return self.row.project

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    def _change(self) -> str | None:
        self.demand(self.may_change)
        form = self.refused["sharing"] = SharingForm(self.request.POST, link=self.link)
        if not form.is_valid():
            return None
        changes = form.changes()
        if not changes:
            return "Nothing was changed."
        body = SharingConfigurationWriteSerializer(data=changes, partial=True)
        if not body.is_valid():
            form.add_error(None, first_problem(body.errors))
            return None
        try:
            update_sharing(**self._target, changes=body.validated_data, now=timezone.now())
        except DomainError as error:
            form.add_error("enabled", error.detail)
            return None
        return _said(changes)

    def _add_password(self) -> None:
        """Show the value in this answer and nowhere else: a redirect would have to store it."""
        self.demand(self.may_add_password)
        form = self.refused["password"] = PasswordForm(self.request.POST)
        if not form.is_valid():
            return
        body = SharePasswordCreateSerializer(data=form.cleaned_data)
        if not body.is_valid():
            for name, problem in body.errors.items():
                form.add_error(name, first_problem(problem))
            return
        try:
            self.issued = create_password(**self._target, **body.validated_data)
        except DomainError as error:
            form.add_error("raw_password", error.detail)
            return
        del self.refused["password"]
        self.page.log_change(self.request, self.row, "Added a password of its link.")

    def _revoke_password(self) -> str | None:
        self.demand(self.may_revoke_password)
        try:
            revoke_password(**self._target, password_id=self.request.POST.get("password", ""))
        except DomainError as error:
            self.page.message_user(self.request, error.detail, messages.ERROR)
            return None
        return "Revoked. Whoever came in with this password must unlock again."

    @property
    def _target(self) -> dict[str, Any]:
        access = operator_access(self.project, self.user)
        return {"access": access, "model": type(self.row), "resource_id": str(self.row.pk)}


def _said(changes: dict[str, Any]) -> str:
    if "enabled" in changes:
        return "The link works." if changes["enabled"] else "The link is off."
    return "Changed how it is shared."
