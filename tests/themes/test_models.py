"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from posthog_lite.accounts.models import Project
from posthog_lite.tenancy.scoping import UnscopedQueryError
from tests.factories import ThemeFactory
from themes.models import DataColorTheme


@pytest.mark.django_db
@pytest.mark.parametrize("colors", [[], ["#fff"], ["#ABCDEF"] * 100])
def test_lists_of_colors_are_stored(colors: list[str]) -> None:
    theme = ThemeFactory.create(colors=colors)
    theme.refresh_from_db()
    assert theme.colors == colors


@pytest.mark.django_db
@pytest.mark.parametrize(
    "colors",
    [
        {},
        {"a": "#fff"},
        "#fff",
        1,
        ["#ffff"],
        ["#fff", "red"],
        ["#fff\n"],
        [1],
        [None],
        [["#fff"]],
        [{"a": "#fff"}],
        ["#fff"] * 101,
    ],
)
def test_anything_else_breaks_the_constraint(colors: Any) -> None:
    with pytest.raises(IntegrityError, match="theme_colors_are_colors"), transaction.atomic():
        ThemeFactory.create(colors=colors)


@pytest.mark.django_db
def test_a_missing_list_is_refused() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        ThemeFactory.create(colors=None)


@pytest.mark.django_db
def test_an_empty_name_breaks_the_constraint() -> None:
    with pytest.raises(IntegrityError, match="theme_name_not_empty"), transaction.atomic():
        ThemeFactory.create(name="")


def test_a_query_that_names_no_project_is_refused() -> None:
    with pytest.raises(UnscopedQueryError, match=r"DataColorTheme\.objects\.for_project"):
        DataColorTheme.objects.all()


def test_a_project_has_its_own_and_the_global_themes(
    project: Project,
    theme: DataColorTheme,
    global_theme: DataColorTheme,
    foreign_theme: DataColorTheme,
) -> None:
    DataColorTheme.all_projects.exclude(
        pk__in=[theme.pk, global_theme.pk, foreign_theme.pk]
    ).delete()
    assert set(DataColorTheme.objects.for_project(project)) == {theme, global_theme}


def test_themes_go_with_their_project(project: Project, theme: DataColorTheme) -> None:
    project.delete()
    assert not DataColorTheme.all_projects.filter(pk=theme.pk).exists()


def test_a_theme_stays_when_its_creator_goes(theme: DataColorTheme) -> None:
    assert theme.created_by is not None
    theme.created_by.delete()
    theme.refresh_from_db()
    assert theme.created_by is None
