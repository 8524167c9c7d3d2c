from __future__ import annotations

import pytest

from posthog_lite.accounts.models import Project


@pytest.fixture
def url(project: Project) -> str:
    """The dashboards of the project."""
    return f"/api/environments/{project.pk}/dashboards/"
