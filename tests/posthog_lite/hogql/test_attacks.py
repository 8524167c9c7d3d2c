"""Nobody sees another project, the server or its files, whatever they type."""

from __future__ import annotations

import json
from itertools import count
from types import ModuleType
from uuid import UUID, uuid4

import pytest

from posthog_lite.clickhouse.errors import EngineRefused
from posthog_lite.hogql.errors import HogQLError
from tests.posthog_lite.hogql.support import assert_only_of_project, compiled, rows
from tests.support.engine import insert

SECRET = "secret of another project"
_project_ids = count(3_000_000)

SEES_NOTHING_OF_OTHERS = [
    "select * from events",
    "select event from events where 1 or 1",
    "select event from events where team_id != 0 or team_id = team_id",
    "select event, team_id from events order by team_id limit 50000",
    "select * from events e join events f on 1 = 1",
    "select * from events e right join events f on e.uuid = f.uuid",
    "select * from events e full outer join events f on e.uuid = f.uuid",
    "select * from events e cross join persons p",
    "select * from events, persons",
    "select * from events e asof join persons p "
    "on e.person_id = p.id and e.timestamp > p.created_at",
    "select event from events union all select event from events",
    "select event from events except select 'x'",
    "select * from (select * from (select * from events))",
    "select person.properties.x, pdi.person.properties.x, poe.properties.x from events",
    "select session.$entry_current_url, group_0.properties.x from events",
    "select * from sessions",
    "select * from groups",
    "select * from persons",
    "select properties from raw_persons",
    "select * from raw_person_distinct_ids",
    "select * from person_distinct_ids d join persons p using (team_id)",
    "with 2 as project_id select * from events",
    "with 1 as team_id2, 1 as project_id select event, project_id from events",
    "select 1 as project_id, event from events where project_id = 1",
    "select event as project_id, project_id from events group by project_id",
    "select event from events as project_id",
    "select event from events as persons where persons.event != ''",
    "with events as (select 1 as event) select * from events",
    "with persons as (select 1 as x) select person.properties.x from events",
    "with person_distinct_ids as (select 'a' as distinct_id) select pdi.distinct_id from events",
    "with a as (select event from events) select * from a, a as b",
    "with x as (select * from events) select * from x union all select * from x",
    "select arrayMap(project_id -> project_id, [1, 2]), event from events",
    "select event from events array join [1, 2] as project_id where project_id > 0",
    "select (select count() from events), event from events",
    "select event from events where uuid in (select uuid from events)",
    "select event from events prewhere 1 where 1 or 1",
    "select event from events sample 1 final",
    "select event from events group by cube(event)",
    "select event, count() over (partition by team_id) from events",
    "select * exclude (uuid) from events",
    "select event as `a``b\\`; drop table events --` from events",
    'select event as "x\' or 1=1 --" from events',
    "select event as `{p0:Identifier}` from events",
    "select 'x\\' or project_id != 0 --', event from events",
    "select '\\\\', event from events where event = '\\\\' or event != '\\''",
    "select properties.`a', 'Nullable(String)'), (select 1)`.`b` from events",
    "select properties['a\\'), project_id)'] from events",
    "select JSONExtractRaw(properties, 'a') from events",
    "select event from events where event like '%' or event =~ '.*'",
    "select event /* from system.tables */ from events -- where project_id",
    "select topK(100)(event), groupArray(properties), anyLast(event) from events",
    "select arrayReduce('groupArray', [event]) from events",
    "select argMaxIf(event, timestamp, 1) from events",
]

