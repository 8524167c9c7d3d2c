"""Names that people give to series: no number depends on them, so a result outlives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from posthog_lite.query.cache import Kept

    Names = tuple[str | None, ...]

CUSTOM_NAME = "custom_name"
NAMES_KEY = "custom_names"  # beside the extras of a result that is kept


def custom_names(query: Mapping[str, Any]) -> Names:
    """Return the names of a query's series in order; nothing where none is shown."""
    series, funnel = query.get("series"), query.get("funnelsFilter")
    is_unordered = isinstance(funnel, dict) and funnel.get("funnelOrderType") == "unordered"
    if is_unordered or not isinstance(series, list):
        return ()
    names = [node.get(CUSTOM_NAME) if isinstance(node, dict) else None for node in series]
    return tuple(name or None for name in names) if any(names) else ()


def extras_with_names(extras: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return what is kept beside the rows, with the names that stand in these."""
    return {**extras, NAMES_KEY: names} if names else dict(extras)


def read_extras(kept: Kept) -> dict[str, Any]:
    """Return what is kept beside the rows, without the names."""
    extras: dict[str, Any] = orjson.loads(kept.extras)
    extras.pop(NAMES_KEY, None)
    return extras


def under_names(kept: Kept | None, names: Names) -> Kept | None:
    """Return a result as it would be had its series been named so when it was computed."""
    if kept is None or kept.rows is None or not (names or NAMES_KEY in kept.extras):
        return kept
    if tuple(orjson.loads(kept.extras).get(NAMES_KEY, ())) == names:
        return kept
    rows = orjson.loads(kept.rows)
    for named in _named_parts(rows):
        order = named.get("order")
        if isinstance(order, int):
            named[CUSTOM_NAME] = names[order] if order < len(names) else None
    return kept._replace(rows=orjson.dumps(rows).decode())


def _named_parts(rows: Any) -> Iterator[dict[str, Any]]:
    """Yield what stands for a series: the `action` of a row, or a step of a funnel."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list):  # the steps of one value of a breakdown
            yield from _named_parts(row)
        elif isinstance(row, dict) and isinstance(row.get("action"), dict):
            yield row["action"]
        elif isinstance(row, dict) and CUSTOM_NAME in row:
            yield row
