"""Insights and tiles for tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Project

TRENDS = {
    "kind": "InsightVizNode",
    "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]},
}
SQL = {
    "kind": "DataVisualizationNode",
    "source": {"kind": "HogQLQuery", "query": "select 1"},
}


def make_insight(project: Project, **fields: Any) -> Insight:
    fields.setdefault("last_modified_at", timezone.now())
    return Insight.objects.create(project=project, **fields)


def make_tile(dashboard: Dashboard, insight: Insight, **fields: Any) -> Tile:
    return Tile.objects.create(
        project=dashboard.project, dashboard=dashboard, insight=insight, **fields
    )


def live_dashboards(insight: Insight) -> set[int]:
    tiles = Tile.all_projects.filter(insight=insight, deleted=False)
    return set(tiles.values_list("dashboard_id", flat=True))


def fill_with_texts(dashboard: Dashboard, number: int) -> None:
    """Put so many text tiles on a dashboard."""
    texts = Text.objects.bulk_create(
        Text(project=dashboard.project, body="x", last_modified_at=timezone.now())
        for _ in range(number)
    )
    Tile.objects.bulk_create(
        Tile(project=dashboard.project, dashboard=dashboard, text=text) for text in texts
    )


def trends(event: str) -> dict[str, Any]:
    """Return the query of an insight that counts an event."""
    source = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": event}]}
    return {"kind": "InsightVizNode", "source": source}