REFUSED = [
    "select * from system.tables",
    "select * from system.one",
    "select * from `system`.`users`",
    "select * from `system.tables`",
    "select * from information_schema.tables",
    "select * from default.events",
    "select * from person_overrides",
    "select * from `groups of type 0`",
    "select * from `events where 1 or 1`",
    "select * from `events) or 1 --`",
    "select * from events settings readonly = 0",
    "select 1 format JSON",
    "select * from events into outfile '/tmp/x'",
    "select 1; select 2",
    "select 1; drop table events",
    "insert into events select * from events",
    "drop table events",
    "alter table events delete where 1",
    "set readonly = 0",
    "system shutdown",
    "kill query where 1",
    "explain select 1",
    "show tables",
    "describe events",
    "select project_id from events",
    "select events.project_id from events",
    "select e.version from events e",
    "select old_person_id from events",
    "select _table, _part from events",
    "select person.team_id_ from events",
    "select events(1) from events",
    "select * from events(2)",
    "select * from events where team_id in cohort 1",
    "with recursive a as (select 1 union all select 1 from a) select * from a",
    "select columns('.*') from events",
    "select 1 as team_id from events",
    "select * from numbers(1) limit -1",
    "select * from numbers(1) limit (select 1)",
    "select * from {t}",
    "select {p0:String}",
    "select {p0}",
    *(
        f"select {call}"  # refused
        for call in [
            "file('/etc/passwd')", "url('http://x')", "getSetting('max_threads')", "hostName()",
            "hostname()", "version()", "currentUser()", "user()", "currentDatabase()",
            "database()", "uptime()", "tcpPort()", "serverUUID()", "getMacro('x')", "sleep(3)",
            "sleepEachRow(1)", "throwIf(1)", "dictGet('d', 'a', 1)", "joinGet('events', 'x', 1)",
            "dictHas('d', 1)", "filesystemAvailable()", "filesystemCapacity()",
            "addressToLine(1)", "evalMLMethod(1)", "catboostEvaluate('/x', 1)", "blockNumber()",
            "rowNumberInAllBlocks()", "queryID()", "initialQueryID()", "connectionId()",
            "shardNum()", "buildId()", "zookeeperSessionUptime()", "isDecimalOverflow(1, 1)",
            "initializeAggregation('sum', 1)", "finalizeAggregation(1)", "runningAccumulate(1)",
            "structureToProtobufSchema('x')", "executable('x')", "_file", "$__x",
            "if(1, file('/etc/passwd'), '')", "arrayMap(x -> file(x), ['/etc/passwd'])",
            "arrayReduce('file', ['/etc/passwd'])", "arrayReduce(concat('s', 'um'), [1])",
            "FILE('/etc/passwd')", "File('/etc/passwd')", "`file`('/etc/passwd')",
            "\"url\"('http://x')", "count(file('/x'))", "sumIf(1, file('/x'))",
            "quantile(file('/x'))(1)", "file('/x') over ()",
        ]
    ),
    *(
        f"select * from {source}"  # refused
        for source in [
            "file('/etc/passwd')", "url('http://x', CSV)", "remote('x', 'events')",
            "remoteSecure('x', 'events')", "cluster('x', 'events')", "s3('x')", "hdfs('x')",
            "mysql('h', 'd', 't', 'u', 'p')", "postgresql('h', 'd', 't', 'u', 'p')",
            "mongodb('x')", "sqlite('/x', 't')", "odbc('x')", "jdbc('x')", "executable('ls')",
            "merge('default', '.*')", "view(select 1)", "loop('default', 'events')",
            "dictionary('d')", "input('x Int')", "generateRandom('x Int')", "zeros(10)",
            "null('x Int')", "values('x Int', 1)", "azureBlobStorage('x')", "deltaLake('x')",
            "iceberg('x')", "hudi('x')", "redis('x')", "fuzzJSON('x')", "mergeTreeIndex('a', 'b')",
        ]
    ),
]  # fmt: skip


@pytest.fixture
def projects(engine: ModuleType) -> tuple[int, int]:
    """A project with an event, and another one with a secret in every table."""
    ours, theirs = next(_project_ids), next(_project_ids)
    for project, text in ((ours, "ours"), (theirs, SECRET)):
        _fill(project, text)
    return ours, theirs


def _fill(project: int, text: str) -> None:
    """Put a text into every table of a project, under ids that two projects share."""
    shared, at = UUID(int=1), "2020-01-10T12:00:00Z"
    properties = json.dumps({"x": text, "a": text})
    insert("persons", ("project_id", "id", "properties", "created_at", "version"),
                  [[project, shared, properties, at, 1]])  # fmt: skip
    insert("person_distinct_ids", ("project_id", "distinct_id", "person_id", "version"),
                  [[project, "shared", shared, 1], [project, text, shared, 1]])  # fmt: skip
    insert("person_overrides", ("project_id", "old_person_id", "person_id", "version"),
                  [[project, shared, uuid4(), 1]])  # fmt: skip
    insert(
        "groups",
        ("project_id", "group_type_index", "group_key", "properties", "created_at", "version"),
        [[project, 0, "shared", properties, at, 1], [project, 0, text, properties, at, 1]],
    )  # fmt: skip
    columns = ("project_id", "uuid", "event", "timestamp", "distinct_id", "person_id",
               "properties", "$session_id", "$group_0", "created_at")  # fmt: skip
    insert("events", columns, [
        [project, uuid4(), text, at, distinct_id, shared, properties, "shared", "shared", at]
        for distinct_id in ("shared", text)
    ])  # fmt: skip


@pytest.mark.parametrize("has_overrides", [False, True])
@pytest.mark.parametrize("text", SEES_NOTHING_OF_OTHERS)
def test_no_query_sees_another_project(
    text: str, has_overrides: bool, engine: ModuleType, projects: tuple[int, int]
) -> None:
    ours, _ = projects
    try:
        sql = compiled(text, project_id=ours, has_overrides=has_overrides).sql
        found = rows(engine, text, project_id=ours, has_overrides=has_overrides)
    except (HogQLError, EngineRefused):
        return
    assert_only_of_project(sql, ours)
    assert SECRET not in json.dumps(found)


def test_the_secret_is_there_for_its_own_project(
    engine: ModuleType, projects: tuple[int, int]
) -> None:
    _, theirs = projects
    found = json.dumps(rows(engine, SEES_NOTHING_OF_OTHERS[0], project_id=theirs))
    assert SECRET in found


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_allowed_is_refused_before_the_engine(text: str) -> None:
    with pytest.raises(HogQLError) as refused:
        compiled(text)
    assert refused.value.status_code == 400


@pytest.mark.parametrize("text", SEES_NOTHING_OF_OTHERS)
def test_no_text_of_a_query_stands_in_the_sql(text: str) -> None:
    try:
        sql = compiled(text.replace("'", "'zé-bra ")).sql
    except HogQLError:
        return
    assert "zé" not in sql
    assert "-bra" not in sql
