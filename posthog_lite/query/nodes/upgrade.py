"""Brings queries of older forms into the form of today."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
MOST_LEVELS = 4


def upgrade_query(query: JSON, levels: int = MOST_LEVELS) -> JSON:
    """Return a query in today's form, inside its wrappers too; unknown keys stay as they are.

    A breakdown that stood beside the series, and the comparison that stood in the filter of
    trends and stickiness, have parts of their own today.
    """
    source = query.get("source")
    if isinstance(source, dict) and levels:
        return {**query, "source": upgrade_query(source, levels - 1)}
    for name in ("trendsFilter", "stickinessFilter"):
        query = _upgrade_compare(query, name)
    return _upgrade_breakdown(query)


def _upgrade_compare(query: JSON, name: str) -> JSON:
    settings = query.get(name)
    if not isinstance(settings, dict) or "compare" not in settings:
        return query
    kept = {key: value for key, value in settings.items() if key not in ("compare", "compare_to")}
    compared = {key: settings[key] for key in ("compare", "compare_to") if key in settings}
    return {"compareFilter": compared, **query, name: kept}


def _upgrade_breakdown(query: JSON) -> JSON:
    breakdown = query.get("breakdown")
    if not isinstance(breakdown, dict):
        return query
    kept = {key: value for key, value in query.items() if key != "breakdown"}
    return {"breakdownFilter": breakdown, **kept}
