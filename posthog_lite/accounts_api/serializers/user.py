"""Users: the small form nested everywhere and the whole one of `/api/users/`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.accounts.models import User
from posthog_lite.accounts.models.user import RoleAtOrganization
from posthog_lite.accounts.people import PERSON_KEYS
from posthog_lite.accounts_api.serializers.fixed import FixedField
from posthog_lite.accounts_api.serializers.organization import (
    OrganizationBasicSerializer,
    OrganizationSerializer,
)
from posthog_lite.accounts_api.serializers.project import TeamBasicSerializer
from posthog_lite.api.describing import describe
from posthog_lite.api.schema.shapes import document_as
from posthog_lite.database.shapes import Person


@extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
class HedgehogField(serializers.JSONField):
    """A user's avatar: an object, or null."""


@describe(
    "A user as other objects name them.",
    id="Number of the user.",
    uuid="UUID of the user.",
    distinct_id="The id the user has in events.",
    first_name="First name.",
    last_name="Last name.",
    is_email_verified="Whether the address has been verified; null where nobody asked.",
    hedgehog_config="The user's avatar; null for none.",
    role_at_organization="What the user does in the organization.",
    email="Email address, which is also the login. Empty for visitors of a share.",
)
class UserBasicSerializer(serializers.ModelSerializer[User]):
    """A user as nested in other objects: `created_by` and the like."""

    # No EmailField: visitors of a share get an empty one.
    email = serializers.CharField(
        read_only=True,
    )
    hedgehog_config = HedgehogField(read_only=True)
    role_at_organization = serializers.ChoiceField(
        choices=RoleAtOrganization.choices, allow_blank=True, allow_null=True, read_only=True
    )

    class Meta:
        model = User
        fields = list(PERSON_KEYS)
        read_only_fields = fields


document_as(Person, UserBasicSerializer)


@describe(
    "A user, with what is current for them and where they are a member.",
    date_joined="When the account was made.",
    is_staff="Whether they may enter the admin.",
    has_password="Whether a password is set.",  # noqa: S106  # a description
    team="The current project; null for none.",
    organization="The current organization; null for none.",
    organizations="The organizations they are in.",
)
class UserSerializer(UserBasicSerializer):
    """A user with what is current for them and where they are a member.

    Expects a user as `list_users` reads it, and the caller's `levels` in the context.
    """

    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)
    team = serializers.SerializerMethodField()
    organization = serializers.SerializerMethodField()
    organizations = serializers.SerializerMethodField()
    pending_email = FixedField(None)
    notification_settings = FixedField({})
    anonymize_data = FixedField(False)
    allow_impersonation = FixedField(True)
    toolbar_mode = FixedField("toolbar")
    is_impersonated = FixedField(False)
    is_impersonated_until = FixedField(None)
    is_impersonated_read_only = FixedField(None)
    is_impersonated_reason = FixedField(None)
    sensitive_session_expires_at = FixedField(None)
    fresh_reauth_expires_at = FixedField(None)
    events_column_config = FixedField({"active": "DEFAULT"})
    is_2fa_enabled = FixedField(False)
    has_social_auth = FixedField(False)
    has_sso_enforcement = FixedField(False)
    has_seen_product_intro_for = FixedField({})
    scene_personalisation = FixedField([])
    theme_mode = FixedField(None)
    hide_mcp_hints = FixedField(False)
    is_organization_first_user = FixedField(None)
    pending_invites = FixedField([])
    requires_credential_review = FixedField(False)

    class Meta(UserBasicSerializer.Meta):
        fields = [
            *UserBasicSerializer.Meta.fields,
            "date_joined",
            "is_staff",
            "has_password",
            "team",
            "organization",
            "organizations",
            "pending_email",
            "notification_settings",
            "anonymize_data",
            "allow_impersonation",
            "toolbar_mode",
            "is_impersonated",
            "is_impersonated_until",
            "is_impersonated_read_only",
            "is_impersonated_reason",
            "sensitive_session_expires_at",
            "fresh_reauth_expires_at",
            "events_column_config",
            "is_2fa_enabled",
            "has_social_auth",
            "has_sso_enforcement",
            "has_seen_product_intro_for",
            "scene_personalisation",
            "theme_mode",
            "hide_mcp_hints",
            "is_organization_first_user",
            "pending_invites",
            "requires_credential_review",
        ]
        read_only_fields = fields

    @extend_schema_field(TeamBasicSerializer(allow_null=True))
    def get_team(self, user: User) -> Any:
        project = user.current_project
        if project is None or not _is_member(user, project.organization_id):
            return None
        return TeamBasicSerializer(project, context=self.context).data

    @extend_schema_field(OrganizationSerializer(allow_null=True))
    def get_organization(self, user: User) -> Any:
        organization = user.current_organization
        if organization is None or not _is_member(user, organization.pk):
            return None
        return OrganizationSerializer(organization, context=self.context).data

    @extend_schema_field(OrganizationBasicSerializer(many=True))
    def get_organizations(self, user: User) -> Any:
        rows = [membership.organization for membership in user.memberships.all()]
        return OrganizationBasicSerializer(rows, many=True, context=self.context).data


def _is_member(user: User, organization_id: object) -> bool:
    """Return whether to show what is current, which stays in the row when a member is removed."""
    return any(row.organization_id == organization_id for row in user.memberships.all())


@describe(
    "What users may write of themselves; other keys are ignored.",
    first_name="First name.",
    last_name="Last name.",
    role_at_organization="What they do in the organization.",
    set_current_organization="UUID of the organization that `@current` is to mean.",
    set_current_team="Number of the project that `@current` is to mean.",
    examples={"Own name": {"first_name": "Ada", "role_at_organization": "engineering"}},
)
class UserWriteSerializer(serializers.ModelSerializer[User]):
    """The body in which users write their own data; everything else in it is ignored."""

    set_current_organization = serializers.UUIDField(required=False)
    set_current_team = serializers.IntegerField(required=False)

    class Meta:
        model = User
        fields = [
            "first_name",
            "last_name",
            "role_at_organization",
            "set_current_organization",
            "set_current_team",
        ]
