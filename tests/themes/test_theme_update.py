from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import User
from tests.factories import ThemeFactory
from tests.support.errors import assert_error
from themes.models import DataColorTheme

STAFF_ONLY = "Only staff users can edit global themes."


def test_patch_changes_what_it_names(client: APIClient, path: str, theme: DataColorTheme) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"name": "Sea"})
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["colors"]) == ("Sea", ["#1d4aff", "#ABC"])
    assert response.json() == client.get(f"{path}{theme.pk}/").json()


def test_any_member_may_change_a_theme_of_somebody_else(
    client: APIClient, path: str, theme: DataColorTheme, admin: User
) -> None:
    other = ThemeFactory.create(project=theme.project, created_by=admin)
    response = client.patch(f"{path}{other.pk}/", {"colors": []})
    assert response.json()["colors"] == []
    assert response.json()["created_by"]["id"] == admin.pk


def test_put_replaces_the_name_and_keeps_colors_left_out(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.put(f"{path}{theme.pk}/", {"name": "Sea"})
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["colors"]) == ("Sea", ["#1d4aff", "#ABC"])


def test_put_accepts_the_object_as_it_was_read(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    row = client.get(f"{path}{theme.pk}/").json()
    assert client.put(f"{path}{theme.pk}/", row).json() == row


def test_put_needs_a_name(client: APIClient, path: str, theme: DataColorTheme) -> None:
    response = client.put(f"{path}{theme.pk}/", {"colors": []})
    assert_error(response, 400, code="required", attr="name", type="validation_error")
    theme.refresh_from_db()
    assert theme.colors == ["#1d4aff", "#ABC"]


def test_an_empty_patch_changes_nothing(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    before = client.get(f"{path}{theme.pk}/").json()
    assert client.patch(f"{path}{theme.pk}/").json() == before
    assert client.patch(f"{path}{theme.pk}/", {}).json() == before
    assert client.patch(f"{path}{theme.pk}/", {"unknown": 1, "is_global": True}).json() == before


def test_only_the_named_columns_are_written(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.patch(f"{path}{theme.pk}/", {"name": "Sea"})
    [update] = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "themes_')]
    assert '"name" = ' in update
    assert '"colors"' not in update.partition("WHERE")[0]


@pytest.mark.parametrize("format_", ["json", "urlencoded", "multipart"])
def test_every_kind_of_body_is_read(
    client: APIClient, path: str, theme: DataColorTheme, format_: str
) -> None:
    body = {"name": "Form", "colors": ["#111111", "#222222"]}
    row = send(client, f"{path}{theme.pk}/", body, format_)
    assert (row["name"], row["colors"]) == ("Form", ["#111111", "#222222"])


@pytest.mark.parametrize("format_", ["urlencoded", "multipart"])
@pytest.mark.parametrize(
    ("sent", "stored"), [("#333", ["#333"]), ('["#333", "#444"]', ["#333", "#444"]), ("[]", [])]
)
def test_a_form_gives_colors_one_by_one_or_as_json(
    client: APIClient, path: str, theme: DataColorTheme, format_: str, sent: str, stored: list[str]
) -> None:
    assert send(client, f"{path}{theme.pk}/", {"colors": sent}, format_)["colors"] == stored


@pytest.mark.parametrize(
    "sent", ["", "red", '["red"]', '["#fff"', "[" * 5000, '{"a": 1}', "[NaN]", '["\\ud800"]']
)
def test_a_form_with_bad_colors_is_refused(
    client: APIClient, path: str, theme: DataColorTheme, sent: str
) -> None:
    response = client.patch(f"{path}{theme.pk}/", {"colors": sent}, format="multipart")
    assert_error(response, 400, attr="colors", type="validation_error")


def test_a_form_without_colors_keeps_them(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    response = client.put(f"{path}{theme.pk}/", {"name": "Form"}, format="multipart")
    assert response.json()["colors"] == ["#1d4aff", "#ABC"]


def test_a_form_put_on_a_deleted_theme_does_not_restore_it(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    deleted = ThemeFactory.create(project=theme.project, deleted=True)
    response = client.put(f"{path}{deleted.pk}/", {"name": "x"}, format="multipart")
    assert_error(response, 404)
    deleted.refresh_from_db()
    assert deleted.deleted is True


@pytest.mark.parametrize("text", ["name=a%00b", "name=%ED%A0%80%00"])
def test_a_form_with_nul_is_refused(
    client: APIClient, path: str, theme: DataColorTheme, text: str
) -> None:
    response = client.patch(
        f"{path}{theme.pk}/", text, content_type="application/x-www-form-urlencoded"
    )
    assert_error(response, 400, attr="name", type="validation_error")


@pytest.mark.parametrize("field", ["name", "colors"])
def test_a_form_in_a_charset_with_lone_surrogates_is_refused(
    client: APIClient, path: str, theme: DataColorTheme, field: str
) -> None:
    response = client.patch(
        f"{path}{theme.pk}/",
        f"{field}=%5Cud800",
        content_type="application/x-www-form-urlencoded; charset=unicode_escape",
    )
    assert_error(response, 400, attr=field, type="validation_error")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_staff_change_a_global_theme(
    staff_client: APIClient, path: str, global_theme: DataColorTheme, method: str
) -> None:
    response = getattr(staff_client, method)(f"{path}{global_theme.pk}/", {"name": "New"})
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["is_global"]) == ("New", True)


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("body", [{"name": "New"}, {"name": ""}, {}, {"deleted": True}])
def test_others_do_not_change_a_global_theme(
    client: APIClient, path: str, global_theme: DataColorTheme, method: str, body: Any
) -> None:
    response = getattr(client, method)(f"{path}{global_theme.pk}/", body)
    assert_error(response, 403, code="permission_denied", detail=STAFF_ONLY)
    global_theme.refresh_from_db()
    assert (global_theme.name, global_theme.deleted) == ("For all", False)


def test_an_organization_admin_is_no_staff(
    key_client: Any, admin: User, path: str, global_theme: DataColorTheme
) -> None:
    response = key_client(admin).patch(f"{path}{global_theme.pk}/", {"name": "New"})
    assert_error(response, 403, detail=STAFF_ONLY)


def test_staff_of_another_organization_are_strangers(
    key_client: Any, stranger: User, path: str
) -> None:
    stranger.is_staff = True
    stranger.save()
    response = key_client(stranger).get(path)
    assert_error(response, 403, detail="You don't have access to the project.")


@pytest.mark.parametrize("name", ["0", "x", "9" * 19, "9" * 40])
def test_an_id_that_is_none_is_not_found(client: APIClient, path: str, name: str) -> None:
    assert_error(client.patch(f"{path}{name}/", {"name": "x"}), 404, detail="Not found.")


def test_changing_takes_a_fixed_number_of_queries(
    client: APIClient, path: str, theme: DataColorTheme
) -> None:
    client.get(path)  # the first call notes that the key was used
    # key, project, savepoint, theme locked with its creator, update, release of the savepoint
    with assertNumQueries(6):
        client.patch(f"{path}{theme.pk}/", {"name": "Sea"})


def send(client: APIClient, url: str, body: dict[str, Any], format_: str) -> Any:
    """The answer to a PATCH in the given format."""
    if format_ != "urlencoded":
        return client.patch(url, body, format=format_).json()
    text = urlencode(body, doseq=True)
    return client.patch(url, text, content_type="application/x-www-form-urlencoded").json()
