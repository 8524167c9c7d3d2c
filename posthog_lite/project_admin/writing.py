"""Writing in the admin: through the serializers and services of the API, under the same rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.db.models import JSONField

from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import MembershipLevel
from posthog_lite.admin_site.confirmation import ActionsOnPage, confirmed
from posthog_lite.admin_site.json import StrictJSONField
from posthog_lite.admin_site.selects import AutocompletePage
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from rest_framework.serializers import Serializer

    from posthog_lite.accounts.models import Project, User

    RowForm = forms.ModelForm[Any]
else:
    RowForm = forms.ModelForm

CLASH = "It clashes with something else that is stored."


def operator_access(project: Project, user: User) -> ProjectAccess:
    """Give whoever may change rows in the admin the rights of an owner in every project."""
    return ProjectAccess(project, user, MembershipLevel.OWNER)


class ServiceForm(RowForm):
    """A form whose content the API's serializer checks and the API's service stores.

    What either refuses is an error of the field it names.
    """

    body: ClassVar[type[Serializer[Any]]]
    wire_names: ClassVar[dict[str, str]] = {}  # where the form calls a field differently
    by: ClassVar[User]  # who is signed in; the admin page sets it on its form of this request

    def store(self, data: dict[str, Any]) -> Model:
        """Hand a validated body to the service."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self.check_body(cleaned)
        if not self.errors:
            self._rehearse()
        return cleaned

    def check_body(self, cleaned: dict[str, Any]) -> None:
        """Let the serializer read what is new, or all of a new row; `validated` is what it made."""
        sent = cleaned if self.instance._state.adding else self.changed_data
        known = self.body().fields
        data = {self._wire(name): cleaned[name] for name in sent if self._wire(name) in known}
        serializer = self.body(data=data, partial=not self.instance._state.adding)
        if serializer.is_valid():
            self.validated = dict(serializer.validated_data)
        for name, problem in serializer.errors.items():
            self.refuse(name, first_problem(problem))

    def _rehearse(self) -> None:
        """Store it and undo that: a refusal is known while the form can still show it."""
        try:
            with transaction.atomic():
                self.store(dict(self.validated))
                transaction.set_rollback(True)
        except DomainError as error:
            self.refuse(error.attr, error.detail)
        except IntegrityError:
            self.refuse(None, CLASH)

    def refuse(self, wire_name: str | None, problem: str) -> None:
        own = {self._wire(name): name for name in self.fields}
        self.add_error(own.get(wire_name or ""), problem)

    def _wire(self, name: str) -> str:
        return self.wire_names.get(name, name)


def first_problem(problem: Any) -> str:
    while isinstance(problem, (dict, list)):
        problem = next(iter(problem.values() if isinstance(problem, dict) else problem))
    return str(problem)


class ServicePage(AutocompletePage):
    """A page whose form is a ServiceForm."""

    formfield_overrides: ClassVar[Any] = {JSONField: {"form_class": StrictJSONField}}
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what stays as it was made: a form of a new row asks for all that it shows."""
        return [] if obj is None else self.readonly_fields

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        stored = form.store(dict(form.validated))
        obj.pk = stored.pk
        obj._state.adding = False
        obj.refresh_from_db()


def change_action(
    name: str, question: str, *, done: str, **data: bool
) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]:
    """Return an action that writes `data` to rows that can be deleted, once it is confirmed."""

    @admin.action(description=name, permissions=["change"])
    @confirmed(question)
    def change(page: SoftDeletion, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        page.change_each(request, queryset, dict(data), done)

    return change


hide_action = partial(change_action, "Delete (can be restored)", done="Deleted", deleted=True)
restore_action = partial(change_action, "Restore", done="Restored", deleted=False)


class SoftDeletion(ActionsOnPage):
    """Rows that are hidden and brought back, and never destroyed by themselves."""

    @admin.display(ordering="deleted")
    def state(self, row: Any) -> str:
        return "deleted" if row.deleted else "live"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go with their project only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse what is deleted: as over the API, it is restored before it is changed."""
        may: bool = super().has_change_permission(request, obj)
        return may and not (obj is not None and obj.deleted)

    def actions_for(self, request: HttpRequest, row: Any) -> list[str]:
        names = super().actions_for(request, row)
        return [name for name in names if (name == "restore") == row.deleted]

    def access_to(self, row: Any, by: User) -> ProjectAccess:
        return operator_access(row.project, by)

    def write_row(self, row: Any, access: ProjectAccess, data: dict[str, Any]) -> None:
        """Hand a body with `deleted` to the service."""
        raise NotImplementedError

    def change_each(
        self, request: HttpRequest, queryset: QuerySet[Any], data: dict[str, Any], done: str
    ) -> None:
        """Change those rows that are not yet as `data` says; tell how many, and what failed."""
        number, signed_in = 0, cast("User", request.user)
        for row in queryset.filter(deleted=not data["deleted"]).select_related("project"):
            try:
                self.write_row(row, self.access_to(row, signed_in), data)
            except (DomainError, IntegrityError) as error:
                problem = error.detail if isinstance(error, DomainError) else CLASH
                self.message_user(request, f"{row}: {problem}", messages.ERROR)
            else:
                number += 1
                self.log_change(request, row, f"{done}.")
        self.message_user(request, f"{done}: {number}.")
