"""Compile and run HogQL for a project of a test."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from posthog_lite.hogql.compiler import compile_query
from posthog_lite.hogql.context import CompiledSQL, HogQLContext
from posthog_lite.hogql.parser import parse_select
from posthog_lite.query.executor import SETTINGS, TABLE_SETTINGS

NOW = datetime(2020, 1, 10, 12, 34, 56, 789_000, tzinfo=UTC)
PROJECT = 7
TABLES = ("events", "persons", "person_distinct_ids", "person_overrides", "groups")
_TABLE = re.compile(rf"\b(?:{'|'.join(TABLES)})\b(?!\.)")


def compiled(text: str, **settings: Any) -> CompiledSQL:
    """The SQL of a query."""
    context = HogQLContext(**{"project_id": PROJECT, "now": NOW, **settings})
    return compile_query(parse_select(text), context)


def rows(engine: ModuleType, text: str, **settings: Any) -> list[list[Any]]:
    """The rows of a query, as the engine prints them."""
    query = compiled(text, **settings)
    given = {**SETTINGS, **TABLE_SETTINGS}
    found: list[list[Any]] = engine.execute(query.sql, query.parameters, settings=given).rows
    return found


def value(engine: ModuleType, expression: str, **settings: Any) -> Any:
    """The value of an expression."""
    return rows(engine, f"select {expression}", **settings)[0][0]


def assert_only_of_project(sql: str, project: int = PROJECT) -> None:
    """Every table in the SQL is followed by the condition that it is of the project."""
    for found in _TABLE.finditer(sql):
        rest = sql[found.end() :].removeprefix(" FINAL")
        assert rest.startswith(f" WHERE project_id = {project}"), (found[0], rest[:60], sql)
    assert "system" not in sql
    assert ";" not in sql
    assert "--" not in sql
    assert "/*" not in sql
