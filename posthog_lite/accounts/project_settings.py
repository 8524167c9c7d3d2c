"""Settings of projects that clients write and read back, of which few are acted on."""

from __future__ import annotations

from typing import Any

# By their names on the wire, with what a project shows before they are set.
DEFAULTS: dict[str, Any] = {
    "completed_snippet_onboarding": False,
    "has_completed_onboarding_for": None,
    "product_description": None,
    "app_urls": [],
    "recording_domains": None,
    "test_account_filters_default_checked": None,
    "path_cleaning_filters": [],
    "data_attributes": ["data-attr"],
    "person_display_name_properties": None,
    "live_events_columns": None,
    "autocapture_opt_out": None,
    "autocapture_exceptions_opt_in": None,
    "autocapture_web_vitals_opt_in": None,
    "capture_console_log_opt_in": None,
    "capture_performance_opt_in": None,
    "capture_dead_clicks": None,
    "surveys_opt_in": None,
    "heatmaps_opt_in": None,
    "session_recording_opt_in": False,
    "session_recording_sample_rate": None,
    "session_recording_minimum_duration_milliseconds": None,
    "session_recording_network_payload_capture_config": None,
    "session_recording_masking_config": None,
    "cookieless_server_hash_mode": None,
    "primary_dashboard": None,
    "modifiers": None,
    "base_currency": "USD",
}
