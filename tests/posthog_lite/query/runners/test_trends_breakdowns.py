"""Breakdowns, formulas and comparison of trends. Names carry the numbers of the rules."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.breakdowns import NULL, OTHER, Bins, decimal
from tests.support.asking import (
    Asking,
    Json,
    counts,
    data,
    event,
    person,
    series,
    totals,
    trends,
    values,
)


def by(key: str = "x", **more: Any) -> Json:
    """The older form of a breakdown."""
    return {"breakdownFilter": {"breakdown": key, **more}}


def by_list(*columns: Json | str, **more: Any) -> Json:
    """The newer form of a breakdown."""
    found = [{"property": one} if isinstance(one, str) else one for one in columns]
    return {"breakdownFilter": {"breakdowns": found, **more}}


def spread(*numbers: int) -> list[Json]:
    """So many events with each value 0, 1, 2…"""
    return [
        event("anna", "2020-01-01", x=f"v{at:02}")
        for at, number in enumerate(numbers)
        for _ in range(number)
    ]


def test_rule_029_labels_of_rows(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", "a", x="1", y="2")]
    (row,) = ask(trends(series("a"), **by()), *found)["results"]
    assert row["label"] == "1"
    answer = ask(trends(series("a"), series("b"), **by()), *found)
    assert [row["label"] for row in answer["results"]] == ["a - 1"]
    (row,) = ask(trends(series("a"), **by_list("x", "y")), *found)["results"]
    assert (row["label"], row["breakdown_value"]) == ("1::2", ["1", "2"])
    formula: Json = {"trendsFilter": {"formula": "A+2*A"}}
    (row,) = ask(trends(series("a"), **by(), **formula), *found)["results"]
    assert row["label"] == "Formula (A+2*A)"


def test_rule_064_values_are_ordered_by_total_then_as_text(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in (9, 10, 2, 2, "b", "a")]
    assert values(ask(trends(**by()), *found)) == ["2", "10", "9", "a", "b"]


def test_equal_lists_are_ordered_column_by_column(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x, y=y) for x, y in (("a b", "c"), ("a", "z"))]
    lists = {"breakdowns": [{"property": "x"}, {"property": "y"}]}
    assert values(ask(trends(breakdownFilter=lists), *found)) == [["a", "z"], ["a b", "c"]]


def test_rule_065_null_comes_after_values_and_other_last(ask: Asking) -> None:
    found = [*spread(2, 1, 1), *(event("anna", "2020-01-01") for _ in range(9))]
    assert values(ask(trends(**by()), *found)) == ["v00", "v01", "v02", NULL]
    limited = ask(trends(**by(breakdown_limit=3)), *found)
    assert values(limited) == ["v00", "v01", "v02", OTHER]
    assert counts(limited) == [2, 1, 1, 9]


@pytest.mark.parametrize(
    ("display", "found"),
    [("ActionsLineGraph", ["v00", OTHER]), ("ActionsTable", [NULL, OTHER])],
)
def test_null_takes_a_place_among_totals_alone(ask: Asking, display: str, found: list[str]) -> None:
    events = [*spread(2, 1), *(event("anna", "2020-01-01") for _ in range(9))]
    query = trends(**by(breakdown_limit=1), trendsFilter={"display": display})
    assert values(ask(query, *events)) == found


def test_rule_066_sentinels_stand_per_column(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", x="a"),
        event("anna", "2020-01-01", x="a", y="b"),
        event("anna", "2020-01-01", x="a", y="b"),
    ]
    assert values(ask(trends(**by_list("x", "y")), *found)) == [["a", "b"], ["a", NULL]]
    limited = ask(trends(**by_list("x", "y", breakdown_limit=1)), *found)
    assert values(limited) == [["a", "b"], [OTHER, OTHER]]
    assert limited["hasMore"] is True


def test_rule_067_null_missing_and_empty_are_one(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", x=None),
        event("anna", "2020-01-01", x=""),
        event("anna", "2020-01-01"),
    ]
    answer = ask(trends(**by()), *found)
    assert (values(answer), counts(answer)) == ([NULL], [3])
    assert answer["results"][0]["label"] == NULL


def test_rule_068_values_are_text(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in (1, 1.5, True, False)]
    assert values(ask(trends(**by()), *found)) == ["1", "1.5", "false", "true"]


def test_rule_068_also_where_the_type_is_defined(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in (1, "two")]
    answer = ask(trends(**by()), *found, property_definitions={"x": "Numeric"})
    assert values(answer) == ["1", "two"]


@pytest.mark.parametrize("display", ["ActionsLineGraph", "ActionsTable"])
def test_rule_069_the_limit_is_25(ask: Asking, display: str) -> None:
    shown: Json = {"trendsFilter": {"display": display}}
    exact = ask(trends(**by(), **shown), *spread(*[2] * 25))
    assert (len(values(exact)), exact["hasMore"]) == (25, False)
    more = ask(trends(**by(), **shown), *spread(*[2] * 25, 1, 1))
    assert (len(values(more)), values(more)[-1], more["hasMore"]) == (26, OTHER, True)
    number = totals(more)[-1] if display == "ActionsTable" else counts(more)[-1]
    assert number == 2
    hidden = ask(trends(**by(breakdown_hide_other_aggregation=True), **shown), *spread(*[1] * 27))
    assert (len(values(hidden)), hidden["hasMore"]) == (25, True)


def test_rule_069_a_world_map_has_no_limit(ask: Asking) -> None:
    shown: Json = {"trendsFilter": {"display": "WorldMap"}}
    for limit in (None, 5):
        answer = ask(trends(**by(breakdown_limit=limit), **shown), *spread(*[1] * 30))
        assert (len(values(answer)), answer["hasMore"]) == (30, False)


@pytest.mark.parametrize("column", [{"property": "x"}, {"property": "x", "type": "event"}])
def test_rule_070_lists_give_lists(ask: Asking, column: Json) -> None:
    found = [event("anna", "2020-01-01", x="a")]
    assert values(ask(trends(**by_list(column)), *found)) == [["a"]]
    assert values(ask(trends(**by()), *found)) == ["a"]


def test_rule_070_three_columns_are_the_most(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x="a", y="b", z="c")]
    assert values(ask(trends(**by_list("x", "y", "z")), *found)) == [["a", "b", "c"]]
    with pytest.raises(DomainError):
        ask(trends(**by_list("x", "y", "z", "x")), *found)


def test_rule_071_each_series_ranks_its_own(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", "a", x="1"),
        event("anna", "2020-01-01", "a", x="2"),
        event("anna", "2020-01-01", "a", x="2"),
        event("anna", "2020-01-01", "b", x="1"),
    ]
    answer = ask(trends(series("a"), series("b"), **by(breakdown_limit=1)), *found)
    assert [row["label"] for row in answer["results"]] == ["a - 2", f"a - {OTHER}", "b - 1"]


def test_rule_072_urls_are_normalized(ask: Asking) -> None:
    urls = ["https://a.b/", "https://a.b", "https://a.b/?", "https://a.b/#", "https://a.b/c/"]
    found = [event("anna", "2020-01-01", x=url) for url in urls]
    answer = ask(trends(**by_list({"property": "x", "normalize_url": True})), *found)
    assert values(answer) == [["https://a.b"], ["https://a.b/c"]]
    assert counts(answer) == [4, 1]
    assert len(values(ask(trends(**by("x", breakdown_normalize_url=True)), *found))) == 2


def test_a_normalized_url_is_never_empty(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in ("/", "/?", "/#", "", "/a/")]
    answer = ask(trends(**by(breakdown_normalize_url=True)), *found, event("anna", "2020-01-01"))
    assert (values(answer), counts(answer)) == (["/", "/a", NULL], [4, 1, 1])


def test_equal_bins_are_kept_by_their_names(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in (0, 0, 90, 110)]
    query = trends(**by(breakdown_histogram_bin_count=11, breakdown_limit=2))
    assert values(ask(query, *found)) == ["[0,10]", "[100,110.01]", OTHER]


def test_rule_073_histograms_have_equal_bins(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x) for x in (0, 1, 2.5, 10, "none", None)]
    answer = ask(trends(**by("x", breakdown_histogram_bin_count=4)), *found)
    assert values(answer) == ["[0,2.5]", "[2.5,5]", "[7.5,10.01]", NULL]
    assert counts(answer) == [2, 1, 1, 2]


def test_rule_074_one_number_is_one_bin(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=4), event("anna", "2020-01-02", x=4)]
    column = {"property": "x", "histogram_bin_count": 10}
    assert values(ask(trends(**by_list(column)), *found)) == [["[4,4.01]"]]
    assert values(ask(trends(**by_list(column)), event("anna", "2020-01-01"))) == [[NULL]]


def test_bins_have_at_most_two_decimals() -> None:
    assert Bins(3, (0.0, 1.0)).names == ["[0,0.33]", "[0.33,0.67]", "[0.67,1.01]"]
    assert (decimal(28.0), decimal(28.80), decimal(-0.001)) == ("28", "28.8", "0")


def test_rule_075_order_follows_the_math(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", x="many", n=1),
        event("anna", "2020-01-01", x="many", n=1),
        event("anna", "2020-01-01", x="much", n=9),
    ]
    answer = ask(trends(series(math="sum", math_property="n"), **by()), *found)
    assert values(answer) == ["much", "many"]


def test_rule_076_person_breakdowns_use_current_properties(ask: Asking) -> None:
    people = (person("anna", x="a"), person("bob"))
    found = [event("anna", "2020-01-01", x="no"), event("bob", "2020-01-02", x="no")]
    answer = ask(trends(**by("x", breakdown_type="person")), *found, persons=people)
    assert values(answer) == ["a", NULL]


def test_rule_077_kinds_of_columns_mix(ask: Asking) -> None:
    people = (person("anna", x="p"),)
    columns = ({"property": "x", "type": "person"}, {"property": "length(event)", "type": "hogql"},
               {"property": "n", "type": "event", "histogram_bin_count": 2})  # fmt: skip
    found = [event("anna", "2020-01-01", n=n) for n in (1, 3)]
    answer = ask(trends(**by_list(*columns)), *found, persons=people)
    assert values(answer) == [["p", "4", "[1,2]"], ["p", "4", "[2,3.01]"]]


@pytest.mark.parametrize(
    ("math", "numbers"),
    [
        ("weekly_active", {"a": [1, 2, 2], "b": [0, 1, 1]}),
        ("dau", {"a": [1, 1, 0], "b": [0, 1, 0]}),
        ("first_time_for_user", {"a": [1, 1, 0]}),
        ("max_count_per_actor", {"a": [1, 1, 0], "b": [0, 1, 0]}),
    ],
)
def test_maths_with_breakdown(ask: Asking, math: str, numbers: dict[str, list[int]]) -> None:
    found = [
        event("anna", "2020-01-01", x="a"),
        event("anna", "2020-01-02", x="b"),
        event("bob", "2020-01-02", x="a"),
    ]
    answer = ask(trends(series(math=math), **by()), *found)
    assert dict(zip(values(answer), data(answer), strict=True)) == numbers


def test_active_users_beyond_the_limit_add_up(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", x="a"),
        event("anna", "2020-01-03", x="b"),
        event("bob", "2020-01-03", x="c"),
    ]
    query = trends(series(math="weekly_active"), **by(breakdown_limit=1))
    answer = ask(query, *found)
    assert values(answer) == ["a", OTHER]
    assert data(answer) == [[1, 1, 1], [0, 0, 2]]


AB = (
    event("anna", "2020-01-01", "a", n=4),
    event("anna", "2020-01-01", "a", n=2),
    event("anna", "2020-01-02", "a", n=1),
    event("anna", "2020-01-01", "b"),
    event("anna", "2020-01-03", "b"),
)


def formula(*texts: str, display: str = "ActionsLineGraph", **more: Any) -> Json:
    return trends(
        series("a"), series("b"), trendsFilter={"formulas": list(texts), "display": display}, **more
    )


def test_rule_052_formulas_replace_the_series(ask: Asking) -> None:
    answer = ask(formula("A", "A+2*B", compareFilter={"compare": True}), *AB)
    assert [(row["label"], row["compare_label"]) for row in answer["results"]] == [
        ("Formula (A)", "current"),
        ("Formula (A)", "previous"),
        ("Formula (A+2*B)", "current"),
        ("Formula (A+2*B)", "previous"),
    ]
    assert [row["order"] for row in answer["results"]] == [0, 0, 1, 1]
    assert data(answer)[2] == [4, 1, 2]
    assert {row["action"] for row in answer["results"]} == {None}


def test_formula_nodes_have_names_of_their_own(ask: Asking) -> None:
    nodes = [{"formula": "A/B", "custom_name": "Ratio"}, {"formula": "B"}]
    answer = ask(trends(series("a"), series("b"), trendsFilter={"formulaNodes": nodes}), *AB)
    assert [row["label"] for row in answer["results"]] == ["Ratio", "Formula (B)"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("A/B", [2, 0, 0]),
        ("A/0", [0, 0, 0]),
        ("B-A", [-1, -1, 1]),
        ("B/3", [1 / 3, 0, 1 / 3]),
        ("-(A+B)*2", [-6, -2, -2]),
        ("a + b", [3, 1, 1]),
        ("2^A", [4, 2, 1]),
        ("100", [100, 100, 100]),
    ],
)
def test_rule_053_arithmetic(ask: Asking, text: str, numbers: list[float]) -> None:
    assert data(ask(formula(text), *AB)) == [pytest.approx(numbers)]


def test_rule_054_a_missing_side_is_zero_and_rule_055_has_its_row(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", "a", x="1"), event("anna", "2020-01-01", "b", x="2")]
    answer = ask(formula("A - B", **by()), *found)
    assert (values(answer), data(answer)) == (["1", "2"], [[1, 0, 0], [-1, 0, 0]])


def test_rule_055_no_event_is_no_row(ask: Asking) -> None:
    assert ask(formula("A + B", **by()))["results"] == []


def test_rule_056_rows_are_ordered_by_the_formulas_total(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-01", "a", x="less"),
        event("anna", "2020-01-01", "a", x="more"),
        event("anna", "2020-01-01", "b", x="more"),
        *(event("anna", "2020-01-01", "b") for _ in range(9)),
    ]
    assert values(ask(formula("A + B", **by()), *found)) == ["more", "less", NULL]


def test_lists_of_a_formula_are_ordered_by_total_alone(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", "a", x=x) for x in ("few", None, None)]
    lists = {"breakdowns": [{"property": "x"}]}
    assert values(ask(formula("A + B", breakdownFilter=lists), *found)) == [[NULL], ["few"]]


def test_rule_057_totals_have_one_number(ask: Asking) -> None:
    (row,) = ask(formula("A/B", display="ActionsTable"), *AB)["results"]
    assert (row["aggregated_value"], row["count"], row["data"], row["days"]) == (1.5, 0, None, [])


def test_rule_057_cumulative_formulas_run(ask: Asking) -> None:
    answer = ask(formula("A + B", display="ActionsLineGraphCumulative"), *AB)
    assert (data(answer), counts(answer)) == ([[3, 4, 5]], [12])


def test_formulas_read_lines_as_they_are_shown(ask: Asking) -> None:
    running = ask(formula("A / B", display="ActionsLineGraphCumulative"), *AB)
    assert data(running) == [[2, 3, 1.5]]
    smooth = formula("A + 0.5") | {
        "trendsFilter": {"formula": "A + 0.5", "smoothingIntervals": 2},
    }
    assert data(ask(smooth, *AB)) == [[2.5, 1.5, 0.5]]


def test_equal_rows_of_a_formula_go_by_line_and_then_backwards_by_value(ask: Asking) -> None:
    found = [
        event("anna", day, "a", x=x)
        for day, x in (("2020-01-02", "late"), ("2020-01-01", "a"), ("2020-01-01", "b"))
    ]
    assert values(ask(formula("A + B", **by()), *found)) == ["b", "a", "late"]


def test_compared_rows_of_a_formula_go_by_count_and_then_naturally(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", "a", x=x) for x in ("v10", "v9", "v9", "V2", "v1")]
    found += [event("anna", "2020-01-01", "a") for _ in range(3)]
    answer = ask(formula("A + B", **by(), compareFilter={"compare": True}), *found)
    assert values(answer) == [NULL, "v9", "v1", "V2", "v10"]


def test_rule_058_each_period_lists_its_own_values(ask: Asking) -> None:
    found = [event("anna", "2019-12-31", "a", x="old"), event("anna", "2020-01-01", "a", x="new")]
    answer = ask(formula("A", compareFilter={"compare": True}, **by()), *found)
    rows = [(row["compare_label"], row["breakdown_value"]) for row in answer["results"]]
    assert rows == [("current", "new"), ("previous", "old")]


def test_rule_063_the_previous_row_has_its_own_dates(ask: Asking) -> None:
    current, previous = ask(trends(compareFilter={"compare": True}), *AB)["results"]
    assert (current["compare"], current["compare_label"]) == (True, "current")
    assert (previous["compare"], previous["compare_label"]) == (True, "previous")
    assert previous["days"] == ["2019-12-29", "2019-12-30", "2019-12-31"]
    assert previous["labels"][0] == "29-Dec-2019"


def test_all_is_compared_with_nothing(ask: Asking) -> None:
    query = trends(series("a"), date_from="all", compareFilter={"compare": True})
    assert len(ask(query, *AB)["results"]) == 1


def test_each_period_has_bins_of_its_own(ask: Asking) -> None:
    found = [event("anna", f"2020-01-0{day}", x=x) for day, x in ((1, 0), (1, 4), (2, 6), (2, 8))]
    query = trends(
        date_from="2020-01-02", date_to="2020-01-02", compareFilter={"compare": True}
    ) | by("x", breakdown_histogram_bin_count=2)
    assert values(ask(query, *found)) == ["[6,7]", "[7,8.01]", "[0,2]", "[2,4.01]"]
