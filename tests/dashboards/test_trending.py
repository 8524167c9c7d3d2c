"""The insights that most members looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from dashboards.models import Insight, InsightView
from posthog_lite.accounts.models import Project, User
from tests.dashboards.making import make_insight
from tests.factories import make_member
from tests.support.errors import assert_error


@pytest.fixture
def url(project: Project) -> str:
    return f"/api/projects/{project.pk}/insights/trending/"


@pytest.fixture
def people(project: Project) -> list[User]:
    return [make_member(project, f"m{number}@example.com") for number in range(4)]


def look(insight: Insight, *users: User, days: float = 1) -> None:
    for place, user in enumerate(users):
        moment = timezone.now() - timedelta(days=days, minutes=place)
        InsightView.objects.create(
            project=insight.project, insight=insight, user=user, viewed_at=moment
        )


def trending(client: APIClient, url: str, **wanted: Any) -> list[dict[str, Any]]:
    response = client.get(url, wanted)
    assert response.status_code == 200, response.content
    body = response.json()
    assert list(body) == ["count", "next", "previous", "results"]
    assert (body["count"], body["next"], body["previous"]) == (len(body["results"]), None, None)
    found: list[dict[str, Any]] = body["results"]
    return found


def test_the_most_looked_at_come_first(
    client: APIClient, url: str, project: Project, other_project: Project, people: list[User]
) -> None:
    one, many, old, gone = (
        make_insight(project, name=name, deleted=name == "gone", last_modified_by=people[0])
        for name in ("one", "many", "old", "gone")
    )
    make_insight(project, name="never")
    theirs = make_insight(other_project, name="theirs")
    look(one, people[0])
    look(many, *people)
    look(old, people[1], days=8)
    look(gone, *people)
    look(theirs, *people)

    found = trending(client, url)
    assert [(row["name"], row["view_count"]) for row in found] == [("many", 4), ("one", 1)]
    assert [user["email"] for user in found[0]["viewers"]] == [
        "m0@example.com",
        "m1@example.com",
        "m2@example.com",
    ]
    assert found[0]["last_modified_by"]["email"] == "m0@example.com"
    basic = client.get(url.replace("trending/", "?basic=true")).json()["results"][0]
    assert set(found[0]) == {*basic, "last_modified_by", "view_count", "viewers"}
    longer = trending(client, url, days=9)
    assert [row["name"] for row in longer] == ["many", "one", "old"]
    assert [row["name"] for row in trending(client, url, limit=1)] == ["many"]
    assert len(trending(client, url, limit=1000)) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("days", "x"), ("days", "0"), ("limit", "x"), ("limit", "0")]
)
def test_numbers_that_are_none_are_refused(
    name: str, value: str, client: APIClient, url: str
) -> None:
    assert_error(client.get(url, {name: value}), 400, attr=name)


def test_nothing_is_listed_where_nobody_looked(client: APIClient, url: str) -> None:
    assert trending(client, url) == []


@pytest.mark.parametrize("number", [1, 10])
def test_what_the_list_costs_the_database(
    number: int, client: APIClient, url: str, project: Project, people: list[User]
) -> None:
    for each in range(number):
        look(make_insight(project, name=str(each), last_modified_by=people[0]), *people)
    trending(client, url)
    # The key with the project, who looked at what, the insights, who changed them, who looked.
    with assertNumQueries(5):
        assert len(trending(client, url)) == number
