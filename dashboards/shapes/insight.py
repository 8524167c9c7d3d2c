"""Insights as answers show them, on their own and on a dashboard's tiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import TextChoices
from orjson import Fragment

from dashboards.models import Insight as InsightModel
from dashboards.models import PrivilegeLevel, RestrictionLevel
from dashboards.queries.old_filters import query_from_filters
from dashboards.selectors.rights import CAN_EDIT, CAN_VIEW, user_access_level
from posthog_lite.accounts.context import Context
from posthog_lite.database.shapes import Person, Shape, column, computed, given, person

if TYPE_CHECKING:
    from collections.abc import Sequence

MOMENT = {"type": ["string", "null"], "format": "date-time"}
# IntEnum members would cost orjson a call each.
EVERYONE_CAN_EDIT = RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT.value


class DashboardTileBasic(Shape, about="Where an insight is shown."):
    id = given("Number of the tile.", int)
    dashboard_id = given("Number of the dashboard.", int)
    deleted = given("Whether the tile is removed.", bool, null=True)


@dataclass(frozen=True, slots=True)
class InsightContext(Context):
    """The context of insights: which restricted dashboards the caller may edit."""

    editable: frozenset[int]


def _dashboards(row: Any, context: InsightContext) -> list[int]:
    return [tile["dashboard_id"] for tile in row.live_tiles]


def _tiles(row: Any, context: InsightContext) -> list[dict[str, Any]]:
    """Return where it is shown. `deleted` of a live tile is null in PostHog, not false."""
    return [
        {"id": tile["id"], "dashboard_id": tile["dashboard_id"], "deleted": None}
        for tile in row.live_tiles
    ]


def _restriction_level(row: Any, context: InsightContext) -> int:
    """Return the level of the most restricted dashboard that shows it."""
    return max((tile["level"] for tile in row.live_tiles), default=EVERYONE_CAN_EDIT)


def _privilege_level(row: Any, context: InsightContext) -> int:
    """Return "edit" where the caller may edit every restricted dashboard that shows it."""
    return CAN_EDIT if restricted_by(row) <= context.editable else CAN_VIEW


def restricted_by(row: Any) -> set[int]:
    """Return the restricted dashboards that show the insight."""
    return {tile["dashboard_id"] for tile in row.live_tiles if tile["level"] > EVERYONE_CAN_EDIT}


def _filters(row: Any, context: InsightContext) -> Any:
    """Return filters of the old form, which no query can be made of."""
    return Fragment(row.filters) if stored_query(row) in (None, "{}") else {}


def stored_query(row: Any) -> str | None:
    """Return the query as JSON text; filters of the old form mean one."""
    stored: str | None = row.query
    if stored not in (None, "{}") or row.filters == "{}":
        return stored
    made = query_from_filters(orjson.loads(row.filters))
    return stored if made is None else orjson.dumps(made).decode()


def _access_level(row: Any, context: Context) -> str:
    return user_access_level(row.created_by_id, context.access)


def people_of(row: Any) -> tuple[int | None, int | None]:
    """Return the ids of those whom a row names."""
    return row.created_by_id, row.last_modified_by_id


class SearchMatch(TextChoices):
    EXACT = "exact", "exact"
    SIMILAR = "similar", "similar"


class Insight(
    Shape,
    of=InsightModel,
    about="An insight. With `basic` the answer leaves out what is not required here.",
    hidden=["query", "filters", "live_tiles"],
    annotated=["tag_names", "live_tiles", "last_viewed_at"],
    sometimes_absent=[
        "filters_hash",
        "order",
        "deleted",
        "cache_target_age",
        "next_allowed_client_refresh",
        "result",
        "hasMore",
        "columns",
        "types",
        "hogql",
        "is_cached",
        "query_status",
        "resolved_date_range",
        "timezone",
        "alerts",
        "last_modified_by",
        "is_sample",
        "effective_restriction_level",
        "effective_privilege_level",
    ],
):
    """A whole insight. What belongs to a result is null until its query has been run."""

    @classmethod
    def row(cls, values: Sequence[Any]) -> Any:
        *others, tiles = values  # `live_tiles` is the last that is read
        return cls.Row._make((*others, [orjson.loads(tile) for tile in tiles]))

    id = column("Number of the insight.")
    short_id = column("Short id, as links use it.")
    name = column("Name, at most 400 characters.")
    derived_name = column("Name made from the query, where it has none of its own.")
    filters = computed("Filters of the old form; empty where there is a query.", dict, _filters)
    filters_hash = given("Cache key of the result.")
    query = given("The query; null for insights of the old form.", dict, null=True)
    order = column("Place on old dashboards.")
    deleted = column("Whether it is hidden.")
    dashboards = computed("Dashboards that show it.", [int], _dashboards)
    dashboard_tiles = computed("Tiles that show it.", [DashboardTileBasic], _tiles)
    last_refresh = given("When the result was computed; null until then.", MOMENT)
    cache_target_age = given("When the result is due to be computed again.", MOMENT)
    next_allowed_client_refresh = given("When it may next be asked to refresh.", MOMENT)
    result = given("The result; null until it is computed.")
    hasMore = given("Whether the result goes on.")  # noqa: N815  # the wire's own word
    columns = given("Columns of the result.")
    created_at = column("When it was created.")
    created_by = person("Who created it.", source="created_by_id")
    description = column("What it is about.")
    updated_at = column("When the row was last written.")
    tags = column("Tags, by name.", source="tag_names", kind=[str])
    favorited = column("Whether it is a favorite.")
    saved = column("Whether it is listed as saved.")
    last_modified_at = column("When its content was last changed.")
    last_modified_by = person("Who last changed its content.", source="last_modified_by_id")
    is_sample = column("Whether it came with the project.")
    effective_restriction_level = computed("Who may edit it.", RestrictionLevel, _restriction_level)
    effective_privilege_level = computed(
        "What you may do with it.", PrivilegeLevel, _privilege_level
    )
    user_access_level = computed(
        "What you may do with it, such as `manager` or `editor`.", str, _access_level, null=True
    )
    timezone = given("Time zone the result is in.")
    is_cached = given("Whether the result was stored before.", bool, otherwise=False)
    query_status = given("How far computing has come.")
    hogql = given("The SQL that was run.")
    types = given("Types of the columns.")
    resolved_date_range = given("The dates the result covers.")
    alerts = given("Always empty: there are no alerts.", list, otherwise=[])
    last_viewed_at = column("When anybody last opened it.", kind=datetime, null=True)
    search_match_type = given("Only in answers to a search.", SearchMatch, only_if_given=True)


BASIC_KEYS = [
    "id",
    "short_id",
    "name",
    "derived_name",
    "filters",
    "query",
    "dashboards",
    "dashboard_tiles",
    "description",
    "last_refresh",
    "refreshing",
    "saved",
    "tags",
    "updated_at",
    "created_by",
    "created_at",
    "last_modified_at",
    "favorited",
    "user_access_level",
    "last_viewed_at",
    "search_match_type",
]


class InsightBasic(
    Insight,
    about="An insight without results.",
    only=BASIC_KEYS,
):
    """The keys of an insight that do not depend on its result."""

    refreshing = given("Whether the result is being computed.", bool, otherwise=False)


class TrendingInsight(
    InsightBasic,
    about="An insight and the members who viewed it lately.",
    only=[*BASIC_KEYS[:-1], "last_modified_by", "view_count", "viewers"],
):
    last_modified_by = person("Who last changed it.", source="last_modified_by_id")
    view_count = given("How many members looked at it.", int, otherwise=0)
    viewers = given("Up to three of them, the latest first.", [Person], otherwise=[])


class TrendingInsights(Shape, about="The insights that most members looked at."):
    count = given("How many there are here.", int, otherwise=0)
    next = given("Always null.", str, null=True)
    previous = given("Always null.", str, null=True)
    results = given("The most looked at first.", [TrendingInsight])


class NoActivity(Shape, about="A page of what was done to insights: no log of it is kept."):
    count = given("How many entries there are.", int, otherwise=0)
    next = given("Address of the next page.", str, null=True)
    previous = given("Address of the page before.", str, null=True)
    results = given("Always empty.", list, otherwise=[])
