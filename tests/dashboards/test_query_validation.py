from __future__ import annotations

import copy
from typing import Any

import pytest

from dashboards.queries.validation import InvalidQuery, validate_query

EVENT = {"kind": "EventsNode", "event": "$pageview", "math": "dau"}
TRENDS = {"kind": "TrendsQuery", "series": [EVENT], "interval": "day"}
SQL = {"kind": "HogQLQuery", "query": "select 1"}


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        TRENDS,
        {"kind": "InsightVizNode", "source": TRENDS, "full": True},
        {"kind": "FunnelsQuery", "series": [EVENT, EVENT]},
        {"kind": "RetentionQuery", "retentionFilter": {"period": "Week"}},
        {"kind": "PathsQuery"},
        {"kind": "StickinessQuery", "series": [{"kind": "ActionsNode", "id": 3}]},
        {"kind": "LifecycleQuery", "series": [EVENT]},
        SQL,
        {"kind": "DataVisualizationNode", "source": SQL, "display": "ActionsBar"},
        {"kind": "DataTableNode", "source": {"kind": "EventsQuery", "select": ["*", "event"]}},
        {"kind": "DataTableNode", "source": {"kind": "ActorsQuery", "select": ["person"]}},
        {"kind": "WebOverviewQuery", "properties": [], "dateRange": {"date_from": "-7d"}},
        {"kind": "TracesQuery"},
        {"kind": "HogQuery", "code": "return 1"},
        {"kind": "SavedInsightNode", "shortId": "abc"},
        {
            "kind": "TrendsQuery",
            "series": [{"kind": "GroupNode", "operator": "OR", "nodes": [EVENT]}],
            "properties": {
                "type": "AND",
                "values": [{"type": "OR", "values": [{"key": "a", "value": 1, "type": "event"}]}],
            },
            "breakdownFilter": None,
        },
    ],
)
def test_known_queries_pass(query: Any) -> None:
    before = copy.deepcopy(query)

    validate_query(query)

    assert query == before


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ([], "query must be an object."),
        ("x", "query must be an object."),
        (False, "query must be an object."),
        ({"source": TRENDS}, "query.kind is required."),
        ({"kind": "Nonsense"}, "query.kind: 'Nonsense' is not a known kind here."),
        ({"kind": 5}, "query.kind: This is not a known kind here."),
        ({"kind": "InsightVizNode"}, "query.source is required."),
        ({"kind": "InsightVizNode", "source": None}, "query.source must be an object."),
        (
            {"kind": "InsightVizNode", "source": SQL},
            "query.source.kind: 'HogQLQuery' is not a known kind here.",
        ),
        (
            {"kind": "DataVisualizationNode", "source": TRENDS},
            "query.source.kind: 'TrendsQuery' is not a known kind here.",
        ),
        (
            {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery"}},
            "query.source.series is required.",
        ),
        ({"kind": "TrendsQuery", "series": {}}, "query.series must be a list."),
        ({"kind": "TrendsQuery", "series": [5]}, "query.series.0 must be an object."),
        ({"kind": "TrendsQuery", "series": [{}]}, "query.series.0.kind is required."),
        (
            {"kind": "TrendsQuery", "series": [{"kind": "ActionsNode"}]},
            "query.series.0.id is required.",
        ),
        (
            {"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": True}]},
            "query.series.0.id must be a number or a string.",
        ),
        (
            {"kind": "TrendsQuery", "series": [{**EVENT, "properties": 1}]},
            "query.series.0.properties must be a list.",
        ),
        (
            {"kind": "FunnelsQuery", "series": [EVENT]},
            "query.series must have at least 2 items.",
        ),
        ({"kind": "HogQLQuery"}, "query.query is required."),
        ({"kind": "HogQLQuery", "query": 1}, "query.query must be a string."),
        ({"kind": "EventsQuery"}, "query.select is required."),
        ({"kind": "EventsQuery", "select": [1]}, "query.select.0 must be a string."),
        ({"kind": "SavedInsightNode"}, "query.shortId is required."),
        (
            {**TRENDS, "interval": "fortnight"},
            "query.interval must be one of day, hour, minute, month, second, week.",
        ),
        (
            {**TRENDS, "interval": ["day"]},
            "query.interval must be one of day, hour, minute, month, second, week.",
        ),
        ({**TRENDS, "dateRange": "-7d"}, "query.dateRange must be an object."),
        ({**TRENDS, "dateRange": {"date_from": 7}}, "query.dateRange.date_from must be a string."),
        ({**TRENDS, "breakdownFilter": []}, "query.breakdownFilter must be an object."),
        (
            {**TRENDS, "filterTestAccounts": "yes"},
            "query.filterTestAccounts must be true or false.",
        ),
        ({**TRENDS, "properties": {"type": "XOR"}}, "query.properties.type must be AND or OR."),
        (
            {**TRENDS, "properties": [{"type": "AND", "values": [3]}]},
            "query.properties.0.values.0 must be an object.",
        ),
    ],
)
def test_a_bad_query_is_refused_with_the_part_that_is_wrong(query: Any, detail: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        validate_query(query)

    assert caught.value.detail == detail
    assert (caught.value.status_code, caught.value.type) == (400, "validation_error")
    assert (caught.value.code, caught.value.attr) == ("parse_error", "query")


def test_a_long_kind_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidQuery) as caught:
        validate_query({"kind": "x" * 10_000})

    assert len(caught.value.detail) < 200
