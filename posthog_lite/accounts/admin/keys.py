from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from posthog_lite.accounts.admin.key_form import PersonalAPIKeyForm
from posthog_lite.accounts.models import PersonalAPIKey, User
from posthog_lite.accounts.services.keys import (
    IssuedKey,
    TooManyKeys,
    create_key,
    roll_key,
    update_key,
)
from posthog_lite.admin_site.columns import cut, day_of
from posthog_lite.admin_site.confirmation import ActionsOnPage, confirmed
from posthog_lite.admin_site.rights import is_superuser
from posthog_lite.admin_site.selects import AutocompletePage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    KeyModelAdmin = admin.ModelAdmin[PersonalAPIKey]
else:
    KeyModelAdmin = admin.ModelAdmin

FACTS = ["mask_value", "created_at", "last_used_at", "last_rolled_at"]
ISSUED = "issued_key"  # an attribute of the request in which a key is made


@admin.register(PersonalAPIKey)
class PersonalAPIKeyAdmin(AutocompletePage, ActionsOnPage, KeyModelAdmin):
    """Keys of all users. A value is shown once, in the answer that makes it; its hash never."""

    form = PersonalAPIKeyForm
    list_display = ["label", "user", "mask_value", "scope_list", "created_on", "last_used_on"]
    list_filter = ["created_at", ("last_used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["label", "user__email", "mask_value", "id__exact"]
    ordering = ["-created_at", "id"]
    show_full_result_count = False
    autocomplete_fields = ["user"]
    actions = ["roll"]
    fields = [
        *("user", "label", "description", "preset", "scopes"),
        *("scoped_teams", "scoped_organizations"),
    ]

    created_on = day_of("created_at", "created")
    last_used_on = day_of("last_used_at", "last used")

    @admin.display(description="scopes")
    def scope_list(self, key: PersonalAPIKey) -> SafeString | str:
        return cut(", ".join(key.scopes or []) or "none")

    def get_readonly_fields(
        self, request: HttpRequest, obj: PersonalAPIKey | None = None
    ) -> list[str]:
        if obj is None:
            return []
        return ["user", *FACTS]

    def get_fields(self, request: HttpRequest, obj: PersonalAPIKey | None = None) -> Any:
        return self.fields if obj is None else [*self.fields, *FACTS]

    def has_change_permission(
        self, request: HttpRequest, obj: PersonalAPIKey | None = None
    ) -> bool:
        """A key acts as its user: those of others are the superusers'."""
        is_own = obj is None or obj.user_id == request.user.pk
        return super().has_change_permission(request, obj) and (is_own or is_superuser(request))

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if not is_superuser(request):
            kwargs["queryset"] = User.objects.filter(pk=request.user.pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except TooManyKeys as error:  # only known once the user's row is locked
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(
        self, request: HttpRequest, obj: PersonalAPIKey, form: Any, change: bool
    ) -> None:
        if change:
            update_key(key=obj, changes=form.changes())
            return
        issued = create_key(**form.stored_data())
        obj.pk = issued.key.pk
        obj.refresh_from_db()
        vars(request)[ISSUED] = issued  # for response_add

    def response_add(
        self, request: HttpRequest, obj: PersonalAPIKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The value is in this answer and nowhere else: a redirect would have to store it."""
        return self._show(request, [vars(request)[ISSUED]])

    @admin.action(description="Roll: give it a new value", permissions=["change"])
    @confirmed("Give these keys new values? The old values stop working at once.")
    def roll(self, request: HttpRequest, queryset: QuerySet[PersonalAPIKey]) -> HttpResponse:
        if not is_superuser(request) and queryset.exclude(user=request.user.pk).exists():
            raise PermissionDenied
        with transaction.atomic():
            now = timezone.now()
            issued = [roll_key(key=key, now=now) for key in queryset.select_related("user")]
        for item in issued:
            self.log_change(request, item.key, "Rolled.")
        return self._show(request, issued)

    def _show(self, request: HttpRequest, issued: list[IssuedKey]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy the value now: it is shown only here",
            "opts": self.opts,
            "issued": issued,
        }
        return TemplateResponse(request, "posthog_lite/key_values.html", context)
