"""Two layers of filters become one."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given

from tests.dashboards.filter_samples import (
    CHROME,
    FREE,
    PAID,
    filters,
    merge_tile_layer,
)


def test_the_tile_wins_where_it_says_something() -> None:
    dashboard = {"interval": "day", "filterTestAccounts": True, "breakdown_filter": {"a": 1}}

    assert merge_tile_layer(dashboard, {"interval": "week", "filterTestAccounts": False}) == {
        "interval": "week",
        "filterTestAccounts": False,
        "breakdown_filter": {"a": 1},
    }


def test_dates_are_one_unit() -> None:
    dashboard = {"date_from": "-30d", "date_to": "-1d", "explicitDate": True}

    assert merge_tile_layer(dashboard, {"date_from": "-7d"}) == {"date_from": "-7d"}
    assert merge_tile_layer(dashboard, {"explicitDate": False}) == dashboard


def test_properties_add_up_except_for_contradicted_ones_of_the_dashboard() -> None:
    dashboard = {"properties": {"type": "AND", "values": [FREE, CHROME]}}

    assert merge_tile_layer(dashboard, {"properties": [PAID]}) == {"properties": [CHROME, PAID]}


@given(filters)
def test_merging_with_nothing_keeps_what_is_given(layer: dict[str, Any]) -> None:
    merged = merge_tile_layer(layer, {})

    # A tile's word on how dates are read means nothing without its dates.
    for name, value in merged.items():
        assert name == "explicitDate" or merge_tile_layer({}, layer)[name] == value
    assert merge_tile_layer(merged, {}) == merged
    assert None not in merged.values()


@given(filters, filters)
def test_everything_the_tile_says_survives_the_merge(
    dashboard: dict[str, Any], tile: dict[str, Any]
) -> None:
    before = copy.deepcopy((dashboard, tile))
    alone = merge_tile_layer({}, tile)

    merged = merge_tile_layer(dashboard, tile)

    for name, value in alone.items():
        if name == "properties":
            assert merged[name][-len(value) :] == value
        elif name != "explicitDate":
            assert merged[name] == value
    assert (dashboard, tile) == before


def test_or_groups_of_both_layers_hold_as_well() -> None:
    either = {"type": "OR", "values": [FREE, CHROME]}
    dashboard = {"properties": either}

    assert merge_tile_layer(dashboard, {}) == {"properties": [either]}
    assert merge_tile_layer(dashboard, {"properties": {"type": "OR", "values": [PAID]}}) == {
        "properties": [CHROME, PAID]
    }
