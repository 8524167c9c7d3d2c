"""`format=csv`: the result of an insight as a table, on its own or as a dashboard shows it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Insight, Tile
from posthog_lite.accounts.models import Project
from posthog_lite.query import results
from posthog_lite.query.errors import InvalidQuery
from tests.dashboards.making import trends
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries

ROWS = [["2026-11-20", "=1+1", -3, None], ["2026-11-21", "-4.5", 2.5, {"a": [True]}]]


class Runner:
    """Stands in for the engine: remembers the dates it was asked for."""

    def __init__(self) -> None:
        self.dates: list[Any] = []

    def __call__(self, node: Any, context: Any, ask: Any) -> dict[str, Any]:
        if node.kind == "HogQLQuery":
            return {"results": ROWS, "columns": ["day", "who", "n", "what"], "types": []}
        if node.series[0].event == "broken":
            raise InvalidQuery("It is broken.")
        self.dates.append(node.base.date_range.date_from)
        row = {"label": "sales", "days": ["2026-11-20"], "data": [7.25]}
        return {"results": [row]}


@pytest.fixture(autouse=True)
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(results, "compute", runner)
    return runner


def url(insight: Insight, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in {"format": "csv", **query}.items())
    return f"/api/projects/{insight.project_id}/insights/{insight.pk}/?{asked}"


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def test_a_result_is_computed_and_comes_as_a_file(client: APIClient, project: Project) -> None:
    insight = InsightFactory.create(project=project, name='Sales / "net"', query=trends("sales"))
    response = client.get(url(insight))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="Sales-net.csv"'
    assert table(response) == [["series", "date", "value"], ["sales", "2026-11-20", "7.25"]]


def test_no_cell_is_a_formula_and_numbers_stay_numbers(client: APIClient, project: Project) -> None:
    query = {"kind": "HogQLQuery", "query": "select 1"}
    insight = InsightFactory.create(project=project, query=query)
    assert table(client.get(url(insight)))[1:] == [
        ["2026-11-20", "'=1+1", "-3", ""],
        ["2026-11-21", "-4.5", "2.5", '{"a":[true]}'],
    ]


def test_a_dashboard_lays_its_dates_over_it(
    client: APIClient, project: Project, runner: Runner
) -> None:
    insight = InsightFactory.create(project=project, query=trends("sales"))
    dashboard = DashboardFactory.create(project=project, filters={"date_from": "-90d"})
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    table(client.get(url(insight, from_dashboard=str(dashboard.pk))))
    assert runner.dates == ["-90d"]


def test_what_is_not_there_is_said_as_json(client: APIClient, project: Project) -> None:
    broken = InsightFactory.create(project=project, query=trends("broken"))
    assert_error(client.get(url(broken)), 400, code="no_result", detail="It is broken.")
    waiting = InsightFactory.create(project=project, query=trends("sales"))
    assert_error(client.get(url(waiting, refresh="force_cache")), 400, code="no_result")
    assert client.get(url(waiting).replace("insights/", "insights/x")).status_code == 404


def test_lists_have_no_such_form(client: APIClient, project: Project) -> None:
    assert client.get(f"/api/projects/{project.pk}/insights/?format=csv").status_code == 404


def test_a_kept_result_takes_as_many_queries_as_json(client: APIClient, project: Project) -> None:
    insight = InsightFactory.create(project=project, query=trends("sales"))
    client.get(url(insight)).getvalue()
    with count_queries() as counted:
        client.get(url(insight, format="json"))
    with count_queries() as csv_counted:
        table(client.get(url(insight)))
    assert len(csv_counted) == len(counted)
