"""Questions to the engine about small worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from posthog_lite.query import results
from tests.posthog_lite.query.counting_runner import Runner, wait_for_background
from tests.support.asking import Asking, Json
from tests.support.golden import answer


@pytest.fixture
def ask(engine: ModuleType) -> Asking:
    def asking(
        query: Mapping[str, Any],
        *events: Json,
        persons: tuple[Json, ...] = (),
        now: str = "2020-01-03T12:00:00Z",
        timezone: str = "UTC",
        week_start: int = 0,
        **settings: Any,
    ) -> Json:
        actions = settings.pop("actions", None)
        case = {
            "now": now,
            "timezone": timezone,
            "week_start": week_start,
            "persons": persons,
            "events": events,
            "query": query,
            **settings,
        }
        return answer(case, engine, actions=actions)

    return asking


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    found = Runner()
    monkeypatch.setattr(results, "compute", found)
    yield found
    wait_for_background()
