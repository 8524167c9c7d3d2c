from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied

from posthog_lite.accounts.models import Membership, PersonalAPIKey, User
from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.deletion import CountedDeletion, rows_going_with
from posthog_lite.admin_site.rights import GrantedBySuperusers, is_superuser
from posthog_lite.admin_site.selects import AutocompletePage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    MembershipTable = admin.TabularInline[Membership, User]
    UserModelAdmin = DjangoUserAdmin[Any]  # its stub knows only AbstractUser
    UserAddForm = AdminUserCreationForm
    UserEditForm = UserChangeForm[User]
else:
    MembershipTable = admin.TabularInline
    UserModelAdmin = DjangoUserAdmin
    UserAddForm = AdminUserCreationForm
    UserEditForm = UserChangeForm


class LowerCaseEmail(forms.EmailField):
    """An e-mail address in the one spelling that is stored."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").lower()


class UserCreationForm(UserAddForm):
    class Meta:
        model = User
        fields = ["email"]
        field_classes = {"email": LowerCaseEmail}


class PasswordSummary(ReadOnlyPasswordHashWidget):
    """Says whether there is a password. Django's own also shows how the stored hash begins."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        is_set = bool(value) and is_password_usable(value)
        context["summary"] = [{"label": "A password is set." if is_set else "No password is set."}]
        return context


class UserForm(UserEditForm):
    password = ReadOnlyPasswordHashField(label="Password", widget=PasswordSummary)

    class Meta:
        model = User
        fields = "__all__"  # the fieldsets of the admin choose
        field_classes = {"email": LowerCaseEmail}


class OrganizationsOfUser(MembershipTable):
    """The user's memberships; the organization's page changes them."""

    model = Membership
    verbose_name_plural = "organizations"
    fields = ["organization", "level", "joined_at"]
    readonly_fields = ["organization", "level", "joined_at"]
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "organization")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(AutocompletePage, CountedDeletion, UserModelAdmin):
    form = UserForm
    add_form = UserCreationForm
    list_display = [
        "email",
        "name",
        "organizations",
        "keys",
        "is_staff",
        "is_active",
        "last_login_on",
    ]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "first_name", "last_name", "distinct_id", "uuid__exact"]
    ordering = ["-id"]
    show_full_result_count = False
    autocomplete_fields = ["current_organization", "current_project"]
    readonly_fields = ["uuid", "distinct_id", "date_joined", "last_login"]
    inlines = [OrganizationsOfUser]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "role_at_organization"]}),
        ("Current", {"fields": ["current_organization", "current_project"]}),
        (
            "Rights",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Facts", {"fields": ["uuid", "distinct_id", "date_joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.annotate(
            organization_count=number_of(Membership.objects.all(), "user"),
            key_count=number_of(PersonalAPIKey.objects.all(), "user"),
        )

    @admin.display(ordering="first_name")
    def name(self, user: User) -> str:
        return f"{user.first_name} {user.last_name}".strip()

    @admin.display(ordering="organization_count")
    def organizations(self, user: User) -> int:
        return int(getattr(user, "organization_count", 0))

    @admin.display(ordering="key_count")
    def keys(self, user: User) -> int:
        return int(getattr(user, "key_count", 0))

    last_login_on = day_of("last_login", "last login")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers and themselves change somebody who may enter the admin."""
        is_own = obj is not None and obj.pk == request.user.pk
        return super().has_change_permission(request, obj) and (is_own or _may_rule(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_rule(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Rights are given by superusers: anybody else could give them to themselves."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or is_superuser(request):
            return fieldsets
        return [(title, fields) for title, fields in fieldsets if title != "Rights"]

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  # Django's own word
        form_url: str = "",
    ) -> HttpResponse:
        """Allow it to those who may sign in as the user, as a new password lets them."""
        if not is_superuser(request) and id != str(request.user.pk):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        return [] if obj is None else list(self.inlines)

    def counts(self, rows: list[User]) -> dict[str, int]:
        return {"users": len(rows)} | rows_going_with(User, rows)


def _may_rule(request: HttpRequest, user: User | None) -> bool:
    """Return whether the signed-in user may change this one."""
    return user is None or is_superuser(request) or not (user.is_staff or user.is_superuser)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(GrantedBySuperusers, DjangoGroupAdmin):
    """Sets of rights, which only those change who have them all."""
