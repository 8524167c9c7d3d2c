from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.services.organizations import update_project
from tests.conftest import KeyClient
from tests.support.errors import assert_error

SETTINGS: dict[str, Any] = {
    "week_start_day": 1,
    "test_account_filters": [{"key": "email", "type": "person", "value": "@example.com"}],
    "anonymize_ips": True,
    "completed_snippet_onboarding": True,
    "has_completed_onboarding_for": {"product_analytics": True},
    "product_description": "Shoes",
    "app_urls": ["https://app.example.com", "https://*.example.com"],
    "recording_domains": ["https://example.com"],
    "test_account_filters_default_checked": True,
    "path_cleaning_filters": [{"alias": "<id>", "regex": "[0-9]+"}],
    "data_attributes": ["data-test-id"],
    "person_display_name_properties": ["email", "name"],
    "live_events_columns": ["event"],
    "autocapture_opt_out": True,
    "autocapture_exceptions_opt_in": False,
    "autocapture_web_vitals_opt_in": True,
    "capture_console_log_opt_in": True,
    "capture_performance_opt_in": True,
    "capture_dead_clicks": False,
    "surveys_opt_in": True,
    "heatmaps_opt_in": False,
    "session_recording_opt_in": True,
    "session_recording_sample_rate": "0.50",
    "session_recording_minimum_duration_milliseconds": 2000,
    "session_recording_network_payload_capture_config": {"recordBody": True},
    "session_recording_masking_config": {"maskAllInputs": True},
    "cookieless_server_hash_mode": 2,
    "primary_dashboard": 7,
    "modifiers": {"personsOnEventsMode": "disabled"},
    "base_currency": "EUR",
}


@pytest.fixture
def admin_client(admin: User, project: Project, key_client: KeyClient) -> APIClient:
    return key_client(admin)


def url_of(project: Project, prefix: str = "projects") -> str:
    return f"/api/{prefix}/{project.pk}/"


@pytest.mark.parametrize("prefix", ["projects", "environments"])
@pytest.mark.parametrize("name", list(SETTINGS))
def test_each_setting_is_answered_as_it_was_written(
    admin_client: APIClient, project: Project, name: str, prefix: str
) -> None:
    changed = admin_client.patch(url_of(project, prefix), {name: SETTINGS[name]})
    assert changed.status_code == 200, changed.json()
    assert changed.json()[name] == SETTINGS[name]
    assert admin_client.get(url_of(project)).json()[name] == SETTINGS[name]


def test_one_setting_leaves_the_others(admin_client: APIClient, project: Project) -> None:
    before = admin_client.get(url_of(project)).json()
    after = admin_client.patch(url_of(project), {"surveys_opt_in": True}).json()
    assert {name for name in before if before[name] != after[name]} == {
        "surveys_opt_in",
        "updated_at",
    }


def test_a_project_may_be_made_with_settings(admin_client: APIClient, project: Project) -> None:
    url = f"/api/organizations/{project.organization_id}/projects/"
    made = admin_client.post(url, {"name": "Second", **SETTINGS})
    assert made.status_code == 201
    shown = admin_client.get(f"/api/projects/{made.json()['id']}/").json()
    assert {name: shown[name] for name in SETTINGS} == SETTINGS


def test_two_writers_lose_nothing(project: Project) -> None:
    stale = Project.objects.get(pk=project.pk)
    update_project(project=project, changes={"settings": {"surveys_opt_in": True}})
    update_project(project=stale, changes={"settings": {"heatmaps_opt_in": True}})
    stored = Project.objects.get(pk=project.pk).settings
    assert (stored["surveys_opt_in"], stored["heatmaps_opt_in"]) == (True, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("week_start_day", 2),
        ("week_start_day", "monday"),
        ("test_account_filters", {"key": "a"}),
        ("test_account_filters", ["a"]),
        ("test_account_filters", [{}] * 101),
        ("test_account_filters", [{"key": "a" * 70_000}]),
        ("test_account_filters", None),
        ("anonymize_ips", "maybe"),
        ("anonymize_ips", None),
        ("app_urls", ["a"] * 101),
        ("app_urls", ["a" * 1001]),
        ("app_urls", None),
        ("recording_domains", {"a": 1}),
        ("surveys_opt_in", 7),
        ("session_recording_sample_rate", "2"),
        ("session_recording_masking_config", ["a"]),
        ("cookieless_server_hash_mode", 3),
        ("primary_dashboard", -1),
        ("base_currency", "euro"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    admin_client: APIClient, project: Project, name: str, value: object
) -> None:
    response = admin_client.patch(url_of(project), {name: value})
    assert response.status_code == 400
    assert response.json()["attr"].partition("__")[0] == name


def test_members_may_not_change_settings(client: APIClient, project: Project) -> None:
    response = client.patch(url_of(project), {"anonymize_ips": True})
    assert_error(response, 403, code="permission_denied")
