"""What keeps reads fast when PostgreSQL plans them without knowing what they will meet.

Its statistics are of smaller tables until it has analyzed those that grew, and statements that are
prepared are planned once for all values. Each of these reads once got a plan that goes through all
tags, dashboards or insights for a handful of rows.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dashboards.models import Dashboard, InsightView, Tile
from dashboards.selectors.read_dashboard import PAGE
from dashboards.selectors.read_tiles import TILES
from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project, User
from posthog_lite.database.listing import USUAL_LIMIT
from tests.dashboards.making import make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.queries import count_queries

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture
def root(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


def read_rows(client: APIClient, path: str, table: str) -> str:
    """The statement that reads the rows of the answer, which come from this table."""
    client.get(path)  # the key's first use writes
    with count_queries() as queries:
        assert client.get(path).status_code == 200
    [*_, sql] = [sql for sql in queries if f'"{table}"."id"' in sql and "COUNT" not in sql]
    return sql


def test_tags_are_looked_up_and_not_joined(client: APIClient, project: Project, root: str) -> None:
    dashboard, insight = DashboardFactory.create(project=project), make_insight(project)
    make_tile(dashboard, insight)
    for item in (dashboard, insight):
        set_tags(item=item, names=["b", "a"])

    for path, table in (
        ("dashboards/", "dashboards_dashboard"),
        (f"dashboards/{dashboard.pk}/", "dashboards_tile"),
        (f"dashboards/{dashboard.pk}/", "dashboards_dashboard"),
        ("insights/", "dashboards_insight"),
        (f"insights/{insight.pk}/", "dashboards_insight"),
    ):
        sql = read_rows(client, root + path, table)
        assert 'FROM "dashboards_tag"' in sql
        assert not re.search(r'"dashboards_tag" \w+ INNER JOIN|JOIN "dashboards_\w+_tags"', sql)


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("dashboards/", "dashboards_dashboard"),
        ("dashboards/?creation_mode=default", "dashboards_dashboard"),
        ("insights/", "dashboards_insight"),
        ("insights/?saved=true", "dashboards_insight"),
        ("data_color_themes/", "themes_datacolortheme"),
    ],
)
def test_the_rows_of_a_page_are_looked_up_by_their_ids_alone(
    client: APIClient, project: Project, root: str, path: str, table: str
) -> None:
    DashboardFactory.create(project=project)
    make_insight(project, saved=True)

    outside, _, chosen = read_rows(client, root + path, table).partition(" = ANY(ARRAY(")

    assert '"project_id" = ' in chosen
    assert outside.endswith(f'FROM "{table}" WHERE "{table}"."id"')


def test_an_insight_is_looked_up_by_one_of_its_ids(
    client: APIClient, project: Project, root: str
) -> None:
    insight = make_insight(project)

    for lookup, column in ((insight.pk, "id"), (insight.short_id, "short_id")):
        sql = read_rows(client, f"{root}insights/{lookup}/", "dashboards_insight")
        _, _, condition = sql.rpartition('FROM "dashboards_insight" WHERE')
        assert f'"dashboards_insight"."{column}" = ' in condition
        assert " OR " not in condition


def test_the_last_viewed_insights_are_looked_up_and_not_joined(
    client: APIClient, project: Project, root: str, member: User
) -> None:
    insight = make_insight(project)
    InsightView.objects.create(
        project=project, insight=insight, user=member, viewed_at=insight.created_at
    )

    sql = read_rows(client, f"{root}insights/my_last_viewed/", "dashboards_insight")

    assert "JOIN" not in sql


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
