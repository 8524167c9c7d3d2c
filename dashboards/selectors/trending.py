"""The insights that most people looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max

from dashboards.models import Insight, InsightView
from dashboards.selectors.insights import context_of, insight_annotations, shown_queries
from dashboards.shapes.insight import Insight as InsightShape
from dashboards.shapes.insight import TrendingInsight
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import fetch_values

if TYPE_CHECKING:
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess

MOST_VIEWERS = 3


def read_trending(
    *, access: ProjectAccess, days: int, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """The insights that most members looked at in the last days. A constant number of queries."""
    ranked = _ranked(access, since=now - timedelta(days=days), limit=limit)
    rows = Insight.objects.for_project(access.project).filter(pk__in=ranked, deleted=False)
    read = rows.annotate(**insight_annotations("pk")).values_list(*InsightShape.reads())
    found = [InsightShape.row(row) for row in fetch_values(read)]
    places = {pk: place for place, pk in enumerate(ranked)}
    found.sort(key=lambda row: places[row.id])
    queries = shown_queries(found, access.project)
    context = context_of(found, access)
    viewers = get_people(
        (pk for viewers in ranked.values() for pk in viewers[:MOST_VIEWERS]), caller=access.user
    )
    return [
        TrendingInsight.make(
            row,
            context,
            query=query,
            view_count=len(ranked[row.id]),
            viewers=[viewers[pk] for pk in ranked[row.id][:MOST_VIEWERS] if pk in viewers],
        )
        for row, query in zip(found, queries, strict=True)
    ]


def _ranked(access: ProjectAccess, *, since: datetime, limit: int) -> dict[int, list[int]]:
    """Who looked at each insight since then, the latest first; the most looked at first."""
    views = InsightView.objects.for_project(access.project).filter(
        viewed_at__gte=since, insight__deleted=False
    )
    ranked = views.values("insight_id").annotate(
        viewers=ArrayAgg("user_id", order_by=["-viewed_at", "-id"]),
        number=Count("id"),
        latest=Max("viewed_at"),
    )
    best = ranked.order_by("-number", "-latest", "-insight_id")[:limit]
    return dict(best.values_list("insight_id", "viewers"))
