"""References of a query by id: actions, themes and SQL variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboards.queries.kinds import SQL_KIND
from sharing.moving.items import ACTION, THEME, VARIABLE

# Kind of thing and what one side calls it, to what the other side calls it.
Rename = Callable[[str, Any], Any]
THEME_KEYS = ("dataColorTheme", "data_color_theme_id")


def renamed(value: Any, rename: Rename) -> Any:
    """Return a query that names the same things as the other side calls them."""
    if isinstance(value, list):
        return [renamed(child, rename) for child in value]
    if not isinstance(value, dict):
        return value
    found = {name: renamed(child, rename) for name, child in value.items()}
    if found.get("kind") == "ActionsNode" and "id" in found:
        found["id"] = rename(ACTION, found["id"])
    for name in THEME_KEYS:
        if found.get(name) is not None:
            found[name] = rename(THEME, found[name])
    if found.get("kind") == SQL_KIND and isinstance(found.get("variables"), dict):
        found["variables"] = renamed_variables(found["variables"], rename)
    return found


def renamed_variables(stored: dict[str, Any], rename: Rename) -> dict[str, Any]:
    """Return values of SQL variables, which are found by their code name, under other ids."""
    found = {}
    for key, entry in stored.items():
        code_name = entry.get("code_name") if isinstance(entry, dict) else None
        if not isinstance(code_name, str):
            found[key] = entry
            continue
        new = str(rename(VARIABLE, code_name))
        found[new] = {**entry, "variableId": new}
    return found
