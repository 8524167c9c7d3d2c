"""A layer of filters is laid over queries of every kind."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.filters.apply import Applied
from dashboards.filters.layers import FilterLayer
from dashboards.filters.limits import InvalidFilters, check_filters
from dashboards.queries.kinds import SOURCE_KINDS
from tests.dashboards.filter_samples import (
    CHROME,
    FREE,
    PAID,
    SQL,
    TRENDS,
    applied,
    apply_filters,
    filters,
    junk_objects,
    merge_tile_layer,
    sources,
)


def test_dates_replace_both_bounds_and_keep_the_rest_of_the_range() -> None:
    query = {**TRENDS, "dateRange": {"date_from": "-7d", "date_to": "-1d", "explicitDate": True}}

    assert applied(query, date_from="-30d")["dateRange"] == {
        "date_from": "-30d",
        "date_to": None,
        "explicitDate": True,
    }


def test_the_wrapper_stays_and_its_source_changes() -> None:
    query = {"kind": "InsightVizNode", "source": TRENDS, "full": True}

    shown = applied(query, interval="week", breakdown_filter={"breakdown": "$os"})

    assert shown == {
        **query,
        "source": {**TRENDS, "interval": "week", "breakdownFilter": {"breakdown": "$os"}},
    }


def test_properties_of_an_insight_become_an_and_group() -> None:
    assert applied(TRENDS, properties=[CHROME])["properties"] == [CHROME]
    assert applied({**TRENDS, "properties": [FREE]}, properties=[CHROME])["properties"] == {
        "type": "AND",
        "values": [{"type": "AND", "values": [FREE]}, {"type": "AND", "values": [CHROME]}],
    }
    group = {"type": "OR", "values": [{"type": "AND", "values": [FREE]}]}
    assert applied({**TRENDS, "properties": group}, properties=[CHROME])["properties"] == {
        "type": "AND",
        "values": [group, {"type": "AND", "values": [CHROME]}],
    }


EITHER = {"type": "OR", "values": [FREE, CHROME]}


@pytest.mark.parametrize(
    "sent",
    [
        EITHER,
        [EITHER],
        {"type": "AND", "values": [EITHER]},
        {"type": "AND", "values": [[], EITHER]},
    ],
)
def test_or_groups_are_applied(sent: Any) -> None:
    assert applied(TRENDS, properties=sent)["properties"] == {
        "type": "AND",
        "values": [{"type": "AND", "values": [EITHER]}],
    }
    own = {**TRENDS, "properties": [PAID]}
    assert applied(own, properties=sent)["properties"]["values"][1] == {
        "type": "AND",
        "values": [EITHER],
    }
    assert applied({"kind": "EventsQuery"}, properties=sent)["properties"] == [EITHER]
    assert applied(SQL, properties=sent)["filters"]["properties"] == [EITHER]


def test_contradicted_properties_leave_the_query_and_its_series() -> None:
    warehouse = {"kind": "DataWarehouseNode", "table_name": "t", "properties": [FREE]}
    query = {
        **TRENDS,
        "properties": [FREE],
        "series": [
            {"kind": "EventsNode", "properties": [FREE, CHROME]},
            {"kind": "GroupNode", "nodes": [{"kind": "EventsNode", "properties": [FREE]}]},
            warehouse,
        ],
    }

    shown = applied(query, properties=[PAID])

    assert shown["properties"] == [PAID]
    assert shown["series"] == [
        {"kind": "EventsNode", "properties": [CHROME]},
        {"kind": "GroupNode", "nodes": [{"kind": "EventsNode", "properties": []}]},
        warehouse,
    ]


@pytest.mark.parametrize("value", [True, False])
def test_test_accounts_are_forced_either_way(value: bool) -> None:
    assert applied(TRENDS, filterTestAccounts=value)["filterTestAccounts"] is value


def test_all_time_cannot_be_compared_with_what_was_before() -> None:
    query = {**TRENDS, "compareFilter": {"compare": True, "compare_to": "-1w"}}

    assert applied(query, date_from="all")["compareFilter"] == {
        "compare": False,
        "compare_to": "-1w",
    }
    assert applied(query, date_from="-7d")["compareFilter"]["compare"] is True


@pytest.mark.parametrize("kind", ["RetentionQuery", "PathsQuery"])
def test_kinds_without_an_interval_get_none(kind: str) -> None:
    assert applied({"kind": kind}, interval="week") == {"kind": kind}


def test_sql_takes_everything_as_filters() -> None:
    stored = {"properties": [FREE, CHROME], "dateRange": {"date_from": "-1d", "date_to": "-1d"}}
    query = {"kind": "DataVisualizationNode", "source": {**SQL, "filters": stored}}

    shown = applied(
        query,
        date_from="-7d",
        properties=[PAID],
        interval="day",
        breakdown_filter={"breakdown": "$os"},
        filterTestAccounts=True,
    )

    assert shown["source"]["filters"] == {
        "dateRange": {"date_from": "-7d", "date_to": None, "explicitDate": False},
        "properties": [CHROME, PAID],
        "interval": "day",
        "breakdownFilter": {"breakdown": "$os"},
        "filterTestAccounts": True,
    }


def test_an_events_query_has_after_and_before() -> None:
    query = {"kind": "EventsQuery", "select": ["*"], "properties": [CHROME]}

    assert applied(query, date_from="-7d", properties=[PAID], interval="day") == {
        **query,
        "after": "-7d",
        "before": None,
        "properties": [CHROME, PAID],
    }


def test_kinds_that_filters_do_not_reach_stay() -> None:
    query = {"kind": "HogQuery", "code": "return 1"}

    assert applied(query, date_from="-7d", properties=[PAID]) == query


@pytest.mark.parametrize(
    "layer",
    [{"date_from": 7}, {"interval": 5}, {"breakdown_filter": "x"}, {"properties": "x"}],
)
def test_a_filter_of_the_wrong_type_counts_as_absent(layer: dict[str, Any]) -> None:
    assert apply_filters(TRENDS, merge_tile_layer(layer, {})) == TRENDS
    assert apply_filters(TRENDS, layer) == TRENDS


@given(sources)
def test_an_empty_layer_changes_nothing(query: dict[str, Any]) -> None:
    wrapped = {"kind": "InsightVizNode", "source": query}

    assert apply_filters(query, {}) == query
    assert apply_filters(wrapped, merge_tile_layer({}, {"properties": []})) == wrapped


@given(sources, filters)
def test_applying_changes_neither_input(query: dict[str, Any], layer: dict[str, Any]) -> None:
    before = copy.deepcopy((query, layer))

    apply_filters(query, layer)

    assert (query, layer) == before


@given(sources, filters)
def test_without_properties_applying_twice_is_applying_once(
    query: dict[str, Any], layer: dict[str, Any]
) -> None:
    layer = {**layer, "properties": None}
    once = apply_filters(query, layer)

    assert apply_filters(once, layer) == once


@given(sources, filters)
def test_what_a_layer_does_not_name_comes_back_unchanged(
    query: dict[str, Any], layer: dict[str, Any]
) -> None:
    reached = {
        "after", "before", "breakdownFilter", "compareFilter", "dateRange", "filters",
        "filterTestAccounts", "interval", "properties", "series", "source",
    }  # fmt: skip
    shown = apply_filters(query, layer)

    for name, value in query.items():
        if name not in reached:
            assert shown[name] == value


@given(sources, junk_objects, junk_objects)
def test_stored_junk_never_raises(
    query: dict[str, Any], dashboard: dict[str, Any], tile: dict[str, Any]
) -> None:
    apply_filters(query, merge_tile_layer(dashboard, tile))


whole_numbers = st.integers(-(2**63), 2**63 - 1)
anything = st.recursive(
    st.none()
    | st.booleans()
    | whole_numbers
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
odd_leaves = st.fixed_dictionaries(
    {"key": st.just("plan") | anything, "type": st.just("event") | anything},
    optional={"operator": anything, "value": anything, "group_type_index": anything},
)
odd_groups = st.recursive(
    odd_leaves | anything,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["AND", "OR"]) | anything, "values": st.lists(inner) | anything}
    ),
    max_leaves=6,
)
odd_filters = st.fixed_dictionaries(
    {"properties": st.lists(odd_groups, max_size=3) | odd_groups},
    optional=dict.fromkeys(["date_from", "interval", "breakdown_filter", "explicitDate"], anything),
)
odd_sources = st.builds(
    lambda kind, body, own: {**body, "kind": kind, "properties": own},
    st.sampled_from(sorted(SOURCE_KINDS)) | anything,
    st.dictionaries(
        st.sampled_from(["dateRange", "series", "filters", "compareFilter", "variables"]),
        st.lists(st.dictionaries(st.just("properties"), odd_groups)) | anything,
    ),
    odd_groups,
)


@given(odd_sources, odd_filters, odd_filters)
def test_any_json_in_any_place_is_merged_and_applied(
    query: dict[str, Any], dashboard: dict[str, Any], tile: dict[str, Any]
) -> None:
    layer = FilterLayer.read(tile).over(FilterLayer.read(dashboard))
    Applied(layer).to(query)
    Applied(layer).to({"kind": "InsightVizNode", "source": query})


@given(odd_filters)
def test_any_json_is_accepted_or_refused_in_words(sent: dict[str, Any]) -> None:
    with suppress(InvalidFilters):
        check_filters(sent)
