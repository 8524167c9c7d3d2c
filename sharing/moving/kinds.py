"""The kinds of items: how rows of each are found, and their columns made from an item's fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboards.models import (
    CreationMode,
    Dashboard,
    DashboardTemplate,
    Insight,
    InsightVariable,
    RestrictionLevel,
)
from dashboards.models.variable import VariableType
from dashboards.services.variables import make_code_name
from posthog_lite.events.action_steps import check_steps
from posthog_lite.events.models import Action
from sharing.moving.cleaning import mapping, mappings, text, text_or_none, texts
from sharing.moving.items import ACTION, DASHBOARD, INSIGHT, TEMPLATE, THEME, VARIABLE
from sharing.moving.references import renamed, renamed_variables
from themes.models import DataColorTheme
from themes.palettes import validate_colors

if TYPE_CHECKING:
    from sharing.moving.items import Item
    from sharing.moving.target import Target

    Columns = dict[str, Any]

LONGEST_NAME = 400
LONGEST_TAG = 255
SHORT_ID = re.compile(r"[A-Za-z0-9_-]{1,12}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A table, the columns that an item sets, and what a row is recognised by.

    `same` are the columns by which a row that nobody brought is taken for the item; empty where
    none can be. `when_new` are columns that are set once.
    """

    model: Any
    columns: Callable[[Target, Item], Columns]
    same: Callable[[Target, Item], Columns]
    when_new: Callable[[Target, Item], Columns] = lambda _target, _item: {}


def tags_of(item: Item) -> list[str]:
    """Return the tags of an item, as they are stored."""
    return [each.lower()[:LONGEST_TAG] for each in texts(item.fields.get("tags"), LONGEST_TAG)]


def _theme(target: Target, item: Item) -> Columns:
    colors = item.fields.get("colors") or []
    validate_colors(colors)
    name = text(item.fields.get("name"), 100) or "Theme"
    return {"name": name, "colors": colors, "deleted": False}


def _variable(target: Target, item: Item) -> Columns:
    kind = text(item.fields.get("type"))
    values = item.fields.get("values")
    return {
        "name": text(item.fields.get("name"), LONGEST_NAME),
        "type": kind if kind in VariableType.values else VariableType.STRING,
        "default_value": item.fields.get("default_value"),
        "values": values if isinstance(values, list) else None,
        "is_multi": item.fields.get("is_multi") is True,
    }


def _code_name(target: Target, item: Item) -> Columns:
    name = text(item.fields.get("name"), LONGEST_NAME)
    given = text(item.fields.get("code_name"), LONGEST_NAME)
    return {"code_name": given or make_code_name(name)[:LONGEST_NAME]}


def _action(target: Target, item: Item) -> Columns:
    steps = item.fields.get("steps") or []
    check_steps(steps)
    return {
        "name": text(item.fields.get("name"), LONGEST_NAME).strip() or item.key,
        "description": text(item.fields.get("description")),
        "tags": tags_of(item),
        "steps": steps,
        "deleted": False,
    }


def _template(target: Target, item: Item) -> Columns:
    variables = item.fields.get("variables")
    return {
        "template_name": text(item.fields.get("template_name"), LONGEST_NAME) or item.key,
        "dashboard_description": text(item.fields.get("dashboard_description"), LONGEST_NAME),
        "dashboard_filters": mapping(item.fields.get("dashboard_filters")),
        "tags": tags_of(item),
        "tiles": mappings(item.fields.get("tiles")),
        "variables": mappings(variables) if isinstance(variables, list) else None,
        "image_url": text_or_none(item.fields.get("image_url"), 8201),
        "is_featured": item.fields.get("is_featured") is True,
        "deleted": False,
    }


def _insight(target: Target, item: Item) -> Columns:
    fields = item.fields
    return {
        "name": text_or_none(fields.get("name"), LONGEST_NAME),
        "derived_name": text_or_none(fields.get("derived_name"), LONGEST_NAME),
        "description": text_or_none(fields.get("description"), LONGEST_NAME),
        "query": renamed(mapping(fields.get("query")), target.local_id) or None,
        "filters": mapping(fields.get("filters")),
        "favorited": fields.get("favorited") is True,
        "saved": fields.get("saved") is True,
        "deleted": False,
    }


def _new_insight(target: Target, item: Item) -> Columns:
    short_id = text(item.fields.get("short_id"))
    given = {"short_id": short_id} if SHORT_ID.fullmatch(short_id) else {}
    return given | {"created_by_id": target.author(item), "last_modified_at": target.now}


def _dashboard(target: Target, item: Item) -> Columns:
    fields = item.fields
    theme, level = fields.get("theme"), fields.get("restriction_level")
    variables = renamed_variables(mapping(fields.get("variables")), target.local_id)
    known = RestrictionLevel.values
    return {
        "name": text_or_none(fields.get("name"), LONGEST_NAME),
        "description": text(fields.get("description")),
        "pinned": fields.get("pinned") is True,
        "filters": target.good_filters(item, mapping(fields.get("filters"))),
        "variables": target.good_filters(item, variables),
        "breakdown_colors": _breakdown_colors(fields.get("breakdown_colors")),
        "data_color_theme_id": None if theme is None else target.found_id(item, THEME, theme),
        "restriction_level": level if level in known else known[0],
        "deleted": False,
    }


def _new_dashboard(target: Target, item: Item) -> Columns:
    is_unlisted = item.fields.get("creation_mode") == CreationMode.UNLISTED
    mode = CreationMode.UNLISTED if is_unlisted else CreationMode.DEFAULT
    return {"created_by_id": target.author(item), "creation_mode": mode}


def _breakdown_colors(value: Any) -> list[dict[str, Any]]:
    needed = {"breakdownValue", "colorToken"}
    return [each for each in mappings(value) if needed <= each.keys()]


def _by(name: str, **more: Any) -> Callable[[Target, Item], Columns]:
    """Recognise a row by its name, where it has one."""

    def same(target: Target, item: Item) -> Columns:
        value = text(item.fields.get(name), LONGEST_NAME).strip()
        return {name: value, **more} if value else {}

    return same


def _same_theme(target: Target, item: Item) -> Columns:
    """Recognise everybody's themes by their name too: they are never changed from here."""
    project = None if item.fields.get("is_global") is True else target.project
    return _by("name", deleted=False, project=project)(target, item)


def _same_dashboard(target: Target, item: Item) -> Columns:
    """Recognise one by its name in files only: another server's may be a namesake."""
    return _by("name", deleted=False)(target, item) if target.is_by_name else {}


def _same_template(target: Target, item: Item) -> Columns:
    same = _by("template_name", deleted=False)
    return same(target, item) and same(target, item) | {"project": target.project}


def _author(target: Target, item: Item) -> Columns:
    return {"created_by_id": target.author(item)}


KINDS = {
    THEME: Kind(DataColorTheme, _theme, _same_theme, _author),
    VARIABLE: Kind(
        InsightVariable,
        _variable,
        _code_name,
        lambda target, item: _code_name(target, item) | _author(target, item),
    ),
    ACTION: Kind(Action, _action, _by("name", deleted=False), _author),
    TEMPLATE: Kind(DashboardTemplate, _template, _same_template, _author),
    INSIGHT: Kind(Insight, _insight, _by("short_id"), _new_insight),
    DASHBOARD: Kind(Dashboard, _dashboard, _same_dashboard, _new_dashboard),
}
