from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from tests.factories import ThemeFactory
from tests.support.errors import assert_error
from themes.models import DataColorTheme


def test_an_own_theme_is_what_the_list_shows(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.get(f"{path}{theme.pk}/")
    assert response.status_code == 200
    assert response.json() == client.get(path).json()["results"][-1]


def test_a_global_theme_is_found_from_a_project(
    client: APIClient, path: str, global_theme: DataColorTheme
) -> None:
    assert client.get(f"{path}{global_theme.pk}").json()["is_global"] is True


def test_a_deleted_theme_is_not_found(client: APIClient, path: str, theme: DataColorTheme) -> None:
    deleted = ThemeFactory.create(project=theme.project, deleted=True)
    assert_error(client.get(f"{path}{deleted.pk}/"), 404, detail="Not found.")


@pytest.mark.parametrize(
    "name", ["0", "-1", "x", "1e3", "9" * 19, "9" * 40, "%00", "%D9%A1", "%ED%A0%80", "null"]
)
def test_an_id_that_is_none_is_not_found(client: APIClient, path: str, name: str) -> None:
    assert client.get(f"{path}{name}/").status_code == 404


def test_reading_takes_two_queries(client: APIClient, path: str, theme: DataColorTheme) -> None:
    client.get(path)  # the first call notes that the key was used
    # key with its user, project with the membership, theme with its creator
    with assertNumQueries(2):  # caller and project, theme
        client.get(f"{path}{theme.pk}/")
