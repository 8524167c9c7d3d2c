from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        {"kind": "FunnelsQuery", "series": [EVENT]},
        {"kind": "FunnelsQuery", "series": [{"kind": "FunnelsDataWarehouseNode", "id": "t"}]},
        {"kind": "LifecycleQuery", "series": [{"kind": "LifecycleDataWarehouseNode"}]},
        {**TRENDS, "interval": "second"},
        {"kind": "InsightVizNode", "source": {"kind": "WebOverviewQuery", "properties": []}},
        {
            "kind": "InsightVizNode",
            "source": {"kind": "WebStatsTableQuery", "properties": [], "breakdownBy": "Page"},
        },
        {"kind": "DataTableNode", "source": {"kind": "AccountsQuery", "filters": [1]}},
        {"kind": "DataTableNode", "source": {"kind": "MCPToolStatsQuery"}},
        {"kind": "SomethingOfTomorrowQuery", "series": 5},
        {"kind": "SomethingOfTomorrowNode", "source": "text"},
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
        ({"kind": "Nonsense"}, "query.kind: 'Nonsense' is not a kind of query."),
        ({"kind": 5}, "query.kind: This is not a kind of query."),
        ({"kind": "InsightVizNode"}, "query.source is required."),
        ({"kind": "InsightVizNode", "source": None}, "query.source must be an object."),
        (
            {"kind": "InsightVizNode", "source": SQL},
            "query.source.kind: 'HogQLQuery' is not shown by InsightVizNode.",
        ),
        (
            {"kind": "DataVisualizationNode", "source": TRENDS},
            "query.source.kind: 'TrendsQuery' is not shown by DataVisualizationNode.",
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
        ({"kind": "HogQLQuery"}, "query.query is required."),
        ({"kind": "HogQLQuery", "query": 1}, "query.query must be a string."),
        ({"kind": "EventsQuery"}, "query.select is required."),
        ({"kind": "EventsQuery", "select": [1]}, "query.select.0 must be a string."),
        ({"kind": "SavedInsightNode"}, "query.shortId is required."),
        ({**TRENDS, "interval": ["day"]}, "query.interval must be a string."),
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


LEAF = {"key": "a", "type": "event", "value": "x"}


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({**TRENDS, "name": "x" * 256 * 1024}, "query may take at most 256 kB."),
        ({**TRENDS, "properties": [LEAF] * 1001}, "query may hold at most 1,000 property filters."),
        (
            {
                "kind": "InsightVizNode",
                "source": {**TRENDS, "series": [{**EVENT, "properties": [LEAF] * 51}] * 20},
            },
            "query may hold at most 1,000 property filters.",
        ),
    ],
)
def test_a_query_is_bounded(query: Any, detail: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        validate_query(query)
    assert (caught.value.detail, caught.value.attr) == (detail, "query")


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["properties", "values", "type", "source"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["TrendsQuery", "InsightVizNode", "XQuery"]) | anything},
        optional=dict.fromkeys(
            ("source", "series", "properties", "dateRange", "interval", "variables"), anything
        ),
    )
    | anything
)
def test_any_json_is_accepted_or_refused_in_words(query: Any) -> None:
    with suppress(InvalidQuery):
        validate_query(query)
