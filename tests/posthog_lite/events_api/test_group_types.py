from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.posthog_lite.events.capturing import capture, captured


@pytest.mark.parametrize("prefix", ["projects", "environments"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_new_project_has_no_group_types(
    member: User, key_client: KeyClient, project: Project, prefix: str, slash: str
) -> None:
    client = key_client(member, scopes=["group:read"])
    response = client.get(f"/api/{prefix}/{project.pk}/groups_types{slash}")
    assert (response.status_code, response.json()) == (200, [])


def test_events_make_them(client: APIClient, project: Project) -> None:
    capture(project, captured(properties={"$groups": {"company": "acme"}}))
    capture(project, captured(properties={"$groups": {"team": 7}}))
    found = client.get(f"/api/projects/{project.pk}/groups_types/").json()
    assert [(row["group_type"], row["group_type_index"]) for row in found] == [
        ("company", 0),
        ("team", 1),
    ]
    assert found[0]["name_singular"] is found[0]["name_plural"] is None


@pytest.mark.parametrize("number", [1, 5])
def test_what_they_cost_the_database(number: int, client: APIClient, project: Project) -> None:
    capture(project, captured(properties={"$groups": {f"kind {n}": "x" for n in range(number)}}))
    url = f"/api/projects/{project.pk}/groups_types/"
    client.get(url)
    with assertNumQueries(2):  # the key with the project, the kinds
        assert len(client.get(url).json()) == number
