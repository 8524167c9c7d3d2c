"""What queries mean: names, properties, moments, comparisons, joins, limits."""

from __future__ import annotations

import json
from itertools import count
from types import ModuleType
from typing import Any
from uuid import UUID, uuid5

import pytest

from posthog_lite.clickhouse.errors import EngineRefused
from posthog_lite.hogql.errors import HogQLError, QueryError, QueryTooComplex, ResolutionError
from posthog_lite.hogql.output import BOUND_BYTES
from tests.posthog_lite.hogql.support import assert_only_of_project, compiled, rows, value
from tests.support.engine import insert

_project_ids = count(4_000_000)
ADA, BOB, OLD = (uuid5(UUID(int=0), name) for name in ("ada", "bob", "old"))
EVENTS = ("project_id", "uuid", "event", "timestamp", "distinct_id", "person_id", "properties",
          "$session_id", "$group_0", "created_at")  # fmt: skip


@pytest.fixture
def project(engine: ModuleType) -> int:
    """Ada looked at two pages, bob at one; ada's second event came under an id merged later."""
    number = next(_project_ids)
    first = {"n": 10, "flag": True, "text": "", "at": "2020-01-01T00:00:00Z",
             "nested": {"list": [7]}, "$current_url": "https://example.com/a?b=1",
             "odd 'key`": "odd"}  # fmt: skip
    second = {"n": "9.5", "flag": "false", "gone": None, "$current_url": "https://example.com/z"}
    seen = [
        ("view", "2020-01-02 23:30:00", "ada", ADA, first, "s1", "acme"),
        ("view", "2020-01-03 00:30:00", "ada", OLD, second, "s1", ""),
        ("click", "2020-01-03 12:00:00.250", "bob", BOB, {}, "", ""),
    ]
    insert("events", EVENTS, [
        [number, uuid5(UUID(int=number), str(at)), event, moment, who, person,
         json.dumps(properties), session, group, moment]
        for at, (event, moment, who, person, properties, session, group) in enumerate(seen)
    ])  # fmt: skip
    insert("persons", ("project_id", "id", "properties", "created_at", "version"), [
        [number, ADA, '{"email": "ada@example.com", "age": "36"}', "2020-01-01", 1],
        [number, BOB, '{"email": "old@example.com"}', "2020-01-01", 1],
        [number, BOB, '{"email": "bob@example.com"}', "2020-01-01", 2],
    ])  # fmt: skip
    insert("person_distinct_ids", ("project_id", "distinct_id", "person_id", "version"),
                  [[number, "ada", ADA, 1], [number, "bob", BOB, 1]])  # fmt: skip
    insert("person_overrides", ("project_id", "old_person_id", "person_id", "version"),
                  [[number, OLD, BOB, 1], [number, OLD, ADA, 2]])  # fmt: skip
    insert(
        "groups",
        ("project_id", "group_type_index", "group_key", "properties", "created_at", "version"),
        [[number, 0, "acme", '{"name": "Acme"}', "2020-01-01", 1],
         [number, 1, "acme", '{"name": "Other"}', "2020-01-01", 1]],
    )  # fmt: skip
    return number


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("properties.n", ["10", "9.5", None]),
        ("properties.flag", ["true", "false", None]),
        ("properties.text", ["", None, None]),
        ("properties.gone", [None, None, None]),
        ("properties.nested.list[1]", ["7", None, None]),
        ("properties['nested'].list.1", ["7", None, None]),
        ("properties.`odd 'key```", ["odd", None, None]),
        ("properties.n > 9.7", [1, 0, 0]),
        ("properties.flag = true", [1, 0, 0]),
        ("properties.n in (10, 11)", [1, 0, 0]),
        ("properties.text in ('', null)", [1, 1, 1]),
        ("person.properties.email", ["ada@example.com", "ada@example.com", "bob@example.com"]),
        ("person.id = person_id", [1, 1, 1]),
        ("pdi.person.properties.age", ["36", "36", None]),
        ("poe.properties.email", ["ada@example.com", "ada@example.com", "bob@example.com"]),
        ("group_0.properties.name", ["Acme", None, None]),
        ("session.$session_duration", [3600, 3600, None]),
        ("session.$entry_pathname", ["/a", "/a", None]),
        ("session.$end_pathname", ["/z", "/z", None]),
        ("e.event", ["view", "view", "click"]),
        ("upper(e.event)", ["VIEW", "VIEW", "CLICK"]),
        ("lag(event) over (order by timestamp)", [None, "view", "view"]),
        ("event like 'v%' ? 'yes' : 'no'", ["yes", "yes", "no"]),
        ("case event when 'view' then 1 else 2 end", [1, 1, 2]),
        ("(event as x) || x", ["viewview", "viewview", "clickclick"]),
        ("arrayMap(x -> x || event, ['a'])", [["aview"], ["aview"], ["aclick"]]),
        ("toHour(timestamp)", [23, 0, 12]),
        ("timestamp > '2020-01-03'", [0, 1, 1]),
        ("timestamp = '2020-01-03 12:00:00.25'", [0, 0, 1]),
    ],
)
def test_columns(engine: ModuleType, project: int, select: str, expected: list[Any]) -> None:
    text = f"select {select} from events e order by timestamp"  # HogQL
    found = rows(engine, text, project_id=project, has_overrides=True)
    assert [row[0] for row in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select count(), count(distinct person_id), uniq(person.id) from events", [[3, 2, 2]]),
        ("select event, count(*) c from events group by event order by c desc",
         [["view", 2], ["click", 1]]),
        ("select toDate(timestamp) as timestamp, count() from events group by timestamp "
         "order by timestamp", [["2020-01-02", 1], ["2020-01-03", 2]]),
        ("select count() as c, c * 2 from events having c > 1", [[3, 6]]),
        ("select count() filter (where event = 'view') from events", [[2]]),
        ("select quantile(0.5)(toFloat(properties.n)) from events", [[9.75]]),
        ("select session_id, $pageview_count, $num_uniq_urls from sessions", [["s1", 0, 2]]),
        ("select key, properties.name from groups where index = 1", [["acme", "Other"]]),
        ("select properties.email from persons order by 1",
         [["ada@example.com"], ["bob@example.com"]]),
        ("select distinct_id, person.properties.email from person_distinct_ids order by 1",
         [["ada", "ada@example.com"], ["bob", "bob@example.com"]]),
        ("with e as (select event from events) select count() from e a join e b "
         "on a.event = b.event", [[5]]),
        ("with 2 as two select two + two", [[4]]),
        ("with a as (select 1 as x) select x from a union all select x + 1 from a",
         [[1], [2]]),
        ("select x, y from (select 1, 2) as q(x, y)", [[1, 2]]),
        ("select e.event, p.id is null from events e left join persons p "
         "on p.id = e.person_id and p.properties.email = 'x' limit 1", [["view", 1]]),
        ("select distinct_id from events join person_distinct_ids using (distinct_id) "
         "group by distinct_id order by distinct_id", [["ada"], ["bob"]]),
        ("select event, n from events array join [1, 2] as n where event = 'click'",
         [["click", 1], ["click", 2]]),
        ("select event from events order by timestamp limit 1 by event", [["view"], ["click"]]),
        ("select count() from events where person.properties.email in "
         "(select properties.email from persons where properties.age = '36')", [[2]]),
        ("select sum(number) over w from numbers(3) window w as (order by number)",
         [[0], [1], [3]]),
        ("select number from numbers(5, 2)", [[5], [6]]),
        ("select event, count() from events group by rollup(event) order by 2, 1",
         [["click", 1], ["view", 2], ["", 3]]),
        ("select 1 union distinct select 1", [[1]]),
        ("select string_agg(event, '+') from (select event from events order by timestamp)",
         [["view+view+click"]]),
        ("select json_agg(n) from (select arrayJoin([3, 4]) as n)", [["[3,4]"]]),
        ("select n, lag(n, 1, 7) over (order by n), lead(n) over (order by n) "
         "from (select arrayJoin([3, 4]) as n) order by n", [[3, 7, 4], [4, 3, None]]),
        ("select v from (select arrayJoin(['2.9', '2.10.1b', '10.0', 'new']) as v) "
         "order by sortableSemVer(v) desc", [["10.0"], ["2.10.1b"], ["2.9"], ["new"]]),
        ("select toFloatOrDefault('x', 2), toFloatOrDefault('1.5', 2), toFloatOrDefault('x')",
         [[2, 1.5, 0]]),
        ("select isIPAddressInRange('none', '10.0.0.0/8'), "
         "isIPAddressInRange('10.1.2.3', '10.0.0.0/8'), isIPAddressInRange(null, '10.0.0.0/8')",
         [[0, 1, 0]]),
        ("select split_part('a, b, c', ', ', 2), split_part('a', ',', 2), btrim(' x ')",
         [["b", "", "x"]]),
        ("select sparkline([2, 4]).4", [[[2, 4]]]),
        ("select to_char(make_timestamp(2020, 2, 3, 4, 5, 6) + make_interval(1, 1, 1, 1, 1, 1), "
         "'%F %T'), toString(date_subtract(to_date('2020-03-01'), interval 1 day))",
         [["2021-03-04 05:06:07", "2020-02-29"]]),
        ("select toString(date_bin(interval 2 hour, make_timestamptz(2020, 1, 1, 5, 0, 0, 'UTC'), "
         "timezone('UTC', make_timestamp(2020, 1, 1, 0, 30, 0))))", [["2020-01-01 04:30:00"]]),
    ],
)  # fmt: skip
def test_queries(engine: ModuleType, project: int, text: str, expected: list[Any]) -> None:
    assert rows(engine, text, project_id=project, has_overrides=True) == expected


