from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.factories import ThemeFactory
from tests.support.wire_keys import USER_KEYS
from themes.models import DataColorTheme
from themes.palettes import DEFAULT_THEME_COLORS


def test_global_themes_come_first_then_own_ones_by_id(
    client: APIClient, path: str, theme: DataColorTheme, default_theme: DataColorTheme
) -> None:
    late_global = ThemeFactory.create(project=None)
    second = ThemeFactory.create(project=theme.project)

    body = client.get(path).json()

    ids = [row["id"] for row in body["results"]]
    assert ids == [default_theme.pk, late_global.pk, theme.pk, second.pk]
    assert (body["count"], body["next"], body["previous"]) == (4, None, None)


def test_a_row_has_the_keys_of_the_reference_page_in_their_order(
    client: APIClient, path: str, theme: DataColorTheme, member: User
) -> None:
    row = client.get(path).json()["results"][-1]

    assert list(row) == ["id", "name", "colors", "is_global", "created_at", "created_by"]
    assert row["name"] == "Ocean"
    assert row["colors"] == ["#1d4aff", "#ABC"]
    assert row["is_global"] is False
    assert row["created_at"].endswith("Z")
    assert list(row["created_by"]) == USER_KEYS
    assert row["created_by"]["email"] == member.email


def test_the_default_theme_is_global_and_nobodys(
    client: APIClient, path: str, default_theme: DataColorTheme
) -> None:
    row = client.get(path).json()["results"][0]

    assert row["name"] == "Default Theme"
    assert row["colors"] == list(DEFAULT_THEME_COLORS)
    assert row["is_global"] is True
    assert row["created_by"] is None


def test_themes_of_a_sibling_project_are_not_listed(
    client: APIClient, path: str, project: Project
) -> None:
    sibling = Project.objects.create(organization=project.organization, name="App")
    other = ThemeFactory.create(project=sibling)
    assert other.pk not in [row["id"] for row in client.get(path).json()["results"]]


def test_deleted_themes_are_not_listed(client: APIClient, path: str, project: Project) -> None:
    own = ThemeFactory.create(project=project, deleted=True)
    shared = ThemeFactory.create(project=None, deleted=True)
    ids = {row["id"] for row in client.get(path).json()["results"]}
    assert not ids & {own.pk, shared.pk}


def test_pages_follow_limit_and_offset(
    client: APIClient, path: str, project: Project, default_theme: DataColorTheme
) -> None:
    themes = [ThemeFactory.create(project=project) for _ in range(3)]

    page = client.get(path, {"limit": 2, "offset": 1}).json()

    assert [row["id"] for row in page["results"]] == [themes[0].pk, themes[1].pk]
    assert page["count"] == 4
    assert page["next"].endswith("?limit=2&offset=3")
    assert page["previous"].endswith("?limit=2")


@pytest.mark.parametrize("number", [1, 10])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: APIClient, path: str, project: Project, number: int
) -> None:
    ThemeFactory.create_batch(number, project=project)
    client.get(path)  # the first call notes that the key was used
    # key with its user, project with the membership, count, rows with their creators
    with assertNumQueries(3):  # caller and project, count, page
        client.get(path)
