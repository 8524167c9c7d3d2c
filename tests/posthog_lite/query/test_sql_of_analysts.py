"""SQL as analysts write it, over a world so small that every answer was reckoned by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.registry import compute
from tests.support.asking import event, person, where
from tests.support.golden import context_of, executor, store

HOME = {"$current_url": "https://x.io/home?utm_source=g&a=1#f", "$browser": "Chrome"}
NESTED = {"list": [1, 2, 3], "nested": {"a": {"b": 5}, "c d": "x"}}
ITEMS = {"items": [{"sku": "a", "n": 2}, {"sku": "b", "n": 1}]}
BLOG = {"$current_url": "https://x.io/blog/1", "$browser": "Safari"}
WORLD = {
    "now": "2020-01-06T12:00:00Z",
    "timezone": "Europe/Berlin",
    "week_start": 1,
    "persons": (
        person("ada", "ada-2", email="ada@acme.com", plan="pro", age="36"),
        person("bob", email="bob@x.io", plan="free", age=41),
        person("cyd"),
    ),
    "events": (
        event("ada", "2020-01-01T22:30:00", "page", **HOME, **NESTED, **{"$session_id": "s1"}),
        event("ada", "2020-01-01T23:30:00", "sign", plan="pro", **{"$session_id": "s1"}),
        event("ada-2", "2020-01-02T10:00:00", "buy", amount=10.5, ok=True, **ITEMS),
        event("bob", "2020-01-02T11:00:00", "page", **BLOG, **{"$session_id": "s3"}),
        event("bob", "2020-01-02T11:05:00", "sign", plan="free", **{"$session_id": "s3"}),
        event("bob", "2020-01-05T11:05:00", "buy", amount="20", ok=False, items=[]),
        event("cyd", "2020-01-03T09:00:00", "page", empty="", **{"$browser": "Chrome"}),
        event("cyd", "2020-01-03T09:00:10", "page", amount="n/a", **{"$browser": "Chrome"}),
    ),
}
DAYS = "(select toDate(timestamp) as day, count() as c from events group by day)"

TIME: dict[str, list[Any]] = {
    "select toDate(timestamp) as day, count() from events group by day order by day":
        [["2020-01-01", 1], ["2020-01-02", 4], ["2020-01-03", 2], ["2020-01-05", 1]],
    "select toStartOfDay(timestamp) d, uniq(person_id) from events group by d order by d limit 2":
        [["2020-01-01T00:00:00+01:00", 1], ["2020-01-02T00:00:00+01:00", 2]],
    "select date_trunc('month', timestamp) m, count(distinct person_id) from events group by m":
        [["2020-01-01", 3]],
    "select toHour(timestamp) as hour, count() from events group by hour order by hour":
        [[0, 1], [10, 2], [11, 1], [12, 3], [23, 1]],
    "select toStartOfWeek(timestamp), toDayOfWeek(timestamp) from events order by timestamp"
    " limit 1":
        [["2019-12-30", 3]],
    "select toStartOfInterval(timestamp, interval 12 hour) t, count() from events group by t"
    " order by t limit 2":
        [["2020-01-01T12:00:00+01:00", 1], ["2020-01-02T00:00:00+01:00", 2]],
    "select count() from events where timestamp between '2020-01-02' and '2020-01-03'": [[4]],
    "select count() from events where date(timestamp) between '2020-01-02' and '2020-01-03'": [[6]],
    "select count() from events where timestamp > now() - interval 3 day": [[1]],
    "select count() from events where timestamp > now() - interval '3 days'": [[1]],
    "select count() from events where timestamp >= today() - 3": [[3]],
    "select count() from events where toDate(timestamp) = yesterday() - 3": [[4]],
    "select count() from events where toStartOfDay(timestamp) = '2020-01-02'": [[4]],
    "select formatDateTime(timestamp, '%Y-%m-%d %H:%i') from events order by timestamp limit 1":
        [["2020-01-01 23:30"]],
    "select dateDiff('day', min(timestamp), max(timestamp)) from events": [[4]],
    "select toDate(timestamp) as d, count() from events group by d order by d with fill":
        [["2020-01-01", 1], ["2020-01-02", 4], ["2020-01-03", 2], ["2020-01-04", 0],
         ["2020-01-05", 1]],
    "select tumbleStart(w), count() from events group by tumble(timestamp, toIntervalDay(2)) as w"
    " order by 1": [["2020-01-01T00:00:00+01:00", 5], ["2020-01-03T00:00:00+01:00", 2],
                    ["2020-01-05T00:00:00+01:00", 1]],
    "select dateAdd('month', 1, toDate('2020-01-31')), toDate('2020-01-31') + interval 1 month":
        [["2020-02-29", "2020-02-29"]],
}  # fmt: skip
JOINS: dict[str, list[Any]] = {
    "select person.properties.email, count() from events group by 1 order by 2 desc, 1":
        [["ada@acme.com", 3], ["bob@x.io", 3], [None, 2]],
    "select p.properties.email e, count() from events v join persons p on v.person_id = p.id"
    " group by e order by e":
        [["ada@acme.com", 3], ["bob@x.io", 3], [None, 2]],
    "select v.distinct_id, p.id is null from events v left join persons p on p.id = v.person_id"
    " and p.properties.plan = 'pro' where event = 'buy' order by v.timestamp":
        [["ada-2", 0], ["bob", 1]],
    "select session.$session_duration d, count() from events where $session_id != ''"
    " group by d order by d":
        [[300, 2], [3600, 2]],
    "select s.session_id, e.event from sessions s join events e on e.$session_id = s.session_id"
    " order by e.timestamp":
        [["s1", "page"], ["s1", "sign"], ["s3", "page"], ["s3", "sign"]],
    "select pdi.distinct_id from persons order by 1": [["ada"], ["ada-2"], ["bob"], ["cyd"]],
    "select event from events join (select id as person_id from persons where"
    " properties.plan = 'pro') p using person_id order by timestamp":
        [["page"], ["sign"], ["buy"]],
    "select dateDiff('hour', a.timestamp, b.timestamp) h from events a join events b on"
    " a.person_id = b.person_id where a.event = 'sign' and b.event = 'buy' order by h":
        [[11], [72]],
    "with signed as (select distinct person_id from events where event = 'sign')"
    " select count() from events where person_id in (select person_id from signed)": [[6]],
    "with signed as (select distinct person_id from events where event = 'sign')"
    " select count() from events where person_id not in signed": [[2]],
    "with a as (select person_id, min(timestamp) t from events where event = 'sign' group by"
    " person_id), b as (select person_id, min(timestamp) t from events where event = 'buy' group by"
    " person_id) select count(), avg(dateDiff('minute', a.t, b.t)) from a left join b on"
    " a.person_id = b.person_id and b.t > a.t":
        [[2, (630 + 4320) / 2]],
    "with c as (select event, count() as n from events group by event) select a.event, a.n / b.n"
    " from c a cross join (select max(n) as n from c) b order by a.event":
        [["buy", 0.5], ["page", 1], ["sign", 0.5]],
    "select count() from persons where properties.age > 36": [[1]],
    "select (select count() from events) as total, (select count() from persons) as people":
        [[8, 3]],
    "select event from events where (person_id, timestamp) in (select person_id, max(timestamp)"
    " from events group by person_id) order by event":
        [["buy"], ["buy"], ["page"]],
    "select event from (select event from events where event = 'buy' union all select 'x')"
    " order by event": [["buy"], ["buy"], ["x"]],
    "select day, n, count(distinct person_id) from (select e.person_id, f.day, dateDiff('day',"
    " f.day, toDate(e.timestamp)) n from events e join (select person_id, toDate(min(timestamp))"
    " day from events group by person_id) f on f.person_id = e.person_id) group by day, n"
    " order by day, n":
        [["2020-01-01", 0, 1], ["2020-01-01", 1, 1], ["2020-01-02", 0, 1], ["2020-01-02", 3, 1],
         ["2020-01-03", 0, 1]],
}  # fmt: skip
WINDOWS: dict[str, list[Any]] = {
    "select event, row_number() over (partition by person_id order by timestamp) from events"
    " order by timestamp limit 3":
        [["page", 1], ["sign", 2], ["buy", 3]],
    "select event, lag(event) over (partition by person_id order by timestamp) from events where"
    " distinct_id = 'bob' order by timestamp":
        [["page", None], ["sign", "page"], ["buy", "sign"]],
    "select event, sum(count()) over () from events group by event order by event":
        [["buy", 8], ["page", 8], ["sign", 8]],
    "select event, count() as c, rank() over (order by c desc) from events group by event"
    " order by event":
        [["buy", 2, 2], ["page", 4, 1], ["sign", 2, 2]],
    "select day, avg(c) over (order by day rows between 1 preceding and current row) from $DAYS"
    " order by day":
        [["2020-01-01", 1], ["2020-01-02", 2.5], ["2020-01-03", 3], ["2020-01-05", 1.5]],
    "select day, sum(c) over (order by day) from $DAYS order by day":
        [["2020-01-01", 1], ["2020-01-02", 5], ["2020-01-03", 7], ["2020-01-05", 8]],
    "select c - lag(c) over (order by day) from $DAYS order by day": [[None], [3], [-2], [-1]],
    "select event from events qualify row_number() over (partition by event order by timestamp) = 1"
    " order by event": [["buy"], ["page"], ["sign"]],
    "select distinct_id from (select distinct_id, event, row_number() over (partition by person_id"
    " order by timestamp desc) as n from events) where n = 1 and event = 'buy' order by 1":
        [["ada-2"], ["bob"]],
    "select first_value(event) over w, ntile(2) over w from events window w as (partition by"
    " person_id order by timestamp) order by timestamp limit 2":
        [["page", 1], ["page", 1]],
    "select level, count() from (select windowFunnel(24 * 3600)(timestamp, event = 'page',"
    " event = 'sign', event = 'buy') as level from events group by person_id) group by level"
    " order by level":
        [[1, 1], [2, 1], [3, 1]],
    "select windowFunnel(604800, 'strict_order')(toDateTime(timestamp), event = 'sign',"
    " event = 'buy') l from events group by person_id order by l":
        [[0], [2], [2]],
    "select sequenceMatch('(?1).*(?2)')(timestamp, event = 'page', event = 'buy') m from events"
    " group by person_id order by m": [[0], [1], [1]],
    "select retention(event = 'page', event = 'buy') from events where distinct_id = 'bob'":
        [[[1, 1]]],
    "select count() from (select minIf(timestamp, event = 'sign') s, minIf(timestamp,"
    " event = 'buy') b from events group by person_id having b > s and s > '1971-01-01')": [[2]],
    "select arrayStringConcat(groupArray(event), '>') path from (select event, person_id from"
    " events order by timestamp) group by person_id order by path":
        [["page>page"], ["page>sign>buy"], ["page>sign>buy"]],
}  # fmt: skip
PROPERTIES: dict[str, list[Any]] = {
    "select properties.nested.a.b, properties.nested['c d'], properties.list[1],"
    " properties['$browser'], properties.`$browser` from events order by timestamp limit 1":
        [["5", "x", "1", "Chrome", "Chrome"]],
    "select properties.items[1].sku, properties.items.2.sku from events where event = 'buy'"
    " order by timestamp limit 1": [["a", "b"]],
    "select properties.$browser, countIf(event = 'page') from events group by 1 order by 2 desc, 1":
        [["Chrome", 3], ["Safari", 1], [None, 0]],
    "select properties.amount ?? 'none', count() from events group by 1 order by 1":
        [["10.5", 1], ["20", 1], ["n/a", 1], ["none", 5]],
    "select sum(toFloat(properties.amount)), avg(toFloatOrZero(properties.amount)) from events":
        [[30.5, 30.5 / 3]],
    "select count() from events where properties.amount > 10": [[2]],
    "select count() from events where properties.amount in (20, '10.5')": [[2]],
    "select count() from events where properties.$browser != 'Chrome'": [[5]],
    "select count() from events where properties.$browser not in ('Chrome')": [[5]],
    "select countIf(properties.ok = true), countIf(properties.ok = 'true') from events": [[1, 1]],
    "select properties.empty = '', properties.empty is null, properties.missing = '' from events"
    " where distinct_id = 'cyd' order by timestamp limit 1": [[1, 0, 0]],
    "select domain(properties.$current_url), path(properties.$current_url), extractURLParameter("
    "properties.$current_url, 'utm_source') from events order by timestamp limit 1":
        [["x.io", "/home", "g"]],
    "select splitByChar('/', path(properties.$current_url))[2] as part, count() from events where"
    " properties.$current_url is not null group by part order by part":
        [["blog", 1], ["home", 1]],
    "select arrayJoin(JSONExtractArrayRaw(properties, 'items')) as item, JSONExtractString(item,"
    " 'sku'), JSONExtractInt(item, 'n') * 2 from events where event = 'buy'":
        [['{"sku":"a","n":2}', "a", 4], ['{"sku":"b","n":1}', "b", 2]],
    "select arrayMap(i -> JSONExtractString(i, 'sku'), JSONExtractArrayRaw(properties.items))"
    " from events where event != 'page' order by timestamp": [[[]], [["a", "b"]], [[]], [[]]],
    "select arraySum(JSONExtract(properties.list, 'Array(Int64)')), JSONExtractKeys("
    "properties.nested) from events where event = 'page' order by timestamp limit 2":
        [[6, ["a", "c d"]], [0, []]],
    "select toInt(properties.amount), toIntOrZero(properties.amount), toDecimal(properties.amount,"
    " 1) from events where properties.amount is not null order by timestamp":
        [[None, 0, 10.5], [None, 0, None], [20, 20, 20]],
    "select cast(properties.amount as float), properties.amount::float from events where"
    " event = 'buy' order by timestamp": [[10.5, 10.5], [20, 20]],
    "select count() from events where event ilike 'PAG%' and properties.$current_url =~ '/blog/'":
        [[1]],
}  # fmt: skip
SHAPES: dict[str, list[Any]] = {
    "select case when event = 'buy' then 'money' when event like 's%' then 'new' else 'look' end k,"
    " count() from events group by k order by k": [["look", 4], ["money", 2], ["new", 2]],
    "select case event when 'buy' then 1 else 0 end, count() from events group by 1 order by 1":
        [[0, 6], [1, 2]],
    "select event, count() as c from events group by event having c > 2": [["page", 4]],
    "select event, distinct_id from events order by timestamp desc limit 1 by event":
        [["buy", "bob"], ["page", "cyd"], ["sign", "bob"]],
    "select count() filter (where event = 'buy') b, countIf(event = 'buy'), sumIf(toFloat("
    "properties.amount), event = 'buy') from events": [[2, 2, 30.5]],
    "select round(countIf(event = 'buy') / count() * 100, 1) as percent from events": [[25]],
    "select event, count() * 100 / sum(count()) over () as share from events group by event"
    " order by share desc, event": [["page", 50], ["buy", 25], ["sign", 25]],
    "select arrayMap(x -> x * 2, arrayFilter(x -> x > 1, [1, 2, 3])), (1, 'b').2":
        [[[4, 6], "b"]],
    "select x, y from (select 1 as a) array join [1, 2] as x, ['p', 'q'] as y":
        [[1, "p"], [2, "q"]],
    "select arrayJoin(arrayFilter(t -> t.2 > 1, [('a', 1), ('b', 2)])) as t, t.1":
        [[["b", 2], "b"]],
    "select event from events where (event, distinct_id) in (('buy', 'bob'), ('x', 'y'))":
        [["buy"]],
    "select argMax(event, timestamp), argMin(properties.$browser, timestamp) from events where"
    " distinct_id = 'bob'": [["buy", "Safari"]],
    "select quantile(0.5)(toFloat(properties.amount)), topK(1)(event) from events":
        [[15.25, ["page"]]],
    "select sum(toFloat(properties.amount)) as revenue, revenue / uniq(person_id) from events":
        [[30.5, 30.5 / 3]],
    "select event e, count() as n from events where e != 'buy' group by e order by n desc":
        [["page", 4], ["sign", 2]],
    "select f'{event} by {distinct_id}', event || '!' from events order by timestamp limit 1":
        [["page by ada", "page!"]],
    "select concat(properties.plan, '-', 5), null || 'x', concat(properties.a, properties.b) from"
    " events order by timestamp limit 2": [["-5", "x", ""], ["pro-5", "x", ""]],
    "with toStartOfDay(timestamp) as d, 2 as n select d, count() * n from events where"
    " event = 'buy' group by d order by d":
        [["2020-01-02T00:00:00+01:00", 2], ["2020-01-05T00:00:00+01:00", 2]],
    "with upper(e.event) as u select u from events e order by u limit 1": [["BUY"]],
    "select countIf(notEquals(properties.plan, 'pro')), countIf(notLike(properties.plan, 'p%')),"
    " countIf(notIn(properties.plan, ['pro'])), countIf(equals(event, 'buy')) from events":
        [[7, 7, 7, 2]],
    "select person_id::int, toFloat(uuid), cast(uuid as date), uuid::text = toString(uuid) from"
    " events limit 1": [[None, None, None, 1]],
    "select substring('hello' from 2 for 3), substring('hello' from 4)": [["ell", "lo"]],
    "select 1 as a, a + 1 as b, b * 2 as c, null ?? 2, 1 = 1 ? 'yes' : 'no'":
        [[1, 2, 4, 2, "yes"]],
}  # fmt: skip
RANGE = {"dateRange": {"date_from": "2020-01-02", "date_to": "2020-01-04"}}
PRO = {"filters": RANGE | {"properties": [where("plan", "pro", type="person")]}}
BRACES: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("select count() from (select * from events where {filters})", PRO, [[2]]),
    ("with e as (select event from events where {filters}) select event from e order by 1", PRO,
     [["buy"], ["sign"]]),
    ("select e.event from events e join persons p on p.id = e.person_id where {filters} order by 1",
     PRO, [["buy"], ["sign"]]),
    ("select c from (select count() as c from events where {filters} union all"
     " select count() from events where not {filters}) order by c", PRO, [[2], [6]]),
    ("select session_id from sessions where {filters}", {"filters": RANGE}, [["s3"]]),
    ("select count() from events where timestamp < toStartOfDay({filters.dateRange.from})",
     {"filters": RANGE}, [[1]]),
    ("select count() from events where event in {names}", {"values": {"names": ["buy", "x"]}},
     [[2]]),
    ("select {concat(a, upper(b))}", {"values": {"a": "x", "b": "y"}}, [["xY"]]),
    ("select count() from events where timestamp > now() - interval {days} day",
     {"values": {"days": 3}}, [[1]]),
]  # fmt: skip


def answered(engine: ModuleType, project: int, query: str, **more: Any) -> list[Any]:
    """The rows of a query in a project that has been stored."""
    context = context_of(WORLD, project)
    node = parse_node({"kind": "HogQLQuery", "query": query.replace("$DAYS", DAYS), **more})
    found: list[Any] = compute(node, context, executor(context, engine))["results"]
    return found


@pytest.mark.parametrize(
    "queries",
    [TIME, JOINS, WINDOWS, PROPERTIES, SHAPES],
    ids=["time", "joins", "windows", "properties", "shapes"],
)
def test_analysts_get_these_answers(engine: ModuleType, queries: dict[str, list[Any]]) -> None:
    project = store(WORLD)
    found = {query: answered(engine, project, query) for query in queries}
    assert found == queries


def test_braces_are_filled_wherever_they_stand(engine: ModuleType) -> None:
    project = store(WORLD)
    found = [answered(engine, project, query, **more) for query, more, _ in BRACES]
    assert found == [rows for *_, rows in BRACES]
