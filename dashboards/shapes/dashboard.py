"""Dashboards as answers show them: a row of the list, and the whole of one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orjson import Fragment

from dashboards.models import Dashboard as DashboardModel
from dashboards.models import PrivilegeLevel, RestrictionLevel
from dashboards.selectors.rights import EVERYONE, privilege_level, user_access_level
from dashboards.shapes.examples import HEADING, SIGN_UPS
from dashboards.shapes.tile import Tile
from posthog_lite.database.shapes import Shape, column, computed, given, person

if TYPE_CHECKING:
    from posthog_lite.accounts.context import Context

EMPTY = "{}"  # how PostgreSQL writes an empty object
BREAKDOWN_COLORS = {
    "type": "array",
    "items": {
        "title": "BreakdownColor",  # what generated clients call it
        "type": "object",
        "properties": {
            "breakdownValue": {"description": "The value of the breakdown."},
            "colorToken": {"description": "The color, such as `preset-1`."},
        },
        "required": ["breakdownValue", "colorToken"],
        "additionalProperties": {},
    },
}


def _privilege_level(row: Any, context: Context) -> int:
    return privilege_level(
        row.restriction_level, row.created_by_id, row.collaborator_level, context.access
    )


def _user_access_level(row: Any, context: Context) -> str:
    return user_access_level(row.created_by_id, context.access)


def _access_control_version(row: Any, context: Context) -> str:
    return "v1" if row.restriction_level > EVERYONE else "v2"


def _project_id(row: Any, context: Context) -> int:
    return context.access.project.id  # `pk` is found out at each call


class DashboardBasic(
    Shape,
    of=DashboardModel,
    about="A dashboard as lists show it.",
    hidden=["collaborator_level"],
    examples={"A dashboard": SIGN_UPS},
):
    id = column("Number of the dashboard.")
    name = column("Name, at most 400 characters.")
    description = column("What it is about.")
    pinned = column("Whether it comes first in lists.")
    created_at = column("When it was created.")
    created_by = person("Who created it.", source="created_by_id")
    last_accessed_at = column("When anybody last read it.")
    last_viewed_at = column(
        "When you last opened it.", kind=datetime, null=True, source="viewed_at"
    )
    is_shared = column("Whether a public link to it is on.", kind=bool, source="shared")
    deleted = column("Whether it is hidden.")
    creation_mode = column("How it came to be.")
    tags = column("Tags, by name.", kind=[str], source="tag_names")
    restriction_level = column("Who may edit it.")
    effective_restriction_level = column(
        "Who may edit it, with every rule applied.",
        kind=RestrictionLevel,
        source="restriction_level",
    )
    effective_privilege_level = computed(
        "What you may do with it.", PrivilegeLevel, _privilege_level
    )
    user_access_level = computed(
        "What you may do with it, such as `manager` or `editor`.",
        str,
        _user_access_level,
        null=True,
    )
    access_control_version = computed(
        "`v1` where only those invited may edit it, `v2` otherwise.", str, _access_control_version
    )
    last_refresh = column("When its results were last computed; null until then.")
    team_id = computed("Number of its project.", int, _project_id)


def _stored(text: str) -> Fragment | None:
    return None if text == EMPTY else Fragment(text)


class Dashboard(
    DashboardBasic,
    about="A dashboard with its tiles.",
    hidden=["filters", "variables", "project_variables"],
    examples={
        "A dashboard with a text": {
            **SIGN_UPS,
            "filters": {"date_from": "-30d"},
            "variables": None,
            "breakdown_colors": [],
            "data_color_theme_id": None,
            "persisted_filters": {"date_from": "-30d"},
            "persisted_variables": None,
            "tiles": [HEADING],
        }
    },
):
    filters = given(
        "Filters as they hold for this answer, overrides included.", dict, before="tags"
    )
    variables = given(
        "Values of SQL variables as they hold for this answer.", dict, null=True, before="tags"
    )
    breakdown_colors = column(
        "Colors of breakdown values: objects with `breakdownValue` and `colorToken`.",
        kind=BREAKDOWN_COLORS,
        null=True,
        json=True,
        before="tags",
    )
    data_color_theme_id = column(
        "Number of its color theme; null for the default.", kind=int, null=True, before="tags"
    )
    persisted_filters = computed(
        "Filters as stored; null for none.",
        dict,
        lambda row, context: _stored(row.filters),
        null=True,
        before="team_id",
    )
    persisted_variables = computed(
        "Values of SQL variables as stored; null for none.",
        dict,
        lambda row, context: _stored(row.variables),
        null=True,
        before="team_id",
    )
    tiles = given("Its tiles, in the order of their layout.", [Tile])