def test_a_merge_moves_all_of_the_history(engine: ModuleType, project: int) -> None:
    text = "select distinct_id, uniq(person_id) from events group by 1 order by 1"
    assert rows(engine, text, project_id=project) == [["ada", 2], ["bob", 1]]
    assert rows(engine, text, project_id=project, has_overrides=True) == [["ada", 1], ["bob", 1]]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("properties.n", 10),
        ("properties.n + 1", 11),
        ("properties.flag", True),
        ("properties.at", "2020-01-01T00:00:00.000000Z"),
        ("properties.at < '2020-01-01 01:00:00'", 1),
        ("person.properties.age + 1", 37),
        ("properties.nested.n", None),
    ],
)
def test_properties_are_what_they_are_defined_as(
    engine: ModuleType, project: int, expression: str, expected: Any
) -> None:
    types = {
        ("event", "n"): "Numeric", ("event", "flag"): "Boolean", ("event", "at"): "DateTime",
        ("person", "age"): "Numeric", ("event", "nested"): "Numeric",
    }  # fmt: skip
    text = f"select {expression} from events order by timestamp"  # HogQL
    found = rows(engine, text, project_id=project, property_types=types)
    assert found[0][0] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("now()", "2020-01-10T12:34:56Z"),
        ("now64()", "2020-01-10T12:34:56.789000Z"),
        ("toString(now())", "2020-01-10 21:34:56"),
        ("today()", "2020-01-10"),
        ("toDateTime('2020-01-10 00:00:00')", "2020-01-09T15:00:00Z"),
        ("toDateTime('2020-01-10T00:00:00Z')", "2020-01-10T00:00:00Z"),
        ("toDateTime('10 Jan 2020 00:00:00')", "2020-01-09T15:00:00.000000Z"),
        ("toDateTime('no date')", None),
        ("toDateTime(0)", "1970-01-01T00:00:00Z"),
        ("toDate('2020-01-10T20:00:00Z')", "2020-01-11"),
        ("toStartOfDay(now())", "2020-01-09T15:00:00Z"),
        ("toStartOfWeek(today())", "2020-01-05"),
        ("dateAdd('day', 2, today())", "2020-01-12"),
        ("date_sub(today(), interval 1 week)", "2020-01-03"),
        ("dateDiff('day', toDateTime('2020-01-01'), now())", 9),
        ("fromUnixTimestamp(0)", "1970-01-01T00:00:00Z"),
        ("toInt('x')", None),
        ("toInt('5')", 5),
        ("toFloat('1.5')", 1.5),
        ("'1'::int + 1", 2),
        ("cast('x' as Nullable(Float))", None),
        ("null = null", 1),
        ("null != 1", 1),
        ("null < 1", 0),
        ("not (1 = null)", 1),
        ("1 between 1 and null", 0),
        ("null in (1, null)", 1),
        ("1 in (2, null)", 0),
        ("'b' in ['a', 'b']", 1),
        ("1 in []", 0),
        ("{'a': 1}['a']", 1),
        ("tuple('a', 'b').2", "b"),
        ("f'a{1 + 1}b'", "a2b"),
        ("'it''s \\'\\\\\\n'", "it's '\\\n"),
        ("concat('ö', '😀')", "ö😀"),
        ("COUNT(*)", 1),
        ("arrayReduce('sum', [1, 2])", 3),
    ],
)
def test_expressions(engine: ModuleType, expression: str, expected: Any) -> None:
    assert value(engine, expression, timezone="Asia/Tokyo") == expected


