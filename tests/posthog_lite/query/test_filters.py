"""Property filters. Names carry the numbers of the rules they prove."""

from __future__ import annotations

import re
from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.context import Action, ActionStep
from posthog_lite.query.elements import selector_pattern
from posthog_lite.query.errors import ParseError, UnsupportedQuery
from tests.support.asking import Asking, Json, event, person, series, trends, where

MISSING = object()


def matching(ask: Asking, prop: Json, *xs: Any, **settings: Any) -> list[Any]:
    """The values of `x` whose event passes a filter."""
    found = [
        event(f"p{at}", "2020-01-01", name=f"e{at}", **({} if x is MISSING else {"x": x}))
        for at, x in enumerate(xs)
    ]
    many = [series(f"e{at}") for at in range(len(xs))]
    answer = ask(trends(*many, properties=[prop]), *found, **settings)
    return [x for x, row in zip(xs, answer["results"], strict=True) if row["count"]]


def test_rule_078_query_and_series_filters_hold_together(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=x, y=y) for x in "ab" for y in "ab"]
    query = trends(series(properties=[where("y", "a")]), series(), properties=[where("x", "a")])
    assert [row["count"] for row in ask(query, *found)["results"]] == [1, 2]


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        ([where("x", "a"), where("y", "a")], 1),
        ({"type": "AND", "values": [where("x", "a"), where("y", "a")]}, 1),
        ({"type": "OR", "values": [where("x", "a"), where("y", "a")]}, 3),
        ({"type": "OR", "values": [{"type": "AND", "values": [where("x", "a"), where("y", "b")]},
                                   {"type": "AND", "values": [where("x", "b")]}]}, 3),
        ({"type": "AND", "values": []}, 4),
        ({"type": "OR", "values": []}, 4),
        ({"type": "AND", "values": [{"type": "OR", "values": []}, where("x", "a")]}, 2),
        ({"values": [where("x", "a")]}, 2),
        ({}, 4),
        (None, 4),
    ],
)  # fmt: skip
def test_rule_079_lists_are_and_and_groups_nest(ask: Asking, properties: Any, count: int) -> None:
    found = [event("anna", "2020-01-01", x=x, y=y) for x in "ab" for y in "ab"]
    assert ask(trends(properties=properties), *found)["results"][0]["count"] == count


def test_rule_079_another_junction_is_refused(ask: Asking) -> None:
    with pytest.raises(ParseError):
        ask(trends(properties={"type": "XOR", "values": [where("x", "a")]}))


def test_rule_080_owners_are_separate(ask: Asking) -> None:
    people = (person("anna", x="person"), person("bob", x="event"))
    found = [event("anna", "2020-01-01", x="event"), event("bob", "2020-01-02", x="person")]
    query = trends(properties=[where("x", "person", type="person")])
    assert ask(query, *found, persons=people)["results"][0]["data"] == [1, 0, 0]
    query = trends(properties=[where("x", "person", type="event")])
    assert ask(query, *found, persons=people)["results"][0]["data"] == [0, 1, 0]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("5", [5, "5"]),
        (5, [5, "5"]),
        (["5", "b"], [5, "5", "b"]),
        ([], [5, "5", 50, "b", "", None, MISSING]),
        ("", [""]),
    ],
)
@pytest.mark.parametrize("operator", ["exact", "in", None])
def test_rule_081_exact_compares_the_text(
    ask: Asking, value: Any, wanted: list[Any], operator: str | None
) -> None:
    xs = (5, "5", 50, "b", "", None, MISSING)
    prop = where("x", value) | {"operator": operator}
    assert matching(ask, prop, *xs) == wanted


def test_rule_082_is_not_keeps_missing_and_empty(ask: Asking) -> None:
    xs = (5, "b", "", None, MISSING)
    assert matching(ask, where("x", 5, "is_not"), *xs) == ["b", "", None, MISSING]
    assert matching(ask, where("x", ["5", "b"], "is_not"), *xs) == ["", None, MISSING]
    assert matching(ask, where("x", ["5", "b"], "not_in"), *xs) == ["", None, MISSING]


def test_rule_083_contains_ignores_case(ask: Asking) -> None:
    xs = ("Chrome", "chromium", "Safari", "50%", "5_0", None, MISSING)
    assert matching(ask, where("x", "CHROM", "icontains"), *xs) == ["Chrome", "chromium"]
    assert matching(ask, where("x", "CHROM", "not_icontains"), *xs) == list(xs[2:])
    assert matching(ask, where("x", ["fari", "0%"], "icontains"), *xs) == ["Safari", "50%"]
    assert matching(ask, where("x", ["o", "a"], "not_icontains"), *xs) == list(xs[3:])
    assert matching(ask, where("x", "_", "icontains"), *xs) == ["5_0"]
    assert matching(ask, where("x", "Chrom", "starts_with"), *xs) == ["Chrome", "chromium"]


