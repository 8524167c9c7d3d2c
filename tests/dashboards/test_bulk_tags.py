from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tag, Tile
from dashboards.services import bulk_tags
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries


@pytest.fixture
def path(url: str) -> str:
    return f"{url}bulk_update_tags/"


def test_add_remove_and_set(client: APIClient, url: str, path: str, project: Project) -> None:
    one, two = (client.post(url, {"tags": ["old", name]}).json()["id"] for name in ("1", "2"))
    body: dict[str, Any] = {"ids": [one, two], "tags": ["New ", "new"]}
    assert client.post(path, {**body, "action": "add"}).json() == {
        "updated": [
            {"id": one, "tags": ["1", "new", "old"]},
            {"id": two, "tags": ["2", "new", "old"]},
        ],
        "skipped": [],
    }
    body["tags"] = ["old", "1"]
    updated = client.post(path, {**body, "action": "remove"}).json()["updated"]
    assert [row["tags"] for row in updated] == [["new"], ["2", "new"]]
    updated = client.post(path, {**body, "tags": ["only"], "action": "set"}).json()["updated"]
    assert [row["tags"] for row in updated] == [["only"], ["only"]]
    assert list(Tag.objects.for_project(project).values_list("name", flat=True)) == ["only"]
    updated = client.post(path, {**body, "tags": [], "action": "set"}).json()["updated"]
    assert [row["tags"] for row in updated] == [[], []]
    assert not Tag.objects.for_project(project).exists()


def test_what_cannot_be_edited_is_skipped(
    client: APIClient, path: str, project: Project, other_project: Project, admin: User
) -> None:
    mine = DashboardFactory.create(project=project)
    restricted = DashboardFactory.create(project=project, restriction_level=37, created_by=admin)
    deleted = DashboardFactory.create(project=project, deleted=True)
    foreign = DashboardFactory.create(project=other_project)
    ids = [restricted.pk, mine.pk, deleted.pk, foreign.pk, 10**12]
    answer = client.post(path, {"ids": ids, "action": "add", "tags": ["a"]}).json()
    assert answer["updated"] == [{"id": mine.pk, "tags": ["a"]}]
    assert [row["id"] for row in answer["skipped"]] == [
        restricted.pk,
        deleted.pk,
        foreign.pk,
        10**12,
    ]
    assert {row["reason"] for row in answer["skipped"]} == {"Not found or no edit access"}
    assert not Dashboard.all_projects.get(pk=foreign.pk).tags.exists()


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": list(range(501))}, "ids"),
        ({"ids": ["x"]}, "ids__0"),
        ({"action": "drop"}, "action"),
        ({"tags": []}, "tags"),
        ({"tags": [" "]}, "tags"),
        ({"tags": ["x" * 256]}, "tags"),
        ({"tags": [str(n) for n in range(101)]}, "tags"),
        ({"ids": list(range(1, 201)), "tags": [str(n) for n in range(51)]}, "tags"),
    ],
)
def test_the_refusals(client: APIClient, path: str, body: dict[str, Any], attr: str) -> None:
    full = {"ids": [1], "action": "add", "tags": ["a"], **body} if body else {}
    assert_error(client.post(path, full), 400, attr=attr)


def test_the_empty_list_of_tags_has_its_own_words(client: APIClient, path: str) -> None:
    assert_error(
        client.post(path, {"ids": [1], "action": "add", "tags": []}),
        400,
        detail="tags must not be empty for action 'add'.",
        attr="tags",
    )


def test_an_unlisted_dashboard_that_loses_its_tag_leaves_room_for_another(
    client: APIClient, url: str, path: str
) -> None:
    create = f"{url}create_unlisted_dashboard/"
    pk = client.post(create, {"tag": "llm-analytics"}).json()["id"]
    assert client.post(create, {"tag": "llm-analytics"}).status_code == 409
    client.post(path, {"ids": [pk], "action": "remove", "tags": ["llm-analytics"]})
    assert client.post(create, {"tag": "llm-analytics"}).status_code == 201


