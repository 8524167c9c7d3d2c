from __future__ import annotations

from rest_framework import serializers

from dashboards.models import DashboardCollaborator, PrivilegeLevel
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer


class DashboardCollaboratorSerializer(serializers.ModelSerializer[DashboardCollaborator]):
    """Somebody invited to a dashboard; `user_uuid` names them when inviting."""

    user = UserBasicSerializer(read_only=True)
    level = serializers.ChoiceField(choices=PrivilegeLevel.choices)
    user_uuid = serializers.UUIDField(write_only=True)

    class Meta:
        model = DashboardCollaborator
        fields = ["id", "dashboard_id", "user", "level", "added_at", "updated_at", "user_uuid"]
        read_only_fields = ["id", "dashboard_id", "user", "added_at", "updated_at"]
