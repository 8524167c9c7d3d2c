"""The box with those invited to edit, on the page of a restricted dashboard."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboards.models import Dashboard, DashboardCollaborator
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory
from tests.support.admin import page_address, send_box, staff_with, text_of

INVITES = ("view_dashboard", "change_dashboard", "add_dashboardcollaborator", "view_user")


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, restriction_level=37)


def invite(client: Client, dashboard: Dashboard, user: User) -> Any:
    return send_box(client, dashboard, "collaborators", "invite", user=user.pk)


def test_members_are_invited_by_name_and_that_is_taken_back(
    operator: Client, dashboard: Dashboard, member: User, admin: User, stranger: User
) -> None:
    page = text_of(operator.get(page_address(dashboard)))
    assert f'<option value="{member.pk}">member@example.com</option>' in page
    assert "admin@example.com" not in page  # may edit anyway
    assert "stranger@example.com" not in page
    page = text_of(invite(operator, dashboard, member))
    assert "Invited member@example.com." in page
    assert f'<option value="{member.pk}">' not in page
    assert DashboardCollaborator.all_projects.get().user == member
    page = text_of(
        send_box(operator, dashboard, "collaborators", "uninvite", uninvited=member.uuid)
    )
    assert "no longer edit" in page
    assert not DashboardCollaborator.all_projects.exists()


def test_who_cannot_be_invited_is_refused_in_words(
    operator: Client, dashboard: Dashboard, admin: User, stranger: User
) -> None:
    for user in (admin, stranger):
        assert "Select a valid choice" in text_of(invite(operator, dashboard, user))
    page = text_of(send_box(operator, dashboard, "collaborators", "uninvite", uninvited="x"))
    assert "Not found." in page
    assert not DashboardCollaborator.all_projects.exists()


def test_a_dashboard_that_everybody_may_edit_invites_nobody(
    operator: Client, dashboard: Dashboard, member: User
) -> None:
    Dashboard.all_projects.update(restriction_level=21)
    assert "box-collaborators" not in text_of(operator.get(page_address(dashboard)))
    assert invite(operator, dashboard, member).status_code == 403


def test_limited_staff_invite_only_with_the_right_to(dashboard: Dashboard, member: User) -> None:
    for lacking in ("change_dashboard", "add_dashboardcollaborator", "view_user"):
        client = staff_with(*(set(INVITES) - {lacking}))
        assert "member@example.com" not in text_of(client.get(page_address(dashboard)))
        assert invite(client, dashboard, member).status_code == 403
    client = staff_with(*INVITES)
    assert invite(client, dashboard, member).status_code == 200
    answer = send_box(client, dashboard, "collaborators", "uninvite", uninvited=member.uuid)
    assert answer.status_code == 403
    assert DashboardCollaborator.all_projects.get().user == member
