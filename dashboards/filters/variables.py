"""SQL variables: stored values re-keyed to today's variables, and overridden by a dashboard's.

Entries are `{id: {variableId, code_name, value, isNull}}`. They are matched by `code_name` on
reading, so that a variable that was deleted and made anew keeps its values, and by id afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.queries.kinds import SQL_KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Query = dict[str, Any]
    Entries = dict[str, Any]

IDENTITY = ("variableId", "code_name")


def normalise_variables(stored: Entries | None, ids: Mapping[str, str]) -> Entries:
    """Return the entries under today's ids, which `ids` has by code name; others are dropped."""
    found = {}
    for entry in (stored or {}).values():
        code_name = entry.get("code_name") if isinstance(entry, dict) else None
        if isinstance(code_name, str) and code_name in ids:
            found[ids[code_name]] = {**entry, "variableId": ids[code_name]}
    return found


def ids_by_code_name(entries: Entries) -> dict[str, str]:
    """Return the id of each entry by its code name."""
    return {
        entry["code_name"]: key
        for key, entry in entries.items()
        if isinstance(entry, dict) and isinstance(entry.get("code_name"), str)
    }


def variables_of(query: Query) -> Entries:
    """Return the entries of a SQL query, inside its wrappers."""
    source = query.get("source")
    if isinstance(source, dict):
        return variables_of(source)
    entries = query.get("variables")
    return entries if query.get("kind") == SQL_KIND and isinstance(entries, dict) else {}


def normalise_query_variables(query: Query, ids: Mapping[str, str]) -> Query:
    """Return a SQL query with its own entries normalised; every other query as it is."""
    return _with_variables(query, lambda entries: normalise_variables(entries, ids))


def apply_variables(query: Query, overrides: Entries) -> Query:
    """Return a SQL query with overridden values; only variables it lists can be overridden."""
    return _with_variables(
        query,
        lambda entries: {
            key: _overridden(entry, overrides.get(key)) for key, entry in entries.items()
        },
    )


def _overridden(entry: Any, override: Any) -> Any:
    """Return the override in place of the entry: an old `isNull` must not outlive a new value."""
    if not isinstance(override, dict):
        return entry
    kept = entry if isinstance(entry, dict) else {}
    return {**override, **{name: kept[name] for name in IDENTITY if name in kept}}


def _with_variables(query: Query, change: Callable[[Entries], Entries]) -> Query:
    source = query.get("source")
    if isinstance(source, dict):
        return {**query, "source": _with_variables(source, change)}
    entries = query.get("variables")
    if query.get("kind") != SQL_KIND or not isinstance(entries, dict) or not entries:
        return query
    return {**query, "variables": change(entries)}
