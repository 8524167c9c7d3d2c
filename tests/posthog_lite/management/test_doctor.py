"""doctor: each line is ok or says what to do."""

from __future__ import annotations

from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.events.models import OutboxEntry
from posthog_lite.management import diagnosis
from tests.posthog_lite.events.capturing import capture, captured

Usage = namedtuple("Usage", ["free"])


@pytest.fixture(autouse=True)
def _well(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    settings.SECURE_COOKIES = True
    settings.ALLOWED_HOSTS = ["dashboards.example.com"]
    settings.DEBUG = False


def doctor(*, is_well: bool) -> dict[str, str]:
    """Return what is said of each topic; the exit code tells the rest."""
    output = StringIO()
    if is_well:
        call_command("doctor", stdout=output)
    else:
        with pytest.raises(SystemExit) as caught:
            call_command("doctor", stdout=output)
        assert caught.value.code == 1
    lines = [line.split(maxsplit=2) for line in output.getvalue().splitlines()]
    return {topic: f"{state} {text}" for state, topic, text in lines}


@pytest.mark.django_db
def test_a_server_that_is_well_says_so_of_everything(engine: ModuleType) -> None:
    said = doctor(is_well=True)
    assert list(said) == [
        *("release", "settings", "folder", "disk", "limits", "database", "rights", "migrations"),
        *("cache", "engine", "waiting", "clocks"),
    ]
    states = {topic: text.split()[0] for topic, text in said.items()}
    assert set(states.values()) - {"note"} == {"ok"}, said
    assert said["settings"] == "ok answers as dashboards.example.com"
    assert said["database"].startswith("ok PostgreSQL 1")


@pytest.mark.django_db
def test_settings_that_are_never_safe_are_wrong(engine: ModuleType, settings: Settings) -> None:
    settings.DEBUG = True
    assert doctor(is_well=False)["settings"].startswith("WRONG DEBUG is on:")


@pytest.mark.django_db
def test_a_key_that_others_can_read_and_a_full_disk_are_wrong(
    engine: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret_key").write_text("key")
    (tmp_path / "secret_key").chmod(0o644)
    output = [text for _, text in diagnosis._folder()]
    assert (
        output[0] == f"{tmp_path}/secret_key can be read by others: chmod 600 {tmp_path}/secret_key"
    )
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(100 * 2**20))
    assert "0.1 GB free" in doctor(is_well=False)["disk"]


@pytest.mark.django_db
def test_what_is_away_is_told_and_the_rest_is_looked_at(
    project: Project, engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise EngineUnavailable("Try again.", reason="Connection refused")

    capture(project, captured("waiting"))
    OutboxEntry.all_projects.update(created_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(engine, "execute", away)
    said = doctor(is_well=False)
    assert said["engine"] == "WRONG The engine does not answer: Connection refused"
    assert said["waiting"].startswith("WRONG Events wait for the engine since 20")
    assert said["migrations"] == "ok all are applied"


@pytest.mark.django_db
def test_pending_migrations_and_odd_clocks_are_wrong(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "has_pending_migrations", lambda: True)
    later = timezone.now() + timedelta(minutes=1)
    monkeypatch.setattr("posthog_lite.management.diagnosis.timezone.now", lambda: later)
    said = doctor(is_well=False)
    assert said["migrations"] == "WRONG The database is not up to date: run manage.py migrate."
    assert said["clocks"].startswith("WRONG Clocks differ by")


def test_a_database_that_is_away_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise OperationalError("connection\n refused")

    target = "posthog_lite.management.diagnosis.connection.ensure_connection"
    monkeypatch.setattr(target, refused)
    found = [finding for finding in diagnosis.examine() if finding.topic == "database"]
    assert found == [diagnosis.Finding("database", "WRONG", "connection refused")]
