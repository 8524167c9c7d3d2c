"""What `{VARIABLE}` in the tiles of a template becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.services import template_variables
from dashboards.services.template_variables import (
    TemplateTooLarge,
    VariableWithoutDefault,
    fill_variables,
)

PAGEVIEW = {"id": "$pageview", "math": "dau", "type": "events"}


def variable(default: dict[str, Any], name: str = "VAR") -> dict[str, Any]:
    return {"id": name, "default": default}


def fill(tile: dict[str, Any], *variables: dict[str, Any]) -> dict[str, Any]:
    return fill_variables(tiles=[tile], variables=variables)[0]


def series_of(kind: str, default: dict[str, Any]) -> Any:
    source = {"kind": kind, "series": ["{VAR}"]}
    tile = fill({"query": {"kind": "InsightVizNode", "source": source}}, variable(default))
    return tile["query"]["source"]["series"]


def test_an_event_becomes_a_series_node() -> None:
    assert series_of("TrendsQuery", PAGEVIEW) == [
        {"kind": "EventsNode", "event": "$pageview", "name": "$pageview", "math": "dau"}
    ]


def test_an_action_becomes_a_series_node() -> None:
    default = {"id": 7, "type": "actions", "name": "Bought", "properties": [], "order": 0}
    assert series_of("TrendsQuery", default) == [
        {"kind": "ActionsNode", "id": 7, "name": "Bought", "properties": []}
    ]


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("TrendsQuery", True),
        ("StickinessQuery", True),
        ("FunnelsQuery", False),
        ("LifecycleQuery", False),
    ],
)
def test_only_kinds_that_count_in_different_ways_keep_the_math(kind: str, *, counted: bool) -> None:
    default = {**PAGEVIEW, "math": "sum", "math_property": "price"}
    node = series_of(kind, default)[0]
    assert ("math" in node) is counted
    assert ("math_property" in node) is counted


def test_a_retention_filter_takes_the_entity_without_math() -> None:
    source = {"kind": "RetentionQuery", "retentionFilter": {"targetEntity": "{VAR}"}}
    tile = fill({"query": {"kind": "InsightVizNode", "source": source}}, variable(PAGEVIEW))
    entity = tile["query"]["source"]["retentionFilter"]["targetEntity"]
    assert entity == {"id": "$pageview", "type": "events"}


def test_filters_of_the_old_form_take_the_default_as_it_is() -> None:
    assert fill({"filters": {"events": ["{VAR}"]}}, variable(PAGEVIEW))["filters"] == {
        "events": [PAGEVIEW]
    }


def test_a_default_that_is_a_node_already_stays_one() -> None:
    node = {"kind": "EventsNode", "event": "bought", "type": "events"}
    assert series_of("TrendsQuery", node) == [node]


@pytest.mark.parametrize("text", ["{OTHER}", "VAR", "{VAR} and more", "{ VAR}", "{{VAR}}", "{}"])
def test_other_strings_stay(text: str) -> None:
    query = {"kind": "HogQLQuery", "query": text}
    assert fill({"query": query}, variable(PAGEVIEW))["query"] == query


def test_names_and_texts_are_not_looked_at() -> None:
    tile = fill({"name": "{VAR}", "body": "{VAR}", "layouts": {"sm": "{VAR}"}}, variable(PAGEVIEW))
    assert (tile["name"], tile["body"], tile["layouts"]) == ("{VAR}", "{VAR}", {"sm": "{VAR}"})


def test_defaults_are_not_looked_at_again() -> None:
    default = {"kind": "EventsNode", "event": "{VAR}"}
    assert series_of("TrendsQuery", default) == [default]


def test_a_used_variable_without_a_default_is_refused_by_name() -> None:
    with pytest.raises(VariableWithoutDefault, match="variable VAR has no default"):
        series_of("TrendsQuery", {})


def test_an_unused_variable_needs_no_default() -> None:
    assert fill({"query": {"kind": "TrendsQuery", "series": []}}, variable({}))["query"]


def test_defaults_that_would_fill_the_database_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_variables, "LARGEST_GROWTH", 1000)
    large = variable({"id": "x" * 300, "type": "events"})
    assert fill({"query": {"series": ["{VAR}"] * 3}}, large)
    with pytest.raises(TemplateTooLarge):
        fill({"query": {"series": ["{VAR}"] * 4}}, large)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(tile=st.dictionaries(st.text(max_size=5), JSON), query=JSON)
def test_without_placeholders_nothing_changes(tile: dict[str, Any], query: Any) -> None:
    given_tile = {"filters": None, **tile, "query": query}
    assert fill(given_tile, variable(PAGEVIEW, "NOT IN THERE")) == given_tile
