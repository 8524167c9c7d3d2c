"""The context that a query is compiled for: a project, its settings and the present moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DEFAULT_LIMIT = 100
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HogQLContext:
    """The project, how it counts time, what its properties are, and the bounds of an answer.

    `property_types` maps (`"event"`, `"person"` or `"group_0"`…, name) to `String`, `Numeric`,
    `Boolean` or `DateTime`. `group_types` maps the name of a type of groups to the name that
    leads to them from events (`"group_0"`…). `default_limit` None asks for no LIMIT where the
    query has none; `most_rows` None lifts the bound on a LIMIT too: both for trees that runners
    build.
    """

    project_id: int
    timezone: str = "UTC"
    week_start: int = 0
    now: datetime
    property_types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    group_types: Mapping[str, str] = field(default_factory=dict)
    has_overrides: bool = False
    default_limit: int | None = DEFAULT_LIMIT
    most_rows: int | None = MOST_ROWS


@dataclass(frozen=True, slots=True)
class CompiledSQL:
    """ClickHouse SQL with `{p0:String}` placeholders, their values, and the names of columns.

    `names` maps the names that stand in the SQL to those of the query, for messages of the engine.
    `limit` is the number of rows to show where the SQL asks for one more.
    """

    sql: str
    parameters: dict[str, Any]
    columns: list[str]
    names: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