def test_rule_084_regex_searches(ask: Asking) -> None:
    xs = ("Chrome", "chromium", "Safari", None, MISSING)
    assert matching(ask, where("x", "hrom", "regex"), *xs) == ["Chrome", "chromium"]
    assert matching(ask, where("x", "^C", "regex"), *xs) == ["Chrome"]
    assert matching(ask, where("x", "^C", "not_regex"), *xs) == list(xs[1:])
    assert matching(ask, where("x", ["^C", "^S"], "regex"), *xs) == ["Chrome", "Safari"]
    assert matching(ask, where("x", ["^C", "^S"], "not_regex"), *xs) == ["chromium", None, MISSING]


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?=a)", r"(a)\1", "(?<!a)b"])
@pytest.mark.parametrize("operator", ["regex", "not_regex"])
def test_rule_084_an_invalid_pattern_matches_nothing(
    ask: Asking, pattern: str, operator: str
) -> None:
    assert matching(ask, where("x", pattern, operator), "a", "aa", MISSING) == []


@pytest.mark.parametrize(
    ("operator", "value", "wanted"),
    [
        ("gt", 3, [10, "10"]),
        ("gt", "3", [10, "10"]),
        ("gte", "3", [3, 10, "10"]),
        ("lt", 10, [3, -2.5]),
        ("lte", 10, [3, 10, "10", -2.5]),
        ("between", [3, "10"], [3, 10, "10"]),
        ("between", ["-3", "3.5"], [3, -2.5]),
        ("not_between", [3, 9], [10, "10", -2.5]),
        ("min", 10, [10, "10"]),
        ("max", 3, [3, -2.5]),
    ],
)
@pytest.mark.parametrize("types", [{}, {"x": "Numeric"}])
def test_rule_085_numbers_compare_as_numbers(
    ask: Asking, operator: str, value: Any, wanted: list[Any], types: Json
) -> None:
    """Also where no type is defined: rule 86 would compare text there, and put 10 below 3."""
    xs = (3, 10, "10", "text", -2.5, "", None, MISSING)
    found = matching(ask, where("x", value, operator), *xs, property_definitions=types)
    assert found == wanted


@pytest.mark.parametrize(
    ("value", "operator", "wanted"),
    [
        (2.5, "exact", ["2.50"]),
        (["2.5", 7], "exact", ["2.50", "7.0", 7]),
        (7, "is_not", ["2.50", "seven", MISSING]),
        ("seven", "exact", ["seven"]),
        ("inf", "exact", []),
    ],
)
def test_numbers_of_a_defined_type_are_equal_however_written(
    ask: Asking, value: Any, operator: str, wanted: list[Any]
) -> None:
    found = matching(
        ask, where("x", value, operator), "2.50", "7.0", 7, "seven", MISSING,
        property_definitions={"x": "Numeric"},
    )  # fmt: skip
    assert found == wanted


def test_a_boolean_is_a_word_where_the_type_is_a_number(ask: Asking) -> None:
    types = {"x": "Numeric"}
    found = matching(ask, where("x", value=True), 1, "1", True, "true", property_definitions=types)
    assert found == [True, "true"]


@pytest.mark.parametrize("value", [[1], [1, 2, 3], ["a", "b"], 5])
def test_between_needs_two_numbers(ask: Asking, value: Any) -> None:
    with pytest.raises(ParseError):
        ask(trends(properties=[where("x", value, "between")]))


def test_rule_087_set_is_not_null(ask: Asking) -> None:
    xs: tuple[Any, ...] = (False, 0, "", "a", [], {}, None, MISSING)
    assert matching(ask, where("x", "is_set", "is_set"), *xs) == list(xs[:6])
    assert matching(ask, where("x", None, "is_not_set"), *xs) == [None, MISSING]


@pytest.mark.parametrize("types", [{}, {"x": "Boolean"}])
def test_rule_088_booleans_are_their_words(ask: Asking, types: Json) -> None:
    xs = (True, False, "true", None)
    found = matching(ask, where("x", "true"), *xs, property_definitions=types)
    assert found == [True, "true"]
    found = matching(ask, where("x", ["false"]), *xs, property_definitions=types)
    assert found == [False]
    assert matching(ask, where("x", True), *xs, property_definitions=types) == [True, "true"]