def test_weeks_start_as_the_project_says(engine: ModuleType) -> None:
    assert value(engine, "toStartOfWeek(today())", week_start=1) == "2020-01-06"


@pytest.mark.parametrize(
    ("text", "error", "detail"),
    [
        ("select evnt from events", ResolutionError,
         "Unable to resolve field: evnt. Did you mean: event?"),
        ("select qqq from events", ResolutionError, "Unable to resolve field: qqq"),
        ("select 1 from evnts", QueryError, "Unknown table `evnts`."),
        ("select uniqq(event) from events", QueryError,
         "Unsupported function call 'uniqq(...)'. Perhaps you meant 'uniq(...)'?"),
        ("select EVENT from events", ResolutionError,
         "Unable to resolve field: EVENT. Did you mean: event?"),
        ("select VERSION()", QueryError, "Unsupported function call 'VERSION(...)'."),
        ("select countiff(1)", QueryError,
         "Unsupported function call 'countiff(...)'. Perhaps you meant 'count(...)'?"),
        ("select toDate(timestamp) over () from events", QueryError,
         "Function 'toDate' is neither an aggregate nor a window function; it takes no OVER."),
        ("select lower(1, 2)", QueryError, "Function 'lower' requires 1 argument, found 2"),
        ("select uniq()", QueryError, "Aggregation 'uniq' requires at least 1 argument, found 0"),
        ("select sumIf(1)", QueryError, "Aggregation 'sumIf' requires 2 arguments, found 1"),
        ("select lower(distinct event) from events", QueryError,
         "Function 'lower' is not an aggregate: it takes neither parameters nor DISTINCT."),
        ("select number from numbers()", QueryError,
         "Table function 'numbers' requires at least 1 argument"),
        ("select number from numbers", QueryError, "Table function 'numbers' requires arguments"),
        ("select number from numbers(1, 2, 3)", QueryError,
         "Table function 'numbers' requires at most 2 arguments"),
        ("select 1 from events(1)", QueryError, "Table 'events' does not accept arguments"),
        ("select properties.a[0] from events", QueryError,
         "SQL indexes start from one, not from zero. E.g: array[1]"),
        ("select [1].0", QueryError, "SQL indexes start from one, not from zero. E.g: array.1"),
        ("select created_at from events, persons", ResolutionError,
         "Ambiguous query. Found multiple sources for field: created_at"),
        ("select 1 from events, events", ResolutionError,
         'Already have joined a table called "events". Cannot join another one with the same '
         "name."),
        ("select 1 as team_id", HogQLError,
         "`team_id` cannot be an alias: the name is reserved."),
        ("select a as b, b as a", ResolutionError, "The alias `b` refers to itself."),
        ("select {x}", QueryError, "Unresolved placeholder: {x}"),
        ("select 1 where event in cohort 1", QueryError, "Cohorts are not supported."),
        ("select 1 limit 1.5", QueryError,
         "LIMIT and OFFSET take a whole number that is not negative."),
        ("select 1 union all select 1, 2", QueryError,
         "The SELECTs of a UNION must have the same number of columns."),
        ("select event.x.y.z over w from events", HogQLError, None),
        ("select sum(1) over w from events", ResolutionError, "Unknown window `w`."),
        ("select *", QueryError, "`*` needs a table to stand for the columns of."),
        ("select group_0 from events", ResolutionError,
         "A column of `group_0` must be named, like group_0.properties."),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_in_words(
    text: str, error: type[HogQLError], detail: str | None
) -> None:
    with pytest.raises(error) as refused:
        compiled(text)
    assert refused.value.detail == detail or detail is None


def test_an_error_says_where_it_is() -> None:
    with pytest.raises(ResolutionError) as refused:
        compiled("select event, evnt from events")
    assert (refused.value.start, refused.value.end) == (14, 18)


@pytest.mark.parametrize(
    ("text", "settings", "limits", "limit"),
    [
        ("select 1", {}, [101], 100),
        ("select 1 limit 5", {}, [5], None),
        ("select 1 limit 1000000", {}, [50_000], None),
        ("select 1", {"default_limit": None}, [], None),
        ("select 1 limit 1000000", {"most_rows": None}, [1_000_000], None),
        ("select 1 union all select 2 limit 7", {}, [100, 7], None),
        ("select x from (select 1 as x)", {}, [101], 100),
    ],
)
def test_limits(text: str, settings: dict[str, Any], limits: list[int], limit: int | None) -> None:
    found = compiled(text, **settings)
    assert [int(part.split()[0]) for part in found.sql.split(" LIMIT ")[1:]] == limits
    assert found.limit == limit


@pytest.mark.parametrize(
    ("select", "columns"),
    [
        ("event", ["event"]),
        ("count()", ["count()"]),
        ("properties.$browser", ["properties.$browser"]),
        ("e.event as x", ["x"]),
        ("1 + 1, 'a'", ["1 + 1", "'a'"]),
        ("properties['a b']", ["properties['a b']"]),
        ("e.* exclude (properties, elements_chain, $session_id, $window_id, person_mode)",
         ["uuid", "event", "timestamp", "distinct_id", "created_at", "person_id"]),
    ],
)  # fmt: skip
def test_columns_are_named_as_they_were_typed(select: str, columns: list[str]) -> None:
    assert compiled(f"select {select} from events e").columns == columns  # HogQL


def test_much_text_is_written_out_and_does_no_harm(engine: ModuleType) -> None:
    texts = [f"{at} ' \\ \n {'x' * 200}" for at in range(BOUND_BYTES // 100)]
    listed = ", ".join("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" for text in texts)
    found = compiled(f"select [{listed}]")
    assert 0 < len(found.parameters) < len(texts)
    assert value(engine, f"[{listed}]") == texts


CHAINED = ", ".join(
    f"a{n} as (select 1 as x from {f'a{n - 1}, a{n - 1} as b' if n else 'events'})"
    for n in range(12)
)
DOUBLED = ", ".join(
    f"a{n} as ({f'select * from a{n - 1} union all select * from a{n - 1}' if n else 'select 1'})"
    for n in range(12)
)
CROSSED = " ".join(f"cross join events e{n}" for n in range(1, 120))


@pytest.mark.parametrize(
    "text",
    [
        f"with {CHAINED} select 1 from a11",
        f"with {DOUBLED} select 1 from a11",  # of no table at all
        f"select 1 from events e0 {CROSSED}",
    ],
)
def test_what_grows_beyond_measure_is_refused(text: str) -> None:
    with pytest.raises(QueryTooComplex):
        compiled(text)


def test_the_event_and_the_day_are_found_by_index(engine: ModuleType, project: int) -> None:
    query = compiled(
        "select count() from events where event = 'view' and timestamp >= '2020-01-01' "
        "and timestamp < '2020-02-01'",
        project_id=project,
        timezone="Asia/Tokyo",
    )
    assert_only_of_project(query.sql, project)
    plan = engine.execute(f"EXPLAIN indexes = 1 {query.sql}", query.parameters).rows
    text = "\n".join(row[0] for row in plan)
    for key in ("project_id", "toDate(timestamp)", "event", "toYYYYMM(timestamp)"):
        assert key in text, text


def test_types_that_do_not_fit_are_told_by_the_engine(engine: ModuleType) -> None:
    with pytest.raises(EngineRefused) as refused:
        value(engine, "arrayMap(x -> x, 1)")
    assert refused.value.status_code == 400
