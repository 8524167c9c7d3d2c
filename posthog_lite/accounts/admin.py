"""Organizations, projects, users and personal API keys in the Django admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from posthog_lite.accounts.models import Membership, Organization, PersonalAPIKey, Project, User
from posthog_lite.accounts.services.keys import (
    IssuedKey,
    TooManyKeys,
    check_scoped_organizations,
    check_scoped_teams,
    check_scopes,
    create_key,
    roll_key,
    update_key,
)
from posthog_lite.accounts.services.organizations import settle_current
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    OrganizationModelAdmin = admin.ModelAdmin[Organization]
    ProjectModelAdmin = admin.ModelAdmin[Project]
    KeyModelAdmin = admin.ModelAdmin[PersonalAPIKey]
    KeyModelForm = forms.ModelForm[PersonalAPIKey]
    Inline = admin.TabularInline[Membership, Organization]
    UserModelAdmin = DjangoUserAdmin[Any]  # its stub knows only AbstractUser
    UserAddForm = AdminUserCreationForm
    UserEditForm = UserChangeForm[User]
else:
    OrganizationModelAdmin = ProjectModelAdmin = KeyModelAdmin = admin.ModelAdmin
    KeyModelForm = forms.ModelForm
    Inline = admin.TabularInline
    UserModelAdmin = DjangoUserAdmin
    UserAddForm = AdminUserCreationForm
    UserEditForm = UserChangeForm


class MembershipInline(Inline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]
    readonly_fields = ["joined_at"]


@admin.register(Organization)
class OrganizationAdmin(OrganizationModelAdmin):
    list_display = ["name", "slug", "members", "members_can_use_personal_api_keys", "created_at"]
    search_fields = ["name", "slug", "id__exact", "memberships__user__email"]
    ordering = ["-created_at", "id"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["id", "created_at", "updated_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return super().get_queryset(request).annotate(members=Count("memberships", distinct=True))

    @admin.display(ordering="members")
    def members(self, organization: Organization) -> int:
        number: int = organization.members  # type: ignore[attr-defined]  # annotated above
        return number

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Whoever joined or left may need another current organization."""
        super().save_formset(request, form, formset, change)
        for membership in [*formset.new_objects, *formset.deleted_objects]:
            settle_current(user=membership.user)


@admin.register(Project)
class ProjectAdmin(ProjectModelAdmin):
    list_display = ["id", "name", "organization", "timezone", "is_demo", "created_at"]
    list_display_links = ["id", "name"]
    list_select_related = ["organization"]
    list_filter = ["is_demo"]
    search_fields = ["name", "api_token", "organization__name"]
    ordering = ["-id"]
    autocomplete_fields = ["organization"]
    readonly_fields = ["uuid", "api_token", "created_at", "updated_at"]


class LowerCaseEmail(forms.EmailField):
    """An e-mail address in the one spelling that is stored."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").lower()


class UserCreationForm(UserAddForm):
    class Meta:
        model = User
        fields = ["email"]
        field_classes = {"email": LowerCaseEmail}


class UserForm(UserEditForm):
    class Meta:
        model = User
        fields = "__all__"  # the fieldsets of the admin choose
        field_classes = {"email": LowerCaseEmail}


@admin.register(User)
class UserAdmin(UserModelAdmin):
    form = UserForm
    add_form = UserCreationForm
    list_display = ["email", "first_name", "last_name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "first_name", "last_name", "distinct_id", "uuid__exact"]
    ordering = ["-id"]
    raw_id_fields = ["current_organization", "current_project"]
    readonly_fields = ["uuid", "distinct_id", "date_joined", "last_login"]
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


class PersonalAPIKeyForm(KeyModelForm):
    class Meta:
        model = PersonalAPIKey
        fields = [
            "user",
            "label",
            "description",
            "scopes",
            "scoped_teams",
            "scoped_organizations",
        ]
        help_texts = {
            "scopes": "Separated by commas, such as dashboard:read,insight:write; * is everything.",
            "scoped_teams": "Ids of projects, separated by commas; empty is unrestricted.",
            "scoped_organizations": "UUIDs, separated by commas; empty is unrestricted.",
        }

    def clean(self) -> dict[str, Any]:
        """What the services would refuse is an error of its field here."""
        cleaned = super().clean() or self.cleaned_data
        user = cleaned.get("user") or (self.instance.user if self.instance.user_id else None)
        try:
            check_scopes(cleaned.get("scopes") or [])
            if user is not None:
                check_scoped_teams(user=user, ids=cleaned.get("scoped_teams") or [])
                check_scoped_organizations(user=user, ids=cleaned.get("scoped_organizations") or [])
        except DomainError as error:
            self.add_error(error.attr, error.detail)
        return cleaned


@admin.register(PersonalAPIKey)
class PersonalAPIKeyAdmin(KeyModelAdmin):
    """Keys of all users. The value is shown once; its hash never."""

    form = PersonalAPIKeyForm
    list_display = ["label", "user", "mask_value", "scopes", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["label", "user__email", "mask_value", "id__exact"]
    ordering = ["-created_at", "id"]
    autocomplete_fields = ["user"]
    actions = ["roll"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: PersonalAPIKey | None = None
    ) -> list[str]:
        if obj is None:
            return []
        return ["user", "mask_value", "created_at", "last_used_at", "last_rolled_at"]

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
            update_key(
                key=obj, changes={name: form.cleaned_data[name] for name in form.changed_data}
            )
            return
        issued = create_key(**form.cleaned_data)
        obj.pk = issued.key.pk
        obj.refresh_from_db()
        self._show(request, issued)

    @admin.action(description="Roll selected keys", permissions=["change"])
    def roll(self, request: HttpRequest, queryset: QuerySet[PersonalAPIKey]) -> None:
        for key in queryset:
            self._show(request, roll_key(key=key, now=timezone.now()))

    def _show(self, request: HttpRequest, issued: IssuedKey) -> None:
        text = f"The value of {issued.key.label}, shown only now: {issued.value}"
        self.message_user(request, text, messages.WARNING)
