"""HogQLQuery: answers of SQL, and what stands in braces."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import Asking, event, person, where

DAYS = [event("ada", f"2020-01-0{day}", plan="free" if day == 1 else "paid") for day in (1, 2, 3)]


def sql(query: str, **more: Any) -> dict[str, Any]:
    return {"kind": "HogQLQuery", "query": query, **more}


def test_an_answer_has_columns_and_types(ask: Asking) -> None:
    answer = ask(
        sql("select event, count() as c, max(timestamp), [1.5] from events group by event"),
        *DAYS,
        timezone="Europe/Berlin",
    )
    assert answer == {
        "results": [["view", 3, "2020-01-03T13:00:00+01:00", [1.5]]],
        "query": "select event, count() as c, max(timestamp), [1.5] from events group by event",
        "hogql": "SELECT event, count() AS c, max(timestamp), [1.5] FROM events GROUP BY event "
        "LIMIT 101 OFFSET 0",
        "clickhouse": None,
        "columns": ["event", "c", "max(timestamp)", "[1.5]"],
        "types": [
            ["event", "String"],
            ["c", "UInt64"],
            ["max(timestamp)", "DateTime64(6, 'Europe/Berlin')"],
            ["[1.5]", "Array(Float64)"],
        ],
        "limit": 100,
        "offset": 0,
        "hasMore": False,
        "explain": None,
        "metadata": None,
    }


def test_more_rows_than_are_shown_are_told(ask: Asking) -> None:
    answer = ask(sql("select number from numbers(200)"))
    assert len(answer["results"]) == 100
    assert answer["hasMore"] is True
    answer = ask(sql("select number from numbers(200) limit 150"))
    assert len(answer["results"]) == 150
    assert (answer["hasMore"], answer["limit"], answer["offset"]) == (None, None, None)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("toUUID('01890000-0000-7000-8000-000000000000')", "01890000-0000-7000-8000-000000000000"),
        ("toDate('2020-01-01')", "2020-01-01"),
        ("toDateTime('2020-01-01 00:00:00')", "2020-01-01T00:00:00+09:00"),
        ("toDateTime64('2020-01-01 00:00:00.5', 6)", "2020-01-01T00:00:00.500000+09:00"),
        ("[toDateTime('2020-01-01 00:00:00'), null]", ["2020-01-01T00:00:00+09:00", None]),
        ("map('a', toDateTime('2020-01-01 00:00:00'))", {"a": "2020-01-01T00:00:00+09:00"}),
        ("tuple(1, toDateTime('2020-01-01 00:00:00'), 'a')", [1, "2020-01-01T00:00:00+09:00", "a"]),
        ("toTimeZone(toDateTime('2020-01-01 00:00:00'), 'UTC')", "2019-12-31T15:00:00Z"),
        (
            "[toTimeZone(toDateTime('2020-01-01 00:00:00'), 'Europe/Berlin')]",
            ["2019-12-31T16:00:00+01:00"],
        ),
        ("toDecimal('1.5', 2)", 1.5),
        ("1 / 0", None),
        ("0 / 0", None),
        ("18446744073709551615", 18446744073709551615),
        ("true", True),
        ("1 = 1", 1),
        ("null", None),
    ],
)
def test_values_on_the_wire(ask: Asking, expression: str, expected: Any) -> None:
    answer = ask(sql(f"select {expression}"), timezone="Asia/Tokyo")
    assert answer["results"] == [[expected]]


@pytest.mark.parametrize(
    ("query", "more", "expected"),
    [
        ("count() from events where properties.plan = {plan}", {"values": {"plan": "free"}}, 1),
        ("count() from events where properties.plan in {plans}",
         {"values": {"plans": ["free", "paid"]}}, 3),
        ("{n} + 1", {"values": {"n": 2}}, 3),
        ("{x}", {"values": {"x": "'; drop"}}, "'; drop"),
        ("{variables.plan}", {"variables": {"id": {"code_name": "plan", "value": "p"}}}, "p"),
        ("{variables.plan}",
         {"variables": {"id": {"code_name": "plan", "value": "p", "isNull": True}}}, None),
        ("{variables.all ? 'every' : concat(kind, 's')}",
         {"variables": {"id": {"code_name": "all", "value": False}}, "values": {"kind": "plan"}},
         "plans"),
        ("count() from events where "
         "{variables.all ? sql(true) : sql(properties.plan = {plan})}",
         {"variables": {"id": {"code_name": "all", "value": False}}, "values": {"plan": "free"}},
         1),
        ("count() from events where {filters}", {}, 3),
        ("count() from events where {filters}",
         {"filters": {"dateRange": {"date_from": "2020-01-02", "date_to": "2020-01-03"}}}, 1),
        ("count() from events where {filters}",
         {"filters": {"dateRange": {"date_from": "-1d"}}}, 2),
        ("count() from events where {filters}",
         {"filters": {"properties": [where("plan", "paid")]}}, 2),
        ("count() from events where {filters}", {"filters": {"filterTestAccounts": True}}, 1),
        ("count() from events e join persons p on e.person_id = p.id where {filters}",
         {"filters": {"properties": [where("plan", "paid")],
                      "dateRange": {"date_from": "2020-01-03"}}}, 1),
        ("(select count() from events where {filters})",
         {"filters": {"properties": [where("plan", "free")]}}, 1),
        ("count() from (select 1 from events where {filters} union all "
         "select 2 from events where {filters})",
         {"filters": {"properties": [where("plan", "free")]}}, 2),
        ("count() from events where timestamp >= {filters.dateRange.from}",
         {"filters": {"dateRange": {"date_from": "2020-01-02"}}}, 2),
        ("count() from events where timestamp >= {filters.dateRange.from}", {}, 3),
        ("count() from sessions where {filters}",
         {"filters": {"dateRange": {"date_from": "2020-01-02"}}}, 0),
        ("count() from groups where {filters}",
         {"filters": {"dateRange": {"date_from": "2020-01-02"}}}, 0),
    ],
)  # fmt: skip
def test_braces_are_filled(ask: Asking, query: str, more: dict[str, Any], expected: Any) -> None:
    answer = ask(
        sql(f"select {query}", **more), *DAYS, test_account_filters=[where("plan", "free")]
    )
    assert answer["results"] == [[expected]]


@pytest.mark.parametrize(
    ("query", "more", "code", "detail"),
    [
        ("{x}", {}, "hogql_query_error", "Unresolved placeholder: {x}"),
        ("{x}", {"values": {"y": 1}}, "hogql_query_error",
         "Placeholder {x} is not available in this context. You can use the following: y"),
        ("{variables.plon}", {"variables": {"id": {"code_name": "plan", "value": 1}}},
         "hogql_query_error", "Variable plon is missing from query. Did you mean: plan?"),
        ("{variables.x}", {}, "hogql_query_error", "Variable x is missing from query"),
        ("{event ? 1 : 2} from events", {}, "hogql_query_error",
         "Unresolved placeholder: {event}"),
        ("1 where {filters}", {}, "hogql_query_error",
         "Cannot use 'filters' placeholder in a SELECT clause that does not select from the "
         "events, sessions, logs, traces or groups table."),
        ("1 from events where toDate({filters.dateRange.from}) = today()", {}, "hogql_query_error",
         "The `{filters.dateRange.from}` placeholder must be used directly in a comparison (e.g. "
         "`timestamp > {filters.dateRange.from}`), not nested inside a function call, when the "
         "date range is not set."),
        ("{filters.x} from events", {}, "hogql_query_error",
         "Unsupported filters placeholder `{filters.x}`. Supported filters placeholders are: "
         "{filters}, {filters.dateRange.from}, {filters.dateRange.to}"),
        ("1 from sessions where {filters}", {"filters": {"properties": [where("plan", "x")]}},
         "hogql_query_error",
         "Can only use session properties in a filter when selecting from only the sessions "
         "table."),
        ("1 from", {}, "hogql_syntax_error", None),
        ("1 from events group by event having x", {}, "invalid_input",
         "Unable to resolve field: x"),
        ("event, count() as c from events", {}, "not_an_aggregate", None),
        ("1", {"values": {"a": {}}}, "parse_error", None),
        ("1", {"variables": []}, "parse_error", None),
        ("1", {"query": 5}, "parse_error", None),
        ("1", {"query": "x" * 64_001}, "parse_error", None),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(
    ask: Asking, query: str, more: dict[str, Any], code: str, detail: str | None
) -> None:
    with pytest.raises(DomainError) as refused:
        ask(sql(f"select {query}") | more)
    assert refused.value.code == code
    assert refused.value.status_code == 400
    assert detail is None or refused.value.detail == detail


def test_the_engine_is_quoted_in_the_names_of_the_query(ask: Asking) -> None:
    with pytest.raises(DomainError) as refused:
        ask(sql("select event, count() as c from events"))
    assert "`event`" in refused.value.detail
    assert "__" not in refused.value.detail
    assert "project_id" not in refused.value.detail


@pytest.mark.parametrize(
    ("names", "seconds", "is_bounce", "up_to_two"),
    [
        (["$pageview"], 0, 1, 1),
        (["$pageview", "other"], 9, 1, 1),
        (["$pageview", "other"], 10, 0, 1),
        (["$pageview", "$pageview"], 0, 0, 2),
        (["$pageview", "$screen"], 0, 1, 2),
        (["$pageview", "$autocapture", "$autocapture"], 0, 0, 2),
        (["$screen"], 0, None, 1),
        (["other"], 60, None, 0),
    ],
)
def test_a_session_of_one_page_bounces(
    ask: Asking, names: list[str], seconds: int, is_bounce: int | None, up_to_two: int
) -> None:
    found = [
        event("ann", f"2020-01-01T00:00:{seconds if at else 0:02}", name, **{"$session_id": "s"})
        for at, name in enumerate(names)
    ]
    query = sql("select $is_bounce, $page_screen_autocapture_count_up_to from sessions")
    assert ask(query, *found)["results"] == [[is_bounce, up_to_two]]


def test_what_a_session_begins_and_ends_with(ask: Asking) -> None:
    page, click = {"$session_id": "s", "$current_url": ""}, {"$session_id": "s"}
    found = [
        event("ann", "2020-01-01T00:00:00", "$pageview", utm_term="", **page),
        event("ann", "2020-01-01T00:00:01", "$web_vitals", **click, **{"$web_vitals_LCP_value": 7}),
        event("ann", "2020-01-01T00:00:02", **click, **{"$external_click_url": "https://x.io"}),
        event(
            "ann", "2020-01-01T00:00:03", **click, **{"$web_vitals_LCP_value": "8.5"}, ttclid="t"
        ),
        event("ann", "2020-01-01T00:00:04", **{**page, "$current_url": "https://y.io/end"}),
    ]
    columns = "$entry_current_url, $exit_current_url, $exit_pathname, $entry_utm_term"
    more = "$entry_ttclid, $vitals_lcp, $last_external_click_url"
    answer = ask(sql(f"select {columns}, {more} from sessions"), *found)  # noqa: S608  # HogQL
    ends = ["https://y.io/end", "/end"]
    assert answer["results"] == [[None, *ends, None, "t", 7, "https://x.io"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select count() from events where matchesAction(7)", 2),
        ("select countIf(matchesAction('Paid')) from events", 2),
        ("select count() from events e join persons p on p.id = e.person_id "
         "where not matchesAction('Paid')", 1),
        ("select count() from (select event from events where matchesAction(7) limit 1)", 1),
    ],
)  # fmt: skip
def test_events_of_an_action(ask: Asking, query: str, expected: int) -> None:
    steps = (ActionStep("order"), ActionStep("renewal", properties=(where("plan", "paid"),)))
    found = [
        event("ann", "2020-01-01", "order"),
        event("bob", "2020-01-01", "renewal", plan="paid"),
        event("bob", "2020-01-01", "renewal", plan="free"),
    ]
    actions = {7: Action(7, "Paid", steps)}
    people = (person("ann"), person("bob"))
    assert ask(sql(query), *found, persons=people, actions=actions)["results"] == [[expected]]


@pytest.mark.parametrize(
    "query",
    [
        "select matchesAction(8) from events",
        "select matchesAction('Unpaid') from events",
        "select matchesAction(7) from persons",
        "select matchesAction() from events",
    ],
)
def test_an_action_that_is_not_there(ask: Asking, query: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(sql(query), actions={7: Action(7, "Paid", (ActionStep("order"),))})
    assert (refused.value.status_code, "ction" in refused.value.detail) == (400, True)
