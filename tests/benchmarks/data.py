"""The rows that the benchmark reads: made once, in a database of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from dashboards.models import Dashboard, Insight, Tag, Tile
from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.query.cache import claim_result, keep_result, key_of
from posthog_lite.query.freshness import Ages
from tests.factories import ProjectFactory, make_member

MOMENT = datetime(2026, 1, 1, 12, 30, 15, 250000, tzinfo=UTC)
LATER = MOMENT.replace(year=2100)  # until when results are fresh
RESULT_BYTES = 4000  # of each insight's kept result, to be sent back as it came
LARGE_TEXT_BYTES = 1_000_000
MANY_DASHBOARDS = 100_000
MANY_TAGS = 10_000


@dataclass(frozen=True)
class Rows:
    """What was made: a key, the projects by what is many in them, dashboards by what they have."""

    key: str
    projects: dict[str, int]
    dashboards: dict[str, int]


def make_rows() -> Rows:
    names = ("A", "B", "C", "D")
    home, crowded, tagged, long = (ProjectFactory.create(name=name) for name in names)
    user = make_member(home, "bench@example.com", MembershipLevel.OWNER)
    for project in (crowded, tagged, long):
        project.organization = home.organization
        project.save()
    key = create_key(user=user, label="benchmark", scopes=["*"]).value
    made = {f"{number} tiles": _dashboard(home, user, number) for number in (0, 20, 200, 500)}
    made["20 shared tiles"] = _dashboard(home, user, 20, name="Shared")
    for number in range(100 - len(made)):
        _dashboard(home, user, 0, name=f"Dashboard {number:06}")
    _copy_dashboards(crowded, user)
    made["10,000 tags"] = _tagged(tagged, user)
    made["1 MB text"] = _dashboard(long, user, 0, description="x" * LARGE_TEXT_BYTES)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    projects = {"100": home, "100,000": crowded, "10,000 tags": tagged, "1 MB text": long}
    return Rows(key, {name: project.pk for name, project in projects.items()}, made)


def make_project() -> tuple[int, str]:
    """An empty project, and a key of somebody who owns it."""
    project = ProjectFactory.create(name="Queries")
    user = make_member(project, "queries@example.com", MembershipLevel.OWNER)
    return project.pk, create_key(user=user, label="benchmark", scopes=["*"]).value


def _dashboard(project: Project, user: User, tiles: int, **fields: Any) -> int:
    fields = {"name": f"With {tiles} tiles", "created_at": MOMENT, **fields}
    dashboard = Dashboard.objects.create(project=project, created_by=user, **fields)
    insights = Insight.objects.bulk_create(
        Insight(
            project=project,
            name=f"Insight {number}",
            query=_query(number),
            created_by=user,
            last_modified_at=MOMENT,
        )
        for number in range(tiles)
    )
    Tile.objects.bulk_create(
        Tile(project=project, dashboard=dashboard, insight=insight, layouts=_layouts(number))
        for number, insight in enumerate(insights)
    )
    _keep_results(project, insights)
    return dashboard.pk


def _query(number: int) -> dict[str, Any]:
    source = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": f"event {number}"}]}
    return {"kind": "InsightVizNode", "source": source}


def _keep_results(project: Project, insights: list[Insight]) -> None:
    """Keep a result for each insight, and its name where the floor finds it."""
    points = [round(index * 1.37, 2) for index in range(RESULT_BYTES // 7)]
    rows = orjson.dumps([{"data": points, "label": "event", "count": sum(points)}])
    ages = Ages(LATER, LATER, LATER)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS benchmark_key (insight_id bigint PRIMARY KEY, key text)"
        )
        for number, insight in enumerate(insights):
            key = key_of(_query(number)["source"], project)
            claim_result(project=project, key=key)
            keep_result(
                project=project, key=key, rows=rows, extras=b"{}", computed_at=MOMENT, ages=ages
            )
            cursor.execute("INSERT INTO benchmark_key VALUES (%s, %s)", [insight.pk, key])


def _layouts(number: int) -> dict[str, Any]:
    return {"sm": {"x": number % 2 * 6, "y": number // 2 * 5, "w": 6, "h": 5}}


def _copy_dashboards(project: Project, user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO dashboards_dashboard (project_id, created_by_id, created_at, name,
              description, pinned, deleted, creation_mode, restriction_level, filters, variables,
              breakdown_colors, folder)
            SELECT %s, %s, %s, 'Dashboard ' || lpad(n::text, 6, '0'), '', false, false, 'default',
              21, '{}', '{}', '[]', '' FROM generate_series(1, %s) AS n
            """,
            [project.pk, user.pk, MOMENT, MANY_DASHBOARDS],
        )


def _tagged(project: Project, user: User) -> int:
    """100 dashboards with the project's 10,000 tags spread over them."""
    pks = [_dashboard(project, user, 0, name=f"Tagged {number}") for number in range(100)]
    tags = Tag.objects.bulk_create(
        Tag(project=project, name=f"tag {number}") for number in range(MANY_TAGS)
    )
    Dashboard.tags.through.objects.bulk_create(
        Dashboard.tags.through(dashboard_id=pks[number % len(pks)], tag=tag)
        for number, tag in enumerate(tags)
    )
    return pks[0]
