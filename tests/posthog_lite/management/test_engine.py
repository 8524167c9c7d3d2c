from __future__ import annotations

import io
from datetime import UTC, datetime
from types import ModuleType

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.http import forget_clients
from posthog_lite.events.models import OutboxEntry


def run() -> str:
    output = io.StringIO()
    call_command("engine", stdout=output)
    return output.getvalue()


def test_state_is_told(engine: ModuleType, project: Project) -> None:
    told = run()

    assert "embedded, in " in told
    assert "running" in told
    assert "Waiting  nothing" in told
    assert "tables of 0" in told
    for table in ("events", "persons", "person_distinct_ids", "person_overrides", "groups"):
        assert f"  {table} " in told


def test_what_waits_is_told(engine: ModuleType, project: Project) -> None:
    for _ in range(2):
        OutboxEntry.objects.create(project=project, kind="events", rows=1500, lines="{}")
    OutboxEntry.objects.for_project(project).update(
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )

    assert "Waiting  3,000 rows, the oldest since 2026-01-02 03:04:05 UTC" in run()


def test_engine_that_does_not_answer_is_told_in_a_line_without_its_password(
    project: Project, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CLICKHOUSE_URL = "http://me:hidden@127.0.0.1:9/events"
    settings.CLICKHOUSE_DATABASE = "nowhere"
    forget_clients()
    output = io.StringIO()

    with pytest.raises(CommandError, match="does not answer") as caught:
        call_command("engine", stdout=output)

    assert "http://127.0.0.1:9/nowhere" in output.getvalue()
    assert "hidden" not in output.getvalue() + str(caught.value)
    forget_clients()
