"""Who may call what."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.support.errors import assert_error
from themes.models import DataColorTheme

READS = [("get", "list"), ("head", "list"), ("get", "row"), ("head", "row")]
WRITES = [("post", "list"), ("put", "row"), ("patch", "row")]


def call(client: APIClient, method: str, where: str, path: str, theme: DataColorTheme) -> int:
    url = path if where == "list" else f"{path}{theme.pk}/"
    body = {"name": "x"} if method in ("post", "put", "patch") else None
    response = getattr(client, method)(url, body)
    return int(response.status_code)


@pytest.mark.parametrize(("method", "where"), READS)
@pytest.mark.parametrize("scope", ["project:read", "project:write", "*"])
def test_keys_with_a_project_scope_read(
    key_client: KeyClient,
    member: User,
    path: str,
    theme: DataColorTheme,
    method: str,
    where: str,
    scope: str,
) -> None:
    assert call(key_client(member, scopes=[scope]), method, where, path, theme) == 200


@pytest.mark.parametrize(("method", "where"), WRITES)
@pytest.mark.parametrize("scope", ["project:write", "*"])
def test_keys_with_the_write_scope_write(
    key_client: KeyClient,
    member: User,
    path: str,
    theme: DataColorTheme,
    method: str,
    where: str,
    scope: str,
) -> None:
    status = call(key_client(member, scopes=[scope]), method, where, path, theme)
    assert status == (201 if method == "post" else 200)


@pytest.mark.parametrize(("method", "where"), WRITES)
@pytest.mark.parametrize("scopes", [["project:read"], ["dashboard:write"], []])
def test_keys_without_the_write_scope_do_not_write(
    key_client: KeyClient,
    member: User,
    path: str,
    theme: DataColorTheme,
    method: str,
    where: str,
    scopes: list[str],
) -> None:
    before = DataColorTheme.all_projects.count()
    assert call(key_client(member, scopes=scopes), method, where, path, theme) == 403
    assert DataColorTheme.all_projects.count() == before
    theme.refresh_from_db()
    assert theme.name == "Ocean"


@pytest.mark.parametrize(("method", "where"), READS)
@pytest.mark.parametrize("scopes", [["dashboard:read", "insight:write"], []])
def test_keys_without_a_project_scope_do_not_read(
    key_client: KeyClient,
    member: User,
    path: str,
    theme: DataColorTheme,
    method: str,
    where: str,
    scopes: list[str],
) -> None:
    assert call(key_client(member, scopes=scopes), method, where, path, theme) == 403


def test_the_missing_scope_is_named(key_client: KeyClient, member: User, path: str) -> None:
    response = key_client(member, scopes=["dashboard:read"]).get(path)
    assert_error(response, 403, detail="API key missing required scope 'project:read'")


@pytest.mark.parametrize(("method", "where"), READS + WRITES)
def test_a_browser_session_reads_and_writes(
    session_client: APIClient, path: str, theme: DataColorTheme, method: str, where: str
) -> None:
    assert call(session_client, method, where, path, theme) in (200, 201)


@pytest.mark.parametrize(("method", "where"), READS + WRITES)
def test_nobody_in_particular_is_refused(
    path: str, theme: DataColorTheme, method: str, where: str
) -> None:
    assert call(APIClient(), method, where, path, theme) == 401


@pytest.mark.parametrize(("method", "where"), READS + WRITES)
def test_a_stranger_is_refused(
    key_client: KeyClient,
    stranger: User,
    path: str,
    theme: DataColorTheme,
    method: str,
    where: str,
) -> None:
    assert call(key_client(stranger), method, where, path, theme) == 403
    theme.refresh_from_db()
    assert theme.name == "Ocean"


def test_staff_of_another_organization_are_strangers(
    key_client: KeyClient, stranger: User, path: str
) -> None:
    stranger.is_staff = True
    stranger.save()
    response = key_client(stranger).get(path)
    assert_error(response, 403, detail="You don't have access to the project.")


def test_a_key_of_another_project_is_refused(
    key_client: KeyClient, member: User, project: Project, path: str
) -> None:
    sibling = Project.objects.create(organization=project.organization, name="App")
    assert key_client(member, scoped_teams=[sibling.pk]).get(path).status_code == 403


def test_an_unknown_project_is_not_found(client: APIClient) -> None:
    response = client.get("/api/projects/987654321/data_color_themes/")
    assert_error(response, 404, detail="Project not found.")