def test_the_query_count_does_not_grow(client: APIClient, path: str, project: Project) -> None:
    ids = [DashboardFactory.create(project=project).pk for _ in range(11)]
    for wanted, tag in ((ids[:1], "y"), (ids[1:], "z")):
        client.post(path, {"ids": wanted, "action": "add", "tags": [tag]})
    counts = []
    for wanted, tag in ((ids[:1], "a"), (ids[1:], "b")):
        with count_queries() as queries:
            client.post(path, {"ids": wanted, "action": "set", "tags": [tag, "c"]})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_tags_of_insights(client: APIClient, insights_url: str, project: Project) -> None:
    one = client.post(insights_url, {"tags": ["old"]}).json()["id"]
    body: dict[str, Any] = {"ids": [one, 10**12], "action": "add", "tags": ["New ", "new"]}
    answer = client.post(f"{insights_url}bulk_update_tags/", body).json()
    assert answer["updated"] == [{"id": one, "tags": ["new", "old"]}]
    assert answer["skipped"] == [{"id": 10**12, "reason": "Not found or no edit access"}]
    assert client.get(f"{insights_url}{one}/").json()["tags"] == ["new", "old"]
    client.post(f"{insights_url}bulk_update_tags/", {**body, "action": "set", "tags": []})
    assert not Tag.objects.for_project(project).exists()
    refused = client.post(f"{insights_url}bulk_update_tags/", {**body, "tags": []})
    assert_error(refused, 400, attr="tags", detail="tags must not be empty for action 'add'.")


def test_insights_that_cannot_be_edited_are_skipped(
    client: APIClient,
    insights_url: str,
    project: Project,
    other_project: Project,
    admin: User,
    key_client: KeyClient,
    member: User,
) -> None:
    restricted = DashboardFactory.create(project=project, restriction_level=37, created_by=admin)
    shown, free = (InsightFactory.create(project=project) for _ in range(2))
    deleted = InsightFactory.create(project=project, deleted=True)
    Tile.objects.create(project=project, dashboard=restricted, insight=shown)
    foreign = InsightFactory.create(project=other_project)
    ids = [shown.pk, free.pk, deleted.pk, foreign.pk]
    body = {"ids": ids, "action": "add", "tags": ["a"]}
    answer = client.post(f"{insights_url}bulk_update_tags/", body).json()
    assert answer["updated"] == [{"id": free.pk, "tags": ["a"]}]
    assert [row["id"] for row in answer["skipped"]] == [shown.pk, deleted.pk, foreign.pk]
    answer = key_client(admin).post(f"{insights_url}bulk_update_tags/", body).json()
    assert [row["id"] for row in answer["updated"]] == [shown.pk, free.pk]
    reader = key_client(member, scopes=["insight:read"])
    assert reader.post(f"{insights_url}bulk_update_tags/", body).status_code == 403


def test_the_query_count_of_insights_does_not_grow(
    client: APIClient, insights_url: str, project: Project
) -> None:
    ids = [InsightFactory.create(project=project).pk for _ in range(11)]
    for wanted, tag in ((ids[:1], "y"), (ids[1:], "z")):
        body = {"ids": wanted, "action": "add", "tags": [tag]}
        client.post(f"{insights_url}bulk_update_tags/", body)
    counts = []
    for wanted, tag in ((ids[:1], "a"), (ids[1:], "b")):
        body = {"ids": wanted, "action": "set", "tags": [tag, "c"]}
        with count_queries() as queries:
            client.post(f"{insights_url}bulk_update_tags/", body)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_where_nothing_is_changed_no_tag_is_made(
    client: APIClient, path: str, insights_url: str, project: Project
) -> None:
    for bulk in (path, f"{insights_url}bulk_update_tags/"):
        client.post(bulk, {"ids": [10**12], "action": "add", "tags": ["a"]})
    assert not Tag.objects.for_project(project).exists()


def test_tags_are_not_added_beyond_what_one_may_carry(
    client: APIClient, url: str, path: str, insights_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_tags, "MOST_TAGS", 2)
    for place, bulk in ((url, path), (insights_url, f"{insights_url}bulk_update_tags/")):
        pk = client.post(place, {"tags": ["1", "2"]}).json()["id"]
        body = {"ids": [pk], "action": "add", "tags": ["3"]}
        assert_error(client.post(bulk, body), 400, attr="tags", detail="There are at most 2 tags.")
        assert client.get(f"{place}{pk}/").json()["tags"] == ["1", "2"]
