"""Organizations: as a row, as a whole, and what may be written."""

from __future__ import annotations

from rest_framework import serializers

from posthog_lite.accounts.models import Organization
from posthog_lite.accounts_api.serializers.fixed import FixedField
from posthog_lite.accounts_api.serializers.project import (
    ProjectBasicSerializer,
    TeamBasicSerializer,
)
from posthog_lite.api.describing import describe

# What PostHog sells and clients look up before they use it: all of it is on.
AVAILABLE_FEATURES = {
    "organizations_projects": "Multiple projects",
    "tagging": "Tags",
    "dashboard_collaboration": "Dashboard collaboration",
    "dashboard_permissioning": "Dashboard permissions",
    "advanced_permissions": "Advanced permissions",
    "access_control": "Access control",
    "white_labelling": "White labelling",
    "data_color_themes": "Data color themes",
    "organization_security_settings": "Organization security settings",
}


@describe(
    "An organization as a user's list of them shows it.",
    id="UUID of the organization.",
    name="Its name.",
    slug="Its name in addresses.",
    membership_level="Your level: 1 member, 8 admin, 15 owner.",
    members_can_use_personal_api_keys="Whether members may use keys; admins always may.",
)
class OrganizationBasicSerializer(serializers.ModelSerializer[Organization]):
    """An organization as a user's list of them shows it; the context holds the caller's levels."""

    logo_media_id = FixedField(None)
    membership_level = serializers.SerializerMethodField()
    is_active = FixedField(True)
    is_not_active_reason = FixedField(None)
    is_pending_deletion = FixedField(False)

    class Meta:
        model = Organization
        fields = [
            "id",
            "name",
            "slug",
            "logo_media_id",
            "membership_level",
            "members_can_use_personal_api_keys",
            "is_active",
            "is_not_active_reason",
            "is_pending_deletion",
        ]
        read_only_fields = fields

    def get_membership_level(self, organization: Organization) -> int | None:
        level: int | None = self.context["levels"].get(organization.pk)
        return level


@describe(
    "An organization with its projects and settings.",
    created_at="When it was created.",
    updated_at="When it was last changed.",
    teams="Its projects.",
    projects="Its projects, in short.",
    allow_publicly_shared_resources="Whether public links work.",
    member_count="How many members it has.",
    available_product_features="What may be used: everything.",
)
class OrganizationSerializer(OrganizationBasicSerializer):
    """An organization with its projects and settings."""

    plugins_access_level = FixedField(3)
    teams = TeamBasicSerializer(source="projects", many=True, read_only=True)
    projects = ProjectBasicSerializer(many=True, read_only=True)
    available_product_features = FixedField(
        [{"key": key, "name": name} for key, name in AVAILABLE_FEATURES.items()]
    )
    is_member_join_email_enabled = FixedField(True)
    metadata = FixedField({"instance_tag": "none"})
    customer_id = FixedField(None)
    enforce_2fa = FixedField(None)
    members_can_invite = FixedField(True)
    member_count = serializers.IntegerField(read_only=True)
    is_ai_data_processing_approved = FixedField(None)
    default_experiment_stats_method = FixedField("bayesian")
    default_role_id = FixedField(None)

    class Meta(OrganizationBasicSerializer.Meta):
        fields = [
            *OrganizationBasicSerializer.Meta.fields,
            "created_at",
            "updated_at",
            "plugins_access_level",
            "teams",
            "projects",
            "available_product_features",
            "is_member_join_email_enabled",
            "metadata",
            "customer_id",
            "enforce_2fa",
            "members_can_invite",
            "allow_publicly_shared_resources",
            "member_count",
            "is_ai_data_processing_approved",
            "default_experiment_stats_method",
            "default_role_id",
        ]
        read_only_fields = fields


@describe(
    "What may be written of an organization.",
    name="Its name.",
    allow_publicly_shared_resources="Whether public links work.",
    members_can_use_personal_api_keys="Whether members may use keys.",
    examples={"Close all links": {"allow_publicly_shared_resources": False}},
)
class OrganizationWriteSerializer(serializers.ModelSerializer[Organization]):
    """The body of a write to an organization."""

    class Meta:
        model = Organization
        fields = [
            "name",
            "allow_publicly_shared_resources",
            "members_can_use_personal_api_keys",
        ]
