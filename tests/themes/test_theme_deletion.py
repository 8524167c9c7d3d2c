from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import ThemeFactory
from tests.support.errors import assert_error
from themes.models import DataColorTheme


@pytest.fixture
def deleted_theme(theme: DataColorTheme) -> DataColorTheme:
    return ThemeFactory.create(project=theme.project, name="Gone", deleted=True)


def test_patch_hides_a_theme_and_answers_with_it(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"deleted": True})

    assert response.status_code == 200
    assert response.json()["id"] == theme.pk
    assert "deleted" not in response.json()
    assert client.get(f"{path}{theme.pk}/").status_code == 404
    theme.refresh_from_db()
    assert (theme.deleted, theme.name, theme.colors) == (True, "Ocean", ["#1d4aff", "#ABC"])


def test_patch_restores_a_theme(
    client: APIClient, path: str, deleted_theme: DataColorTheme
) -> None:
    response = client.patch(f"{path}{deleted_theme.pk}/", {"deleted": False})
    assert response.status_code == 200
    assert client.get(f"{path}{deleted_theme.pk}/").json() == response.json()


def test_a_theme_can_be_restored_under_another_name(
    client: APIClient, path: str, deleted_theme: DataColorTheme
) -> None:
    body = {"deleted": False, "name": "Back"}
    assert client.patch(f"{path}{deleted_theme.pk}/", body).json()["name"] == "Back"


@pytest.mark.parametrize("deleted", [True, "true", 1])
def test_a_form_may_spell_true_in_its_own_way(
    client: APIClient, path: str, theme: DataColorTheme, deleted: Any
) -> None:
    client.patch(f"{path}{theme.pk}/", {"deleted": deleted}, format="multipart")
    theme.refresh_from_db()
    assert theme.deleted is True


def test_restoring_a_theme_that_is_there_changes_nothing(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    before = client.get(f"{path}{theme.pk}/").json()
    assert client.patch(f"{path}{theme.pk}/", {"deleted": False}).json() == before


def test_staff_hide_and_restore_a_global_theme(
    staff_client: APIClient, path: str, global_theme: DataColorTheme
) -> None:
    url = f"{path}{global_theme.pk}/"
    assert staff_client.patch(url, {"deleted": True}).status_code == 200
    assert staff_client.get(url).status_code == 404
    assert staff_client.patch(url, {"deleted": False}).status_code == 200
    assert staff_client.get(url).status_code == 200


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": ""}, {"deleted": True}])
def test_a_deleted_theme_is_only_there_for_restoring(
    client: APIClient, path: str, deleted_theme: DataColorTheme, body: Any
) -> None:
    assert_error(client.patch(f"{path}{deleted_theme.pk}/", body), 404, detail="Not found.")
    deleted_theme.refresh_from_db()
    assert deleted_theme.name == "Gone"


@pytest.mark.parametrize("deleted", [None, "maybe", [], {}, 2])
def test_deleted_that_is_no_boolean_is_refused(
    client: APIClient, path: str, theme: DataColorTheme, deleted: Any
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"deleted": deleted})
    assert_error(response, 400, attr="deleted", type="validation_error")
    theme.refresh_from_db()
    assert theme.deleted is False


def test_a_member_does_not_restore_a_global_theme(client: APIClient, path: str) -> None:
    hidden = ThemeFactory.create(project=None, deleted=True)
    response = client.patch(f"{path}{hidden.pk}/", {"deleted": False})
    assert_error(response, 403, detail="Only staff users can edit global themes.")


def test_delete_is_refused_without_a_word(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.delete(f"{path}{theme.pk}/")
    assert (response.status_code, response.content) == (405, b"")
    assert "Content-Type" not in response.headers
    theme.refresh_from_db()
    assert theme.deleted is False


@pytest.mark.parametrize("name", ["0", "x", "9" * 40, "global", "foreign"])
def test_delete_is_refused_for_any_id(
    client: APIClient,
    path: str,
    global_theme: DataColorTheme,
    foreign_theme: DataColorTheme,
    name: str,
) -> None:
    names = {"global": str(global_theme.pk), "foreign": str(foreign_theme.pk)}
    response = client.delete(f"{path}{names.get(name, name)}")
    assert (response.status_code, response.content) == (405, b"")
    assert DataColorTheme.all_projects.filter(pk__in=names.values()).count() == 2


def test_delete_in_a_browser_session_is_refused_too(
    session_client: APIClient, path: str, theme: DataColorTheme
) -> None:
    assert session_client.delete(f"{path}{theme.pk}/").status_code == 405


def test_the_list_has_no_delete(client: APIClient, path: str) -> None:
    assert_error(client.delete(path), 405, code="method_not_allowed")
