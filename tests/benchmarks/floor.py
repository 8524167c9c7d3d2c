"""The floor: what the same answers cost on this machine without any framework.

A bare WSGI application with a pool of psycopg connections, one statement per step, prepared, JSON
columns spliced into the answer as text. It does for the measured requests what the product does
(key, membership, scope, project, the same rows), and nothing else: no other methods, no errors, no
overrides, no logs.
"""

from __future__ import annotations

import atexit
import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from orjson import Fragment
from psycopg import Connection, adapters
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool

from tests.support.wire_keys import USER_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Row = dict[str, Any]

AUTHENTICATE = """
SELECT k.scopes, u.id AS user_id, m.level, p.id AS project_id
FROM accounts_personalapikey k
JOIN accounts_user u ON u.id = k.user_id AND u.is_active
JOIN accounts_membership m ON m.user_id = u.id
JOIN accounts_project p ON p.organization_id = m.organization_id AND p.id = %s
WHERE k.secure_value = %s
"""
USER = """u.id AS user_id, u.uuid, u.distinct_id, u.first_name, u.last_name, u.email,
u.is_email_verified, u.hedgehog_config, u.role_at_organization"""
TAGS = """array(SELECT t.name FROM dashboards_tag t JOIN dashboards_{0}_tags l ON l.tag_id = t.id
WHERE l.{0}_id = {1}.id ORDER BY t.name) AS tags"""
DASHBOARD = f"""
SELECT d.id, d.name, d.description, d.pinned, d.created_at, d.last_accessed_at, v.viewed_at,
  EXISTS (SELECT 1 FROM sharing_sharingconfiguration s
    WHERE s.dashboard_id = d.id AND s.enabled AND s.expires_at IS NULL) AS is_shared,
  d.deleted, d.creation_mode, d.filters, d.variables, d.breakdown_colors, d.data_color_theme_id,
  {TAGS.format("dashboard", "d")}, d.restriction_level, d.last_refresh, d.project_id, {USER}
FROM dashboards_dashboard d LEFT JOIN accounts_user u ON u.id = d.created_by_id
LEFT JOIN dashboards_dashboardview v ON v.dashboard_id = d.id AND v.user_id = %(user)s
WHERE d.project_id = %(project)s AND NOT d.deleted
"""  # noqa: S608  # no input in it
TILES = f"""
SELECT x.id AS tile_id, x.layouts, x.color, x.filters_overrides, x.show_description, i.id,
  i.short_id, i.name, i.derived_name, i.query, i.order, i.deleted, i.created_at, i.description,
  i.updated_at, i.favorited, i.saved, i.last_modified_at, i.is_sample,
  {TAGS.format("insight", "i")},
  array(SELECT jsonb_build_object('id', o.id, 'dashboard_id', o.dashboard_id, 'deleted', NULL)
    FROM dashboards_tile o JOIN dashboards_dashboard d ON d.id = o.dashboard_id
    WHERE o.insight_id = i.id AND NOT o.deleted AND NOT d.deleted ORDER BY o.id) AS tiles,
  (SELECT max(v.viewed_at) FROM dashboards_insightview v WHERE v.insight_id = i.id) AS viewed_at,
  k.key, r.rows, r.computed_at, r.stale_at, r.refreshable_at, {USER}
FROM dashboards_tile x JOIN dashboards_insight i ON i.id = x.insight_id
LEFT JOIN benchmark_key k ON k.insight_id = i.id
LEFT JOIN query_result r ON r.project_id = x.project_id AND r.key = k.key
LEFT JOIN accounts_user u ON u.id = i.created_by_id
WHERE x.dashboard_id = %(pk)s AND NOT x.deleted AND NOT i.deleted
"""  # noqa: S608  # no input in it
ONE = f"{DASHBOARD} AND d.id = %(pk)s"
PAGE = f"""{DASHBOARD} AND d.creation_mode <> 'unlisted'
ORDER BY d.pinned DESC, d.name, d.id LIMIT 100"""
COUNT = """SELECT count(*) AS number FROM dashboards_dashboard
WHERE project_id = %s AND NOT deleted AND creation_mode <> 'unlisted'"""
RENAME = """UPDATE dashboards_dashboard SET name = %(name)s
WHERE id = %(pk)s AND project_id = %(project)s AND NOT deleted"""

adapters.register_loader("jsonb", TextLoader)  # JSON columns stay text


def _configure(connection: Connection[Row]) -> None:
    connection.prepare_threshold = 0


pool: ConnectionPool[Connection[Row]] = ConnectionPool(
    os.environ["DATABASE_URL"],
    kwargs={"row_factory": dict_row, "autocommit": True, "options": "-c TimeZone=UTC"},
    configure=_configure,
    min_size=1,
    max_size=10,
)

atexit.register(pool.close)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _, _, project, _, *rest = environ["PATH_INFO"].strip("/").split("/")
    with pool.connection() as connection:
        caller = _authenticate(connection, environ, int(project))
        pk = int(rest[0]) if rest else None
        match environ["REQUEST_METHOD"], pk:
            case "GET", None:
                body = _page(connection, caller)
            case "GET", int():
                body = _dashboard(connection, caller, pk)
            case "PATCH", int():
                name = orjson.loads(environ["wsgi.input"].read())["name"]
                with connection.transaction():
                    values = {"name": name, "pk": pk, "project": caller["project_id"]}
                    connection.execute(RENAME, values)
                    body = _dashboard(connection, caller, pk)
    content = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    start_response("200 OK", headers)
    return [content]


