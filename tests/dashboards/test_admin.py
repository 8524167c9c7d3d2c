"""The lists and pages of the admin: what they show, what they cost, what they never do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    DashboardTemplate,
    Insight,
    InsightVariable,
    RestrictionLevel,
    Tag,
    Text,
    Tile,
)
from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project
from tests.dashboards.making import TRENDS
from tests.factories import DashboardFactory, InsightFactory, ProjectFactory, UserFactory
from tests.support.admin import list_address, page_address, run_action, text_of
from tests.support.queries import count_queries


def make_dashboard(project: Project) -> Dashboard:
    dashboard = DashboardFactory.create(
        project=project, created_by=UserFactory.create(), filters={"date_from": "-7d"}
    )
    set_tags(item=dashboard, names=["weekly"])
    return dashboard


def make_insight(project: Project) -> Insight:
    insight = InsightFactory.create(project=project, created_by=UserFactory.create(), query=TRENDS)
    set_tags(item=insight, names=["weekly"])
    return insight


def make_tile(project: Project) -> Tile:
    return Tile.objects.create(
        project=project, dashboard=make_dashboard(project), insight=make_insight(project)
    )


def make_tag(project: Project) -> Tag:
    number = Tag.objects.for_project(project).count()
    tag = Tag.objects.create(project=project, name=f"tag {number}")
    make_dashboard(project).tags.add(tag)
    return tag


def make_template(project: Project) -> DashboardTemplate:
    number = DashboardTemplate.all_projects.count()
    return DashboardTemplate.objects.create(
        project=project,
        template_name=f"Template {number}",
        tiles=[{"type": "TEXT", "body": "Hello"}],
        created_by=UserFactory.create(),
    )


def make_variable(project: Project) -> InsightVariable:
    number = InsightVariable.objects.for_project(project).count()
    return InsightVariable.objects.create(
        project=project, name=f"V {number}", code_name=f"v_{number}", type="String"
    )


def make_collaborator(project: Project) -> DashboardCollaborator:
    return DashboardCollaborator.objects.create(
        project=project, dashboard=make_dashboard(project), user=UserFactory.create()
    )


Make = Callable[[Project], Model]
MAKERS: list[Make] = [
    make_dashboard,
    make_insight,
    make_tile,
    make_tag,
    make_template,
    make_variable,
    make_collaborator,
]
every_kind = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__[5:])


@every_kind
def test_every_page_opens(operator: Client, project: Project, make: Make) -> None:
    row = make(project)
    assert page_address(row) in text_of(operator.get(list_address(row)))
    assert str(row) in text_of(operator.get(page_address(row)))
    assert operator.get(f"{list_address(row)}add/").status_code == (
        403 if isinstance(row, (Tag, Tile)) else 200
    )


@every_kind
def test_lists_cost_the_same_whatever_their_length(operator: Client, make: Make) -> None:
    counts = []
    for number in (1, 9):
        rows = [make(ProjectFactory.create()) for _ in range(number)]
        with count_queries() as queries:
            text_of(operator.get(list_address(rows[0])))
        counts.append(len(queries))
    # session, user, count, rows with their annotations, projects for the filter
    assert counts == [counts[0]] * 2
    assert counts[0] <= 6


def test_the_page_of_a_dashboard_costs_the_same_whatever_is_on_it(
    operator: Client, project: Project
) -> None:
    dashboard = make_dashboard(project)
    operator.get(page_address(dashboard))  # Django keeps what it learns about models
    counts = []
    for number in (1, 9):
        for _ in range(number):
            text = Text.objects.create(project=project, body="Hi", last_modified_at=timezone.now())
            Tile.objects.create(project=project, dashboard=dashboard, text=text)
            Tile.objects.create(
                project=project, dashboard=dashboard, insight=make_insight(project), deleted=True
            )
            DashboardCollaborator.objects.create(
                project=project, dashboard=dashboard, user=UserFactory.create()
            )
        with count_queries() as queries:
            text_of(operator.get(page_address(dashboard)))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_dashboard_shows_its_tiles_and_json_to_be_read(
    operator: Client, project: Project
) -> None:
    tile = make_tile(project)
    tile.layouts = {"sm": {"x": 0, "y": 5, "w": 6, "h": 4}}
    tile.save()
    text = Text.objects.create(project=project, body="# Hello", last_modified_at=timezone.now())
    Tile.objects.create(project=project, dashboard=tile.dashboard, text=text, deleted=True)
    page = text_of(operator.get(page_address(tile.dashboard)))
    for shown in (
        str(tile.insight),
        "column 1, row 6, 6 by 4",
        "Text: # Hello",
        "removed",
        "weekly",
    ):
        assert shown in page
    assert '{\n  "date_from": "-7d"\n}' in page


@pytest.mark.parametrize(
    ("model", "query", "found"),
    [
        (Dashboard, "q=Revenue", 1),
        (Dashboard, "q=weekly", 1),
        (Dashboard, "q=author@", 1),
        (Dashboard, "q=zzz", 0),
        (Dashboard, "deleted__exact=1", 1),
        (Dashboard, "deleted__exact=0", 1),
        (Dashboard, "project={project}", 2),
        (Dashboard, "project=0", 0),
        (Dashboard, "project=99999999999999999999", 0),
        (Dashboard, "project=x", 0),
        (Insight, "q=Sign-ups", 1),
        (Insight, "q=zzz", 0),
        (Tag, "q=week", 1),
    ],
)
def test_rows_are_found(
    operator: Client, project: Project, model: type[Model], query: str, found: int
) -> None:
    dashboard = DashboardFactory.create(
        project=project, name="Revenue", created_by=UserFactory.create(email="author@example.com")
    )
    set_tags(item=dashboard, names=["weekly"])
    DashboardFactory.create(project=project, name="Old", deleted=True)
    InsightFactory.create(project=project, name="Sign-ups")
    address = f"{list_address(model)}?{query.format(project=project.pk)}"
    noun = model._meta.verbose_name if found == 1 else model._meta.verbose_name_plural
    assert f"{found} {noun}" in text_of(operator.get(address))


@pytest.mark.parametrize("make", [make_dashboard, make_insight, make_tile, make_template])
def test_nothing_is_destroyed(operator: Client, project: Project, make: Make) -> None:
    row = make(project)
    assert operator.post(page_address(row, "delete"), {"post": "yes"}).status_code == 403
    run_action(operator, "delete_selected", row)
    assert type(row)._base_manager.filter(pk=row.pk).exists()
    assert "delete_selected" not in text_of(operator.get(list_address(row)))


@pytest.mark.parametrize("make", [make_dashboard, make_insight, make_tile, make_template])
def test_what_is_deleted_is_only_looked_at_and_restored(
    operator: Client, project: Project, make: Make
) -> None:
    row: Any = make(project)
    assert 'value="restore"' not in text_of(operator.get(page_address(row)))
    run_action(operator, "hide", row)
    row.refresh_from_db()
    assert row.deleted is True
    page = text_of(operator.get(page_address(row)))
    assert 'value="restore"' in page
    assert 'name="_save"' not in page
    assert operator.post(page_address(row), {}).status_code == 403
    run_action(operator, "restore", row)
    row.refresh_from_db()
    assert row.deleted is False


def test_a_user_who_may_only_look_changes_nothing(project: Project) -> None:
    viewer = UserFactory.create(is_staff=True)
    for name in ("dashboard", "tag", "dashboardcollaborator"):
        viewer.user_permissions.add(Permission.objects.get(codename=f"view_{name}"))
    client = Client()
    client.force_login(viewer)
    row = make_collaborator(project)
    dashboard = row.dashboard
    run_action(client, "hide", dashboard)
    run_action(client, "uninvite", row)
    page = text_of(client.get(page_address(dashboard)))
    assert 'name="_save"' not in page
    assert "row-action" not in page
    dashboard.refresh_from_db()
    assert dashboard.deleted is False
    assert DashboardCollaborator.all_projects.filter(pk=row.pk).exists()


def test_script_in_names_is_escaped(operator: Client, project: Project) -> None:
    script = "<script>alert(1)</script>"
    dashboard = DashboardFactory.create(
        project=project, name=script, filters={"a": script}, restriction_level=37
    )
    insight = InsightFactory.create(project=project, name=script, query={"kind": script})
    text = Text.objects.create(project=project, body=script, last_modified_at=timezone.now())
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    tile = Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    set_tags(item=dashboard, names=[script])
    assert dashboard.restriction_level == RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT
    for row in (dashboard, insight, tile):
        for address in (list_address(row), page_address(row)):
            answer = operator.get(address)
            assert answer.status_code == 200
            assert "<script>alert(1)" not in answer.content.decode()
    Dashboard.all_projects.update(deleted=True)
    assert "<script>alert(1)" not in operator.get(page_address(dashboard)).content.decode()
