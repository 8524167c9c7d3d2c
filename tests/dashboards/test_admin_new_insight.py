"""An insight made from nothing in the admin, by itself or for a dashboard."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboards.models import Dashboard, Insight, Tile
from posthog_lite.accounts.models import Project
from posthog_lite.events.models import EventDefinition
from tests.factories import DashboardFactory
from tests.support.admin import errors_of, list_address, page_address, save, staff_with, text_of

ADD = f"{list_address(Insight)}add/"
FILLS = (
    *("view_dashboard", "change_dashboard", "change_tile", "add_tile"),
    *("view_insight", "add_insight", "view_person"),
)


def make(client: Client, project: Project, *, at: str = ADD, **fields: Any) -> Any:
    return save(client, at, project=project.pk, name="New", **fields)


def source_of_new() -> dict[str, Any]:
    query = Insight.all_projects.get(name="New").query or {}
    source: dict[str, Any] = query["source"]
    return source


def test_events_over_time_are_what_it_begins_with(operator: Client, project: Project) -> None:
    answer = make(operator, project, events=" $pageview, signed_up,")
    insight = Insight.all_projects.get(name="New")
    assert answer.headers["Location"] == page_address(insight)
    source = source_of_new()
    assert source["kind"] == "TrendsQuery"
    assert [one["event"] for one in source["series"]] == ["$pageview", "signed_up"]
    assert source["trendsFilter"] == {"display": "ActionsLineGraph"}


def test_no_event_is_every_event(operator: Client, project: Project) -> None:
    make(operator, project, starting_point="number")
    source = source_of_new()
    assert [one["event"] for one in source["series"]] == [None]
    assert source["trendsFilter"] == {"display": "BoldNumber"}


@pytest.mark.parametrize(
    ("fields", "made"),
    [
        ({"starting_point": "bars", "breakdown": "$browser"}, ("TrendsQuery", "breakdownFilter")),
        ({"starting_point": "funnel", "events": "a, b"}, ("FunnelsQuery", "series")),
        ({"starting_point": "sql", "sql": "select 1"}, ("HogQLQuery", "query")),
    ],
)
def test_each_starting_point_makes_its_query(
    operator: Client, project: Project, fields: dict[str, str], made: tuple[str, str]
) -> None:
    assert make(operator, project, **fields).status_code == 302
    kind, key = made
    source = source_of_new()
    assert source["kind"] == kind
    assert source[key]


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"starting_point": "sql"}, "sql", "Write the SQL here"),
        ({"starting_point": "sql", "sql": "x" * 300_000}, "sql", "256 kB"),
        ({"starting_point": "bars"}, "breakdown", "Name a property"),
        ({"starting_point": "funnel", "events": "one"}, "events", "two events or more"),
        ({"events": ",".join("abcdefghijklmnopqrstuvwxyz")}, "events", "At most 20 events"),
        ({"starting_point": "json", "query": '{"kind": "Nonsense"}'}, "query", "Nonsense"),
        ({"starting_point": "json", "query": "{"}, "query", "cannot be stored"),
        ({"starting_point": "pie"}, "starting_point", "Select a valid choice"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_lacking_or_wrong_is_said_at_its_field(
    operator: Client, project: Project, fields: dict[str, str], field: str, problem: str
) -> None:
    assert problem in errors_of(make(operator, project, **fields))[field]
    assert not Insight.all_projects.exists()


def test_it_is_made_for_a_dashboard_and_leads_back_to_it(
    operator: Client, project: Project, other_project: Project
) -> None:
    dashboard = DashboardFactory.create(project=project)
    EventDefinition.objects.create(project=project, name="paid")
    EventDefinition.objects.create(project=other_project, name="foreign")
    at = f"{ADD}?project={project.pk}&dashboard={dashboard.pk}"
    assert at in text_of(operator.get(page_address(dashboard)))
    page = text_of(operator.get(at))
    assert "Seen lately: paid" in page
    assert "foreign" not in page
    answer = make(operator, project, at=at)
    assert answer.headers["Location"] == f"{page_address(dashboard)}#box-tiles"
    tile = Tile.all_projects.get()
    assert (tile.dashboard, tile.insight) == (dashboard, Insight.all_projects.get())
    assert tile.layouts["sm"]


def test_a_dashboard_of_another_project_takes_none(
    operator: Client, project: Project, other_project: Project
) -> None:
    dashboard = DashboardFactory.create(project=other_project)
    answer = make(operator, project, at=f"{ADD}?dashboard={dashboard.pk}")
    assert "__all__" in errors_of(answer)
    assert not Insight.all_projects.exists()


def test_limited_staff_need_the_right_to_fill_the_dashboard(project: Project) -> None:
    dashboard = DashboardFactory.create(project=project)
    at = f"{ADD}?project={project.pk}&dashboard={dashboard.pk}"
    for lacking in ("change_dashboard", "add_tile", "change_tile", "view_person"):
        client = staff_with(*(set(FILLS) - {lacking}))
        assert client.get(at).status_code == 403
        assert client.post(at, {}).status_code == 403
    assert make(staff_with(*FILLS), project, at=at).status_code == 302
    assert Tile.all_projects.get().dashboard == Dashboard.all_projects.get()
