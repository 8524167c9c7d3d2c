"""The admin writes under the rules of the API, and asks before what is dangerous."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    DashboardTemplate,
    Insight,
    InsightVariable,
    Text,
    Tile,
)
from posthog_lite.accounts.models import Project, User
from tests.dashboards.making import TRENDS
from tests.factories import (
    DashboardFactory,
    InsightFactory,
    ProjectFactory,
    ThemeFactory,
    make_member,
)
from tests.support.admin import errors_of, list_address, page_address, run_action, save, text_of

DEEP = "[" * 200_000


def add(operator: Client, model: Any, project: Project, **fields: Any) -> Any:
    return save(operator, f"{list_address(model)}add/", project=project.pk, **fields)


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="Revenue", filters={"date_from": "-7d"})


@pytest.fixture
def insight(project: Project) -> Insight:
    return InsightFactory.create(project=project, name="Sales", query=TRENDS)


def test_a_dashboard_is_made_and_changed(operator: Client, project: Project) -> None:
    assert add(operator, Dashboard, project, name="New", tag_names=" A, b,a").status_code == 302
    dashboard = Dashboard.all_projects.get(name="New")
    assert list(dashboard.tags.order_by("name").values_list("name", flat=True)) == ["a", "b"]
    assert dashboard.created_by == User.objects.get(email="root@example.com")
    changes = {"filters": '{"date_from": "-1d"}', "tag_names": "b", "pinned": "on"}
    assert save(operator, page_address(dashboard), **changes).status_code == 302
    dashboard.refresh_from_db()
    assert (dashboard.name, dashboard.pinned) == ("New", True)
    assert dashboard.filters == {"date_from": "-1d"}
    assert [tag.name for tag in dashboard.tags.all()] == ["b"]


def test_only_what_was_changed_is_written(operator: Client, dashboard: Dashboard) -> None:
    """The dashboard may have been changed over the API while the form was open."""
    with CaptureQueriesContext(connection) as asked:
        assert save(operator, page_address(dashboard), description="Monthly").status_code == 302
    updates = [each["sql"] for each in asked if 'UPDATE "dashboards_dashboard"' in each["sql"]]
    written = {sql.partition(" SET ")[2].partition(" WHERE ")[0] for sql in updates}
    assert written == {"\"description\" = 'Monthly'"}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("filters", "[]", "Filters must be a dictionary"),
        ("filters", "{", "This JSON cannot be stored"),
        ("filters", '{"a": NaN}', "This JSON cannot be stored"),
        ("filters", '{"a": 1e400}', "This JSON cannot be stored"),
        ("filters", '{"a": "\\u0000"}', "NUL characters"),
        ("filters", '{"a": ' + "9" * 5000 + "}", "This JSON cannot be stored"),
        ("variables", DEEP, "This JSON cannot be stored"),
        ("variables", "7", "Variables must be a dictionary"),
        ("breakdown_colors", '[{"colorToken": 1}]', "needs a breakdownValue"),
        ("data_color_theme_id", "987", "Data color theme 987 does not exist"),
        ("name", "x" * 401, "at most 400 characters"),
        ("tag_names", "x" * 256, "no more than 255 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_dashboard_the_api_would_refuse_is_an_error_of_the_form(
    operator: Client, dashboard: Dashboard, field: str, value: str, problem: str
) -> None:
    answer = save(operator, page_address(dashboard), **{field: value})
    assert problem in errors_of(answer)[field]
    stored = Dashboard.all_projects.get()
    assert (stored.name, stored.filters) == ("Revenue", {"date_from": "-7d"})


def test_a_theme_is_chosen_by_its_name(
    operator: Client, dashboard: Dashboard, other_project: Project
) -> None:
    ocean = ThemeFactory.create(project=dashboard.project, name="Ocean")
    ThemeFactory.create(project=other_project, name="Foreign")
    page = text_of(operator.get(page_address(dashboard)))
    assert f'<option value="{ocean.pk}">Ocean</option>' in page
    assert "Foreign" not in page
    assert save(operator, page_address(dashboard), data_color_theme_id=ocean.pk).status_code == 302
    ocean.deleted = True
    ocean.save()
    page = text_of(operator.get(page_address(dashboard)))
    assert f'<option value="{ocean.pk}" selected>(deleted theme {ocean.pk})</option>' in page
    assert save(operator, page_address(dashboard), name="Kept").status_code == 302
    dashboard.refresh_from_db()
    assert dashboard.data_color_theme_id == ocean.pk


def test_a_theme_of_another_project_is_refused(
    operator: Client, dashboard: Dashboard, other_project: Project
) -> None:
    theme = ThemeFactory.create(project=other_project)
    answer = save(operator, page_address(dashboard), data_color_theme_id=theme.pk)
    assert "does not exist in this project" in errors_of(answer)["data_color_theme_id"]


def test_an_emptied_box_clears_what_is_stored(operator: Client, dashboard: Dashboard) -> None:
    assert save(operator, page_address(dashboard), filters="").status_code == 302
    dashboard.refresh_from_db()
    assert dashboard.filters == {}


def test_a_deletion_asks_first(operator: Client, dashboard: Dashboard) -> None:
    page = run_action(operator, "hide", dashboard, is_confirmed=False)
    assert "Hide these dashboards and their tiles?" in page
    assert f"<li>{dashboard}</li>" in page
    dashboard.refresh_from_db()
    assert dashboard.deleted is False


def test_many_rows_are_confirmed_without_listing_them_all(
    operator: Client, project: Project
) -> None:
    rows = [DashboardFactory.create(project=project) for _ in range(25)]
    body = {"action": "hide", "_selected_action": [rows[0].pk], "select_across": "1"}
    page = operator.post(list_address(Dashboard), body).content.decode()
    assert page.count("<li>#") == 20
    assert "and 5 more" in page
    operator.post(list_address(Dashboard), body | {"confirmed": "yes"})
    assert not Dashboard.all_projects.filter(deleted=False).exists()


def test_restoring_brings_back_what_that_deletion_took(
    operator: Client, dashboard: Dashboard, insight: Insight
) -> None:
    project = dashboard.project
    kept = Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    text = Text.objects.create(project=project, body="Hi", last_modified_at=timezone.now())
    gone = Tile.objects.create(project=project, dashboard=dashboard, text=text, deleted=True)
    assert "Deleted with insights: 1." in run_action(operator, "hide_with_insights", dashboard)
    insight.refresh_from_db()
    kept.refresh_from_db()
    assert (insight.deleted, kept.deleted) == (True, True)
    assert "Restored: 1." in run_action(operator, "restore", dashboard)
    for row in (insight, kept, gone, dashboard):
        row.refresh_from_db()
    assert (dashboard.deleted, insight.deleted, kept.deleted, gone.deleted) == (
        False,
        False,
        False,
        True,
    )
    assert "Restored: 0." in run_action(operator, "restore", dashboard)


def test_a_restore_that_clashes_is_told_and_the_others_go_on(
    operator: Client, project: Project
) -> None:
    DashboardFactory.create(project=project, unlisted_tag="llm-analytics")
    old = DashboardFactory.create(project=project, unlisted_tag="llm-analytics", deleted=True)
    other = DashboardFactory.create(project=project, deleted=True)
    page = run_action(operator, "restore", old, other)
    assert f"{old}: It clashes with something else" in page
    assert "Restored: 1." in page
    other.refresh_from_db()
    assert other.deleted is False


def test_an_insight_is_made_and_changed(operator: Client, project: Project) -> None:
    query = '{"kind": "HogQLQuery", "query": "select 1"}'
    fields = {"name": "Trend", "starting_point": "json", "query": query}
    assert add(operator, Insight, project, **fields).status_code == 302
    insight = Insight.all_projects.get(name="Trend")
    assert insight.query == {"kind": "HogQLQuery", "query": "select 1"}
    assert save(operator, page_address(insight), tag_names="x").status_code == 302
    assert [tag.name for tag in insight.tags.all()] == ["x"]


def test_a_query_the_api_would_refuse_is_an_error_of_the_form(
    operator: Client, insight: Insight
) -> None:
    answer = save(operator, page_address(insight), query='{"kind": "Nonsense"}')
    assert "Nonsense" in errors_of(answer)["query"]
    insight.refresh_from_db()
    assert insight.query == TRENDS


def test_a_tile_is_changed_removed_and_put_back(
    operator: Client, dashboard: Dashboard, project: Project
) -> None:
    text = Text.objects.create(project=project, body="Hi", last_modified_at=timezone.now())
    tile = Tile.objects.create(project=project, dashboard=dashboard, text=text)
    changes = {"text_body": "Hello", "color": "blue", "layouts": '{"sm": {"x": 1}}'}
    assert save(operator, page_address(tile), **changes).status_code == 302
    tile.refresh_from_db()
    text.refresh_from_db()
    assert (text.body, tile.color, tile.layouts) == ("Hello", "blue", {"sm": {"x": 1}})
    answer = save(operator, page_address(tile), layouts="[]")
    assert "layouts" in errors_of(answer)["__all__"]
    assert "Removed: 1." in run_action(operator, "hide", tile)
    assert "Restored: 1." in run_action(operator, "restore", tile)


def test_a_template_is_made_and_changed_under_its_schema(
    operator: Client, project: Project
) -> None:
    fields = {"template_name": "Start", "tiles": '[{"type": "TEXT", "body": "Hi"}]'}
    assert add(operator, DashboardTemplate, project, **fields).status_code == 302
    template = DashboardTemplate.all_projects.get()
    assert (template.project, template.tiles) == (project, [{"type": "TEXT", "body": "Hi"}])
    assert "tiles" in errors_of(save(operator, page_address(template), tiles="[]"))
    assert save(operator, page_address(template), scope="global").status_code == 302
    template.refresh_from_db()
    assert template.scope == "global"
    answer = add(operator, DashboardTemplate, project, **fields)
    assert "already exists for this project" in errors_of(answer)["template_name"]


def test_a_template_of_no_project_is_changed_and_hidden(operator: Client, project: Project) -> None:
    template = DashboardTemplate.objects.create(
        project=None, template_name="Old", scope="global", tiles=[{"type": "TEXT", "body": "Hi"}]
    )
    assert save(operator, page_address(template), template_name="New").status_code == 302
    assert "Deleted: 1." in run_action(operator, "hide", template)
    template.refresh_from_db()
    assert (template.template_name, template.deleted) == ("New", True)


def test_a_variable_is_made_changed_and_removed(operator: Client, project: Project) -> None:
    fields = {"name": "Top Country", "type": "String", "default_value": '"DE"'}
    assert add(operator, InsightVariable, project, **fields).status_code == 302
    variable = InsightVariable.all_projects.get()
    assert (variable.code_name, variable.default_value) == ("top_country", "DE")
    answer = add(operator, InsightVariable, project, **fields)
    assert "already exists" in errors_of(answer)["name"]
    assert save(operator, page_address(variable), default_value='"FR"').status_code == 302
    page = operator.get(page_address(variable, "delete"))
    assert "Are you sure" in page.content.decode()
    operator.post(page_address(variable, "delete"), {"post": "yes"})
    assert not InsightVariable.all_projects.exists()


def test_people_are_invited_where_it_makes_sense(
    operator: Client, dashboard: Dashboard, member: User, admin: User
) -> None:
    address = f"{list_address(DashboardCollaborator)}add/"
    invitation = {"dashboard": dashboard.pk, "user": member.pk}
    answer = operator.post(address, invitation)
    assert "lowest restriction level" in errors_of(answer)["__all__"]
    Dashboard.all_projects.update(restriction_level=37)
    assert operator.post(address, invitation).status_code == 302
    row = DashboardCollaborator.all_projects.get()
    assert (row.user, row.project, row.level) == (member, dashboard.project, 37)
    answer = operator.post(address, invitation | {"user": admin.pk})
    assert "inherent access" in errors_of(answer)["__all__"]
    stranger = make_member(ProjectFactory.create(), "elsewhere@example.com")
    answer = operator.post(address, invitation | {"user": stranger.pk})
    assert "no access to the project" in errors_of(answer)["__all__"]
    assert "Take these invitations back?" in run_action(
        operator, "uninvite", row, is_confirmed=False
    )
    assert "Taken back: 1." in run_action(operator, "uninvite", row)
    assert not DashboardCollaborator.all_projects.exists()


@pytest.mark.parametrize("model", [Dashboard, Insight, InsightVariable, DashboardTemplate])
def test_a_project_that_no_row_can_be_is_an_error_of_the_form(
    operator: Client, project: Project, model: Any
) -> None:
    answer = operator.post(f"{list_address(model)}add/", {"project": "x"})
    assert "project" in errors_of(answer)
    assert text_of(answer)
