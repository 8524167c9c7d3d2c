from __future__ import annotations

from dashboards.models import Dashboard
from dashboards.selectors.rights import can_restrict, user_access_level
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory


def test_nobody_is_the_creator_of_what_has_none(project: Project) -> None:
    nobody = ProjectAccess(project, User(), None)
    dashboard: Dashboard = DashboardFactory.create(project=project, restriction_level=37)
    assert user_access_level(None, nobody) == "editor"
    assert can_restrict(dashboard.created_by_id, nobody) is False


def test_the_creator_is_a_manager(project: Project, member: User, admin: User) -> None:
    access = ProjectAccess(project, member, 1)
    assert user_access_level(member.pk, access) == "manager"
    assert user_access_level(admin.pk, access) == "editor"
    assert user_access_level(None, ProjectAccess(project, admin, 8)) == "manager"
