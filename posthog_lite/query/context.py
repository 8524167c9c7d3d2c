"""Everything beside the query itself that an answer depends on. No Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from posthog_lite.events.person_names import DEFAULT_NAMES
from posthog_lite.hogql import ast
from posthog_lite.hogql.context import HogQLContext
from posthog_lite.query.nodes.paths import CleaningRule

PropertyType = Literal["String", "Numeric", "Boolean", "DateTime"]
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Table:
    """Rows with the names and types of their columns.

    `limit` is the number of rows that was applied to a query without one, `has_more` says that it
    cut rows off.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    limit: int | None = None
    has_more: bool = False


class Ask(Protocol):
    """Runs HogQL trees within the project."""

    def __call__(self, tree: ast.Select, /) -> Rows:
        """Return the rows of a tree, moments as the engine prints them."""

    def table(
        self, tree: ast.Select, *, default_limit: int | None = None, most_rows: int | None = None
    ) -> Table:
        """Return rows as the wire has them, with their columns."""


@dataclass(frozen=True)
class ActionStep:
    """One way to do an action; `properties` are property filters as JSON."""

    event: str | None = None
    properties: tuple[Mapping[str, Any], ...] = ()
    url: str | None = None
    url_matching: str = "contains"
    text: str | None = None
    text_matching: str = "exact"
    href: str | None = None
    href_matching: str = "exact"
    tag_name: str | None = None
    selector: str | None = None


@dataclass(frozen=True)
class Action:
    """A named event of a project: any of its steps."""

    id: int
    name: str
    steps: tuple[ActionStep, ...] = ()


@dataclass(frozen=True)
class QueryContext:
    """The project's settings and the moment at which a query is asked.

    `week_start_day` is 0 for Sunday, 1 for Monday. `property_types` maps (`"event"`, `"person"` or
    `"group_0"`…, name) to the type that the project has defined. `person_names` are the properties
    by which people are called, the first one first.
    """

    project_id: int
    now: datetime
    timezone: str = "UTC"
    week_start_day: int = 0
    test_account_filters: tuple[Mapping[str, Any], ...] = ()
    path_cleaning: tuple[CleaningRule, ...] = ()
    property_types: Mapping[tuple[str, str], PropertyType] = field(default_factory=dict)
    actions: Mapping[int, Action] = field(default_factory=dict)
    group_types: Mapping[int, str] = field(default_factory=dict)
    has_overrides: bool = True
    person_names: tuple[str, ...] = DEFAULT_NAMES

    @cached_property
    def zone(self) -> ZoneInfo:
        """The project's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def local_now(self) -> datetime:
        """The moment of the query on the project's clock."""
        return self.now.astimezone(self.zone)

    def hogql(
        self, *, default_limit: int | None = None, most_rows: int | None = None
    ) -> HogQLContext:
        """What trees of the project are compiled for."""
        return HogQLContext(
            project_id=self.project_id,
            timezone=self.timezone,
            week_start=self.week_start_day,
            now=self.now,
            property_types=self.property_types,
            group_types={name: f"group_{n}" for n, name in self.group_types.items()},
            has_overrides=self.has_overrides,
            default_limit=default_limit,
            most_rows=most_rows,
        )

    def local(self, seconds: float) -> datetime:
        """The project's clock at a moment given as unix seconds."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)
