"""POST /dashboards/create_unlisted_dashboard/."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import CreationMode, Dashboard, Insight
from dashboards.services.templates import UnlistedDashboardExists, create_unlisted_dashboard
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import MembershipLevel, Project, User
from tests.factories import ProjectFactory
from tests.support.errors import assert_error

TAG = "llm-analytics"


def post(client: APIClient, project: Project, body: Any) -> Any:
    url = f"/api/projects/{project.pk}/dashboards/create_unlisted_dashboard/"
    return client.post(url, body, format="json")


def patch(client: APIClient, project: Project, pk: int, body: Any) -> Any:
    return client.patch(f"/api/projects/{project.pk}/dashboards/{pk}/", body, format="json")


def test_it_answers_201_with_the_whole_dashboard(
    client: APIClient, project: Project, member: User
) -> None:
    response = post(client, project, {"tag": TAG})
    body = response.json()
    assert response.status_code == 201
    assert body["name"] == "LLM Analytics Default"
    assert body["description"] == "Overview of your LLM usage, costs, and performance"
    assert body["creation_mode"] == "unlisted"
    assert body["tags"] == [TAG]
    assert body["filters"] == {"date_from": "-7d"}
    assert body["created_by"]["id"] == member.pk
    assert [tile["insight"]["name"] for tile in body["tiles"]] == [
        "Traces",
        "Generative AI users",
        "Total cost (USD)",
        "Cost per user (USD)",
        "Cost by model (USD)",
        "Generation calls",
        "AI Errors",
        "Generation latency by model (median)",
        "Generations by HTTP status",
    ]


def test_its_insights_are_samples_by_the_caller(
    client: APIClient, project: Project, member: User
) -> None:
    post(client, project, {"tag": TAG})
    rows = Insight.objects.for_project(project).values_list("is_sample", "saved", "created_by")
    assert set(rows) == {(True, True, member.pk)}


def test_there_is_one_for_each_tag(client: APIClient, project: Project) -> None:
    assert post(client, project, {"tag": TAG}).status_code == 201
    response = post(client, project, {"tag": "mcp-analytics"})
    assert response.status_code == 201
    assert response.json()["tags"] == ["mcp-analytics"]


def test_a_second_one_is_a_conflict(client: APIClient, project: Project) -> None:
    post(client, project, {"tag": TAG})
    response = post(client, project, {"tag": TAG})
    assert response.status_code == 409
    assert response.json() == {"error": f"Unlisted dashboard with tag '{TAG}' already exists"}
    assert Dashboard.objects.for_project(project).count() == 1
    assert Insight.objects.for_project(project).count() == 9


def test_another_project_has_its_own(client: APIClient, project: Project, member: User) -> None:
    second = ProjectFactory.create(organization=project.organization)
    assert post(client, project, {"tag": TAG}).status_code == 201
    assert post(client, second, {"tag": TAG}).status_code == 201


@pytest.mark.parametrize("body", [{}, {"tag": ""}, {"tag": None}, [], "x"])
def test_the_tag_is_required(client: APIClient, project: Project, body: Any) -> None:
    response = post(client, project, body)
    assert (response.status_code, response.json()) == (400, {"error": "tag is required"})


@pytest.mark.parametrize("tag", ["LLM-analytics", " llm-analytics", "other", "DEFAULT_APP"])
def test_an_unknown_tag_is_named(client: APIClient, project: Project, tag: str) -> None:
    response = post(client, project, {"tag": tag})
    assert response.status_code == 400
    assert response.json() == {"error": f"Unknown template tag: {tag}"}


@pytest.mark.parametrize("tag", [5, ["llm-analytics"], {"a": 1}, True, "x" * 10_000])
def test_a_tag_that_is_no_word_is_an_unknown_one(
    client: APIClient, project: Project, tag: Any
) -> None:
    response = post(client, project, {"tag": tag})
    assert response.status_code == 400
    assert response.json()["error"].startswith("Unknown template tag: ")
    assert len(response.content) < 200


def test_it_is_left_out_of_the_plain_list_and_found_by_its_mode(
    client: APIClient, project: Project
) -> None:
    pk = post(client, project, {"tag": TAG}).json()["id"]
    url = f"/api/projects/{project.pk}/dashboards/"
    assert client.get(url).json()["count"] == 0
    found = client.get(url, {"creation_mode": CreationMode.UNLISTED, "tags": TAG}).json()
    assert [row["id"] for row in found["results"]] == [pk]
    assert client.get(f"{url}{pk}/").status_code == 200


@pytest.mark.parametrize("change", [{"deleted": True}, {"tags": []}, {"tags": ["other"]}])
def test_once_deleted_or_untagged_it_can_be_made_again(
    client: APIClient, project: Project, change: dict[str, Any]
) -> None:
    pk = post(client, project, {"tag": TAG}).json()["id"]
    assert patch(client, project, pk, change).status_code == 200
    assert post(client, project, {"tag": TAG}).status_code == 201


def test_a_deleted_one_does_not_come_back_beside_its_successor(
    client: APIClient, project: Project
) -> None:
    first = post(client, project, {"tag": TAG}).json()["id"]
    patch(client, project, first, {"deleted": True})
    assert post(client, project, {"tag": TAG}).status_code == 201
    assert_error(patch(client, project, first, {"deleted": False}), 409, code="conflict")
    assert Dashboard.objects.for_project(project).filter(deleted=False).count() == 1


def test_a_key_needs_dashboard_write(
    read_key: APIClient, write_key: APIClient, project: Project
) -> None:
    assert_error(post(read_key, project, {"tag": TAG}), 403, code="permission_denied")
    assert post(write_key, project, {"tag": TAG}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_exactly_one_succeeds(project: Project, member: User) -> None:
    access = ProjectAccess(project, member, MembershipLevel.MEMBER)
    start = Barrier(8)

    def create(_: int) -> bool:
        try:
            start.wait(timeout=10)
            create_unlisted_dashboard(access=access, tag=TAG, now=timezone.now())
        except UnlistedDashboardExists:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(create, range(8)))
    assert results.count(True) == 1
    assert Dashboard.objects.for_project(project).count() == 1
    assert Insight.objects.for_project(project).count() == 9
