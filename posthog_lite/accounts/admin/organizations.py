from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from posthog_lite.accounts.models import Membership, Organization, Project
from posthog_lite.accounts.services.organizations import (
    delete_organizations,
    ensure_current,
)
from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.counting import number_of
from posthog_lite.admin_site.deletion import CountedDeletion, rows_going_with
from posthog_lite.admin_site.rights import GrantedBySuperusers
from posthog_lite.admin_site.selects import AutocompletePage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    OrganizationModelAdmin = admin.ModelAdmin[Organization]
    MembershipTable = admin.TabularInline[Membership, Organization]
    ProjectTable = admin.TabularInline[Project, Organization]
else:
    OrganizationModelAdmin = admin.ModelAdmin
    MembershipTable = ProjectTable = admin.TabularInline


class MembershipInline(AutocompletePage, GrantedBySuperusers, MembershipTable):
    model = Membership
    verbose_name_plural = "members"
    extra = 0
    autocomplete_fields = ["user"]
    readonly_fields = ["joined_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "organization")


@admin.register(Organization)
class OrganizationAdmin(CountedDeletion, OrganizationModelAdmin):
    list_display = ["name", "slug", "members", "projects", "public_links", "keys", "created_on"]
    list_filter = ["allow_publicly_shared_resources", "members_can_use_personal_api_keys"]
    search_fields = ["name", "slug", "id__exact", "memberships__user__email"]
    ordering = ["-created_at", "id"]
    show_full_result_count = False
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["id", "created_at", "updated_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                member_count=number_of(Membership.objects.all(), "organization"),
                project_count=number_of(Project.objects.all(), "organization"),
            )
        )

    @admin.display(ordering="member_count")
    def members(self, organization: Organization) -> int:
        return int(getattr(organization, "member_count", 0))

    @admin.display(ordering="project_count")
    def projects(self, organization: Organization) -> int:
        return int(getattr(organization, "project_count", 0))

    @admin.display(
        description="public links", boolean=True, ordering="allow_publicly_shared_resources"
    )
    def public_links(self, organization: Organization) -> bool:
        return organization.allow_publicly_shared_resources

    @admin.display(
        description="members' keys", boolean=True, ordering="members_can_use_personal_api_keys"
    )
    def keys(self, organization: Organization) -> bool:
        return organization.members_can_use_personal_api_keys

    created_on = day_of("created_at", "created")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Settle the current organization of those who joined or left."""
        super().save_formset(request, form, formset, change)
        for membership in [*formset.new_objects, *formset.deleted_objects]:
            ensure_current(user=membership.user)

    def counts(self, rows: list[Organization]) -> dict[str, int]:
        projects = list(Project.objects.filter(organization__in=rows))
        own = {"organizations": len(rows)} | rows_going_with(Organization, rows)
        return own | rows_going_with(Project, projects)

    def delete_model(self, request: HttpRequest, obj: Organization) -> None:
        delete_organizations(organizations=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        delete_organizations(organizations=list(queryset))
