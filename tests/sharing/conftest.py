from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from posthog_lite.query import results
from sharing.models import SharingConfiguration
from sharing.services import create_password, update_sharing
from tests.factories import DashboardFactory, InsightFactory

PASSWORD = "correct horse"
Share = Callable[..., SharingConfiguration]


@pytest.fixture
def access(project: Project, member: User) -> ProjectAccess:
    return ProjectAccess(project, member, 1)


@pytest.fixture
def dashboard(project: Project, member: User) -> Dashboard:
    """A dashboard with one text and one insight."""
    dashboard = DashboardFactory.create(
        project=project, name="Revenue", description="What we earn", created_by=member
    )
    text = Text.objects.create(
        project=project, body="# Hello", created_by=member, last_modified_at=timezone.now()
    )
    insight = InsightFactory.create(
        project=project, name="Sales", description="By day", created_by=member
    )
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    return dashboard


@pytest.fixture
def insight(project: Project, member: User) -> Insight:
    return InsightFactory.create(
        project=project, name="Signups", description="Of the week", created_by=member
    )


@pytest.fixture
def share(access: ProjectAccess) -> Share:
    """A link that is on: `share(dashboard)`, `share(insight, password=PASSWORD, settings={})`."""

    def make(
        resource: Dashboard | Insight, *, password: str = "", **changes: Any
    ) -> SharingConfiguration:
        target: dict[str, Any] = {
            "access": access,
            "model": type(resource),
            "resource_id": str(resource.pk),
        }
        changes = {"enabled": True, "password_required": bool(password), **changes}
        configuration = update_sharing(**target, changes=changes, now=timezone.now())
        if password:
            create_password(**target, raw_password=password, note="press")
        return configuration

    return make


@pytest.fixture
def locked(dashboard: Dashboard, share: Share) -> SharingConfiguration:
    return share(dashboard, password=PASSWORD)


@pytest.fixture(params=["dashboards", "insights"])
def sharing_url(request: Any, project: Project, dashboard: Dashboard, insight: Insight) -> str:
    """The sharing endpoint of the dashboard, then of the insight."""
    resource = dashboard if request.param == "dashboards" else insight
    return f"/api/projects/{project.pk}/{request.param}/{resource.pk}/sharing/"


@pytest.fixture
def visitor(db: None) -> APIClient:
    """Somebody without an account."""
    return APIClient()


class Engine:
    """Stands in for the engine: what was asked of it, and one row for whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    @property
    def dates(self) -> list[tuple[str | None, str | None]]:
        """The range of each trend it was asked for."""
        ranges = [node.base.date_range for node in self.asked]
        return [(one.date_from, one.date_to) for one in ranges]

    def __call__(self, node: Any, context: Any, ask: Any) -> dict[str, Any]:
        self.asked.append(node)
        if node.kind == "HogQLQuery":
            return {"results": [[1, "=x"]], "columns": ["n", "who"], "types": []}
        days = ["2026-11-01", "2026-11-02"]
        row = {"label": "sold", "data": [3, 4712], "labels": days, "days": days, "count": 4715}
        return {"results": [row]}


@pytest.fixture
def answers(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The insight of the dashboard can be computed."""
    query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "sold"}]}
    Insight.all_projects.filter(name="Sales").update(query=query)
    engine = Engine()
    monkeypatch.setattr(results, "compute", engine)
    return engine
