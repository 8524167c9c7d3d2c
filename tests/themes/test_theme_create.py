from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.support.errors import assert_error
from themes.models import DataColorTheme


def own_themes(project: Project) -> list[DataColorTheme]:
    return list(DataColorTheme.all_projects.filter(project=project))


def test_a_theme_is_stored_for_the_project_and_its_creator(
    client: APIClient, path: str, project: Project, member: User
) -> None:
    response = client.post(path, {"name": "Zoko", "colors": ["#ABCDEF", "#abc"]})

    assert response.status_code == 201
    [theme] = own_themes(project)
    assert (theme.name, theme.colors) == ("Zoko", ["#ABCDEF", "#abc"])
    assert theme.created_by == member
    assert theme.deleted is False
    assert response.json() == client.get(f"{path}{theme.pk}/").json()


def test_colors_left_out_are_an_empty_list(client: APIClient, path: str) -> None:
    assert client.post(path, {"name": "Bare"}).json()["colors"] == []


def test_a_name_may_have_a_hundred_characters(client: APIClient, path: str) -> None:
    name = "é" * 100
    assert client.post(path, {"name": f"  {name} "}).json()["name"] == name


def test_two_themes_may_have_one_name(client: APIClient, path: str, theme: DataColorTheme) -> None:
    assert client.post(path, {"name": theme.name}).status_code == 201


def test_what_only_the_server_says_is_ignored(
    client: APIClient, path: str, project: Project, member: User, stranger: User
) -> None:
    body = {
        "name": "Mine",
        "id": 10**6,
        "project": None,
        "team": None,
        "is_global": True,
        "created_at": "2001-01-01T00:00:00Z",
        "created_by": stranger.pk,
        "deleted": True,
    }
    row = client.post(path, body).json()

    [theme] = own_themes(project)
    assert row["id"] == theme.pk != 10**6
    assert (row["is_global"], row["created_by"]["id"]) == (False, member.pk)
    assert theme.deleted is False
    assert theme.created_at is not None
    assert theme.created_at.year > 2001


def test_staff_create_themes_of_the_project_too(
    staff_client: APIClient, path: str, project: Project
) -> None:
    assert staff_client.post(path, {"name": "Staff's"}).json()["is_global"] is False
    assert len(own_themes(project)) == 1


@pytest.mark.parametrize(
    ("name", "code", "detail"),
    [
        (None, "null", "This field may not be null."),
        ("", "blank", "This field may not be blank."),
        (" \t ", "blank", "This field may not be blank."),
        ("x" * 101, "max_length", "Ensure this field has no more than 100 characters."),
        (True, "invalid", "Not a valid string."),
        (["x"], "invalid", "Not a valid string."),
        ({"x": 1}, "invalid", "Not a valid string."),
    ],
)
def test_a_bad_name_is_refused(
    client: APIClient, path: str, project: Project, name: Any, code: str, detail: str
) -> None:
    response = client.post(path, {"name": name})
    code = "invalid_input" if code == "invalid" else code
    assert_error(response, 400, code=code, detail=detail, attr="name", type="validation_error")
    assert own_themes(project) == []


def test_a_name_is_required(client: APIClient, path: str) -> None:
    response = client.post(path, {"colors": []})
    assert_error(response, 400, code="required", attr="name", type="validation_error")


@pytest.mark.parametrize("body", [[], ["x"], "x", 1, None, True])
def test_a_body_that_is_no_object_is_refused(
    client: APIClient, path: str, project: Project, body: Any
) -> None:
    assert client.post(path, body, format="json").status_code == 400
    assert own_themes(project) == []


@pytest.mark.parametrize(
    "body",
    [
        rb'{"name": "a\u0000b"}',
        rb'{"name": "\ud800"}',
        rb'{"name": "x", "colors": ["\ud800"]}',
        b'{"name": "\xff"}',
        b'{"name": "x", "colors": [NaN]}',
        b'{"name": "x"',
        b'{"name": "x", "colors": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_body_that_cannot_be_stored_is_refused(
    client: APIClient, path: str, project: Project, body: bytes
) -> None:
    response = client.post(path, body, content_type="application/json")
    assert_error(response, 400)
    assert own_themes(project) == []


def test_script_in_a_name_is_data(client: APIClient, path: str) -> None:
    name = "</script><script>alert(1)</script>"
    response = client.post(path, {"name": name})
    assert response.json()["name"] == name
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
