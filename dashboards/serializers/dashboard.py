"""Shapes of dashboards, in the key order of the reference page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models import Dashboard, PrivilegeLevel, RestrictionLevel
from dashboards.selectors.contents import DashboardContents
from dashboards.selectors.rights import privilege_level, user_access_level
from dashboards.serializers.tile import TileSerializer
from posthog_lite.accounts.selectors import ProjectAccess
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe


@describe(
    "A dashboard as lists show it.",
    id="Number of the dashboard.",
    name="Name, at most 400 characters.",
    description="What it is about.",
    pinned="Whether it comes first in lists.",
    created_at="When it was created.",
    created_by="Who created it.",
    last_accessed_at="When anybody last read it.",
    is_shared="Whether a public link to it is on.",
    deleted="Whether it is hidden.",
    creation_mode="How it came to be.",
    tags="Tags, by name.",
    restriction_level="Who may edit it.",
    effective_restriction_level="Who may edit it, with every rule applied.",
    effective_privilege_level="What you may do with it.",
    access_control_version="`v1` where only those invited may edit it, `v2` otherwise.",
    last_refresh="When its results were last computed; null until then.",
    team_id="Number of its project.",
    user_access_level="What you may do with it, such as `manager` or `editor`.",
)
class DashboardBasicSerializer(serializers.ModelSerializer[Dashboard]):
    """A row of the list. Needs rows of `dashboards_visible_to` and `access` in the context."""

    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    last_viewed_at = serializers.DateTimeField(
        source="viewed_at", read_only=True, allow_null=True, help_text="When you last opened it."
    )
    is_shared = serializers.BooleanField(source="shared", read_only=True)
    tags = serializers.ListField(source="tag_names", child=serializers.CharField(), read_only=True)
    effective_restriction_level = serializers.ChoiceField(
        source="restriction_level", choices=RestrictionLevel.choices, read_only=True
    )
    effective_privilege_level = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()
    access_control_version = serializers.SerializerMethodField()
    team_id = serializers.IntegerField(source="project_id", read_only=True)

    class Meta:
        model = Dashboard
        fields = [
            "id",
            "name",
            "description",
            "pinned",
            "created_at",
            "created_by",
            "last_accessed_at",
            "last_viewed_at",
            "is_shared",
            "deleted",
            "creation_mode",
            "tags",
            "restriction_level",
            "effective_restriction_level",
            "effective_privilege_level",
            "user_access_level",
            "access_control_version",
            "last_refresh",
            "team_id",
        ]
        read_only_fields = fields

    @property
    def access(self) -> ProjectAccess:
        access: ProjectAccess = self.context["access"]
        return access

    @extend_schema_field(serializers.ChoiceField(choices=PrivilegeLevel.choices))
    def get_effective_privilege_level(self, dashboard: Dashboard) -> int:
        return privilege_level(dashboard, self.access)

    def get_user_access_level(self, dashboard: Dashboard) -> str | None:
        return user_access_level(dashboard.created_by_id, self.access)

    def get_access_control_version(self, dashboard: Dashboard) -> str:
        restricted = dashboard.restriction_level > RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT
        return "v1" if restricted else "v2"


@describe(
    "A dashboard with its tiles.",
    filters="Filters as they hold for this answer, overrides included.",
    variables="Values of SQL variables as they hold for this answer.",
    breakdown_colors="Colors of breakdown values: objects with `breakdownValue` and `colorToken`.",
    data_color_theme_id="Number of its color theme; null for the default.",
    persisted_filters="Filters as stored; null for none.",
    persisted_variables="Values of SQL variables as stored; null for none.",
    tiles="Its tiles, in the order of their layout.",
)
class DashboardSerializer(DashboardBasicSerializer):
    """A whole dashboard. Needs its DashboardContents as `contents` in the context."""

    filters = serializers.SerializerMethodField()
    variables = serializers.SerializerMethodField()
    breakdown_colors = serializers.JSONField(read_only=True)
    data_color_theme_id = serializers.IntegerField(read_only=True, allow_null=True)
    persisted_filters = serializers.SerializerMethodField()
    persisted_variables = serializers.SerializerMethodField()
    tiles = serializers.SerializerMethodField()

    class Meta(DashboardBasicSerializer.Meta):
        fields = [
            *DashboardBasicSerializer.Meta.fields[:11],
            "filters",
            "variables",
            "breakdown_colors",
            "data_color_theme_id",
            *DashboardBasicSerializer.Meta.fields[11:18],
            "persisted_filters",
            "persisted_variables",
            "team_id",
            "tiles",
        ]
        read_only_fields = fields

    @property
    def contents(self) -> DashboardContents:
        contents: DashboardContents = self.context["contents"]
        return contents

    def get_filters(self, dashboard: Dashboard) -> dict[str, Any]:
        return self.contents.filters

    def get_variables(self, dashboard: Dashboard) -> dict[str, Any] | None:
        return self.contents.variables

    def get_persisted_filters(self, dashboard: Dashboard) -> dict[str, Any] | None:
        return dashboard.filters or None

    def get_persisted_variables(self, dashboard: Dashboard) -> dict[str, Any] | None:
        return dashboard.variables or None

    @extend_schema_field(TileSerializer(many=True))
    def get_tiles(self, dashboard: Dashboard) -> Any:
        return TileSerializer(self.contents.tiles, many=True, context=self.context).data
