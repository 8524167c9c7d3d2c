from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.models import DashboardCollaborator, PrivilegeLevel
from posthog_lite.accounts.examples import ADA
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe


@describe(
    "Somebody invited to edit a dashboard.",
    id="UUID of the invitation.",
    dashboard_id="Number of the dashboard.",
    user="Who is invited.",
    level="What they may do.",
    added_at="When they were invited.",
    updated_at="When the invitation was last changed.",
    examples={
        "An editor": {
            "id": "0199f0c3-6c1e-7d52-9d6c-3f0f8a1f5b11",
            "dashboard_id": 3,
            "user": ADA,
            "level": 37,
            "added_at": "2026-01-05T14:15:22Z",
            "updated_at": "2026-01-05T14:15:22Z",
        }
    },
)
class DashboardCollaboratorSerializer(serializers.ModelSerializer[DashboardCollaborator]):
    """Somebody invited to a dashboard; `user_uuid` names them when inviting."""

    user = UserBasicSerializer(read_only=True)
    level = serializers.ChoiceField(choices=PrivilegeLevel.choices, read_only=True)

    class Meta:
        model = DashboardCollaborator
        fields = ["id", "dashboard_id", "user", "level", "added_at", "updated_at"]
        read_only_fields = fields


@describe(
    "Whom to invite.",
    level="What they may do.",
    user_uuid="UUID of the user.",
    examples={"Editor": {"user_uuid": "095be615-a8ad-4c33-8e9c-c7612fbf6c9f", "level": 37}},
)
class DashboardCollaboratorCreateSerializer(serializers.Serializer[Any]):
    user_uuid = serializers.UUIDField()
    level = serializers.ChoiceField(choices=PrivilegeLevel.choices)