def _authenticate(connection: Connection[Row], environ: dict[str, Any], project: int) -> Row:
    key = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    hashed = "sha256$" + hashlib.sha256(key.encode()).hexdigest()
    caller = connection.execute(AUTHENTICATE, (project, hashed)).fetchone()
    if caller is None or "*" not in caller["scopes"]:
        raise PermissionError
    return caller


def _page(connection: Connection[Row], caller: Row) -> Row:
    values = {"user": caller["user_id"], "project": caller["project_id"]}
    counted = connection.execute(COUNT, (caller["project_id"],)).fetchone()
    rows = connection.execute(PAGE, values).fetchall()
    people: dict[int, Fragment] = {}
    return {
        "count": counted and counted["number"],
        "next": None,
        "previous": None,
        "results": [_basic(row, caller, people) for row in rows],
    }


def _dashboard(connection: Connection[Row], caller: Row, pk: int) -> Row:
    values = {"user": caller["user_id"], "project": caller["project_id"], "pk": pk}
    row = connection.execute(ONE, values).fetchone()
    if row is None:
        raise LookupError
    row["last_accessed_at"] = datetime.now(UTC)
    tiles = connection.execute(TILES, values).fetchall()
    people: dict[int, Fragment] = {}
    tiles.sort(key=_position)
    return _basic(row, caller, people) | {
        "filters": Fragment(row["filters"]),
        "variables": Fragment(row["variables"]),
        "breakdown_colors": Fragment(row["breakdown_colors"]),
        "data_color_theme_id": row["data_color_theme_id"],
        "persisted_filters": None,
        "persisted_variables": None,
        "tiles": [_tile(tile, order, people) for order, tile in enumerate(tiles)],
    }


def _position(tile: Row) -> tuple[int, int, int]:
    place = orjson.loads(tile["layouts"]).get("sm", {})
    return place.get("y", 100), place.get("x", 100), tile["tile_id"]


def _basic(row: Row, caller: Row, people: dict[int, Fragment]) -> Row:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "pinned": row["pinned"],
        "created_at": row["created_at"],
        "created_by": _user(row, people),
        "last_accessed_at": row["last_accessed_at"],
        "last_viewed_at": row["viewed_at"],
        "is_shared": row["is_shared"],
        "deleted": row["deleted"],
        "creation_mode": row["creation_mode"],
        "tags": row["tags"],
        "restriction_level": row["restriction_level"],
        "effective_restriction_level": row["restriction_level"],
        "effective_privilege_level": 37,
        "user_access_level": "manager" if row["user_id"] == caller["user_id"] else "editor",
        "access_control_version": "v2",
        "last_refresh": row["last_refresh"],
        "team_id": row["project_id"],
    }


def _tile(row: Row, order: int, people: dict[int, Fragment]) -> Row:
    return {
        "id": row["tile_id"],
        "layouts": Fragment(row["layouts"]),
        "color": row["color"],
        "filters_overrides": Fragment(row["filters_overrides"]),
        "show_description": row["show_description"],
        "insight": _insight(row, people),
        "text": None,
        "order": order,
        "last_refresh": row["computed_at"],
        "is_cached": True,
    }


OF_EVERY_INSIGHT: Row = {
    "filters": {},
    "hasMore": None,
    "columns": None,
    "last_modified_by": None,
    "effective_restriction_level": 21,
    "effective_privilege_level": 37,
    "user_access_level": "manager",
    "timezone": "UTC",
    "is_cached": True,
    "query_status": None,
    "hogql": None,
    "types": None,
    "resolved_date_range": None,
    "alerts": [],
}


def _insight(row: Row, people: dict[int, Fragment]) -> Row:
    return {
        **OF_EVERY_INSIGHT,
        "id": row["id"],
        "short_id": row["short_id"],
        "name": row["name"],
        "derived_name": row["derived_name"],
        "filters_hash": f"cache_{row['key']}",
        "query": Fragment(row["query"]),
        "order": row["order"],
        "deleted": row["deleted"],
        "dashboards": [orjson.loads(tile)["dashboard_id"] for tile in row["tiles"]],
        "dashboard_tiles": [Fragment(tile) for tile in row["tiles"]],
        "last_refresh": row["computed_at"],
        "cache_target_age": row["stale_at"],
        "next_allowed_client_refresh": row["refreshable_at"],
        "result": Fragment(row["rows"]),
        "created_at": row["created_at"],
        "created_by": _user(row, people),
        "description": row["description"],
        "updated_at": row["updated_at"],
        "tags": row["tags"],
        "favorited": row["favorited"],
        "saved": row["saved"],
        "last_modified_at": row["last_modified_at"],
        "is_sample": row["is_sample"],
        "last_viewed_at": row["viewed_at"],
    }


def _user(row: Row, people: dict[int, Fragment]) -> Fragment | None:
    """The author, made once for all rows of theirs."""
    pk = row["user_id"]
    if pk is None:
        return None
    if pk not in people:
        person = {name: row["user_id" if name == "id" else name] for name in USER_KEYS}
        people[pk] = Fragment(orjson.dumps(person))
    return people[pk]
