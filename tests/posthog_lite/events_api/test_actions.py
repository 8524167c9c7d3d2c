from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import connection
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from posthog_lite.events.models import Action
from posthog_lite.events.selectors import actions
from posthog_lite.events_api.shapes import action as shapes
from tests.conftest import KeyClient
from tests.support.errors import assert_error

STEP = {
    "event": "$pageview",
    "properties": [{"key": "plan", "value": "pro", "type": "event", "operator": "exact"}],
    "selector": None,
    "selector_regex": None,
    "tag_name": None,
    "text": None,
    "text_matching": None,
    "href": None,
    "href_matching": "regex",
    "url": "/pricing",
    "url_matching": "contains",
}


@pytest.fixture
def url(project: Project) -> str:
    return f"/api/projects/{project.pk}/actions"


def create(client: APIClient, url: str, **body: Any) -> Any:
    response = client.post(f"{url}/", {"name": "Saw prices", **body})
    assert response.status_code == 201, response.content
    return response.json()


def test_an_action_is_created_and_read(
    client: APIClient, url: str, member: User, project: Project
) -> None:
    made = create(client, url, tags=[" Growth", "growth"], steps=[STEP], description="Why")
    assert made["steps"] == [STEP]
    assert (made["tags"], made["description"]) == (["growth"], "Why")
    assert made["created_by"]["email"] == member.email
    assert (made["team_id"], made["user_access_level"]) == (project.pk, "manager")
    assert (made["deleted"], made["is_action"], made["is_calculating"]) == (False, True, False)
    assert made["bytecode_error"] is made["pinned_at"] is made["creation_context"] is None
    assert client.get(f"{url}/{made['id']}/").json() == made
    page = client.get(f"{url}/").json()
    assert (page["count"], page["results"]) == (1, [made])


def test_actions_are_found_newest_first(client: APIClient, url: str) -> None:
    for name in ("Signed up", "Paid", "Signed out"):
        create(client, url, name=name)

    def found(**wanted: str) -> list[str]:
        return [row["name"] for row in client.get(f"{url}/", wanted).json()["results"]]

    assert found() == ["Signed out", "Paid", "Signed up"]
    assert found(search="SIGN") == ["Signed out", "Signed up"]
    assert found(search="sign", limit="1", offset="1") == ["Signed up"]
    assert found(ordering="name") == ["Paid", "Signed out", "Signed up"]
    assert found(ordering="-name") == ["Signed up", "Signed out", "Paid"]
    assert found(ordering="created_at") == ["Signed up", "Paid", "Signed out"]


def test_actions_are_found_by_author_and_tags(
    client: APIClient, admin: User, key_client: KeyClient, url: str
) -> None:
    mine = create(client, url, name="Mine", tags=["money", "core"])["created_by"]["id"]
    create(key_client(admin), url, name="Theirs", tags=["core"])

    def found(**wanted: str) -> list[str]:
        return [row["name"] for row in client.get(f"{url}/", wanted).json()["results"]]

    assert found(created_by=str(mine)) == ["Mine"]
    assert found(created_by=f"[{mine},{admin.pk}]") == ["Theirs", "Mine"]
    assert found(created_by="0") == found(tags="none") == []
    assert found(tags='["money","none"]') == ["Mine"]
    assert found(tags="core,money", created_by=str(admin.pk)) == ["Theirs"]


@pytest.mark.parametrize("wanted", [{"ordering": "steps"}, {"created_by": "me"}, {"tags": "[1"}])
def test_questions_that_are_none_are_refused(
    client: APIClient, url: str, wanted: dict[str, str]
) -> None:
    assert_error(client.get(f"{url}/", wanted), 400, attr=next(iter(wanted)))


def test_steps_may_say_little(client: APIClient, url: str) -> None:
    [step] = create(client, url, steps=[{"event": "paid"}])["steps"]
    assert step == {**dict.fromkeys(STEP), "event": "paid", "properties": []}
    assert create(client, url, name="Nothing")["steps"] == []


def test_an_action_is_changed(client: APIClient, url: str) -> None:
    made = create(client, url, steps=[STEP])
    changed = client.patch(f"{url}/{made['id']}/", {"description": "New"}).json()
    assert changed == {**made, "description": "New"} | {
        "last_calculated_at": changed["last_calculated_at"]
    }
    changed = client.put(f"{url}/{made['id']}/", {"name": "Paid", "steps": []}).json()
    assert (changed["name"], changed["steps"], changed["description"]) == ("Paid", [], "New")


