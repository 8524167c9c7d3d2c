"""Personal API keys: the row, and what may be written."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.accounts.models import PersonalAPIKey
from posthog_lite.accounts.scopes import InvalidScope, check_scopes
from posthog_lite.accounts_api.serializers.fixed import FixedField
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import PlainListField
from posthog_lite.ids import LARGEST_ID

MOST_ENTRIES = 500  # of each list


class ListOrEmptyField(serializers.ListField):
    """A list that reads as `[]` where null is stored: strict clients need arrays."""

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or []


@describe(
    "A personal API key. Its value is there only in the answer that makes it.",
    id="Id of the key.",
    value="The key itself, once; null ever after.",
    mask_value="The first and last letters of the key.",
    created_at="When it was made.",
    last_used_at="When it was last used; null for never.",
    last_rolled_at="When its value was last replaced; null for never.",
    user_id="Number of its owner.",
    is_legacy_hashing="Whether it was made by an old release and not used since.",
    label="What it is for.",
    description="More about it; null for nothing.",
    scopes="What it may do, such as `dashboard:read`; `*` is everything.",
    scoped_teams="Numbers of the projects it is confined to; empty for all.",
    scoped_organizations="UUIDs of the organizations it is confined to; empty for all.",
)
class PersonalAPIKeySerializer(serializers.ModelSerializer[PersonalAPIKey]):
    """A key as it is shown ever after: without its value."""

    user_id = serializers.IntegerField(read_only=True)
    value = FixedField(None, of="string")  # IssuedKeySerializer shows it, once
    scopes = ListOrEmptyField(child=serializers.CharField(), read_only=True)
    scoped_teams = ListOrEmptyField(child=serializers.IntegerField(), read_only=True)
    scoped_organizations = ListOrEmptyField(child=serializers.CharField(), read_only=True)
    is_legacy_hashing = serializers.BooleanField(read_only=True)
    local_dev_value = FixedField(None)

    class Meta:
        model = PersonalAPIKey
        fields = [
            "id",
            "label",
            "description",
            "value",
            "mask_value",
            "created_at",
            "last_used_at",
            "last_rolled_at",
            "user_id",
            "is_legacy_hashing",
            "scopes",
            "scoped_teams",
            "scoped_organizations",
            "local_dev_value",
        ]
        read_only_fields = fields


class IssuedKeySerializer(serializers.BaseSerializer[Any]):
    """A key that was made or rolled just now, the only time its value can be shown."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = PersonalAPIKeySerializer(instance.key, context=self.context).data
        return {**row, "value": instance.value}


@describe(
    "What may be written of a key.",
    examples={
        "Reads dashboards": {
            "label": "Report",
            "scopes": ["dashboard:read"],
            "scoped_teams": [],
            "scoped_organizations": [],
        }
    },
    label="What it is for.",
    description="More about it; null for nothing.",
    scopes="What it may do, such as `dashboard:read`; `*` is everything.",
    scoped_teams="Numbers of the projects it is confined to; empty for all.",
    scoped_organizations="UUIDs of the organizations it is confined to; empty for all.",
)
class PersonalAPIKeyWriteSerializer(serializers.ModelSerializer[PersonalAPIKey]):
    """The body that writes a key; the three lists must be there when it is made."""

    description = serializers.CharField(
        max_length=1000, required=False, allow_null=True, allow_blank=True
    )
    scopes = PlainListField(
        child=serializers.CharField(max_length=100), allow_empty=False, max_length=MOST_ENTRIES
    )
    scoped_teams = PlainListField(
        child=serializers.IntegerField(min_value=-LARGEST_ID, max_value=LARGEST_ID),
        allow_null=True,
        max_length=MOST_ENTRIES,
    )
    scoped_organizations = PlainListField(
        child=serializers.CharField(max_length=100), allow_null=True, max_length=MOST_ENTRIES
    )

    class Meta:
        model = PersonalAPIKey
        fields = ["label", "description", "scopes", "scoped_teams", "scoped_organizations"]

    def validate_description(self, value: str | None) -> str | None:
        return value or None

    def validate_scopes(self, value: list[str]) -> list[str]:
        try:
            check_scopes(value)
        except InvalidScope as error:
            raise serializers.ValidationError(str(error)) from error
        return value

    def validate_scoped_teams(self, value: list[int] | None) -> list[int]:
        return value or []

    def validate_scoped_organizations(self, value: list[str] | None) -> list[str]:
        return value or []
