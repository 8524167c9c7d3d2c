"""The settings of a project, which are answered as they were written."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.accounts.models import Project
from posthog_lite.accounts.project_settings import DEFAULTS
from posthog_lite.api.fields import FormListField, StrictJSONField
from posthog_lite.ids import LARGEST_ID

LONGEST_JSON = 64 * 1024
MOST_ITEMS = 100
OBJECT_OR_NULL = {"type": ["object", "null"], "additionalProperties": {}}


class BoundedJSONField(StrictJSONField):
    """A JSON value of one kind, of at most 64 kB."""

    kind: type = object
    kind_name = "a value"

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not isinstance(value, self.kind):
            raise serializers.ValidationError(f"Must be {self.kind_name}.")
        if len(json.dumps(value)) > LONGEST_JSON:
            raise serializers.ValidationError("Must take at most 64 kB as JSON.")
        return value


@extend_schema_field(OBJECT_OR_NULL)
class JSONObjectField(BoundedJSONField):
    kind, kind_name = dict, "an object"


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": {}}})
class JSONObjectsField(BoundedJSONField):
    """A list of objects."""

    kind, kind_name = list, "a list of objects"

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if len(value) > MOST_ITEMS:
            raise serializers.ValidationError(f"Must hold at most {MOST_ITEMS} objects.")
        if not all(isinstance(item, dict) for item in value):
            raise serializers.ValidationError("Must be a list of objects.")
        return value


class DecimalTextField(serializers.DecimalField):
    """A decimal number, stored as the text that it is in JSON."""

    def run_validation(self, data: Any = empty) -> Any:
        value = super().run_validation(data)
        return None if value is None else str(value)


def switch(name: str, text: str, *, is_nullable: bool = True) -> serializers.BooleanField:
    return serializers.BooleanField(
        source=f"settings.{name}", required=False, allow_null=is_nullable, help_text=text
    )


def texts(name: str, text: str, *, is_nullable: bool = True) -> FormListField:
    return FormListField(
        source=f"settings.{name}",
        child=serializers.CharField(max_length=1000, allow_blank=True, allow_null=True),
        max_length=MOST_ITEMS,
        required=False,
        allow_null=is_nullable,
        help_text=text,
    )


def number(name: str, text: str, *, most: int) -> serializers.IntegerField:
    return serializers.IntegerField(
        source=f"settings.{name}",
        min_value=0,
        max_value=most,
        required=False,
        allow_null=True,
        help_text=text,
    )


def json_object(name: str, text: str) -> JSONObjectField:
    return JSONObjectField(
        source=f"settings.{name}", required=False, allow_null=True, help_text=text
    )


class ProjectSettingsSerializer(serializers.ModelSerializer[Project]):
    """All that may be set of a project besides its name and time zone."""

    week_start_day = serializers.ChoiceField(
        choices=[(0, "Sunday"), (1, "Monday")],
        required=False,
        allow_null=True,
        help_text="The first day of weeks in queries; null for Sunday.",
    )
    test_account_filters = JSONObjectsField(
        required=False, help_text="Property filters that leave out internal and test users."
    )
    anonymize_ips = serializers.BooleanField(
        required=False, help_text="Whether `$ip` is taken out of events."
    )
    completed_snippet_onboarding = switch(
        "completed_snippet_onboarding", "Kept as written.", is_nullable=False
    )
    has_completed_onboarding_for = json_object("has_completed_onboarding_for", "Kept as written.")
    product_description = serializers.CharField(
        source="settings.product_description",
        max_length=1000,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="What the product is about.",
    )
    app_urls = texts("app_urls", "Where the product is served.", is_nullable=False)
    recording_domains = texts("recording_domains", "Where sessions may be recorded.")
    test_account_filters_default_checked = switch(
        "test_account_filters_default_checked", "Whether new insights leave out test users."
    )
    path_cleaning_filters = JSONObjectsField(
        source="settings.path_cleaning_filters",
        required=False,
        help_text="Patterns that shorten paths, each with `alias` and `regex`.",
    )
    data_attributes = texts(
        "data_attributes", "Attributes that name elements of pages.", is_nullable=False
    )
    person_display_name_properties = texts(
        "person_display_name_properties", "The properties that name a person, the first one first."
    )
    live_events_columns = texts("live_events_columns", "Columns of the list of events.")
    autocapture_opt_out = switch("autocapture_opt_out", "Kept as written.")
    autocapture_exceptions_opt_in = switch("autocapture_exceptions_opt_in", "Kept as written.")
    autocapture_web_vitals_opt_in = switch("autocapture_web_vitals_opt_in", "Kept as written.")
    capture_console_log_opt_in = switch("capture_console_log_opt_in", "Kept as written.")
    capture_performance_opt_in = switch("capture_performance_opt_in", "Kept as written.")
    capture_dead_clicks = switch("capture_dead_clicks", "Kept as written.")
    surveys_opt_in = switch("surveys_opt_in", "Kept as written.")
    heatmaps_opt_in = switch("heatmaps_opt_in", "Kept as written.")
    session_recording_opt_in = switch(
        "session_recording_opt_in", "Kept as written.", is_nullable=False
    )
    session_recording_sample_rate = DecimalTextField(
        source="settings.session_recording_sample_rate",
        max_digits=3,
        decimal_places=2,
        min_value=0,
        max_value=1,
        required=False,
        allow_null=True,
        help_text="Kept as written.",
    )
    session_recording_minimum_duration_milliseconds = number(
        "session_recording_minimum_duration_milliseconds", "Kept as written.", most=30_000
    )
    session_recording_network_payload_capture_config = json_object(
        "session_recording_network_payload_capture_config", "Kept as written."
    )
    session_recording_masking_config = json_object(
        "session_recording_masking_config", "Kept as written."
    )
    cookieless_server_hash_mode = number("cookieless_server_hash_mode", "Kept as written.", most=2)
    primary_dashboard = number(
        "primary_dashboard", "Id of the dashboard to show first.", most=LARGEST_ID
    )
    modifiers = json_object("modifiers", "Kept as written.")
    base_currency = serializers.RegexField(
        r"^[A-Z]{3}$",
        source="settings.base_currency",
        required=False,
        help_text="The currency of amounts, such as `USD`.",
    )

    class Meta:
        model = Project
        fields = ["week_start_day", "test_account_filters", "anonymize_ips", *DEFAULTS]
