"""Users: the small form nested everywhere and the whole one of `/api/users/`."""

from __future__ import annotations

from rest_framework import serializers

from posthog_lite.accounts.models import User


class UserBasicSerializer(serializers.ModelSerializer[User]):
    """A user as nested in other objects: `created_by` and the like."""

    class Meta:
        model = User
        fields = [
            "id",
            "uuid",
            "distinct_id",
            "first_name",
            "last_name",
            "email",
            "is_email_verified",
            "hedgehog_config",
            "role_at_organization",
        ]
        read_only_fields = fields
