"""Which insights ask about an action."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from dashboards.models import Insight
from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Action
from tests.dashboards.making import TRENDS, make_insight
from tests.support.errors import assert_error


@pytest.fixture
def action(project: Project) -> Action:
    return Action.objects.create(project=project, name="Signed up")


def asking(**node: Any) -> dict[str, Any]:
    series = [{"kind": "EventsNode", "event": "x"}, node]
    return {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": series}}


def references(client: APIClient, action: Action) -> list[dict[str, Any]]:
    response = client.get(f"/api/projects/{action.project_id}/actions/{action.pk}/references/")
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()
    return found


def test_insights_that_ask_about_it_are_listed(
    client: APIClient, project: Project, other_project: Project, action: Action
) -> None:
    pk = action.pk
    plain = make_insight(project, name="plain", query=asking(kind="ActionsNode", id=pk))
    make_insight(project, name="text", query=asking(kind="ActionsNode", id=str(pk)))
    retention = {"kind": "RetentionQuery", "retentionFilter": {"targetEntity": None}}
    retention["retentionFilter"] = {"targetEntity": {"type": "actions", "id": pk}}
    make_insight(project, name="retention", query=retention)
    make_insight(project, name="events", query={"kind": "EventsQuery", "actionId": pk})
    make_insight(project, name="", query=None, filters={"actions": [{"id": pk}]})
    make_insight(project, name="another", query=asking(kind="ActionsNode", id=pk + 1))
    make_insight(project, name="event", query=asking(kind="EventsNode", id=pk))
    make_insight(project, name="none", query=TRENDS)
    make_insight(project, name="gone", deleted=True, query=asking(kind="ActionsNode", id=pk))
    make_insight(other_project, name="theirs", query=asking(kind="ActionsNode", id=pk))

    found = references(client, action)
    assert [row["name"] for row in found] == ["Unnamed", "events", "retention", "text", "plain"]
    [row] = [row for row in found if row["name"] == "plain"]
    assert set(row) == {"type", "id", "name", "url", "created_at", "created_by"}
    assert (row["type"], row["id"]) == ("insight", plain.short_id)
    assert client.get(row["url"]).json()["id"] == plain.pk
    assert row["created_by"] is None


def test_only_living_actions_of_the_project_have_references(
    client: APIClient, project: Project, other_project: Project, action: Action
) -> None:
    foreign = Action.objects.create(project=other_project, name="Theirs")
    Action.objects.for_project(project).update(deleted=True)
    for pk in (action.pk, foreign.pk, 0, "x"):
        assert_error(client.get(f"/api/projects/{project.pk}/actions/{pk}/references/"), 404)


@pytest.mark.parametrize("number", [1, 10])
def test_what_the_list_costs_the_database(
    number: int, client: APIClient, project: Project, action: Action
) -> None:
    for each in range(number):
        make_insight(project, name=str(each), query=asking(kind="ActionsNode", id=action.pk))
    references(client, action)
    with assertNumQueries(3):  # the key with the project, the action, the insights
        assert len(references(client, action)) == number
    assert Insight.objects.for_project(project).count() == number