def test_deleting_is_hiding(client: APIClient, url: str) -> None:
    made = create(client, url)
    refused = client.delete(f"{url}/{made['id']}/")
    assert (refused.status_code, refused.content) == (405, b"")
    assert client.patch(f"{url}/{made['id']}/", {"deleted": True}).json()["deleted"] is True
    assert_error(client.get(f"{url}/{made['id']}/"), 404)
    assert client.get(f"{url}/").json()["results"] == []
    create(client, url)  # the name is free again


def test_names_are_taken_once(client: APIClient, url: str) -> None:
    made = create(client, url)
    detail = f"This project already has an action with this name, ID {made['id']}"
    response = client.post(f"{url}/", {"name": " Saw prices "})
    assert_error(response, 400, code="unique", detail=detail, attr="name")
    other = create(client, url, name="Other")
    response = client.patch(f"{url}/{other['id']}/", {"name": "Saw prices"})
    assert_error(response, 400, code="unique", attr="name")
    assert client.patch(f"{url}/{made['id']}/", {"name": "Saw prices"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({}, "required", "name"),
        ({"name": ""}, "blank", "name"),
        ({"name": "n" * 401}, "max_length", "name"),
        ({"name": "n", "steps": {}}, "not_a_list", "steps"),
        ({"name": "n", "steps": [1]}, "invalid_input", "steps__0"),
        ({"name": "n", "steps": [{}] * 101}, "max_length", "steps"),
        ({"name": "n", "steps": [{"url_matching": "about"}]}, "invalid_choice", None),
        ({"name": "n", "steps": [{"text": "t" * 2001}]}, "max_length", None),
        ({"name": "n", "steps": [{"properties": ["x"]}]}, "not_a_dict", "steps__0__properties__0"),
        ({"name": "n", "tags": ["t"] * 101}, "invalid_input", "tags"),
        ({"name": "n", "pinned_at": "soon"}, "invalid_input", "pinned_at"),
    ],
)
def test_bad_bodies_are_refused(
    body: Any, code: str, attr: str | None, client: APIClient, url: str
) -> None:
    response = client.post(f"{url}/", body)
    assert response.status_code == 400, response.content
    error = response.json()
    if attr is not None:
        assert error["attr"] == attr
    assert error["code"] == code


def test_other_members_may_edit(
    client: APIClient, url: str, admin: User, project: Project, key_client: KeyClient
) -> None:
    made = create(client, url)
    assert key_client(admin).get(f"{url}/{made['id']}/").json()["user_access_level"] == "manager"
    Action.objects.for_project(project).update(created_by=admin)
    assert client.get(f"{url}/{made['id']}/").json()["user_access_level"] == "editor"


@pytest.mark.parametrize("number", [1, 10])
def test_what_a_page_costs_the_database(
    number: int, client: APIClient, url: str, project: Project
) -> None:
    for each in range(number):
        Action.objects.create(project=project, name=f"A{each}")
    client.get(f"{url}/")
    with assertNumQueries(4):  # the key with the project, how many, which, a page
        assert client.get(f"{url}/").json()["count"] == number


def test_an_answer_with_too_many_actions_is_refused(
    client: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [create(client, url, name=name, steps=[STEP])["id"] for name in ("A", "B", "C")]
    monkeypatch.setattr(actions, "ROWS_AT_ONCE", 2)
    rows = client.get(f"{url}/").json()["results"]
    assert [row["id"] for row in rows] == made[::-1]
    monkeypatch.setattr(shapes, "MOST_ANSWER_BYTES", 2 * len(orjson.dumps([STEP])) + 50)
    detail = "The answer would be larger than 0 MB. Ask for fewer rows."
    assert_error(client.get(f"{url}/"), 413, code="answer_too_large", detail=detail)
    assert len(client.get(f"{url}/?limit=2").json()["results"]) == 2


@pytest.mark.parametrize("ordering", ["-created_at", "created_at"])
def test_actions_are_listed_by_their_index(project: Project, ordering: str) -> None:
    rows = actions.list_actions(project=project, ordering=ordering).select_related(None)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    assert "Sort" not in rows.explain()
