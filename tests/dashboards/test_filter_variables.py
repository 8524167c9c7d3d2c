from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.filters.variables import (
    apply_variables,
    normalise_query_variables,
    normalise_variables,
)
from dashboards.queries.variable_values import clean_list

SQL = {
    "kind": "HogQLQuery",
    "query": "select {variables.plan}",
    "variables": {"old": {"variableId": "old", "code_name": "plan", "value": "free"}},
}
code_names = st.sampled_from(["plan", "country", "gone"])
entries = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.fixed_dictionaries({"code_name": code_names, "value": st.integers()})
    | st.none()
    | st.integers(),
    max_size=3,
)


def test_entries_move_to_todays_ids_and_keep_their_values() -> None:
    stored = {"old": {"variableId": "old", "code_name": "plan", "value": 1, "isNull": False}}

    assert normalise_variables(stored, {"plan": "new"}) == {
        "new": {"variableId": "new", "code_name": "plan", "value": 1, "isNull": False}
    }


def test_entries_of_unknown_variables_are_dropped() -> None:
    assert normalise_variables({"a": {"code_name": "gone"}, "b": 5}, {"plan": "new"}) == {}
    assert normalise_variables(None, {"plan": "new"}) == {}


@given(entries)
def test_normalising_is_idempotent_and_leaves_its_input(stored: dict[str, Any]) -> None:
    ids = {"plan": "1", "country": "2"}
    before = copy.deepcopy(stored)

    once = normalise_variables(stored, ids)

    assert normalise_variables(once, ids) == once
    assert set(once) <= set(ids.values())
    assert stored == before


def test_the_entries_of_a_wrapped_query_are_normalised() -> None:
    query = {"kind": "DataVisualizationNode", "source": SQL}

    shown = normalise_query_variables(query, {"plan": "new"})

    assert list(shown["source"]["variables"]) == ["new"]
    assert SQL["variables"] == {"old": {"variableId": "old", "code_name": "plan", "value": "free"}}


def test_an_override_takes_the_place_of_the_value_and_of_an_old_null() -> None:
    entry = {"variableId": "a", "code_name": "plan", "isNull": True}
    query = {**SQL, "variables": {"a": entry}}

    shown = apply_variables(query, {"a": {"value": "paid", "code_name": "other"}})

    assert shown["variables"] == {"a": {"variableId": "a", "code_name": "plan", "value": "paid"}}


def test_only_variables_the_query_lists_are_overridden() -> None:
    assert apply_variables(SQL, {"other": {"value": 1}, "old": 7}) == SQL


def test_other_kinds_keep_their_variables() -> None:
    query = {"kind": "TrendsQuery", "variables": {"a": {"code_name": "plan"}}}

    assert apply_variables(query, {"a": {"value": 1}}) == query
    assert normalise_query_variables(query, {}) == query


@given(entries)
def test_no_overrides_change_nothing(stored: dict[str, Any]) -> None:
    query = {**SQL, "variables": stored}

    assert apply_variables(query, {}) == query


def test_list_values_are_strings() -> None:
    assert clean_list(["a", 1, 1.5, True, None, {"x": 1}, ["y"]]) == ["a", "1", "1.5", "true"]
    assert clean_list("a") == clean_list(None) == []
