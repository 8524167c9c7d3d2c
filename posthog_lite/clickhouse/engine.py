"""Statements for ClickHouse: the way of every number.

Values go in as parameters (`{name:Type}` in the statement), never as text. What comes out are JSON
values: numbers, text, null and lists. Moments are text in the time zone of the setting
`session_timezone` (UTC unless given), like "2026-11-26 13:05:00.000000".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings as django_settings

from posthog_lite.clickhouse.errors import TOO_LARGE, EngineUnavailable, QueryTooLarge
from posthog_lite.clickhouse.http import client, database_name, forget_clients, with_engine_errors
from posthog_lite.clickhouse.limits import QUERY_SECONDS, RESULT_BYTES, RESULT_VALUES
from posthog_lite.clickhouse.schema import ensure_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_connect.driver.httpclient import HttpClient

NOTHING_TO_ESCAPE = re.compile(r"[0-9A-Za-z,-]*")
QUERY_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
READING = {
    "readonly": 1,
    "max_result_bytes": RESULT_BYTES,
    "result_overflow_mode": "throw",
    "cancel_http_readonly_queries_on_client_close": 1,
    "distributed_product_mode": "global",  # on a cluster, for joins across shards
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_decimals": 0,
    "output_format_json_validate_utf8": 1,
}
WRITING = {
    "date_time_input_format": "best_effort",
    "distributed_foreground_insert": 1,  # on a cluster, rows are on their shard when it returns
}


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of a statement: names and types of its columns, and its rows as JSON values."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]


def execute(
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    query_id: str | None = None,
    seconds: float = QUERY_SECONDS,
) -> Result:
    """Answer a statement that only reads. Raises EngineError.

    `query_id` is what `cancel` takes.
    """
    given = READING | {"max_execution_time": seconds} | dict(settings or {})

    def read(connection: HttpClient) -> bytes:
        return connection.raw_query(
            _marked(sql, query_id), _bindable(parameters), settings=given, fmt="JSONCompact"
        )

    answer = _loads(_again_if_restarted(read))
    return Result(
        columns=[column["name"] for column in answer["meta"]],
        types=[column["type"] for column in answer["meta"]],
        rows=answer["data"],
    )


def _loads(text: bytes) -> Any:
    """Read an answer, unless its objects would be more than a worker has room for."""
    if len(text) > RESULT_BYTES or text.count(b",") > RESULT_VALUES:
        raise QueryTooLarge(TOO_LARGE)
    return orjson.loads(text)


def read_lines(sql: str, parameters: Mapping[str, Any] | None = None) -> bytes:
    """Answer a statement that only reads by a JSON object a line. Raises EngineError."""
    given = READING | {"max_execution_time": QUERY_SECONDS}

    def read(connection: HttpClient) -> bytes:
        return connection.raw_query(sql, _bindable(parameters), settings=given, fmt="JSONEachRow")

    return _again_if_restarted(read)


def insert_lines(table: str, lines: bytes, *, settings: Mapping[str, Any] | None = None) -> None:
    """Store rows, a JSON object a line with the names of columns as its keys.

    They are on the disk when it returns. After an EngineUnavailable they may be stored or not.
    Rows of one partition are all stored or none, up to a million.
    """
    if not lines:
        return
    given = WRITING | dict(settings or {})
    connection = _ready()
    _once(lambda: connection.raw_insert(table, None, lines, settings=given, fmt="JSONEachRow"))


def delete(table: str, condition: str, parameters: Mapping[str, Any]) -> None:
    """Delete the rows that meet a condition, on every server that has some."""
    name = _with_rows(table)
    command(f"DELETE FROM {name} WHERE {condition}", parameters)  # noqa: S608  # bound values


def update(table: str, assignment: str, condition: str, parameters: Mapping[str, Any]) -> None:
    """Change the rows that meet a condition, on every server that has some."""
    command(
        f"ALTER TABLE {_with_rows(table)} UPDATE {assignment} WHERE {condition}",
        parameters,
        settings={"mutations_sync": 2},
    )


def command(
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Run a statement that changes something and answers nothing. Raises EngineError."""
    connection = _ready()
    _once(lambda: connection.raw_query(sql, _bindable(parameters), settings=dict(settings or {})))


def cancel(query_id: str) -> None:
    """End the statement that runs under `query_id`, soon; nothing happens when none does."""
    cluster = django_settings.CLICKHOUSE_CLUSTER
    everywhere = f" ON CLUSTER `{cluster}`" if cluster else ""
    mark = _mark(query_id)
    command(
        f"KILL QUERY{everywhere} WHERE position(query, '{mark}') > 0 "
        "AND position(query, 'KILL QUERY') = 0 ASYNC"
    )


def _with_rows(table: str) -> str:
    """The table that holds rows: on a cluster `table` only spreads them over several."""
    cluster = django_settings.CLICKHOUSE_CLUSTER
    return f"{table}_shard ON CLUSTER `{cluster}`" if cluster else table


def _again_if_restarted(read: Callable[[HttpClient], bytes]) -> bytes:
    """Ask a second time where the engine was killed in between, or ended and was started anew."""
    try:
        return with_engine_errors(lambda: read(_ready()))
    except EngineUnavailable as error:
        if error.number is not None or django_settings.CLICKHOUSE_URL:
            raise
    forget_clients()
    return with_engine_errors(lambda: read(_ready()))


def _once(write: Callable[[], Any]) -> None:
    try:
        with_engine_errors(write)
    except EngineUnavailable:
        forget_clients()
        raise


def _ready() -> HttpClient:
    name = database_name()
    ensure_schema(name)
    return client(name)


def _marked(sql: str, query_id: str | None) -> str:
    return f"{_mark(query_id)}{sql}" if query_id else sql


def _mark(query_id: str) -> str:
    if not QUERY_ID.fullmatch(query_id):
        raise ValueError("A query id has up to 64 letters, digits and hyphens.")
    return f"/*{query_id}*/"


def _bindable(parameters: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Parameters as the driver takes them; it would cut moments to whole seconds."""
    if not parameters:
        return None
    return {
        name: _Plain(value)
        if isinstance(value, str) and NOTHING_TO_ESCAPE.fullmatch(value)
        else _bindable_value(value)
        for name, value in parameters.items()
    }


class _Plain:
    """Text in which the driver, going through it letter by letter, would find nothing to escape."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def _bindable_value(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
    if isinstance(value, list | tuple):
        return type(value)(_bindable_value(part) for part in value)
    return value
