from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from posthog_lite.accounts.models import Project, User
from tests.factories import ThemeFactory, UserFactory
from tests.support.admin import run_action
from tests.support.queries import count_queries
from themes.models import DataColorTheme

LIST = "/admin/themes/datacolortheme/"


def test_the_list_shows_deleted_themes_and_swatches(
    operator: Client, theme: DataColorTheme
) -> None:
    ThemeFactory.create(project=theme.project, name="Gone", deleted=True)
    page = operator.get(LIST).content.decode()
    assert "Gone" in page
    assert '<rect width="16" height="16" fill="#1d4aff"/>' in page


@pytest.mark.parametrize(("query", "found"), [("q=Ocean", True), ("q=Web", True), ("q=zzz", False)])
def test_themes_are_found_by_their_name_and_project(
    operator: Client, theme: DataColorTheme, query: str, found: bool
) -> None:
    assert (f"{LIST}{theme.pk}/" in operator.get(f"{LIST}?{query}").content.decode()) is found


@pytest.mark.parametrize(("value", "shown"), [("all", "For all"), ("one", "Ocean")])
def test_themes_can_be_narrowed_to_global_ones(
    operator: Client, theme: DataColorTheme, global_theme: DataColorTheme, value: str, shown: str
) -> None:
    page = operator.get(f"{LIST}?belongs_to={value}").content.decode()
    assert [name for name in ("For all", "Ocean") if f">{name}</a>" in page] == [shown]


def test_the_actions_hide_and_restore(operator: Client, theme: DataColorTheme) -> None:
    assert "Deleted: 1." in run_action(operator, "hide", theme)
    theme.refresh_from_db()
    assert theme.deleted is True
    assert "Deleted: 0." in run_action(operator, "hide", theme)

    assert "Restored: 1." in run_action(operator, "restore", theme)
    theme.refresh_from_db()
    assert theme.deleted is False


def test_there_is_no_action_that_removes_rows(operator: Client, theme: DataColorTheme) -> None:
    run_action(operator, "delete_selected", theme)
    assert DataColorTheme.all_projects.filter(pk=theme.pk).exists()
    assert "delete_selected" not in operator.get(LIST).content.decode()


def test_hiding_asks_first(operator: Client, theme: DataColorTheme) -> None:
    body = {"action": "hide", "_selected_action": [theme.pk]}
    assert "Hide these themes?" in operator.post(LIST, body).content.decode()
    theme.refresh_from_db()
    assert theme.deleted is False


def test_a_deleted_theme_is_only_looked_at(operator: Client, theme: DataColorTheme) -> None:
    DataColorTheme.all_projects.filter(pk=theme.pk).update(deleted=True)
    page = operator.get(f"{LIST}{theme.pk}/change/").content.decode()
    assert 'value="restore"' in page
    assert 'fill="#1d4aff"' in page
    assert operator.post(f"{LIST}{theme.pk}/change/", {"name": "x"}).status_code == 403
    assert operator.post(f"{LIST}{theme.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_list_takes_the_same_queries_for_10_themes(operator: Client) -> None:
    counts = []
    for number in (1, 9):
        ThemeFactory.create_batch(number)
        with count_queries() as queries:
            operator.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_user_who_may_only_look_has_no_actions(theme: DataColorTheme) -> None:
    viewer = UserFactory.create(email="viewer@example.com", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_datacolortheme"))
    client = Client()
    client.force_login(viewer)
    run_action(client, "hide", theme)
    theme.refresh_from_db()
    assert theme.deleted is False


def test_a_global_theme_is_made_here_and_remembers_by_whom(operator: Client) -> None:
    body = {"name": "House", "project": "", "colors": json.dumps(["#fff"])}
    assert operator.post(f"{LIST}add/", body).status_code == 302
    theme = DataColorTheme.all_projects.get(name="House")
    assert (theme.is_global, theme.colors) == (True, ["#fff"])
    assert str(theme.created_by) == "root@example.com"


def test_changing_a_theme_keeps_its_creator(
    operator: Client, theme: DataColorTheme, project: Project, member: User
) -> None:
    body = {"name": "Sea", "project": project.pk, "colors": "[]"}
    assert operator.post(f"{LIST}{theme.pk}/change/", body).status_code == 302
    theme.refresh_from_db()
    assert (theme.name, theme.colors, theme.created_by) == ("Sea", [], member)


def test_an_emptied_box_of_colors_is_an_empty_list(
    operator: Client, theme: DataColorTheme, project: Project
) -> None:
    body = {"name": "Sea", "project": project.pk, "colors": ""}
    assert operator.post(f"{LIST}{theme.pk}/change/", body).status_code == 302
    theme.refresh_from_db()
    assert theme.colors == []


@pytest.mark.parametrize(
    ("colors", "message"),
    [
        ('["red"]', "colors[0] must be #rgb or #rrggbb"),
        ('"red"', "Colors must be a list."),
        ("1", "Colors must be a list."),
        ("{}", "Colors must be a list of #rgb or #rrggbb."),
        ("[", "This JSON cannot be stored"),
    ],
)
def test_bad_colors_are_reported_in_the_form(
    operator: Client, theme: DataColorTheme, project: Project, colors: str, message: str
) -> None:
    body = {"name": "Sea", "project": project.pk, "colors": colors}
    response = operator.post(f"{LIST}{theme.pk}/change/", body)
    assert response.status_code == 200
    assert message in response.content.decode()
    theme.refresh_from_db()
    assert theme.name == "Ocean"


def test_script_in_a_name_is_escaped(operator: Client) -> None:
    theme = ThemeFactory.create(name="<script>alert(1)</script>")
    for url in (LIST, f"{LIST}{theme.pk}/change/"):
        page = operator.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
