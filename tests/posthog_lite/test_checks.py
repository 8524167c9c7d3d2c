from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pytest_django import Settings

from posthog_lite.checks import check_production_settings
from posthog_lite.embedded import clickhouse_native
from posthog_lite.ids import new_secret_key
from posthog_lite.management.settings_file import warnings_of_settings_file
from tests.support.processes import run_manage

SAFE = {
    "SECURE_COOKIES": "true",
    "ALLOWED_HOSTS": "dashboards.example.com",
    # Nothing answers there: checking the settings needs no database.
    "DATABASE_URL": "postgresql://user:password@127.0.0.1:1/posthog_lite",
}


@pytest.fixture
def safe_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings.SECURE_COOKIES = True
    settings.IS_SECRET_KEY_LOCAL = False
    monkeypatch.delitem(settings.DATABASES["default"], "EMBEDDED_DIR", raising=False)
    return settings


def check_deploy(data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_manage("check", "--deploy", data_dir=data_dir, **environment)


def test_a_safe_environment_is_clean(data_dir: Path) -> None:
    done = check_deploy(data_dir, **SAFE, SECRET_KEY=new_secret_key())
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_an_unsafe_environment_is_refused(data_dir: Path) -> None:
    done = check_deploy(data_dir, **SAFE | {"ALLOWED_HOSTS": "*"})
    assert done.returncode == 1
    assert "posthog_lite.E004" in done.stderr
    assert "posthog_lite.W001" in done.stderr


def test_a_misspelt_name_is_warned_of_before_serving(settings: Settings) -> None:
    assert warnings_of_settings_file() == []
    settings.MISSPELT_VARIABLES = {"ALOWED_HOSTS": "ALLOWED_HOSTS"}
    assert warnings_of_settings_file() == [
        "Warning: The .env file sets ALOWED_HOSTS, which is not a setting. "
        "Is ALLOWED_HOSTS meant?\n"
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", True, "posthog_lite.E003"),
        ("ALLOWED_HOSTS", ["a.example", "*"], "posthog_lite.E004"),
        ("IS_SECRET_KEY_LOCAL", True, "posthog_lite.W001"),
        ("SECURE_COOKIES", False, "posthog_lite.W002"),
    ],
)
def test_each_unsafe_setting_is_told(
    safe_settings: Settings, name: str, value: object, expected: str
) -> None:
    assert check_production_settings(None) == []
    setattr(safe_settings, name, value)
    assert [message.id for message in check_production_settings(None)] == [expected]


def test_a_generated_signing_key_is_fine_beside_the_embedded_database(
    safe_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe_settings.IS_SECRET_KEY_LOCAL = True
    monkeypatch.setitem(safe_settings.DATABASES["default"], "EMBEDDED_DIR", "somewhere")
    assert check_production_settings(None) == []


def test_engine_that_cannot_run_here_is_told_unless_there_is_another(
    safe_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clickhouse_native, "PACKAGE", "no-such-package")
    assert [message.id for message in check_production_settings(None)] == ["posthog_lite.W003"]

    safe_settings.CLICKHOUSE_URL = "http://127.0.0.1:8123/events"
    assert check_production_settings(None) == []
