"""What keeps reads fast when PostgreSQL plans them without knowing what they will meet.

Its statistics are of smaller tables until it has analyzed those that grew, and statements that are
prepared are planned once for all values. Each of these reads once got a plan that goes through all
tags, dashboards or insights for a handful of rows.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from dashboards.models import Dashboard, Tile
from dashboards.selectors.read_dashboard import PAGE
from dashboards.selectors.read_tiles import TILES
from posthog_lite.accounts.models import Project
from posthog_lite.database.listing import USUAL_LIMIT
from tests.dashboards.making import make_insight, make_tile
from tests.factories import DashboardFactory

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize(("limits", "written"), [(range(10), "$"), ([USUAL_LIMIT] * 10, "100")])
def test_a_page_is_planned_once_for_every_project_and_limit(
    project: Project, limits: Iterable[int], written: str
) -> None:
    Dashboard.objects.bulk_create(Dashboard(project=project, name=str(n)) for n in range(2000))
    page = partial(PAGE.rows, project=project.pk, user=0, offset=0)
    for limit in limits:  # the driver prepares what is repeated
        page(limit=limit)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dashboards_dashboard")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(
            "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements"
            " WHERE statement LIKE '%%dashboards_dashboard%%ANY(ARRAY(%%LIMIT ' || %s || '%%'",
            [written],
        )
        [(name, places)] = cursor.fetchall()
        anything = ", ".join(["'1'"] * places)
        cursor.execute(f"EXPLAIN EXECUTE {name}({anything})")
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "Index Scan using dashboard_list_order" in plan


def test_tiles_are_planned_once_for_every_dashboard(project: Project) -> None:
    large, small = (
        DashboardFactory.create(project=project),
        DashboardFactory.create(project=project),
    )
    Tile.objects.bulk_create(
        Tile(project=project, dashboard=large, insight=make_insight(project)) for _ in range(100)
    )
    make_tile(small, make_insight(project))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dashboards_tile")
    read = partial(TILES.rows, project=project.pk, dashboard=small.pk)
    for _ in range(12):  # the driver prepares what is repeated, and PostgreSQL tries some plans
        read()
    before = plans_for_known_values()
    for _ in range(5):
        read()

    assert plans_for_known_values() == before


def plans_for_known_values() -> int:
    """Return how often tiles were planned anew on this connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%live_tiles%FROM \"dashboards_tile\" LEFT OUTER JOIN%'"
        )
        [(custom,)] = cursor.fetchall()
    return int(custom)
