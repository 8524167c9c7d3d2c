"""Insights as answers show them, straight from the database; JSON stays the text it is stored as.

The shapes are those that `dashboards.serializers.insight` documents; a test proves them equal.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from orjson import Fragment

from dashboards.models import PrivilegeLevel, RestrictionLevel
from dashboards.selectors.rights import user_access_level

if TYPE_CHECKING:
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.people import People

    Shape = dict[str, Any]

# IntEnum members would cost orjson a call each.
EVERYONE_CAN_EDIT = RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT.value
CAN_EDIT = PrivilegeLevel.CAN_EDIT.value
# What an answer says of the run of a query that has not been run.
NO_RUN: Shape = {
    "timezone": None,
    "is_cached": False,
    "query_status": None,
    "hogql": None,
    "types": None,
    "resolved_date_range": None,
}


class InsightRow(NamedTuple):
    """The columns of an insight, and what `insight_annotations` adds to them."""

    id: int
    short_id: str
    name: str | None
    derived_name: str | None
    filters: str
    query: str | None
    order: int | None
    deleted: bool
    created_at: datetime
    created_by_id: int | None
    description: str | None
    updated_at: datetime
    favorited: bool
    saved: bool
    last_modified_at: datetime
    last_modified_by_id: int | None
    is_sample: bool
    tag_names: list[str]
    live_tiles: list[str]
    last_viewed_at: datetime | None

    @property
    def people(self) -> tuple[int | None, int | None]:
        return self.created_by_id, self.last_modified_by_id


FIELDS = InsightRow._fields[:-3]  # the rest are annotations


def insight_columns(prefix: str = "") -> list[str]:
    """What to read with `values_list`, from insights or from rows that point to one."""
    return [prefix + name for name in FIELDS] + list(InsightRow._fields[len(FIELDS) :])


def shape_insight(row: InsightRow, *, people: People, access: ProjectAccess, query: Any) -> Shape:
    """A whole insight. `query` is shown for its query, which may be under a dashboard's filters."""
    tiles = _tiles(row)
    return {
        "id": row.id,
        "short_id": row.short_id,
        "name": row.name,
        "derived_name": row.derived_name,
        "filters": _filters(row),
        "filters_hash": None,
        "query": query,
        "order": row.order,
        "deleted": row.deleted,
        "dashboards": [tile["dashboard_id"] for tile in tiles],
        "dashboard_tiles": tiles,
        "last_refresh": None,
        "cache_target_age": None,
        "next_allowed_client_refresh": None,
        "result": None,
        "hasMore": None,
        "columns": None,
        "created_at": row.created_at,
        "created_by": people.get(row.created_by_id),
        "description": row.description,
        "updated_at": row.updated_at,
        "tags": row.tag_names,
        "favorited": row.favorited,
        "saved": row.saved,
        "last_modified_at": row.last_modified_at,
        "last_modified_by": people.get(row.last_modified_by_id),
        "is_sample": row.is_sample,
        "effective_restriction_level": EVERYONE_CAN_EDIT,
        "effective_privilege_level": CAN_EDIT,
        "user_access_level": user_access_level(row.created_by_id, access),
        **NO_RUN,
        "alerts": [],
        "last_viewed_at": row.last_viewed_at,
    }


def shape_basic_insight(
    row: InsightRow, *, people: People, access: ProjectAccess, query: Any
) -> Shape:
    """An insight without what depends on a result."""
    tiles = _tiles(row)
    return {
        "id": row.id,
        "short_id": row.short_id,
        "name": row.name,
        "derived_name": row.derived_name,
        "filters": _filters(row),
        "query": query,
        "dashboards": [tile["dashboard_id"] for tile in tiles],
        "dashboard_tiles": tiles,
        "description": row.description,
        "last_refresh": None,
        "refreshing": False,
        "saved": row.saved,
        "tags": row.tag_names,
        "updated_at": row.updated_at,
        "created_by": people.get(row.created_by_id),
        "created_at": row.created_at,
        "last_modified_at": row.last_modified_at,
        "favorited": row.favorited,
        "user_access_level": user_access_level(row.created_by_id, access),
        "last_viewed_at": row.last_viewed_at,
    }


def _tiles(row: InsightRow) -> list[Shape]:
    """Where it is shown. `deleted` of a live tile is null in PostHog, not false."""
    tiles = [orjson.loads(tile) for tile in row.live_tiles]
    return [
        {"id": tile["id"], "dashboard_id": tile["dashboard_id"], "deleted": None} for tile in tiles
    ]


def _filters(row: InsightRow) -> Any:
    """Filters of the old form count only where there is no query."""
    return Fragment(row.filters) if row.query in (None, "{}") else {}
