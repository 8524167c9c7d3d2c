"""Members of an organization."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.accounts.models import Membership, MembershipLevel
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
    level="1 member, 8 admin, 15 owner.",
)
class OrganizationMemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody's place in an organization."""

    user = UserBasicSerializer(read_only=True)
    level = serializers.IntegerField(read_only=True)
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


class OrganizationMemberListQuerySerializer(serializers.Serializer[Any]):
    email = serializers.CharField(
        required=False, allow_blank=True, max_length=254, help_text="Whose whole email this is."
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Words, each a part of the first name, the last name or the email.",
    )
    order = serializers.CharField(
        default="-joined_at",
        max_length=100,
        help_text="`joined_at` for the longest members first; the latest unless given.",
    )

    def validate_order(self, given: str) -> str:
        return "joined_at" if given == "joined_at" else "-joined_at"


@describe(
    "What may be changed of a membership; other keys are ignored.",
    level="1 member, 8 admin, 15 owner.",
    examples={"An admin": {"level": 8}},
)
class OrganizationMemberWriteSerializer(serializers.Serializer[Any]):
    level = serializers.ChoiceField(choices=MembershipLevel.choices, required=False)
