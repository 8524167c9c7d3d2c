"""Bodies that write sharing configurations and their passwords."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import StrictJSONField
from posthog_lite.api.schema.shapes import document_as
from sharing.models import SharingConfiguration
from sharing.shapes import Settings

SWITCHES = (
    "whitelabel",
    "noHeader",
    "showInspector",
    "legend",
    "detailed",
    "hideExtraDetails",
    "explore",
)
COLOR_MODES = ("light", "dark", "system")
WORDS_FOR_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
WORDS_FOR_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})


@describe(
    "What the page of a link shows. Null leaves a member at its default.",
    whitelabel="Leave out the name of this server.",
    noHeader="Leave out title and description.",
    showInspector="Of recordings: show the inspector.",
    legend="Show the legends of charts.",
    detailed="Show the table of results.",
    hideExtraDetails="Leave out who made it, and when.",
    explore="Let visitors choose other dates, and save the result of a card as CSV or JSON.",
    theme="Light, dark, or as the visitor's system is.",
)
class SharingSettingsSerializer(serializers.Serializer[Any]):
    """Settings as the OpenAPI document shows them; `SettingsField` reads them."""

    whitelabel = serializers.BooleanField(required=False, allow_null=True)
    noHeader = serializers.BooleanField(required=False, allow_null=True)
    showInspector = serializers.BooleanField(required=False, allow_null=True)
    legend = serializers.BooleanField(required=False, allow_null=True)
    detailed = serializers.BooleanField(required=False, allow_null=True)
    hideExtraDetails = serializers.BooleanField(required=False, allow_null=True)
    explore = serializers.BooleanField(required=False, allow_null=True)
    theme = serializers.ChoiceField(choices=list(COLOR_MODES), required=False, allow_null=True)


document_as(Settings, SharingSettingsSerializer)


@extend_schema_field(SharingSettingsSerializer)
class SettingsField(StrictJSONField):
    """Settings of the page. They replace those stored; unknown and null members are dropped."""

    default_error_messages = {"invalid": "Invalid settings format"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            self.fail("invalid")
        return {
            name: self._read(name, value[name])
            for name in (*SWITCHES, "theme")
            if value.get(name) is not None
        }

    def _read(self, name: str, value: Any) -> bool | str:
        if name == "theme":
            if value not in COLOR_MODES:
                self.fail("invalid")
            return str(value)
        return self._read_switch(value)

    def _read_switch(self, value: Any) -> bool:
        """Return true or false, also for the words and numbers that PostHog reads as such."""
        word = str(value).lower().removesuffix(".0")
        if word not in WORDS_FOR_TRUE | WORDS_FOR_FALSE:
            self.fail("invalid")
        return word in WORDS_FOR_TRUE


@describe(
    "What may be written of a link; other keys are ignored.",
    enabled="Whether the link works.",
    settings=(
        "What the page shows: `whitelabel`, `noHeader`, `showInspector`, `legend`, `detailed`, "
        "`hideExtraDetails`, `explore` and `theme`. Replaces what is stored; other members are "
        "dropped."
    ),
    password_required="Whether the page asks for a password.",  # noqa: S106  # a description
    examples={
        "Switch on": {"enabled": True},
        "Protect": {"enabled": True, "password_required": True},
        "Choose what is shown": {"settings": {"noHeader": True, "theme": "dark"}},
    },
)
class SharingConfigurationWriteSerializer(serializers.ModelSerializer[SharingConfiguration]):
    settings = SettingsField(required=False, allow_null=True)

    class Meta:
        model = SharingConfiguration
        fields = ["enabled", "settings", "password_required"]


@describe(
    "A new password; without `raw_password` the server makes one.",
    note="What it is for, at most 100 characters.",
    raw_password="At least 8 characters; blanks around it do not count.",  # noqa: S106  # a description
    examples={
        "Chosen": {"raw_password": "correct horse battery", "note": "press"},
        "Made by the server": {"note": "press"},
    },
)
class SharePasswordCreateSerializer(serializers.Serializer[Any]):
    """A new password; without `raw_password` the server makes one."""

    raw_password = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=1024,
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=100)

    def validate_raw_password(self, value: str) -> str:
        if value and len(value) < 8:
            raise serializers.ValidationError("Password must be at least 8 characters long.")
        return value


@describe(
    "A password with its value, which is shown only here.",
    password="The password, this once.",  # noqa: S106  # a description
    id="Number of the password.",
    note="What it is for.",
    created_at="When it was made.",
    created_by_email="Email address of who made it.",
    examples={
        "Shown once": {
            "id": 7,
            "password": "correct horse battery",
            "note": "press",
            "created_at": "2026-01-05T14:20:00Z",
            "created_by_email": "ada@example.com",
        }
    },
)
class IssuedPasswordSerializer(serializers.Serializer[Any]):
    """A password with its value, which is shown only here. Needs an IssuedPassword."""

    id = serializers.IntegerField(source="password.pk", read_only=True)
    password = serializers.CharField(source="value", read_only=True)
    note = serializers.CharField(source="password.note", read_only=True)
    created_at = serializers.DateTimeField(source="password.created_at", read_only=True)
    created_by_email = serializers.EmailField(source="password.created_by.email", read_only=True)
