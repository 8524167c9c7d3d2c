"""Deleting an organization, a project or a user says what goes, and takes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.utils import NestedObjects
from django.test import Client
from django.utils import timezone

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    DashboardTemplate,
    DashboardView,
    Insight,
    InsightVariable,
    InsightView,
    Tag,
    Text,
    Tile,
)
from posthog_lite.accounts.models import Organization, Project, User
from posthog_lite.accounts.services.keys import create_key
from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from tests.factories import DashboardFactory, InsightFactory, ProjectFactory, ThemeFactory
from tests.support.queries import count_queries

ROOT = "/admin/accounts/"
# The rows of many-to-many relations, and what nobody would call a thing of its own.
UNTOLD = {"dashboard-tag relationships", "insight-tag relationships"}


def fill(project: Project, user: User) -> None:
    """One row of every kind that a project can hold."""
    now = timezone.now()
    dashboard, insight = (
        DashboardFactory.create(project=project),
        InsightFactory.create(project=project),
    )
    tag = Tag.objects.create(project=project, name="t")
    dashboard.tags.add(tag)
    insight.tags.add(tag)
    text = Text.objects.create(project=project, body="Hi", last_modified_at=now)
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    DashboardCollaborator.objects.create(project=project, dashboard=dashboard, user=user)
    DashboardView.objects.create(project=project, dashboard=dashboard, user=user, viewed_at=now)
    InsightView.objects.create(project=project, insight=insight, user=user, viewed_at=now)
    DashboardTemplate.objects.create(project=project, template_name="T", tiles=[])
    InsightVariable.objects.create(project=project, name="V", code_name="v", type="String")
    ThemeFactory.create(project=project)
    link = SharingConfiguration.objects.create(project=project, dashboard=dashboard)
    SharePassword.objects.create(project=project, configuration=link, password_hash="x")
    ShareAttempt.objects.create(
        project=project, configuration=link, dashboard=dashboard, address="::1", attempted_at=now
    )


def told(operator: Client, path: str) -> dict[str, int]:
    answer: Any = operator.get(f"{ROOT}{path}/delete/")
    return dict(answer.context["model_count"])


def really(row: Organization | Project | User) -> dict[str, int]:
    """What Django would collect, row by row."""
    collector: Any = NestedObjects(using="default")
    collector.collect([row])
    counts = {
        str(model._meta.verbose_name_plural): len(rows)
        for model, rows in collector.model_objs.items()
    }
    return {name: number for name, number in counts.items() if name not in UNTOLD}


def test_every_kind_that_goes_is_told(operator: Client, project: Project, member: User) -> None:
    fill(project, member)
    other = ProjectFactory.create(organization=project.organization)
    fill(other, member)
    fill(ProjectFactory.create(), member)
    create_key(user=member, label="x", scopes=["*"])
    for path, row in (
        (f"project/{project.pk}", project),
        (f"organization/{project.organization.pk}", project.organization),
        (f"user/{member.pk}", member),
    ):
        counts = told(operator, path)
        assert counts == really(row)
    assert told(operator, f"project/{project.pk}")["tiles"] == 2
    assert told(operator, f"organization/{project.organization.pk}")["dashboards"] == 2


def test_what_goes_is_counted_and_not_loaded(operator: Client, project: Project) -> None:
    operator.get(f"{ROOT}project/{project.pk}/delete/")  # Django keeps what it learns about models
    counts = []
    for number in (1, 9):
        InsightFactory.create_batch(number, project=project)
        DashboardFactory.create_batch(number, project=project)
        with count_queries() as queries:
            assert told(operator, f"project/{project.pk}")["insights"] >= number
        counts.append(len(queries))
        assert not [sql for sql in queries if 'SELECT "dashboards_' in sql]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("is_from_list", [False, True])
def test_a_project_goes_with_all_that_is_in_it(
    operator: Client, project: Project, member: User, is_from_list: bool
) -> None:
    fill(project, member)
    next_one = ProjectFactory.create(organization=project.organization)
    if is_from_list:
        body = {"action": "delete_selected", "_selected_action": [project.pk], "post": "yes"}
        operator.post(f"{ROOT}project/", body)
    else:
        operator.post(f"{ROOT}project/{project.pk}/delete/", {"post": "yes"})
    assert list(Project.objects.all()) == [next_one]
    assert not Dashboard.all_projects.exists()
    assert not Insight.all_projects.exists()
    assert not SharingConfiguration.all_projects.exists()
    member.refresh_from_db()
    assert member.current_project == next_one


def test_an_organization_goes_with_its_projects_and_leaves_its_people(
    operator: Client, organization: Organization, project: Project, member: User
) -> None:
    fill(project, member)
    operator.post(f"{ROOT}organization/{organization.pk}/delete/", {"post": "yes"})
    assert not Organization.objects.exists()
    assert not Project.objects.exists()
    assert not Dashboard.all_projects.exists()
    member.refresh_from_db()
    assert (member.current_organization, member.current_project) == (None, None)


def test_a_project_says_what_is_in_it(operator: Client, project: Project, member: User) -> None:
    fill(project, member)
    page = operator.get(f"{ROOT}project/{project.pk}/change/").content.decode()
    assert f'/admin/dashboards/dashboard/?project={project.pk}">1 dashboard<' in page
    assert f'/admin/sharing/shareattempt/?project={project.pk}">1 share attempt<' in page


def test_a_time_zone_that_does_not_exist_is_refused(operator: Client, project: Project) -> None:
    path = f"{ROOT}project/{project.pk}/change/"
    answer = operator.post(path, {"name": "Web", "timezone": "Mars/Base"})
    assert "Not the name of a time zone" in answer.content.decode()
    assert operator.post(path, {"name": "W", "timezone": "Europe/Berlin"}).status_code == 302
