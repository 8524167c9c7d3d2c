from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import (
    EngineRefused,
    QueryCancelled,
    QueryOutOfMemory,
    QueryTimedOut,
    QueryTooLarge,
    QueryTooLong,
)
from tests.support.engine import insert

ENDLESS = "SELECT count() FROM numbers(1000000000000)"


def test_answer_has_columns_types_and_json_values(engine: ModuleType) -> None:
    result = engine.execute(
        "SELECT 'a' AS word, 18446744073709551615::UInt64 AS big, [1, 2] AS list, NULL AS nothing, "
        "toDateTime64('2026-01-02 03:04:05.678901', 6, 'UTC') AS moment, nan AS nan"
    )

    assert result.columns == ["word", "big", "list", "nothing", "moment", "nan"]
    assert result.types[0] == "String"
    assert result.rows == [
        ["a", 18446744073709551615, [1, 2], None, "2026-01-02 03:04:05.678901", None]
    ]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("Int64", -5, -5),
        ("Nullable(String)", None, None),
        ("Array(String)", ["a'b", "\\N", ""], ["a'b", "\\N", ""]),
        ("UUID", uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (
            "DateTime64(6, 'UTC')",
            datetime(2026, 1, 2, 3, 4, 5, 678901, timezone(timedelta(hours=2))),
            "2026-01-02 01:04:05.678901",
        ),
        (
            "Array(DateTime64(6, 'UTC'))",
            [datetime(2026, 1, 2, tzinfo=UTC)],
            ["2026-01-02 00:00:00.000000"],
        ),
    ],
)
def test_parameter_arrives_as_given(engine: ModuleType, kind: str, value: Any, text: Any) -> None:
    assert engine.execute(f"SELECT {{value:{kind}}}", {"value": value}).rows == [[text]]


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_arrives_as_given(engine: ModuleType, text: str) -> None:
    answer = engine.execute(
        "SELECT {one:String}, {many:Array(String)}", {"one": text, "many": [text]}
    )

    assert answer.rows == [[text, [text]]]


def test_many_values_arrive(engine: ModuleType) -> None:
    values = [str(uuid.uuid4()) for _ in range(20_000)]

    answer = engine.execute("SELECT length({ids:Array(UUID)})", {"ids": values})

    assert answer.rows == [[20_000]]


def test_inserted_rows_are_there_at_once(engine: ModuleType, project: Project) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    row = [project.pk, uuid.uuid4(), "$pageview", moment, "ann", '{"a":"\\u00e9 \\"x\\""}', "s1"]
    columns = ["project_id", "uuid", "event", "timestamp", "distinct_id", "properties"]

    insert("events", [*columns, "$session_id"], [row])

    found = engine.execute(
        "SELECT uuid, event, timestamp, distinct_id, "
        "JSONExtract(properties, 'a', 'Nullable(String)'), `$session_id`, `$group_0` "
        "FROM events WHERE project_id = {project:Int64}",
        {"project": project.pk},
    ).rows
    assert found == [
        [str(row[1]), "$pageview", "2026-01-02 03:04:05.678901", "ann", 'é "x"', "s1", ""]
    ]


def test_session_settings_hold_for_one_statement(engine: ModuleType) -> None:
    there = {"session_timezone": "Asia/Tokyo"}
    moment = "SELECT toString(toDateTime(0))"

    assert engine.execute(moment, settings=there).rows == [["1970-01-01 09:00:00"]]
    assert engine.execute(moment).rows == [["1970-01-01 00:00:00"]]


def test_statement_that_writes_is_refused_for_reading(engine: ModuleType) -> None:
    with pytest.raises(EngineRefused) as caught:
        engine.execute("CREATE TABLE written (a Int8) ENGINE = Memory")

    assert caught.value.code == "readonly"


def test_refusal_has_the_engines_own_name_and_words(engine: ModuleType) -> None:
    with pytest.raises(EngineRefused, match="nothing_like_it") as caught:
        engine.execute("SELECT nothing_like_it")

    assert caught.value.code == "unknown_identifier"
    assert caught.value.status_code == 400


def test_a_statement_that_is_too_long_is_told_in_our_words(engine: ModuleType) -> None:
    with pytest.raises(QueryTooLong, match="Ask for fewer steps or series") as caught:
        engine.execute(f"SELECT {'1, ' * 100_000}1", settings={"max_query_size": 100_000})

    assert (caught.value.status_code, caught.value.code) == (400, "query_too_large")


def test_more_rows_than_asked_for_are_refused(engine: ModuleType) -> None:
    with pytest.raises(QueryTooLarge):
        engine.execute("SELECT * FROM numbers(11)", settings={"max_result_rows": 10})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT range(0, 3000000)",  # forty bytes each as objects, two or four in the engine
        "SELECT repeat('x', 60000) FROM numbers(1200)",
        "SELECT repeat(char(1), 60000) FROM numbers(200)",  # six characters each in JSON
    ],
)
def test_answers_that_would_fill_a_worker_are_refused(engine: ModuleType, sql: str) -> None:
    with pytest.raises(QueryTooLarge, match="Ask for fewer rows or columns"):
        engine.execute(sql)


def test_query_ends_at_its_time(engine: ModuleType) -> None:
    started_at = time.monotonic()

    with pytest.raises(QueryTimedOut) as caught:
        engine.execute(ENDLESS, seconds=0.5)

    assert caught.value.status_code == 504
    assert time.monotonic() - started_at < 5


def test_query_that_needs_too_much_memory_ends(engine: ModuleType) -> None:
    with pytest.raises(QueryOutOfMemory):
        engine.execute(
            "SELECT groupArray(number) FROM numbers(100000000)",
            settings={"max_memory_usage": 50_000_000},
        )


def test_running_query_can_be_cancelled(engine: ModuleType) -> None:
    query_id = uuid.uuid4().hex
    outcome: list[Exception] = []

    def ask() -> None:
        try:
            engine.execute(ENDLESS, query_id=query_id)
        except QueryCancelled as error:
            outcome.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive() and not outcome:
        engine.cancel(query_id)
        asking.join(0.2)

    assert outcome


def test_query_id_cannot_carry_sql(engine: ModuleType) -> None:
    with pytest.raises(ValueError, match="query id"):
        engine.execute("SELECT 1", query_id="*/ DROP")


def test_same_lines_under_the_same_token_are_stored_once(
    engine: ModuleType, project: Project
) -> None:
    lines = b"\n".join(
        b'{"project_id":%d,"uuid":"%s","timestamp":"2026-0%d-01T00:00:00.5Z","$session_id":"s"}'
        % (project.pk, str(uuid.uuid4()).encode(), month)
        for month in (1, 2, 3)
    )
    for token in ("one", "one", "two"):
        token = f"{project.pk}-{token}"
        engine.insert_lines("events", lines, settings={"insert_deduplication_token": token})

    found = engine.execute(
        "SELECT count(), min(timestamp), any(`$session_id`) FROM events "
        "WHERE project_id = {project:Int64}",
        {"project": project.pk},
    ).rows
    assert found == [[6, "2026-01-01 00:00:00.500000", "s"]]