DATES = (
    "2021-04-01 18:30:00",
    "2021-04-01T18:30:00",
    "2021-04-01",
    "2021/04/01 18:30:00",
    "01-04-2021 18:30:00",
    "01/04/2021 18:30:00",
    "Thu, 01 Apr 2021 18:30:00 +0000",
    1617301800,
    "1617301800",
    1617301800.25,
    1617301800000,
)


@pytest.mark.parametrize("types", [{}, {"x": "DateTime"}])
@pytest.mark.parametrize("value", DATES)
def test_rule_089_dates_have_many_forms(ask: Asking, value: Any, types: Json) -> None:
    xs = (value, 1234567, "soon", None, MISSING)
    before = where("x", "2021-04-01 18:30:01", "is_date_before")
    after = where("x", "2021-03-31 18:29:59", "is_date_after")
    assert matching(ask, before, *xs, property_definitions=types) == [value]
    assert matching(ask, after, *xs, property_definitions=types) == [value]
    later = where("x", "2021-04-01 18:30:01", "is_date_after")
    assert matching(ask, later, *xs, property_definitions=types) == []


def test_rule_090_a_bare_day_is_its_midnight(ask: Asking) -> None:
    xs = ("2021-03-31 23:59:59", "2021-04-01 00:00:00", "2021-04-01 00:00:01")
    assert matching(ask, where("x", "2021-04-01", "is_date_before"), *xs) == [xs[0]]
    assert matching(ask, where("x", "2021-04-01", "is_date_after"), *xs) == [xs[2]]
    assert matching(ask, where("x", "2021-04-01", "is_date_exact"), *xs) == [xs[1]]


def test_relative_days_compare_with_the_moment_so_many_days_ago(ask: Asking) -> None:
    xs = ("2020-01-01 11:00:00", "2020-01-01 13:00:00")
    found = matching(ask, where("x", "-2d", "is_date_after"), *xs, now="2020-01-03T12:00:00Z")
    assert found == [xs[1]]


def test_rule_091_columns_of_the_event(ask: Asking) -> None:
    found = [event("anna", "2020-01-01"), event("bob", "2020-01-02")]
    query = trends(properties=[where("distinct_id", "bob", type="event_metadata")])
    assert ask(query, *found)["results"][0]["data"] == [0, 1, 0]


def test_the_elements_of_an_event_are_filtered_like_a_property(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", **{"$elements_chain": 'div:text="Buy"'})]
    for operator, number in (("icontains", 1), ("not_icontains", 0)):
        query = trends(properties=[where("$elements_chain", "div", operator)])
        assert ask(query, *found)["results"][0]["data"] == [number, 0, 0]


@pytest.mark.parametrize(
    "prop",
    [
        where("7", True, "flag_evaluates_to", type="flag"),
        where("plan", "free", type="group"),
    ],
)
def test_flags_and_groups_without_a_type_filter_nothing(ask: Asking, prop: Json) -> None:
    assert matching(ask, prop, "a") == ["a"]


def test_bounds_in_the_wrong_order_are_refused(ask: Asking) -> None:
    with pytest.raises(DomainError) as refused:
        matching(ask, where("x", [5, 2], "between"), 3)
    assert refused.value.status_code == 400


def test_rule_091_hogql_filters_are_expressions(ask: Asking) -> None:
    prop = {"type": "hogql", "key": "properties.x = 'a' or properties.x = 'b'", "value": None}
    assert matching(ask, prop, "a", "b", "c") == ["a", "b"]
    prop = {"type": "hogql", "key": "e.properties.x = 'a'", "value": None}
    assert matching(ask, prop, "a", "b") == ["a"]


@pytest.mark.parametrize(
    "prop", [{}, {"key": "x"}, where("x", None), where("x", []), where("x", [None])]
)
def test_rule_091_a_filter_without_value_is_none(ask: Asking, prop: Json) -> None:
    assert matching(ask, prop, "a", MISSING) == ["a", MISSING]


def test_rule_092_test_accounts_are_left_out_when_asked(ask: Asking) -> None:
    people = (person("anna", email="a@acme.com"), person("bob", email="b@b.com"))
    found = [event("anna", "2020-01-01"), event("bob", "2020-01-02")]
    filters = [where("email", "@acme.com", "not_icontains", type="person")]
    settings: Json = {"persons": people, "test_account_filters": filters}
    answer = ask(trends(filterTestAccounts=True), *found, **settings)
    assert answer["results"][0]["data"] == [0, 1, 0]
    assert ask(trends(), *found, **settings)["results"][0]["data"] == [1, 1, 0]


@pytest.mark.parametrize(
    ("prop", "refusal"),
    [
        ({"type": "cohort", "key": "id", "value": 1}, UnsupportedQuery),
        ({"type": "recording", "key": "x", "value": 1}, UnsupportedQuery),
        (where("x", "a", "like"), ParseError),
        (where("x", "a", type="planet"), ParseError),
        (where("x", {"a": 1}), ParseError),
        (where("x", ["a"] * 1001), ParseError),
        ({"key": ["x"], "value": 1}, ParseError),
    ],
)
def test_what_is_no_filter_is_refused(ask: Asking, prop: Json, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        ask(trends(properties=[prop]))


def test_groups_nest_to_a_limit(ask: Asking) -> None:
    group: Json = where("x", "a")
    for _ in range(12):
        group = {"type": "AND", "values": [group]}
    with pytest.raises(ParseError, match="nest"):
        ask(trends(properties=group))


CHAIN = (
    'a.btn.btn-primary:attr__class="btn btn-primary"attr__href="/buy"attr_id="pay"href="/buy"'
    'nth-child="1"nth-of-type="1"text="Buy now";div.box:nth-child="2"nth-of-type="1";body'
)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("a", True),
        ("div", True),
        ("span", False),
        ("a.btn", True),
        (".btn-primary", True),
        (".bt", False),
        ("#pay", True),
        ("#other", False),
        ("div > a", True),
        ("div a.btn", True),
        ("body a", True),
        ("body > a", False),
        ('a[href="/buy"]', True),
        ('[href="/no"]', False),
        ("div:nth-child(2)", True),
        ("div:nth-child(3)", False),
        ("a > div", False),
    ],
)
def test_selectors_find_elements(selector: str, *, matches: bool) -> None:
    assert bool(re.search(selector_pattern(selector), CHAIN)) == matches


