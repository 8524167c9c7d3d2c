"""Recorded answers by the way of users: imported as history, asked at the only door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from types import ModuleType
from typing import Any

import orjson
import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.domain import DomainError
from posthog_lite.events.importing import import_lines
from posthog_lite.query.results import answer, envelope
from tests.support.golden import Case, assert_as_recorded, cases

KINDS = ("trends", "stickiness", "lifecycle", "funnels", "retention", "paths", "hogql", "events")

pytestmark = pytest.mark.slow


def lines(case: Case) -> Iterator[dict[str, Any]]:
    for name, kind in (case.get("property_definitions") or {}).items():
        yield {"property_definition": {"name": name, "property_type": kind}}
    for person in case.get("persons") or ():
        yield {"person": person}
    yield from case["events"]


def imported(case: Case, project: Project) -> None:
    project.timezone = case["timezone"]
    project.week_start_day = case["week_start"]
    project.test_account_filters = case.get("test_account_filters") or []
    project.save()
    text = b"\n".join(json.dumps(line).encode() for line in lines(case))
    import_lines(project=project, source=BytesIO(text), now=datetime.fromisoformat(case["now"]))


@pytest.mark.parametrize(
    "case",
    [case for kind in KINDS for case in cases(kind)],
    ids=lambda case: case["id"],
)
def test_answer_is_the_recorded_one(case: Case, project: Project, engine: ModuleType) -> None:
    imported(case, project)
    now = datetime.fromisoformat(case["now"])
    try:
        found = answer(project=project, query=case["query"], now=now, is_kept=False)
    except DomainError as error:
        assert "error" in case["expect"], error.detail  # noqa: PT017
        assert error.detail == case["expect"].get("error_message", error.detail)  # noqa: PT017
        return
    assert "error" not in case["expect"]
    told = orjson.loads(envelope(found))
    if any(path.startswith("summary") for path in case["expect"]):
        told["summary"] = [counts(case, project, now, day) for day in told["results"][0]["days"]]
    assert_as_recorded(case, told)


def counts(case: Case, project: Project, now: datetime, day: str) -> dict[str, int]:
    """The counts behind a rate of a funnel, as the people are listed that make it up."""
    number = {}
    for has_dropped in (False, True):
        source = {
            "kind": "FunnelsActorsQuery",
            "source": case["query"],
            "funnelTrendsEntrancePeriodStart": day,
            "funnelTrendsDropOff": has_dropped,
        }
        query = {"kind": "ActorsQuery", "select": ["id"], "source": source}
        found = answer(project=project, query=query, now=now, is_kept=False)
        number[has_dropped] = len(orjson.loads(found.rows or b"[]"))
    return {
        "reached_from_step_count": number[False] + number[True],
        "reached_to_step_count": number[False],
    }
