"""What capture tests look at: the events that wait for the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import OutboxEntry

Stored = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def sdk(db: None) -> Client:
    """A program without an account."""
    return Client(raise_request_exception=False)


@pytest.fixture
def stored(project: Project) -> Stored:
    """The events of the project, their properties read."""

    def read() -> list[dict[str, Any]]:
        entries = OutboxEntry.objects.for_project(project).filter(kind="events").order_by("id")
        rows = [orjson.loads(line) for entry in entries for line in entry.lines.split("\n")]
        return [row | {"properties": orjson.loads(row["properties"])} for row in rows]

    return read


@pytest.fixture
def url(project: Project) -> str:
    """The persons of the project."""
    return f"/api/projects/{project.pk}/persons"