CLICKS = (
    event("anna", "2020-01-01", **{"$elements_chain": CHAIN}),
    event("bob", "2020-01-02", **{"$elements_chain": 'span:text="Say \\"no\\""'}),
    event("carl", "2020-01-03"),
)


@pytest.mark.parametrize(
    ("prop", "numbers"),
    [
        (where("text", "Buy now"), [1, 0, 0]),
        (where("text", "buy", "icontains"), [1, 0, 0]),
        (where("text", "Buy"), [0, 0, 0]),
        (where("text", 'Say "no"'), [0, 1, 0]),
        (where("text", ["Buy now", 'Say "no"']), [1, 1, 0]),
        (where("text", "Buy now", "is_not"), [0, 1, 1]),
        (where("text", "B.y", "regex"), [1, 0, 0]),
        (where("text", "is_set", "is_set"), [1, 1, 0]),
        (where("text", None, "is_not_set"), [0, 0, 1]),
        (where("href", "/buy"), [1, 0, 0]),
        (where("tag_name", "div"), [1, 0, 0]),
        (where("tag_name", ["div", "span"]), [1, 1, 0]),
        (where("selector", "div > a.btn"), [1, 0, 0]),
        (where("selector", "div > a.btn", "is_not"), [0, 1, 1]),
    ],
)
def test_elements_are_filtered_by_what_they_are(
    ask: Asking, prop: Json, numbers: list[int]
) -> None:
    answer = ask(trends(properties=[prop | {"type": "element"}]), *CLICKS)
    assert answer["results"][0]["data"] == numbers


@pytest.mark.parametrize(
    ("step", "numbers"),
    [
        (ActionStep(text="Buy now", tag_name="a", href="/buy", selector=".btn"), [1, 0, 0]),
        (ActionStep(text="Buy", text_matching="contains"), [1, 0, 0]),
        (ActionStep(href="^/b", href_matching="regex"), [1, 0, 0]),
        (ActionStep(href="uy$", href_matching="regex"), [1, 0, 0]),
        (ActionStep(event="other"), [0, 0, 0]),
        (ActionStep(url="(", url_matching="regex"), [0, 0, 0]),
        (ActionStep(), [1, 1, 1]),
    ],
)
def test_steps_of_actions_look_at_elements(
    ask: Asking, step: ActionStep, numbers: list[int]
) -> None:
    query = trends({"kind": "ActionsNode", "id": 1})
    answer = ask(query, *CLICKS, actions={1: Action(1, "Click", (step,))})
    assert answer["results"][0]["data"] == numbers
