"""What filters and variables may be sent, wherever they are taken: 400 says what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils.http import urlencode
from rest_framework.test import APIClient

from dashboards.filters.limits import InvalidFilters, check_filters
from dashboards.models import Tile
from posthog_lite.accounts.models import Project
from tests.dashboards.making import TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

LEAF = {"key": "plan", "type": "event", "operator": "exact", "value": ["free"]}


def nested(depth: int) -> Any:
    return [LEAF] if depth == 1 else [{"type": "OR", "values": nested(depth - 1)}]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"date_from": None, "date_to": "", "interval": None, "properties": None},
        {"date_from": "-7d", "date_to": "-1dEnd"},
        {"date_from": "mStart", "date_to": "2026-01-31T10:00:00Z", "explicitDate": True},
        {"date_from": "all", "interval": "second", "filterTestAccounts": False},
        {"date_from": "2020-6-7"},
        {"properties": {}, "breakdown_filter": {"breakdown": "$browser"}, "anything": [1]},
        {"properties": [LEAF, {"type": "hogql", "key": "1 = 1"}, {"type": "cohort", "value": 3}]},
        {"properties": {"type": "OR", "values": [LEAF, {"type": "AND", "values": [LEAF]}]}},
        {"breakdown_filter": {}, "properties": [{"key": "a", "type": "", "value": "x"}]},
        {"breakdown_filter": None, "properties": [{"key": "a", "type": "log_entry"}]},
        {"breakdown_filter": {"breakdowns": [{"property": "a", "type": "person"}]}},
        {"properties": [{"key": "n", "operator": "between", "value": [1, 2.5]}]},
        {"properties": [LEAF] * 250},
        {"properties": nested(10)},
    ],
)
def test_what_can_hold_is_accepted(filters: dict[str, Any]) -> None:
    check_filters(filters)


@pytest.mark.parametrize(
    ("filters", "detail"),
    [
        ({"date_from": 5}, "date_from must be a date"),
        ({"date_from": "foo"}, "date_from must be a date"),
        ({"date_to": "2025-13-45"}, "date_to must be a date"),
        ({"date_from": "0001-01-01"}, "date_from must be a date"),
        ({"date_to": "9999-12-31"}, "date_to must be a date"),
        ({"date_to": ["-7d"]}, "date_to must be a date"),
        ({"date_from": False}, "date_from must be a date"),
        ({"explicitDate": "yes"}, "explicitDate must be true or false"),
        ({"filterTestAccounts": 1}, "filterTestAccounts must be true or false"),
        ({"interval": "fortnight"}, "interval must be one of"),
        ({"interval": {}}, "interval must be one of"),
        ({"breakdown_filter": "$os"}, "breakdown_filter must be an object"),
        ({"breakdown_filter": {"breakdown": {}}}, "breakdown_filter.breakdown: a list is"),
        ({"breakdown_filter": {"breakdowns": [5]}}, "breakdown_filter.breakdowns[0]: an object"),
        ({"breakdown_filter": {"breakdown_limit": -5}}, "breakdown_limit: a number from 1"),
        (
            {"breakdown_filter": {"breakdown": "a", "breakdown_type": "b"}},
            "breakdown_filter.breakdown_type: one of event",
        ),
        ({"properties": "x"}, "properties must be a list"),
        ({"properties": [{"key": "a", "type": "nope"}]}, 'properties.0.type: "nope" is not a kind'),
        ({"properties": [{"key": "a", "group_type_index": 9}]}, "a number from 0 to 4"),
        ({"properties": [{"key": "a", "group_type_index": True}]}, "a number from 0 to 4"),
        ({"properties": [{"key": "a", "group_type_index": [1]}]}, "a number from 0 to 4"),
        ({"properties": {"type": "XOR", "values": []}}, "properties.type must be AND or OR"),
        ({"properties": {"type": "OR"}}, "properties.values must be a list"),
        ({"properties": ["x"]}, "properties.0 must be an object"),
        ({"properties": [LEAF, {}]}, "properties.1.key must name a property"),
        ({"properties": [{"key": {}}]}, "properties.0.key must name a property"),
        ({"properties": [{"key": "a", "type": {}}]}, "properties.0.type must be a string"),
        ({"properties": [{"key": "a", "operator": "like"}]}, "is not an operator"),
        ({"properties": [{"key": "a", "value": {"b": 1}}]}, "properties.0.value must be"),
        ({"properties": [LEAF] * 251}, "at most 250 filters"),
        ({"properties": nested(11)}, "at most 10 groups"),
        ({"properties": [{**LEAF, "value": "x" * 65_536}]}, "at most 64 kB"),
    ],
)
def test_what_cannot_hold_is_refused_in_words(filters: dict[str, Any], detail: str) -> None:
    with pytest.raises(InvalidFilters) as caught:
        check_filters(filters)
    assert detail in caught.value.detail
    assert len(caught.value.detail) < 300


@pytest.fixture
def tile(project: Project) -> Tile:
    return make_tile(DashboardFactory.create(project=project), make_insight(project, query=TRENDS))


@pytest.mark.parametrize("filters", [{"date_from": 5}, {"properties": [LEAF] * 251}])
def test_they_are_refused_wherever_filters_are_taken(
    client: APIClient, url: str, tile: Tile, filters: dict[str, Any]
) -> None:
    own = f"{url}{tile.dashboard_id}/"
    template = {"template_name": "x", "dashboard_description": "", "dashboard_filters": filters}
    entry = {"id": tile.pk, "filters_overrides": filters}
    for method, path, body, attr in (
        ("post", url, {"filters": filters}, "filters"),
        ("put", own, {"filters": filters}, "filters"),
        ("patch", own, {"filters": filters}, "filters"),
        ("patch", own, {"tiles": [entry]}, "tiles"),
        ("post", url, {"tiles": [{"text": {"body": "x"}, **entry}]}, "tiles"),
        (
            "post",
            f"{url}create_from_template_json/",
            {"template": {**template, "tiles": [{"type": "TEXT", "body": "x"}]}},
            "template",
        ),
    ):
        response = getattr(client, method)(path, body, format="json")
        assert_error(response, 400, code="invalid_input", attr=attr)

    insight = url.replace("dashboards/", f"insights/{tile.insight_id}/")
    for path in (own, insight, f"{own}run_insights/", f"{own}stream_tiles/"):
        for name in ("filters_override", "tile_filters_override"):
            response = client.get(f"{path}?{urlencode({name: json.dumps(filters)})}")
            assert_error(response, 400, code="invalid_input", attr=name)
    assert not Tile.all_projects.get().filters_overrides


def test_variables_are_bounded_too(client: APIClient, url: str, tile: Tile) -> None:
    large = {"a": {"code_name": "a", "value": "x" * 65_536}}
    own = f"{url}{tile.dashboard_id}/"
    response = client.patch(own, {"variables": large}, format="json")
    assert_error(response, 400, code="invalid_input", attr="variables")
    response = client.get(f"{own}?{urlencode({'variables_override': json.dumps(large)})}")
    assert_error(response, 400, code="invalid_input", attr="variables_override")
