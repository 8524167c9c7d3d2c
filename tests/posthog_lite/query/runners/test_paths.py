"""Paths. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, Json, event, person, where

Link = tuple[str, str, int]


def paths(**shown: Any) -> Json:
    more = shown.pop("query", {})
    dates = {"date_from": "2020-01-01", "date_to": "2020-01-03"}
    return {"kind": "PathsQuery", "dateRange": dates, "pathsFilter": shown, **more}


def visit(*pages: str | None, who: str = "anna", start: int = 0) -> list[Json]:
    """Pageviews a minute apart."""
    return [
        page_at(60 * (start + number), page, who)
        for number, page in enumerate(pages)
        if page is not None
    ]


def page_at(seconds: int, page: str, who: str = "anna") -> Json:
    return event(who, clock(seconds), "$pageview", **{"$current_url": page})


def clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3_600)
    minutes, second = divmod(rest, 60)
    return f"2020-01-02T{10 + hours:02}:{minutes:02}:{second:02}"


def links(answer: Json) -> list[Link]:
    return [(link["source"], link["target"], link["value"]) for link in answer["results"]]


def chain(*names: str) -> list[Link]:
    """The links of one path."""
    named = [f"{number}_{name}" for number, name in enumerate(names, 1)]
    return [(source, target, 1) for source, target in pairwise(named)]


def test_rule_015_a_range_that_ends_before_it_begins_is_empty(ask: Asking) -> None:
    dates = {"dateRange": {"date_from": "2020-01-03", "date_to": "2020-01-01"}}
    assert ask(paths(query=dates), *visit("/a", "/b"))["results"] == []


def test_rule_150_links_are_ordered_by_value_then_names(ask: Asking) -> None:
    happened = [
        *visit("/c", "/d"),
        *visit("/a", "/z", who="bob"),
        *visit("/a", "/y", who="carl"),
        *visit("/c", "/d", who="dora"),
    ]
    assert links(ask(paths(), *happened)) == [
        ("1_/c", "2_/d", 2),
        ("1_/a", "2_/y", 1),
        ("1_/a", "2_/z", 1),
    ]


def test_rule_151_a_pause_of_more_than_half_an_hour_begins_a_new_path(ask: Asking) -> None:
    happened = [page_at(seconds, page) for seconds, page in PAUSED]
    assert links(ask(paths(), *happened)) == [
        ("1_/a", "2_/b", 2),
        ("2_/b", "3_/c", 1),
    ]


PAUSED = [(0, "/a"), (1_800, "/b"), (3_600, "/c"), (5_401, "/a"), (5_402, "/b")]


def test_rule_152_equal_neighbours_are_one_with_the_last_time(ask: Asking) -> None:
    answer = ask(paths(), *visit("/a", "/a/", "/a", "/", "/b"))
    assert links(answer) == chain("/a", "/", "/b")
    assert answer["results"][0]["average_conversion_time"] == 60_000


def test_rule_153_times_are_milliseconds(ask: Asking) -> None:
    happened = [page_at(0, "/a"), page_at(10, "/b")]
    happened += [page_at(0, "/a", "bob"), page_at(15, "/b", "bob")]
    assert ask(paths(), *happened)["results"] == [
        {
            "source": "1_/a",
            "target": "2_/b",
            "value": 2,
            "average_conversion_time": 12_500.0,
        }
    ]


LONG = ("/1", "/2", "/3", "/4", "/5", "/6", "/7")


@pytest.mark.parametrize(("limit", "nodes"), [(None, 5), (2, 2), (7, 7)])
def test_rule_154_the_limit_is_the_number_of_nodes(
    ask: Asking, limit: int | None, nodes: int
) -> None:
    assert links(ask(paths(stepLimit=limit), *visit(*LONG))) == chain(*LONG[:nodes])


@pytest.mark.parametrize("start", ["/3", "/3/"])
def test_rule_155_paths_begin_at_the_start_point(ask: Asking, start: str) -> None:
    happened = [*visit("/1", "/3/", "/4", "/3"), *visit("/1", "/2", who="bob")]
    assert links(ask(paths(startPoint=start), *happened)) == chain("/3", "/4", "/3")


def test_rule_155_paths_end_at_the_end_point(ask: Asking) -> None:
    happened = [*visit(*LONG), *visit("/1", "/2", who="bob")]
    assert links(ask(paths(endPoint="/6/", stepLimit=3), *happened)) == chain("/4", "/5", "/6")


def test_rule_156_between_both_points_the_middle_is_folded(ask: Asking) -> None:
    shown = {"startPoint": "/1", "endPoint": "/6", "stepLimit": 4}
    answer = ask(paths(**shown), *visit(*LONG))
    assert links(answer) == chain("/1", "/2", "...", "/5", "/6")
    assert [link["average_conversion_time"] for link in answer["results"]] == [
        60_000,
        60_000,
        120_000,
        60_000,
    ]


MIXED = [
    event("anna", clock(0), "$pageview", **{"$current_url": "/page"}),
    event("anna", clock(1), "$screen", **{"$screen_name": "Home"}),
    event("anna", clock(2), "bought", item="tea"),
    event("anna", clock(3), "$autocapture"),
]


@pytest.mark.parametrize(
    ("types", "names"),
    [
        ([], ["/page", "Home", "bought"]),
        (["$pageview", "$screen"], ["/page", "Home"]),
        (["$screen", "custom_event"], ["Home", "bought"]),
    ],
)
def test_rule_157_kinds_of_events(ask: Asking, types: list[str], names: list[str]) -> None:
    assert links(ask(paths(includeEventTypes=types), *MIXED)) == chain(*names)


def test_rule_157_an_expression_names_events_and_skips_nulls(ask: Asking) -> None:
    shown = {
        "includeEventTypes": ["hogql"],
        "pathsHogQLExpression": "if(event = '$screen', null, concat('e:', event))",
    }
    names = ["e:$pageview", "e:bought", "e:$autocapture"]
    assert links(ask(paths(**shown), *MIXED)) == chain(*names)


def test_rule_158_excluded_nodes_are_gone_before_linking(ask: Asking) -> None:
    answer = ask(paths(excludeEvents=["/2"]), *visit("/1", "/2", "/3"))
    assert links(answer) == chain("/1", "/3")
    assert answer["results"][0]["average_conversion_time"] == 120_000


def test_rule_158_grouped_nodes_are_excluded_by_their_group(ask: Asking) -> None:
    shown = {"pathGroupings": ["/item*"], "excludeEvents": ["/item*"]}
    assert links(ask(paths(**shown), *visit("/1", "/item/7", "/3"))) == chain("/1", "/3")


def test_rule_159_groups_match_anywhere_and_the_last_one_wins(ask: Asking) -> None:
    pages = visit("/x/item/1", "/x/item/2", "/item.html", "/itemxhtml", "/end")
    shown = {"pathGroupings": ["/x/*", "/item/*", "/item.html"], "stepLimit": 9}
    names = ["/item/*", "/item.html", "/itemxhtml", "/end"]
    assert links(ask(paths(**shown), *pages)) == chain(*names)


def test_names_are_cleaned_by_patterns(ask: Asking) -> None:
    rules = [{"regex": r"\?.*", "alias": ""}, {"regex": r"\d+", "alias": "<id>"}]
    answer = ask(paths(localPathCleaningFilters=rules), *visit("/u/12?x=1", "/u/13", "/end"))
    assert links(answer) == chain("/u/<id>", "/end")


def test_names_are_cleaned_by_the_rules_of_the_project_when_asked(ask: Asking) -> None:
    of_project = [{"regex": r"\d+", "alias": "<id>"}, {"regex": "(", "alias": "no pattern"}]
    own = [{"regex": "<id>", "alias": "one"}]
    pages = visit("/u/12", "/u/13", "/end")
    cleaned = paths(pathReplacements=True, localPathCleaningFilters=own)
    assert links(ask(cleaned, *pages, path_cleaning=of_project)) == chain("/u/one", "/end")
    as_they_came = chain("/u/12", "/u/13", "/end")
    assert links(ask(paths(), *pages, path_cleaning=of_project)) == as_they_came


FUNNEL = {
    "kind": "FunnelsQuery",
    "dateRange": {"date_from": "2020-01-01", "date_to": "2020-01-03"},
    "series": [
        {"kind": "EventsNode", "event": "$pageview", "properties": [where("$current_url", page)]}
        for page in ("/b", "/d")
    ],
}
WAYS = [*visit("/a", "/b", "/c", "/d", "/e"), *visit("/a", "/b", "/x", who="bob")]


@pytest.mark.parametrize(
    ("part", "step", "names"),
    [
        ("before", 1, None),
        ("before", 2, ["/a", "/b", "/c", "/d"]),
        ("between", 2, ["/b", "/c", "/d"]),
        ("after", 2, ["/d", "/e"]),
        ("after", -2, ["/b", "/x"]),
        ("before", -2, ["/a", "/b"]),
    ],
)
def test_paths_of_a_part_of_a_funnel(
    ask: Asking, part: str, step: int, names: list[str] | None
) -> None:
    word = {"between": "between_steps"}.get(part, f"{part}_step")
    chosen = {"funnelPathType": f"funnel_path_{word}", "funnelSource": FUNNEL, "funnelStep": step}
    answer = ask(paths(query={"funnelPathsFilter": chosen}), *WAYS)
    assert links(answer) == ([("1_/a", "2_/b", 2)] if names is None else chain(*names))


@pytest.mark.parametrize(
    "chosen",
    [
        {"funnelStep": 1},
        {"funnelSource": FUNNEL},
        {"funnelSource": FUNNEL, "funnelStep": 3},
        {"funnelSource": FUNNEL, "funnelStep": 1, "funnelPathType": "around"},
        {"funnelSource": {**FUNNEL, "aggregation_group_type_index": 0}, "funnelStep": 1},
        {"funnelSource": {"kind": "TrendsQuery", "series": []}, "funnelStep": 1},
    ],
)
def test_a_part_of_a_funnel_that_does_not_exist_is_refused(ask: Asking, chosen: Json) -> None:
    with pytest.raises(DomainError) as refused:
        ask(paths(query={"funnelPathsFilter": chosen}), *WAYS)
    assert refused.value.status_code == 400


def test_rule_160_the_heaviest_links_that_can_be_reached(ask: Asking) -> None:
    happened = [
        *visit("/a", "/m", "/n"),
        *visit("/b", "/m", "/n", who="bob"),
        *visit("/c", "/d", who="carl"),
        *visit("/c", "/d", who="dora"),
    ]
    # Two links of weight 2 and one of weight 1; the second one has lost what leads to it.
    assert links(ask(paths(edgeLimit=2), *happened)) == [("1_/c", "2_/d", 2)]
    assert len(links(ask(paths(edgeLimit=3), *happened))) == 3


def test_links_are_kept_by_weight(ask: Asking) -> None:
    happened = [*visit("/a", "/b", "/c"), *visit("/a", "/b", who="bob")]
    assert links(ask(paths(minEdgeWeight=2), *happened)) == [("1_/a", "2_/b", 2)]
    assert links(ask(paths(maxEdgeWeight=1), *happened)) == []


def test_filters_and_merged_persons(ask: Asking) -> None:
    happened = [*visit("/a", who="a1"), *visit("/b", who="a2", start=1)]
    people = (person("a1", "a2", email="anna@example.com"),)
    query = paths(query={"properties": [where("email", "@example", "icontains", type="person")]})
    assert links(ask(query, *happened, *visit("/a", "/b", who="bob"), persons=people)) == chain(
        "/a", "/b"
    )


def test_an_unknown_kind_of_events_and_a_missing_expression_are_refused(ask: Asking) -> None:
    with pytest.raises(DomainError, match="includeEventTypes"):
        ask(paths(includeEventTypes=["$rageclick"]))
    with pytest.raises(DomainError, match="expression"):
        ask(paths(includeEventTypes=["hogql"]))
