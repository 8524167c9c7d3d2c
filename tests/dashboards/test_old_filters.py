"""Filters of the old form become the query that they mean, on write and on read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import Insight
from dashboards.queries.old_filters import query_from_filters
from dashboards.queries.validation import validate_query
from posthog_lite.accounts.models import Project
from tests.dashboards.making import make_insight, make_tile
from tests.factories import DashboardFactory

PAGEVIEW = {"id": "$pageview", "type": "events", "order": 0, "name": "$pageview", "math": "dau"}
LEAF = {"key": "plan", "type": "event", "operator": "exact", "value": ["free"]}


def source(filters: dict[str, Any]) -> dict[str, Any]:
    query = query_from_filters(filters)
    assert query is not None
    assert query["kind"] == "InsightVizNode"
    validate_query(query)
    found: dict[str, Any] = query["source"]
    return found


def test_trends() -> None:
    filters = {
        "insight": "TRENDS",
        "events": [{**PAGEVIEW, "order": 1, "properties": [LEAF]}],
        "actions": [{"id": "7", "type": "actions", "order": 0, "name": "Paid"}],
        "date_from": "-30d",
        "interval": "week",
        "breakdown": "$browser",
        "breakdown_type": "event",
        "compare": True,
        "display": "ActionsBar",
        "formula": "A / B",
        "properties": {"type": "AND", "values": [{"type": "AND", "values": [LEAF]}]},
        "filter_test_accounts": True,
    }
    assert source(filters) == {
        "kind": "TrendsQuery",
        "series": [
            {"kind": "ActionsNode", "id": 7, "name": "Paid"},
            {
                "kind": "EventsNode",
                "event": "$pageview",
                "name": "$pageview",
                "math": "dau",
                "properties": [LEAF],
            },
        ],
        "interval": "week",
        "breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"},
        "compareFilter": {"compare": True},
        "trendsFilter": {"display": "ActionsBar", "formula": "A / B"},
        "dateRange": {"date_from": "-30d"},
        "properties": filters["properties"],
        "filterTestAccounts": True,
    }


def test_funnels() -> None:
    filters = {
        "insight": "FUNNELS",
        "events": [PAGEVIEW, {"id": "signed up", "order": 1}],
        "funnel_viz_type": "steps",
        "funnel_window_interval": 3,
        "funnel_window_interval_unit": "week",
        "exclusions": [{"id": "left", "funnel_from_step": 0, "funnel_to_step": 1}],
    }
    found = source(filters)
    assert found["kind"] == "FunnelsQuery"
    assert [node["event"] for node in found["series"]] == ["$pageview", "signed up"]
    assert found["funnelsFilter"] == {
        "funnelVizType": "steps",
        "funnelWindowInterval": 3,
        "funnelWindowIntervalUnit": "week",
        "exclusions": [
            {"kind": "EventsNode", "event": "left", "funnelFromStep": 0, "funnelToStep": 1}
        ],
    }


def test_retention_paths_stickiness_and_lifecycle() -> None:
    entity = {"id": "$pageview", "type": "events"}
    assert source({"insight": "RETENTION", "target_entity": entity, "period": "Week"}) == {
        "kind": "RetentionQuery",
        "retentionFilter": {"targetEntity": entity, "period": "Week"},
    }
    assert source({"insight": "PATHS", "include_event_types": ["$pageview"], "step_limit": 5}) == {
        "kind": "PathsQuery",
        "pathsFilter": {"includeEventTypes": ["$pageview"], "stepLimit": 5},
    }
    stickiness = source({"insight": "STICKINESS", "events": [PAGEVIEW], "interval": "day"})
    assert (stickiness["kind"], stickiness["interval"]) == ("StickinessQuery", "day")
    lifecycle = source({"insight": "LIFECYCLE", "events": [PAGEVIEW]})
    assert (lifecycle["kind"], len(lifecycle["series"])) == ("LifecycleQuery", 1)


def test_the_oldest_forms() -> None:
    assert source({"events": [{"id": "a"}]})["kind"] == "TrendsQuery"
    found = source({"insight": "TRENDS", "properties": {"$browser__icontains": "Chrome", "a": 1}})
    assert found["properties"] == [
        {"key": "$browser", "value": "Chrome", "operator": "icontains", "type": "event"},
        {"key": "a", "value": 1, "operator": "exact", "type": "event"},
    ]


def test_values_that_came_from_an_address() -> None:
    entity = '{"id": "$pageview", "type": "events"}'
    texts = {
        "events": f"[{entity}]",
        "actions": [{"id": None, "type": "actions"}],
        "properties": '[{"key": "plan", "value": "pro", "type": "event"}]',
        "display": "FunnelViz",
        "breakdown": ["$browser", None],
        "breakdown_type": "events",
        "breakdown_limit": "5",
        "compare": "false",
        "filter_test_accounts": "true",
        "smoothing_intervals": "x",
    }
    assert source({"insight": "TRENDS", **texts}) == {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "$pageview"}],
        "breakdownFilter": {
            "breakdown": ["$browser"],
            "breakdown_type": "event",
            "breakdown_limit": 5,
        },
        "compareFilter": {"compare": False},
        "properties": [{"key": "plan", "value": "pro", "type": "event"}],
        "filterTestAccounts": True,
    }
    retention = source({"insight": "RETENTION", "target_entity": entity, "total_intervals": "7"})
    assert retention["retentionFilter"]["targetEntity"]["id"] == "$pageview"
    assert retention["retentionFilter"]["totalIntervals"] == 7
    undefined = {"insight": "TRENDS", "events": "[", "breakdown_type": "undefined", "breakdown": []}
    assert source(undefined) == {"kind": "TrendsQuery", "series": []}


def test_a_funnel_drawn_as_a_line_was_one_over_time() -> None:
    funnel = {"insight": "FUNNELS", "events": [PAGEVIEW, PAGEVIEW], "display": "ActionsLineGraph"}
    assert source(funnel)["funnelsFilter"] == {"funnelVizType": "trends"}
    steps = source({**funnel, "funnel_viz_type": "steps"})
    assert steps["funnelsFilter"] == {"funnelVizType": "steps"}


@pytest.mark.parametrize("filters", [{}, {"insight": "SESSIONS"}, {"date_from": "-7d"}, [], None])
def test_what_names_no_kind_stays(filters: Any) -> None:
    assert query_from_filters(filters) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
KEYS = ["events", "actions", "properties", "interval", "breakdown", "compare", "exclusions"]
KEYS += ["display", "breakdown_type", "bin_count", "explicit_date"]


@given(
    st.sampled_from(["TRENDS", "FUNNELS", "RETENTION", "PATHS", "STICKINESS", "LIFECYCLE"])
    | anything,
    st.dictionaries(st.sampled_from([*KEYS, "date_from", "target_entity", "period"]), anything),
)
def test_any_filters_are_read(kind: Any, filters: dict[str, Any]) -> None:
    query_from_filters({**filters, "insight": kind})


def test_they_are_a_query_wherever_an_insight_is_written_and_read(
    client: APIClient, project: Project, url: str
) -> None:
    insights = url.replace("dashboards/", "insights/")
    dashboard = DashboardFactory.create(project=project)
    sent = {"insight": "TRENDS", "events": [PAGEVIEW], "date_from": "-30d"}
    query = query_from_filters(sent)

    body = {"name": "x", "dashboards": [dashboard.pk], "filters": sent}
    made = client.post(insights, body, format="json").json()
    assert (made["query"], made["filters"]) == (query, {})
    assert Insight.all_projects.get().query == query
    funnel = {"insight": "FUNNELS", "events": [PAGEVIEW, PAGEVIEW]}
    changed = client.patch(f"{insights}{made['id']}/", {"filters": funnel}, format="json").json()
    assert (changed["query"]["source"]["kind"], changed["filters"]) == ("FunnelsQuery", {})

    Insight.all_projects.all().delete()
    old = make_insight(project, filters=sent)
    make_tile(dashboard, old)
    [tile] = client.get(
        f"{url}{dashboard.pk}/?filters_override=%7B%22interval%22:%22week%22%7D"
    ).json()["tiles"]
    assert tile["insight"]["query"]["source"]["interval"] == "week"
    for row in (
        client.get(f"{url}{dashboard.pk}/").json()["tiles"][0]["insight"],
        client.get(f"{insights}{old.pk}/").json(),
        client.get(f"{insights}?basic=true").json()["results"][0],
    ):
        assert (row["query"], row["filters"]) == (query, {})


def test_filters_that_mean_no_query_are_kept(client: APIClient, url: str) -> None:
    insights = url.replace("dashboards/", "insights/")
    made = client.post(insights, {"filters": {"shown_as": "x"}}, format="json").json()
    assert (made["query"], made["filters"]) == (None, {"shown_as": "x"})
