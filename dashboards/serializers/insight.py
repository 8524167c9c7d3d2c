"""Shapes of insights, on their own and on a dashboard's tiles."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models import Insight, PrivilegeLevel, RestrictionLevel
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe

PAGE_VIEWS = {  # the query of examples
    "kind": "InsightVizNode",
    "source": {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "$pageview", "math": "total"}],
        "dateRange": {"date_from": "-7d"},
        "interval": "day",
    },
}


@describe(
    "Where an insight is shown.",
    id="Number of the tile.",
    dashboard_id="Number of the dashboard.",
    deleted="Whether the tile is removed.",
)
class DashboardTileBasicSerializer(serializers.Serializer[Any]):
    """Where an insight is shown."""

    id = serializers.IntegerField(read_only=True)
    dashboard_id = serializers.IntegerField(read_only=True)
    deleted = serializers.BooleanField(read_only=True, allow_null=True)


@extend_schema_field(OpenApiTypes.ANY)
class ComputedField(serializers.ReadOnlyField):
    """Part of a computed result: null until there is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=None, **options)


@extend_schema_field({"type": ["string", "null"], "format": "date-time"})
class ComputedMoment(ComputedField):
    """When something was or may be computed; null until it was."""


@describe(
    "An insight without results.",
    sometimes_absent=("search_match_type",),
    id="Number of the insight.",
    short_id="Short id, as links use it.",
    name="Name, at most 400 characters.",
    derived_name="Name made from the query, where it has none of its own.",
    query="The query; null for insights of the old form.",
    dashboard_tiles="Tiles that show it.",
    description="What it is about.",
    last_refresh="When the result was computed; null until then.",
    refreshing="Whether the result is being computed.",
    saved="Whether it is listed as saved.",
    tags="Tags, by name.",
    updated_at="When the row was last written.",
    created_by="Who created it.",
    created_at="When it was created.",
    last_modified_at="When its content was last changed.",
    favorited="Whether it is a favorite.",
    user_access_level="What you may do with it, such as `manager` or `editor`.",
)
class InsightBasicSerializer(serializers.ModelSerializer[Insight]):
    """An insight without results, which `dashboards.selectors.insights` reads."""

    filters = serializers.DictField(
        read_only=True, help_text="Filters of the old form; empty where there is a query."
    )
    query = serializers.DictField(read_only=True, allow_null=True)
    dashboards = serializers.ListField(
        child=serializers.IntegerField(), read_only=True, help_text="Dashboards that show it."
    )
    dashboard_tiles = DashboardTileBasicSerializer(many=True, read_only=True)
    last_refresh = ComputedMoment()
    refreshing = serializers.BooleanField(read_only=True, default=False)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    user_access_level = serializers.CharField(read_only=True, allow_null=True)
    last_viewed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When anybody last opened it."
    )
    search_match_type = serializers.ChoiceField(
        choices=["exact", "similar"], read_only=True, help_text="Only in answers to a search."
    )

    class Meta:
        model = Insight
        fields = [
            "id",
            "short_id",
            "name",
            "derived_name",
            "filters",
            "query",
            "dashboards",
            "dashboard_tiles",
            "description",
            "last_refresh",
            "refreshing",
            "saved",
            "tags",
            "updated_at",
            "created_by",
            "created_at",
            "last_modified_at",
            "favorited",
            "user_access_level",
            "last_viewed_at",
            "search_match_type",
        ]
        read_only_fields = fields


@describe(
    "An insight. With `basic` the answer leaves out what is not required here.",
    sometimes_absent=(
        "filters_hash",
        "order",
        "deleted",
        "cache_target_age",
        "next_allowed_client_refresh",
        "result",
        "hasMore",
        "columns",
        "types",
        "hogql",
        "is_cached",
        "query_status",
        "resolved_date_range",
        "timezone",
        "alerts",
        "last_modified_by",
        "is_sample",
        "effective_restriction_level",
        "effective_privilege_level",
    ),
    order="Place on old dashboards.",
    deleted="Whether it is hidden.",
    cache_target_age="When the result is due to be computed again.",
    next_allowed_client_refresh="When it may next be asked to refresh.",
    result="The result; null until it is computed.",
    hasMore="Whether the result goes on.",
    columns="Columns of the result.",
    last_modified_by="Who last changed its content.",
    is_sample="Whether it came with the project.",
    effective_restriction_level="Who may edit it.",
    effective_privilege_level="What you may do with it.",
    timezone="Time zone the result is in.",
    is_cached="Whether the result was stored before.",
    query_status="How far computing has come.",
    hogql="The SQL that was run.",
    types="Types of the columns.",
    resolved_date_range="The dates the result covers.",
    alerts="Always empty: there are no alerts.",
)
class InsightSerializer(InsightBasicSerializer):
    """A whole insight. Everything computed is null until its query has been run."""

    filters_hash = ComputedField(help_text="Cache key of the result.")
    cache_target_age = ComputedMoment()
    next_allowed_client_refresh = ComputedMoment()
    result = ComputedField()
    hasMore = ComputedField()  # the wire's own word
    columns = ComputedField()
    types = ComputedField()
    hogql = ComputedField()
    is_cached = serializers.BooleanField(read_only=True, default=False)
    query_status = ComputedField()
    resolved_date_range = ComputedField()
    timezone = ComputedField()
    alerts = serializers.ListField(read_only=True)
    last_modified_by = UserBasicSerializer(read_only=True, allow_null=True)
    effective_restriction_level = serializers.ChoiceField(
        choices=RestrictionLevel.choices, read_only=True
    )
    effective_privilege_level = serializers.ChoiceField(
        choices=PrivilegeLevel.choices, read_only=True
    )

    class Meta(InsightBasicSerializer.Meta):
        fields = [
            "id",
            "short_id",
            "name",
            "derived_name",
            "filters",
            "filters_hash",
            "query",
            "order",
            "deleted",
            "dashboards",
            "dashboard_tiles",
            "last_refresh",
            "cache_target_age",
            "next_allowed_client_refresh",
            "result",
            "hasMore",
            "columns",
            "created_at",
            "created_by",
            "description",
            "updated_at",
            "tags",
            "favorited",
            "saved",
            "last_modified_at",
            "last_modified_by",
            "is_sample",
            "effective_restriction_level",
            "effective_privilege_level",
            "user_access_level",
            "timezone",
            "is_cached",
            "query_status",
            "hogql",
            "types",
            "resolved_date_range",
            "alerts",
            "last_viewed_at",
            "search_match_type",
        ]
        read_only_fields = fields
