"""Links are read in the shape that their serializer documents, every null included."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.selectors import ProjectAccess
from sharing.models import SharePassword, SharingConfiguration
from sharing.serializers import SharePasswordSerializer, SharingConfigurationSerializer
from sharing.sharing_rows import read_sharing
from tests.factories import DashboardFactory, InsightFactory
from tests.support.shapes import assert_same, documented


@pytest.mark.parametrize(
    ("factory", "model"), [(DashboardFactory, Dashboard), (InsightFactory, Insight)]
)
@pytest.mark.parametrize("settings", [None, {}, {"theme": "dark", "whitelabel": True}])
@pytest.mark.parametrize("is_on", [True, False])
def test_a_link_with_its_passwords(
    project: Project, member: User, factory: Any, model: Any, settings: Any, is_on: bool
) -> None:
    resource = factory.create(project=project)
    field = model.__name__.lower()
    link = SharingConfiguration.all_projects.create(
        project=project,
        settings=settings,
        enabled=is_on,
        password_required=is_on,
        **{field: resource},
    )
    passwords = [
        SharePassword.all_projects.create(
            project=project, configuration=link, note=note, created_by=author, password_hash="x"
        )
        for note, author in (("", None), ("press", member))
    ]
    emails = {"": "deleted user", "press": member.email}
    expected = documented(
        SharingConfigurationSerializer,
        link,
        share_passwords=[
            documented(SharePasswordSerializer, row, created_by_email=emails[row.note])
            for row in reversed(passwords)
        ],
    )
    access = ProjectAccess(project, member, 1)
    found = read_sharing(access=access, model=model, resource_id=str(resource.pk))
    assert_same(found, expected)


def test_a_password_that_is_revoked_and_a_link_that_is_replaced_are_not_shown(
    project: Project, member: User
) -> None:
    dashboard = DashboardFactory.create(project=project)
    old = SharingConfiguration.all_projects.create(
        project=project, dashboard=dashboard, enabled=True, expires_at=timezone.now()
    )
    link = SharingConfiguration.all_projects.create(project=project, dashboard=dashboard)
    for configuration in (old, link):
        SharePassword.all_projects.create(
            project=project,
            configuration=configuration,
            password_hash="x",
            is_active=configuration == old,
        )
    access = ProjectAccess(project, member, 1)
    found = read_sharing(access=access, model=Dashboard, resource_id=str(dashboard.pk))
    assert found["access_token"] == link.access_token
    assert found["share_passwords"] == []
