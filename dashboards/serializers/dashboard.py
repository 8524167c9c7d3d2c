"""Shapes of dashboards, in the key order of the reference page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models import Dashboard, PrivilegeLevel, RestrictionLevel
from dashboards.selectors.dashboard_rows import WHOLE_KEYS
from dashboards.serializers.fields import BREAKDOWN_COLORS
from dashboards.serializers.tile import TileSerializer
from posthog_lite.accounts_api.serializers.user import ADA, UserBasicSerializer
from posthog_lite.api.describing import describe

SIGN_UPS: dict[str, Any] = {  # the row of examples
    "id": 3,
    "name": "Sign-ups",
    "description": "Who comes, and from where",
    "pinned": True,
    "created_at": "2026-01-05T14:15:22Z",
    "created_by": ADA,
    "last_accessed_at": "2026-01-06T09:00:00Z",
    "last_viewed_at": None,
    "is_shared": False,
    "deleted": False,
    "creation_mode": "default",
    "tags": ["growth"],
    "restriction_level": 21,
    "effective_restriction_level": 21,
    "effective_privilege_level": 37,
    "user_access_level": "manager",
    "access_control_version": "v2",
    "last_refresh": None,
    "team_id": 1,
}
HEADING = {
    "id": 13,
    "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}},
    "color": "blue",
    "filters_overrides": None,
    "show_description": None,
    "insight": None,
    "text": {
        "id": 8,
        "body": "# Sign-ups",
        "created_by": ADA,
        "last_modified_at": "2026-01-05T14:15:22Z",
        "last_modified_by": None,
        "team": 1,
    },
    "order": 0,
    "last_refresh": None,
    "is_cached": False,
}


@describe(
    "A dashboard as lists show it.",
    examples={"A dashboard": SIGN_UPS},
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
    """A row of the list, which `dashboards.selectors.dashboard_rows` reads."""

    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    last_viewed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When you last opened it."
    )
    is_shared = serializers.BooleanField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    effective_restriction_level = serializers.ChoiceField(
        choices=RestrictionLevel.choices, read_only=True
    )
    effective_privilege_level = serializers.ChoiceField(
        choices=PrivilegeLevel.choices, read_only=True
    )
    user_access_level = serializers.CharField(read_only=True, allow_null=True)
    access_control_version = serializers.CharField(read_only=True)
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


@extend_schema_field(BREAKDOWN_COLORS)
class _BreakdownColorsField(serializers.JSONField):
    """Colors as stored."""


@describe(
    "A dashboard with its tiles.",
    filters="Filters as they hold for this answer, overrides included.",
    variables="Values of SQL variables as they hold for this answer.",
    breakdown_colors="Colors of breakdown values: objects with `breakdownValue` and `colorToken`.",
    data_color_theme_id="Number of its color theme; null for the default.",
    persisted_filters="Filters as stored; null for none.",
    persisted_variables="Values of SQL variables as stored; null for none.",
    tiles="Its tiles, in the order of their layout.",
    examples={
        "A dashboard with a text": {
            **SIGN_UPS,
            "filters": {"date_from": "-30d"},
            "variables": None,
            "breakdown_colors": [],
            "data_color_theme_id": None,
            "persisted_filters": {"date_from": "-30d"},
            "persisted_variables": None,
            "tiles": [HEADING],
        }
    },
)
class DashboardSerializer(DashboardBasicSerializer):
    """A whole dashboard, which `dashboards.selectors.dashboard_rows` reads."""

    filters = serializers.DictField(read_only=True)
    variables = serializers.DictField(read_only=True, allow_null=True)
    breakdown_colors = _BreakdownColorsField(read_only=True, allow_null=True)
    data_color_theme_id = serializers.IntegerField(read_only=True, allow_null=True)
    persisted_filters = serializers.DictField(read_only=True, allow_null=True)
    persisted_variables = serializers.DictField(read_only=True, allow_null=True)
    tiles = TileSerializer(many=True, read_only=True)

    class Meta(DashboardBasicSerializer.Meta):
        fields = [*WHOLE_KEYS, "tiles"]
        read_only_fields = fields
