from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import ThemeFactory, make_member
from themes.models import DataColorTheme
from themes.palettes import DEFAULT_THEME_NAME


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/data_color_themes/"


@pytest.fixture
def default_theme(db: None) -> DataColorTheme:
    """The seeded theme; made again where a test that empties the database ran before."""
    import_module("themes.migrations.0002_default_theme").add_default_theme(apps)
    return DataColorTheme.all_projects.get(project=None, name=DEFAULT_THEME_NAME)


@pytest.fixture
def theme(project: Project, member: User) -> DataColorTheme:
    """A theme of the project, made by the member."""
    return ThemeFactory.create(project=project, created_by=member, name="Ocean")


@pytest.fixture
def global_theme(db: None) -> DataColorTheme:
    return ThemeFactory.create(project=None, name="For all")


@pytest.fixture
def foreign_theme(other_project: Project) -> DataColorTheme:
    return ThemeFactory.create(project=other_project, name="Foreign")


@pytest.fixture
def staff_client(project: Project, key_client: KeyClient) -> APIClient:
    """A member who is staff, with a key that may do everything."""
    return key_client(make_member(project, "staff@example.com", is_staff=True))
