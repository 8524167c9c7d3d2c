"""Links are read as they are stored, every null included."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from sharing import shapes
from sharing.models import SharePassword, SharingConfiguration
from sharing.read_sharing import read_sharing
from sharing.serializers import COLOR_MODES, SWITCHES
from tests.factories import DashboardFactory, InsightFactory
from tests.support.shapes import assert_stored
from tests.support.strategies import in_the_database, words

page_settings = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.booleans() for name in SWITCHES},
        "theme": st.sampled_from(COLOR_MODES),
    },
)


@pytest.mark.parametrize(
    ("factory", "model"), [(DashboardFactory, Dashboard), (InsightFactory, Insight)]
)
@in_the_database
@given(
    page=st.none() | page_settings,
    enabled=st.booleans(),
    password_required=st.booleans(),
    notes=st.lists(st.tuples(words, st.booleans()), max_size=3),
)
def test_a_link_with_its_passwords(
    project: Project,
    member: User,
    factory: Any,
    model: Any,
    page: dict[str, Any] | None,
    enabled: bool,
    password_required: bool,
    notes: list[tuple[str, bool]],
) -> None:
    resource = factory.create(project=project)
    link = SharingConfiguration.all_projects.create(
        project=project,
        settings=page,
        enabled=enabled,
        password_required=password_required,
        **{model.__name__.lower(): resource},
    )
    fields: Any = {"project": project, "configuration": link, "password_hash": "x"}
    passwords = [
        SharePassword.all_projects.create(
            **fields, note=note, created_by=member if has_author else None
        )
        for note, has_author in notes
    ]
    access = ProjectAccess(project, member, 1)
    found = read_sharing(access=access, model=model, resource_id=str(resource.pk))
    assert_stored(found, shapes.SharingConfiguration, link)
    newest_first = reversed(passwords)
    for answer, row in zip(found["share_passwords"], newest_first, strict=True):
        assert_stored(answer, shapes.SharePassword, row)
        assert answer["created_by_email"] == (member.email if row.created_by else "deleted user")


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
