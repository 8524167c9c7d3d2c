from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardCollaborator, Tag
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries
from themes.models import DataColorTheme


@pytest.fixture
def dashboard(project: Project, admin: User) -> Dashboard:
    return DashboardFactory.create(
        project=project,
        name="D",
        description="old",
        pinned=True,
        created_by=admin,
        filters={"date_from": "-7d"},
        variables={"a": {"code_name": "a"}},
    )


@pytest.mark.parametrize("method", ["put", "patch"])
def test_fields_left_out_keep_their_value(
    client: APIClient, dashboard: Dashboard, url: str, method: str
) -> None:
    response = getattr(client, method)(f"{url}{dashboard.pk}/", {"name": "New"})
    body = response.json()
    assert response.status_code == 200
    assert (body["name"], body["description"], body["pinned"]) == ("New", "old", True)


def test_a_form_encoded_put_keeps_booleans(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    response = client.put(
        f"{url}{dashboard.pk}/", "name=string", content_type="application/x-www-form-urlencoded"
    )
    assert (response.json()["name"], response.json()["pinned"]) == ("string", True)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_empty_body_changes_nothing(
    client: APIClient, dashboard: Dashboard, url: str, method: str
) -> None:
    before = client.get(f"{url}{dashboard.pk}/").json()
    response = client.generic(method.upper(), f"{url}{dashboard.pk}/")
    assert response.status_code == 200
    after = response.json()
    assert {k: v for k, v in after.items() if k != "last_accessed_at"} == {
        k: v for k, v in before.items() if k != "last_accessed_at"
    }


def test_a_patch_does_not_move_last_accessed_at(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    body = client.patch(f"{url}{dashboard.pk}/", {"name": "x"}).json()
    assert body["last_accessed_at"] is None
    body = client.patch(
        f"{url}{dashboard.pk}/", {"last_accessed_at": "2020-01-01T00:00:00Z"}
    ).json()
    assert body["last_accessed_at"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize("name", ["filters", "variables"])
@pytest.mark.parametrize("empty", [{}, None])
def test_filters_and_variables_are_replaced_and_cleared(
    client: APIClient, dashboard: Dashboard, url: str, name: str, empty: Any
) -> None:
    new = {"x": {"code_name": "x"}}
    body = client.patch(f"{url}{dashboard.pk}/", {name: new}).json()
    assert body[f"persisted_{name}"] == new
    body = client.patch(f"{url}{dashboard.pk}/", {name: empty}).json()
    assert (body[name], body[f"persisted_{name}"]) == ({}, None)


@pytest.mark.parametrize("value", [[], "x", 5, True])
@pytest.mark.parametrize("name", ["filters", "variables"])
def test_a_wrong_value_leaves_the_dashboard_as_it_was(
    client: APIClient, dashboard: Dashboard, url: str, name: str, value: Any
) -> None:
    response = client.patch(f"{url}{dashboard.pk}/", {"deleted": True, name: value})
    assert_error(response, 400, attr=name, detail=f"{name.capitalize()} must be a dictionary")
    dashboard.refresh_from_db()
    assert dashboard.deleted is False
    assert dashboard.filters == {"date_from": "-7d"}


def test_tags_replace_each_other_and_unused_ones_vanish(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    other = client.post(url, {"tags": ["shared"]}).json()
    body = client.patch(f"{url}{dashboard.pk}/", {"tags": ["A ", "shared", "a", " "]}).json()
    assert body["tags"] == ["a", "shared"]
    assert client.patch(f"{url}{dashboard.pk}/", {"name": "n"}).json()["tags"] == body["tags"]
    assert client.patch(f"{url}{dashboard.pk}/", {"tags": []}).json()["tags"] == []
    tags = Tag.objects.for_project(project)
    assert list(tags.values_list("name", flat=True)) == ["shared"]
    assert client.get(f"{url}{other['id']}/").json()["tags"] == ["shared"]


def test_a_theme_id_is_checked_only_when_it_changes(
    client: APIClient, project: Project, dashboard: Dashboard, url: str
) -> None:
    theme = DataColorTheme.objects.create(project=project, name="T")
    path = f"{url}{dashboard.pk}/"
    assert client.patch(path, {"data_color_theme_id": theme.pk}).status_code == 200
    DataColorTheme.all_projects.update(deleted=True)
    assert client.get(path).json()["data_color_theme_id"] == theme.pk
    assert client.patch(path, {"data_color_theme_id": theme.pk}).status_code == 200
    assert client.patch(path, {"data_color_theme_id": None}).status_code == 200
    assert_error(
        client.patch(path, {"data_color_theme_id": theme.pk}),
        400,
        code="does_not_exist",
        attr="data_color_theme_id",
    )


def test_only_the_creator_and_admins_change_the_restriction(
    client: APIClient, dashboard: Dashboard, admin: User, key_client: KeyClient, url: str
) -> None:
    path = f"{url}{dashboard.pk}/"
    assert_error(
        client.patch(path, {"restriction_level": 37}),
        403,
        code="permission_denied",
        detail="Only the dashboard owner and project admins have the restriction rights required "
        "to change the dashboard's restriction level.",
    )
    assert client.put(path, {"restriction_level": 21, "name": "same"}).status_code == 200
    assert key_client(admin).patch(path, {"restriction_level": 37}).status_code == 200
    own = client.post(url, {}).json()
    assert client.patch(f"{url}{own['id']}/", {"restriction_level": 37}).status_code == 200


def test_a_restricted_dashboard_is_edited_by_invitation_only(
    client: APIClient, project: Project, member: User, dashboard: Dashboard, url: str
) -> None:
    Dashboard.all_projects.update(restriction_level=37)
    path = f"{url}{dashboard.pk}/"
    refusal = "You don't have edit permissions for this dashboard."
    assert_error(client.patch(path, {"name": "x"}), 403, detail=refusal)
    assert_error(client.patch(path, {"pinned": "bad"}), 403, detail=refusal)
    DashboardCollaborator.objects.create(project=project, dashboard=dashboard, user=member)
    assert client.patch(path, {"name": "x"}).json()["name"] == "x"


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({"tiles": [{"deleted": True}] * 1001}, "tiles"),
        ({"duplicate_tiles": [{"id": 1}] * 501}, "duplicate_tiles"),
    ],
)
def test_lists_longer_than_any_dashboard_are_refused(
    client: APIClient, dashboard: Dashboard, url: str, body: Any, attr: str
) -> None:
    assert_error(client.patch(f"{url}{dashboard.pk}/", body), 400, code="max_length", attr=attr)


@pytest.mark.parametrize("body", [{"name": "x"}, {"pinned": "bad"}])
def test_a_404_wins_over_a_bad_body(client: APIClient, url: str, body: Any) -> None:
    assert_error(client.patch(f"{url}999999/", body), 404, detail="Not found.")


def test_a_patch_of_one_field_takes_few_queries(
    client: APIClient, dashboard: Dashboard, url: str
) -> None:
    client.patch(f"{url}{dashboard.pk}/", {"name": "1"})
    with count_queries() as queries:
        client.patch(f"{url}{dashboard.pk}/", {"name": "2"})
    # caller and project, lock, update, dashboard, tiles, authors
    assert len(queries) == 6, queries


@pytest.mark.django_db(transaction=True)
def test_simultaneous_patches_of_different_fields_all_survive(
    project: Project, member: User, key_client: KeyClient
) -> None:
    path = f"/api/projects/{project.pk}/dashboards/"
    client = key_client(member)
    pk = client.post(path, {}).json()["id"]
    changes: list[dict[str, Any]] = [
        {"name": "n"},
        {"description": "d"},
        {"pinned": True},
        {"filters": {"a": 1}},
        {"tags": ["new"]},
        {"breakdown_colors": [{"breakdownValue": "a", "colorToken": "b"}]},
    ]
    statuses: list[int] = []

    def change(body: dict[str, Any]) -> None:
        try:
            statuses.append(client.patch(f"{path}{pk}/", body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[body]) for body in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * len(changes)
    body = client.get(f"{path}{pk}/").json()
    assert {k: body[k] for change in changes for k in change} == {
        k: v for change in changes for k, v in change.items()
    }


@pytest.mark.django_db(transaction=True)
def test_two_writers_may_add_the_same_new_tag_at_once(
    project: Project, member: User, key_client: KeyClient
) -> None:
    path = f"/api/projects/{project.pk}/dashboards/"
    client = key_client(member)
    ids = [client.post(path, {"tags": [f"old{n}"]}).json()["id"] for n in range(6)]
    statuses: list[int] = []

    def change(pk: int) -> None:
        try:
            for words in (["new", "a"], ["a"], ["new"]):
                statuses.append(client.patch(f"{path}{pk}/", {"tags": words}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[pk]) for pk in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 18
    assert [client.get(f"{path}{pk}/").json()["tags"] for pk in ids] == [["new"]] * 6
    assert list(Tag.objects.for_project(project).values_list("name", flat=True)) == ["new"]
