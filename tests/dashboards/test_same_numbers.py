"""The answer of a query is the same wherever it is asked, under the same overrides."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, InsightVariable
from posthog_lite.accounts.models import Project
from posthog_lite.events.importing import import_lines
from tests.dashboards.making import make_tile
from tests.factories import InsightFactory

SERIES = [{"kind": "EventsNode", "event": "view"}]
SQL = "select count() from events where {filters} and properties.plan = {variables.plan}"
# The older form of a comparison must not be lost on the way either.
KINDS: dict[str, dict[str, Any]] = {
    "trend": {"kind": "TrendsQuery", "series": SERIES, "trendsFilter": {"compare": True}},
    "stickiness": {"kind": "StickinessQuery", "series": SERIES},
    "sql": {"kind": "HogQLQuery", "query": SQL, "variables": {"plan": {"code_name": "plan"}}},
}
VARIABLE = "0198c0de-0000-7000-8000-00000000aaaa"
FILTERS: dict[str, Any] = {
    "date_from": "-2d",
    "properties": [{"key": "plan", "value": ["paid", "free"], "type": "event"}],
}


@pytest.fixture
def url(project: Project, engine: ModuleType) -> str:
    now = timezone.now()
    lines = [
        {
            "event": "view",
            "distinct_id": f"user{at % 3}",
            "timestamp": (now - timedelta(hours=12 * at)).isoformat(),
            "properties": {"plan": ("free", "paid", "none")[at % 3]},
        }
        for at in range(12)
    ]
    text = b"\n".join(json.dumps(line).encode() for line in lines)
    import_lines(project=project, source=BytesIO(text), now=now)
    return f"/api/projects/{project.pk}/"


@pytest.fixture
def insights(project: Project, dashboard: Dashboard) -> dict[str, Insight]:
    InsightVariable.objects.create(
        project=project, pk=VARIABLE, name="Plan", code_name="plan",
        type="String", default_value="free",
    )  # fmt: skip
    made = {kind: InsightFactory.create(project=project, query=KINDS[kind]) for kind in KINDS}
    for insight in made.values():
        make_tile(dashboard, insight)
    return made


@pytest.mark.parametrize("filters", [{}, FILTERS])
@pytest.mark.parametrize("plan", [None, "paid"])
def test_every_door_gives_the_same_numbers(
    client: APIClient,
    url: str,
    dashboard: Dashboard,
    insights: dict[str, Insight],
    filters: dict[str, Any],
    plan: str | None,
) -> None:
    variables = {} if plan is None else {VARIABLE: {"code_name": "plan", "value": plan}}
    laid = {"filters_override": filters, "variables_override": variables}
    sent = {name: json.dumps(value) for name, value in laid.items()} | {"refresh": "blocking"}
    board = client.get(f"{url}dashboards/{dashboard.pk}/", sent).json()["tiles"]
    ran = client.get(
        f"{url}dashboards/{dashboard.pk}/run_insights/", sent | {"output_format": "json"}
    ).json()["results"]
    for kind, insight in insights.items():
        asked = {"query": KINDS[kind], **laid}
        direct = client.post(f"{url}query/", asked, format="json").json()["results"]
        alone = client.get(f"{url}insights/{insight.pk}/", sent).json()["result"]
        on_tiles = [
            entry["insight"]["result"]
            for entry in (*board, *ran)
            if entry["insight"]["id"] == insight.pk
        ]
        assert [alone, *on_tiles] == [direct] * 3, kind
        assert direct
