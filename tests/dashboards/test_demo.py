from __future__ import annotations

from rest_framework.test import APIClient

from dashboards.services.demo import create_demo_dashboards
from posthog_lite.accounts.models import Project, User


def test_the_demo_project_starts_with_dashboards_that_have_tiles(
    client: APIClient, project: Project, member: User, url: str
) -> None:
    create_demo_dashboards(project=project, user=member)
    rows = client.get(url).json()["results"]
    assert [row["name"] for row in rows] == ["Product analytics", "Website traffic"]
    assert all("demo" in row["tags"] for row in rows)
    assert len(client.get(f"{url}{rows[0]['id']}/").json()["tiles"]) == 6
