"""Members of an organization."""

from __future__ import annotations

from rest_framework import serializers

from posthog_lite.accounts.models import Membership
from posthog_lite.accounts_api.serializers.fixed import FixedField
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from posthog_lite.api.describing import describe


@describe(
    "Somebody's place in an organization.",
    id="UUID of the membership.",
    user="Who it is.",
    joined_at="When they joined.",
    updated_at="When the membership was last changed.",
    last_login="When they last signed in.",
)
class OrganizationMemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody's place in an organization."""

    user = UserBasicSerializer(read_only=True)
    level = serializers.IntegerField(read_only=True, help_text="1 member, 8 admin, 15 owner.")
    is_2fa_enabled = FixedField(False)
    has_social_auth = FixedField(False)
    last_login = serializers.DateTimeField(
        source="user.last_login", read_only=True, allow_null=True
    )

    class Meta:
        model = Membership
        fields = [
            "id",
            "user",
            "level",
            "joined_at",
            "updated_at",
            "is_2fa_enabled",
            "has_social_auth",
            "last_login",
        ]
        read_only_fields = fields
