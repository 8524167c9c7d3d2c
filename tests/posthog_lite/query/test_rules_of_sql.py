"""SQL and lists of events. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, event, person, where

TWO_WINDOWS = "toDateTime('2020-01-01 00:07:00'), toIntervalMinute(5)"


def sql(query: str, **more: Any) -> dict[str, Any]:
    return {"kind": "HogQLQuery", "query": query, **more}


def row(ask: Asking, columns: str, *found: Any, **more: Any) -> list[Any]:
    (only,) = ask(sql(f"select {columns}"), *found, **more)["results"]
    assert isinstance(only, list)
    return only


def refusal(ask: Asking, query: str) -> str:
    with pytest.raises(DomainError) as refused:
        ask(sql(query))
    assert refused.value.status_code == 400
    return refused.value.detail


def test_rule_024_filters_end_before_their_last_moment(ask: Asking) -> None:
    moments = (
        "2020-01-01T23:59:59",
        "2020-01-02T00:00:00",
        "2020-01-02T23:59:59",
        "2020-01-03T00:00:00",
    )
    found = [event("ann", at) for at in moments]
    dates = {"date_from": "2020-01-02", "date_to": "2020-01-03"}
    query = "select count(), min(timestamp), max(timestamp) from events where {filters}"
    answer = ask(sql(query, filters={"dateRange": dates}), *found)
    assert answer["results"] == [[2, "2020-01-02T00:00:00Z", "2020-01-02T23:59:59Z"]]


def test_rule_161_comparisons_are_never_null(ask: Asking) -> None:
    assert row(ask, "null = null, null = 2, null != 2, null != null") == [1, 0, 1, 0]
    assert row(ask, "null < 2, null <= 2, null > 2, 2 >= null, null <= null") == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("operator", ["like", "ilike", "=~", "=~*"])
def test_rule_162_patterns_hold_between_two_nulls(ask: Asking, operator: str) -> None:
    negated = {"=~": "!~", "=~*": "!~*"}.get(operator, f"not {operator}")
    held = row(ask, f"null {operator} null, 'a' {operator} null, null {operator} 'a'")
    assert held == [1, 0, 0]
    failed = row(ask, f"null {negated} null, 'a' {negated} null, null {negated} 'a'")
    assert failed == [0, 1, 1]
    nullable = " from (select nullIf('a', 'a') as x, nullIf('b', 'b') as y)"
    columns = f"x {operator} y, x {operator} null, null {operator} y, x {operator} 'a'"
    assert row(ask, columns + nullable) == [1, 1, 1, 0]
    assert row(ask, f"x {negated} y, x {negated} null, x {negated} 'a'{nullable}") == [0, 0, 1]


def test_rule_163_between_is_inclusive_and_false_with_null(ask: Asking) -> None:
    assert row(ask, "1 between 1 and 2, 2 between 1 and 2, 3 between 1 and 2") == [1, 1, 0]
    assert row(ask, "null between 1 and 2, 1 between null and 2, 1 between 1 and null") == [0, 0, 0]


def test_rule_164_expressions_search(ask: Asking) -> None:
    assert row(ask, "'cab' =~ 'a', 'cab' ~ '^a', 'cAb' =~ 'a', 'cAb' =~* 'a'") == [1, 0, 0, 1]
    assert row(ask, "'cab' !~ 'a', 'cAb' !~ 'a', 'cAb' !~* 'a'") == [0, 1, 0]


def test_rule_165_what_null_is_replaced_by_binds_between_plus_and_question(ask: Asking) -> None:
    assert row(ask, "null ?? 1 + 2, null ?? 0 ? 'a' : 'b'") == [3, "b"]


def test_rule_166_properties_are_texts(ask: Asking) -> None:
    found = event("ann", "2020-01-01", zero=0, empty="", null=None)
    columns = "properties.zero, properties.empty, properties.null, properties.missing"
    assert row(ask, f"{columns} from events", found) == ["0", "", None, None]


def test_rule_167_arrays_count_from_one(ask: Asking) -> None:
    found = event("ann", "2020-01-01", a={"b": [{"c": "first"}, "second"]})
    ways = "properties.a.b.1.c, properties['a'].b[1].c, properties.a['b'].2, [5, 6][1]"
    assert row(ask, f"{ways} from events", found) == ["first", "first", "second", 5]
    assert "start from one" in refusal(ask, "select properties.a.0 from events")
    assert "start from one" in refusal(ask, "select [1][0]")


def test_rule_168_dots_join(ask: Asking) -> None:
    found = [event("ann", "2020-01-01"), event("bob", "2020-01-02")]
    people = (person("ann", plan="free"), person("bob", plan="paid"))
    for path in ("person", "pdi.person", "poe", "e.person", "e.pdi.person"):
        columns = f"{path}.properties.plan as plan, count()"
        query = f"select {columns} from events e group by {path}.properties.plan order by plan"  # noqa: S608  # HogQL
        answer = ask(sql(query), *found, persons=people)
        assert answer["results"] == [["free", 1], ["paid", 1]]
    ids = "select distinct_id, person.properties.plan from person_distinct_ids order by 1"
    answer = ask(sql(ids), *found, persons=people)
    assert answer["results"] == [["ann", "free"], ["bob", "paid"]]


def test_rule_169_numbers(ask: Asking) -> None:
    both = "select number from numbers(3) union all select number from numbers(5, 2)"
    assert sorted(ask(sql(both))["results"]) == [[0], [1], [2], [5], [6]]
    for table in ("numbers()", "numbers(1, 2, 3)", "events(1)"):
        assert refusal(ask, f"select 1 from {table}")  # noqa: S608  # HogQL


def test_rule_170_days_between_are_borders_crossed(ask: Asking) -> None:
    late, early = "toDateTime('2020-01-01 23:59:00')", "toDateTime('2020-01-02 00:01:00')"
    assert row(ask, f"dateDiff('day', {late}, {early}), dateDiff('day', {early}, {late})") == [
        1,
        -1,
    ]


def test_rule_171_windows_and_frames(ask: Asking) -> None:
    first = "first_value(toString(number)) over w"
    frame = "order by number rows between 2 following and 3 following"
    none = f"last_value(toString(number)) over ({frame})"
    w = "w as (order by number rows between 1 preceding and current row)"
    query = f"select {first}, {none} from numbers(3) window {w} order by number"  # noqa: S608  # HogQL
    assert ask(sql(query))["results"] == [["0", "2"], ["0", ""], ["1", ""]]
    start, end = "2020-01-01T00:05:00Z", "2020-01-01T00:10:00Z"
    assert row(ask, f"tumble({TWO_WINDOWS})") == [[start, end]]
    hop = f"hop({TWO_WINDOWS}, toIntervalMinute(10))"
    assert row(ask, hop)[0][1] in (end, "2020-01-01T00:15:00Z")


def test_rule_172_more_is_told_without_a_limit_only(ask: Asking) -> None:
    answer = ask(sql("select number from numbers(3)"))
    assert (answer["hasMore"], answer["limit"]) == (False, 100)
    answer = ask(sql("select number from numbers(3) limit 1"))
    assert (answer["hasMore"], answer["limit"]) == (None, None)


def test_rule_173_braces(ask: Asking) -> None:
    found = [event("ann", "2020-01-01", plan="free"), event("bob", "2020-01-02", plan="paid")]
    query = "select count() from events where properties.plan = {plan} and {filters}"
    answer = ask(sql(query, values={"plan": "free"}), *found)
    assert answer["results"] == [[1]]
    filters = {"properties": [where("plan", "paid")]}
    assert ask(sql(query, values={"plan": "free"}, filters=filters), *found)["results"] == [[0]]
    assert "Cannot use 'filters'" in refusal(ask, "select 1 from persons where {filters}")


def test_rule_174_an_alias_may_hide_a_column(ask: Asking) -> None:
    query = "select upper(event) as event from events order by event"
    assert ask(sql(query), event("ann", "2020-01-01"))["results"] == [["VIEW"]]


NULLS = [
    ("", [1, 2, None]),
    ("desc", [2, 1, None]),
    ("nulls first", [None, 1, 2]),
    ("desc nulls first", [None, 2, 1]),
    ("desc nulls last", [2, 1, None]),
]


@pytest.mark.parametrize(("order", "expected"), NULLS)
def test_nulls_go_where_they_are_told(ask: Asking, order: str, expected: list[Any]) -> None:
    table = "(select arrayJoin([2, null, 1]) as n)"
    query = f"select n from {table} order by n {order}"  # noqa: S608  # HogQL
    answer = ask(sql(query))
    assert [value for (value,) in answer["results"]] == expected
    assert ("NULLS" in answer["hogql"]) is ("nulls" in order)
    over = f"(order by n {order} rows between 1 preceding and current row)"
    assert ask(sql(f"select groupArray(n) over {over} from {table}"))["results"]  # noqa: S608


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("select event from events order by event collate 'de'", "COLLATE"),
        ("select event, count() from events group by event with totals", "TOTALS"),
        ("select event from events settings max_threads = 1", "SETTINGS"),
    ],
)
def test_what_is_not_done_is_refused_in_words(ask: Asking, query: str, word: str) -> None:
    assert word.lower() in refusal(ask, query).lower()


MORNING = "2020-01-03T09:00:00"


def events(*select: str, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsQuery", "select": list(select), **more}


def results(ask: Asking, query: dict[str, Any], *found: Any, **more: Any) -> list[Any]:
    rows = ask(query, *found, **more)["results"]
    assert isinstance(rows, list)
    return rows


def test_rule_175_order_without_one(ask: Asking) -> None:
    found = [event("bob", MORNING), event("ann", MORNING), event("bob", MORNING)]
    assert results(ask, events("distinct_id"), *found) == [["ann"], ["bob"], ["bob"]]
    counted = results(ask, events("distinct_id", "count()"), *found)
    assert counted == [["bob", 2], ["ann", 1]]


def test_rule_176_aggregates_group_and_filter_groups(ask: Asking) -> None:
    found = [event("bob", MORNING), event("ann", MORNING), event("bob", MORNING)]
    query = events("distinct_id", "count()", where=["count() > 1", "event = 'view'"])
    assert results(ask, query, *found) == [["bob", 2]]


def test_rule_177_after_and_before(ask: Asking) -> None:
    found = [event("old", "2019-01-01"), event("ann", "2020-01-03T08:30:00"), event("bob", MORNING)]
    for bounds, names in (
        ({"after": "all"}, ["ann", "bob", "old"]),
        ({"after": "-1d"}, ["ann", "bob"]),
        # Times without a zone are those of the project, an hour ahead.
        ({"after": "2020-01-03 09:45:00"}, ["bob"]),
        ({"before": "2020-01-03 09:45:00"}, ["ann"]),
    ):
        query = events("distinct_id", **bounds)
        assert results(ask, query, *found, timezone="Europe/Berlin") == [[name] for name in names]


def test_rule_178_columns_are_as_given(ask: Asking) -> None:
    answer = ask(events("event", "toInt('1') -- One"), event("ann", MORNING))
    assert answer["columns"] == ["event", "toInt('1') -- One"]
    assert answer["types"] == ["String", "Nullable(Int64)"]
    assert answer["hasMore"] is False


def test_rule_179_a_person_is_whole_or_its_id(ask: Asking) -> None:
    ann = person("ann", created_at="2020-01-01T00:00:00Z", plan="free")
    nobody = event("bob", MORNING)
    nobody["properties"]["$process_person_profile"] = False
    rows = results(
        ask,
        events("person", orderBy=["distinct_id"]),
        event("ann", MORNING),
        nobody,
        event("cyd", MORNING),
        persons=(ann, person("cyd", created_at="2020-01-02T00:00:00Z")),
    )
    assert rows[0][0] | {"uuid": None} == {
        "uuid": None,
        "created_at": "2020-01-01T00:00:00Z",
        "properties": {"plan": "free"},
        "distinct_id": "ann",
    }
    assert rows[1][0] == {"distinct_id": "bob"}
    assert rows[2][0] | {"uuid": None} == {
        "uuid": None,
        "created_at": "2020-01-02T00:00:00Z",
        "properties": {},
        "distinct_id": "cyd",
    }


def test_rule_180_numbers_beyond_64_bits_are_floats(ask: Asking) -> None:
    (found,) = row(ask, "toFloat('123456789012345678901234567890')")
    assert found == pytest.approx(1.2345678901234568e29)
