"""Writes tables for agents: `|` between cells, one row a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LONGEST_JSON = 500
CUT = "...truncated"
NO_DATA = "No data recorded for this time period."


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, is_cut: bool = True) -> str:
    """Return a table with a line of heads."""
    lines = ("|".join(cell(value, is_cut=is_cut) for value in row) for row in rows)
    return "\n".join(["|".join(heads), *lines])


def cell(value: Any, *, is_cut: bool = True) -> str:
    """Return a value as a cell; long JSON is cut unless `is_cut` is False."""
    if value is None:
        return "(null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, (dict, list)):
        text = orjson.dumps(value).decode()
        is_short = len(text) <= LONGEST_JSON or not is_cut
        return text if is_short else text[:LONGEST_JSON] + CUT
    return str(value)


def number(value: int | float) -> str:
    """Return a number with five decimals at most, without zeros at the end."""
    return f"{value:.5f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def percent(part: float, whole: float) -> str:
    """Return a share in percent."""
    return f"{number(round(part / whole * 100, 2) if whole else 0.0)}%"


def moment(text: Any) -> str:
    """Return a day or a moment without its seconds."""
    found = str(text).replace("T", " ")
    return found[:16] if len(found) > 10 and not found[11:19].startswith("00:00:00") else found[:10]


def date_range(extras: Mapping[str, Any]) -> str:
    """Return the dates that an answer covers."""
    dates = extras.get("resolved_date_range")
    if not isinstance(dates, dict):
        return ""
    return f"{moment(dates.get('date_from'))} to {moment(dates.get('date_to'))}"
