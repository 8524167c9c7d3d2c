from __future__ import annotations

import pytest

from dashboards.models import Dashboard, Text, Tile
from posthog_lite.accounts.models import Project, User
from tests.dashboards.making import TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory


@pytest.fixture
def url(project: Project) -> str:
    """The dashboards of the project."""
    return f"/api/environments/{project.pk}/dashboards/"


@pytest.fixture
def path(url: str, dashboard: Dashboard) -> str:
    return f"{url}{dashboard.pk}/"


@pytest.fixture
def insights_url(project: Project) -> str:
    return f"/api/projects/{project.pk}/insights/"


@pytest.fixture
def restricted(project: Project, admin: User) -> Dashboard:
    """By the admin, with an insight and a text; nobody is invited."""
    dashboard = DashboardFactory.create(
        project=project, created_by=admin, restriction_level=37, name="Restricted"
    )
    insight = make_insight(project, created_by=admin, query=TRENDS, name="Shown")
    make_tile(dashboard, insight, layouts={"sm": {"x": 0, "y": 0, "w": 6, "h": 5}})
    text = Text.objects.create(
        project=project, body="As it was", created_by=admin, last_modified_at=insight.created_at
    )
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    return dashboard
