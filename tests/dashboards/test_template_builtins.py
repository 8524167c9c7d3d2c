"""The templates that come with the code are good ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboards.selectors.templates import read_packaged, template_schema
from dashboards.services.template_validation import prepare_template

NAMES = ["product_analytics", "website_traffic", "llm_analytics", "mcp_analytics"]


def sources(name: str) -> list[dict[str, Any]]:
    return [tile["query"]["source"] for tile in read_packaged(name)["tiles"]]


def places(name: str) -> list[tuple[int, int]]:
    layouts = [tile["layouts"]["sm"] for tile in read_packaged(name)["tiles"]]
    return [(box["x"], box["y"]) for box in layouts]


@pytest.mark.parametrize("name", NAMES)
def test_follows_the_json_schema_and_holds_queries_that_may_be_stored(name: str) -> None:
    template = read_packaged(name)
    assert prepare_template(template) == template


@pytest.mark.parametrize("name", NAMES)
def test_every_tile_has_a_name_a_description_and_a_place(name: str) -> None:
    for tile in read_packaged(name)["tiles"]:
        assert tile["type"] == "INSIGHT"
        assert tile["name"]
        assert tile["description"]
        assert set(tile["layouts"]) == {"sm", "xs"}


@pytest.mark.parametrize("name", NAMES)
def test_tiles_do_not_overlap(name: str) -> None:
    for size, columns in (("sm", 12), ("xs", 1)):
        taken: set[tuple[int, int]] = set()
        for tile in read_packaged(name)["tiles"]:
            box = tile["layouts"][size]
            cells = {
                (x, y)
                for x in range(box["x"], box["x"] + box["w"])
                for y in range(box["y"], box["y"] + box["h"])
            }
            assert all(x < columns for x, _ in cells)
            assert taken.isdisjoint(cells), tile["name"]
            taken |= cells


def test_product_analytics_has_six_insights_of_four_kinds() -> None:
    assert [source["kind"] for source in sources("product_analytics")] == [
        "TrendsQuery",
        "TrendsQuery",
        "RetentionQuery",
        "LifecycleQuery",
        "TrendsQuery",
        "FunnelsQuery",
    ]
    assert places("product_analytics") == [(0, 0), (6, 0), (6, 5), (0, 5), (0, 10), (6, 10)]


def test_website_traffic_has_nine_insights_tagged_marketing_over_thirty_days() -> None:
    template = read_packaged("website_traffic")
    assert len(template["tiles"]) == 9
    assert template["tags"] == ["marketing"]
    assert template["dashboard_filters"] == {"date_from": "-30d"}


def test_llm_analytics_stands_three_in_a_row_with_two_in_the_second() -> None:
    assert places("llm_analytics") == [
        (0, 0),
        (4, 0),
        (8, 0),
        (0, 5),
        (6, 5),
        (0, 10),
        (4, 10),
        (8, 10),
        (0, 15),
    ]


def test_llm_analytics_looks_at_events_of_models_only() -> None:
    events = {node["event"] for source in sources("llm_analytics") for node in source["series"]}
    assert events == {"$ai_generation", "$ai_trace"}


def test_mcp_analytics_looks_at_tool_calls_only() -> None:
    events = {node["event"] for source in sources("mcp_analytics") for node in source["series"]}
    assert events == {"$mcp_tool_call"}


def test_the_json_schema_asks_for_four_keys() -> None:
    schema = template_schema()
    assert schema["required"] == [
        "template_name",
        "dashboard_description",
        "dashboard_filters",
        "tiles",
    ]
    assert json.dumps(schema)
