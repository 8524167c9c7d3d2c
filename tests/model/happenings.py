"""Random small worlds for funnels, retention and paths: few people, few names, many ties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.model.world import Json
from tests.support.golden import answer

START = datetime(2024, 1, 1, tzinfo=UTC)
PEOPLE = ("anna", "bob", "carl", "dora")
# What a question costs is the engine's reading of it: rather more people than more questions.
EXAMPLES = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PROPERTIES = st.fixed_dictionaries({}, optional={"k": st.sampled_from(["u", "v", ""])})


def event(who: str, at: datetime, name: str, properties: Json) -> dict[str, Any]:
    return {
        "event": name,
        "distinct_id": who,
        "timestamp": at.isoformat(),
        "properties": dict(properties),
    }


def events(
    names: Sequence[str],
    moments: st.SearchStrategy[datetime],
    properties: st.SearchStrategy[dict[str, Any]] = PROPERTIES,
    most: int = 24,
) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.builds(event, st.sampled_from(PEOPLE), moments, st.sampled_from(names), properties)
    return st.lists(one, max_size=most)


def moments(seconds: int, days: int = 1) -> st.SearchStrategy[datetime]:
    """Moments within so many seconds of one of the first midnights."""
    return st.builds(
        lambda second, day: START + timedelta(days=day, seconds=second),
        st.integers(0, seconds),
        st.integers(0, days - 1),
    )


def case(query: Json, events: Sequence[Json], **more: Any) -> dict[str, Any]:
    return {
        "now": "2024-06-01T00:00:00Z",
        "timezone": "UTC",
        "week_start": 0,
        "persons": [],
        "events": list(events),
        "query": query,
        **more,
    }


def results(asked: Json, engine: ModuleType) -> Any:
    return answer(asked, engine)["results"]
