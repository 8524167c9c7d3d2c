"""Projects, which are their own one environment: rows, the whole, and what may be written."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.accounts.models import MembershipLevel, Project
from posthog_lite.accounts_api.serializers.fixed import FixedField
from posthog_lite.accounts_api.serializers.project_settings import (
    JSONObjectField,
    ProjectSettingsSerializer,
)
from posthog_lite.api.describing import describe

SETTINGS = tuple(ProjectSettingsSerializer().fields)


@describe(
    "A project as an organization lists it.",
    id="Number of the project.",
    organization_id="UUID of its organization.",
    name="Its name.",
)
class ProjectBasicSerializer(serializers.ModelSerializer[Project]):
    """A project as an organization lists it."""

    class Meta:
        model = Project
        fields = ["id", "organization_id", "name"]
        read_only_fields = fields


@describe(
    "A project as lists show it.",
    id="Number of the project.",
    name="Its name.",
    uuid="UUID of the project.",
    organization="UUID of its organization.",
    project_id="Number of the project, which is its own environment.",
    api_token="Public token of the project.",  # noqa: S106  # a description
    is_demo="Whether it holds demo data.",
    timezone="Its time zone, such as `Europe/Berlin`.",
    completed_snippet_onboarding="Kept as written.",
    has_completed_onboarding_for="Kept as written.",
)
class TeamBasicSerializer(serializers.ModelSerializer[Project]):
    """A row of the lists of projects, and a user's current one."""

    organization = serializers.UUIDField(source="organization_id", read_only=True)
    project_id = serializers.IntegerField(source="pk", read_only=True)
    completed_snippet_onboarding = serializers.BooleanField(
        source="settings.completed_snippet_onboarding", read_only=True
    )
    has_completed_onboarding_for = JSONObjectField(
        source="settings.has_completed_onboarding_for",
        read_only=True,
        allow_null=True,
    )
    ingested_event = FixedField(False)
    access_control = FixedField(False)

    class Meta:
        model = Project
        fields = [
            "id",
            "uuid",
            "organization",
            "project_id",
            "api_token",
            "name",
            "completed_snippet_onboarding",
            "has_completed_onboarding_for",
            "ingested_event",
            "is_demo",
            "timezone",
            "access_control",
        ]
        read_only_fields = fields


@describe(
    "A project with its settings.",
    created_at="When it was created.",
    updated_at="When it was last changed.",
    effective_membership_level="Your level: 1 member, 8 admin, 15 owner.",
    user_access_level="`admin` or `member`.",
)
class TeamSerializer(ProjectSettingsSerializer, TeamBasicSerializer):
    """A project with its settings."""

    effective_membership_level = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()
    has_group_types = FixedField(False)
    group_types = FixedField([])
    live_events_token = FixedField(None)
    default_modifiers = FixedField({})
    product_intents = FixedField([])
    secret_api_token = FixedField(None)
    secret_api_token_backup = FixedField(None)
    default_data_theme = FixedField(None)

    class Meta(TeamBasicSerializer.Meta):
        fields = [
            *TeamBasicSerializer.Meta.fields,
            "created_at",
            "updated_at",
            "effective_membership_level",
            "user_access_level",
            "has_group_types",
            "group_types",
            "live_events_token",
            *SETTINGS,
            "default_modifiers",
            "product_intents",
            "secret_api_token",
            "secret_api_token_backup",
            "default_data_theme",
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The settings as answers have them: always there, never to be sent."""
        fields = super().get_fields()
        for name in SETTINGS:
            fields[name].read_only, fields[name].required = True, False
        return fields

    def get_effective_membership_level(self, project: Project) -> int | None:
        level: int | None = self.context["levels"].get(project.organization_id)
        return level

    def get_user_access_level(self, project: Project) -> str:
        level = self.get_effective_membership_level(project) or 0
        return "admin" if level >= MembershipLevel.ADMIN else "member"


@cache  # reads the whole database from disk; each serializer makes a field of its own
def _timezones() -> list[str]:
    return sorted(available_timezones() | {"UTC"})


class ProjectListQuerySerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="A part of the name."
    )


@extend_schema_field(OpenApiTypes.STR)
class TimezoneField(serializers.ChoiceField):
    """A name of the time zone database, such as `Europe/Berlin`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=_timezones(), **options)


@describe(
    "What may be written of a project.",
    name="Its name; a new one is `Default project` unless it says another.",
    timezone="Its time zone, such as `Europe/Berlin`.",
    examples={"Named, with a time zone": {"name": "Web", "timezone": "Europe/Berlin"}},
)
class TeamWriteSerializer(ProjectSettingsSerializer):
    """The body of a write to a project."""

    timezone = TimezoneField(required=False)

    class Meta:
        model = Project
        fields = ["name", "timezone", *ProjectSettingsSerializer.Meta.fields]
        extra_kwargs = {"name": {"required": False}}
