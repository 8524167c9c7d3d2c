from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.models import Insight
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe


@describe(
    "Something that uses an action.",
    type="Always `insight`.",
    id="Its short id.",
    name="Its name.",
    url="Where the API has it.",
    created_at="When it was created.",
    created_by="Who created it; null where nobody did.",
)
class ActionReferenceSerializer(serializers.Serializer[Any]):
    type = serializers.SerializerMethodField()
    id = serializers.CharField(source="short_id")
    name = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(allow_null=True)
    created_by = UserBasicSerializer(allow_null=True)

    def get_type(self, insight: Insight) -> str:
        return "insight"

    def get_name(self, insight: Insight) -> str:
        return insight.name or insight.derived_name or "Unnamed"

    def get_url(self, insight: Insight) -> str:
        return f"/api/projects/{insight.project_id}/insights/{insight.short_id}/"
