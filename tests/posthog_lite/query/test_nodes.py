"""Query JSON is parsed once: odd parts are refused by path, unknown keys are ignored."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.errors import ParseError, UnsupportedQuery
from posthog_lite.query.nodes.kinds import NOT_COMPUTED
from posthog_lite.query.nodes.parsing import READERS, parse_node, source_query
from posthog_lite.query.nodes.trends import Display, TrendsQuery

SERIES = {"kind": "EventsNode", "event": "view"}
TRENDS: dict[str, Any] = {"kind": "TrendsQuery", "series": [SERIES]}


def wrapped(query: Any, times: int) -> Any:
    for _ in range(times):
        query = {"kind": "InsightVizNode", "source": query, "full": True}
    return query


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_wrapper_is_its_source(times: int) -> None:
    assert parse_node(wrapped(TRENDS, times)) == parse_node(TRENDS)


@pytest.mark.parametrize("times", [0, 1])
def test_older_forms_mean_what_todays_do(times: int) -> None:
    old = {"trendsFilter": {"compare": True}, "breakdown": {"breakdown": "x"}}
    new = {"compareFilter": {"compare": True}, "breakdownFilter": {"breakdown": "x"}}
    assert parse_node(source_query(wrapped(TRENDS | old, times))) == parse_node(TRENDS | new)


def test_unknown_keys_and_nulls_are_ignored() -> None:
    nulls = dict.fromkeys(
        ("interval", "dateRange", "trendsFilter", "breakdownFilter", "properties")
    )
    assert parse_node(TRENDS | nulls | {"goal": 42}) == parse_node(TRENDS)


def test_a_query_is_a_frozen_value() -> None:
    node = parse_node(TRENDS | {"trendsFilter": {"display": "BoldNumber"}})
    assert isinstance(node, TrendsQuery)
    assert node.display is Display.NUMBER
    assert hash(node) == hash(parse_node(TRENDS | {"trendsFilter": {"display": "BoldNumber"}}))


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"series": {}}, "query.series"),
        ({"series": ["view"]}, "query.series[0]"),
        ({"series": [{"kind": "EventsNode", "event": 5}]}, "query.series[0].event"),
        ({"series": [{"kind": "ActionsNode"}]}, "query.series[0].id"),
        ({"series": [{"kind": "PlanetNode"}]}, "query.series[0].kind"),
        ({"series": [SERIES] * 51}, "query.series"),
        ({"interval": "fortnight"}, "query.interval"),
        ({"interval": ["day"]}, "query.interval"),
        ({"dateRange": "-7d"}, "query.dateRange"),
        ({"dateRange": {"date_from": 7}}, "query.dateRange.date_from"),
        ({"filterTestAccounts": "yes"}, "query.filterTestAccounts"),
        ({"trendsFilter": {"smoothingIntervals": 1.5}}, "query.trendsFilter.smoothingIntervals"),
        ({"trendsFilter": {"formulas": [1]}}, "query.trendsFilter.formulas"),
        ({"breakdownFilter": {"breakdown": {}}}, "query.breakdownFilter.breakdown"),
        ({"breakdownFilter": {"breakdown_limit": 0}}, "query.breakdownFilter.breakdown_limit"),
        ({"breakdownFilter": {"breakdowns": [{}]}}, "query.breakdownFilter.breakdowns[0].property"),
        ({"properties": "x"}, "query.properties"),
        ({"properties": [{"key": "x" * 10_001}]}, "query.properties[0].key"),
        ({"compareFilter": {"compare": 1}}, "query.compareFilter.compare"),
        ({"kind": ["TrendsQuery"]}, "query.kind"),
        ({"kind": None}, "query.kind"),
        ({"kind": "MadeUpQuery"}, "query.kind"),
    ],
)
def test_a_wrong_part_is_named(change: Any, attr: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_node(TRENDS | change)
    assert refused.value.attr == attr


@pytest.mark.parametrize("query", [None, [], "TrendsQuery", 5])
def test_a_query_is_an_object(query: Any) -> None:
    with pytest.raises(ParseError, match="Query must be a JSON object"):
        parse_node(query)


@pytest.mark.parametrize("query", [wrapped(TRENDS, 4), {"kind": "InsightVizNode"}])
def test_a_wrapper_needs_a_source_soon(query: Any) -> None:
    with pytest.raises(ParseError) as refused:
        parse_node(query)
    assert str(refused.value.attr).endswith("source")


@pytest.mark.parametrize("kind", ["WebOverviewQuery", "SavedInsightNode", "TracesQuery"])
def test_known_kinds_that_are_not_computed_say_so(kind: str) -> None:
    with pytest.raises(UnsupportedQuery, match=f"Unsupported query kind: {kind}") as refused:
        parse_node({"kind": kind})
    assert refused.value.attr == "query.kind"


def test_a_kind_is_either_computed_or_not() -> None:
    assert not NOT_COMPUTED & set(READERS)


def test_data_warehouse_series_are_not_computed() -> None:
    with pytest.raises(DomainError) as refused:
        parse_node(TRENDS | {"series": [{"kind": "DataWarehouseNode", "id": "x"}]})
    assert refused.value.code == "unsupported_query"
