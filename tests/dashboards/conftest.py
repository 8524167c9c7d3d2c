from __future__ import annotations

import pytest
from django.test import Client

from posthog_lite.accounts.models import Project, User


@pytest.fixture
def url(project: Project) -> str:
    """The dashboards of the project."""
    return f"/api/environments/{project.pk}/dashboards/"


@pytest.fixture
def operator(db: None) -> Client:
    """Somebody who may do everything in the admin, signed in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client
