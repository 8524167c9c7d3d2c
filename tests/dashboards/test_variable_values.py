"""Values of SQL variables: of the query, of a request, and else the project's default."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import InsightVariable
from posthog_lite.accounts.models import Project
from posthog_lite.query import results
from tests.factories import InsightFactory
from tests.support.errors import assert_error


@pytest.fixture(autouse=True)
def _values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of an answer, the values that SQL would be computed with."""
    monkeypatch.setattr(
        results, "compute", lambda node, context, ask: {"results": dict(node.variables)}
    )


@pytest.fixture(autouse=True)
def variable(project: Project) -> InsightVariable:
    return InsightVariable.objects.create(
        project=project, name="Plan", code_name="plan", type="String", default_value="free"
    )


def sql(**entries: Any) -> dict[str, Any]:
    variables = {name: {"code_name": name, **entry} for name, entry in entries.items()}
    return {
        "kind": "HogQLQuery",
        "query": "select {variables.plan}, {variables.size}",
        "variables": variables,
    }


def asked(client: APIClient, project: Project, query: dict[str, Any], **body: Any) -> Any:
    url = f"/api/projects/{project.pk}/query/"
    answer = client.post(url, {"query": query, **body}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({}, "free"),
        ({"value": None}, "free"),
        ({"value": "paid"}, "paid"),
        ({"value": ""}, ""),
        ({"isNull": True}, None),
    ],
)
def test_a_variable_without_a_value_has_its_default(
    client: APIClient, project: Project, entry: dict[str, Any], value: Any
) -> None:
    assert asked(client, project, sql(plan=entry)) == {"plan": value}


def test_the_default_holds_on_an_insight_too(
    client: APIClient, project: Project, variable: InsightVariable
) -> None:
    query = sql(plan={"variableId": str(variable.pk)})
    insight = InsightFactory.create(
        project=project, query={"kind": "DataVisualizationNode", "source": query}
    )
    url = f"/api/projects/{project.pk}/insights/{insight.pk}/"
    body = client.get(url, {"refresh": "blocking"}).json()
    assert body["result"] == {"plan": "free"}
    (shown,) = body["query"]["source"]["variables"].values()
    assert "value" not in shown


def test_a_variable_that_is_gone_has_no_default(
    client: APIClient, project: Project, variable: InsightVariable
) -> None:
    variable.delete()
    url = f"/api/projects/{project.pk}/query/"
    answer = client.post(url, {"query": sql(plan={})}, format="json")
    assert_error(answer, 400, code="hogql_query_error", detail="Variable plan does not exist")


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ({"filters_override": {"date_from": "-3d"}}, 7),
        ({"variables_override": {"other": {"code_name": "plan", "value": "paid"}}}, 7),
        ({"variables_override": {"x": {"code_name": "size", "value": 8}}}, 8),
    ],
)
def test_what_a_request_does_not_name_keeps_its_value(
    client: APIClient, project: Project, body: dict[str, Any], size: int
) -> None:
    found = asked(client, project, sql(plan={"value": "a"}, size={"value": 7}), **body)
    assert found["size"] == size
    assert found.keys() == {"plan", "size"}
