"""Writes answers of insights as text, as agents read them (contract: query results, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.runners.lifecycle import STATUSES
from posthog_lite.query.text.cells import NO_DATA, date_range, moment, number, percent, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]


def trends_text(rows: Rows, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return trends as a table by date, or as totals; compared periods one after the other."""
    if not rows:
        return NO_DATA
    previous = [row for row in rows if row.get("compare_label") == "previous"]
    current = [row for row in rows if row.get("compare_label") != "previous"]
    if not previous:
        return _trends_table(current, extras)
    parts = (_trends_table(part, extras) for part in (previous, current))
    return "Previous period:\n{}\n\nCurrent period:\n{}".format(*parts)


def _trends_table(rows: Rows, extras: Mapping[str, Any]) -> str:
    labels = [_label(row) for row in rows]
    if any("aggregated_value" in row and not row.get("days") for row in rows):
        heads = ["Date range", *(f"Aggregated value for {label}" for label in labels)]
        return table(heads, [[date_range(extras), *(row.get("aggregated_value") for row in rows)]])
    days = max((row.get("days") or [] for row in rows), key=len, default=[])
    if not days:
        return NO_DATA
    return table(
        ["Date", *labels],
        [
            [moment(day), *(_at(row.get("data") or [], n) for row in rows)]
            for n, day in enumerate(days)
        ],
    )


def _label(row: Mapping[str, Any]) -> str:
    action = row.get("action") or {}
    name = str(action.get("custom_name") or action.get("name") or row.get("label") or "")
    value = row.get("breakdown_value")
    if value is None:
        return str(action.get("custom_name") or row.get("label") or name)
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{name} breakdown for the value `{shown}`"


def funnel_text(rows: Any, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return a funnel's steps, its times to convert, or its conversion over time."""
    if isinstance(rows, dict):
        lines = table(["Average time to convert", "User distribution"], [])
        bins = (f"{number(start)}s|{number(count)}" for start, count in rows.get("bins", []))
        return "\n".join([lines, *bins])
    if not rows:
        return NO_DATA
    if isinstance(rows[0], dict) and "days" in rows[0]:
        return _funnel_trends(rows, source)
    groups = rows if isinstance(rows[0], list) else [rows]
    parts = [_funnel_steps(group, has_heading=len(groups) > 1) for group in groups if group]
    return f"Date range: {date_range(extras)}\n\n" + "\n\n".join(parts)


def _funnel_steps(steps: Rows, *, has_heading: bool) -> str:
    counts = [step.get("count") or 0 for step in steps]
    before = [counts[0], *counts[:-1]]
    rows: list[list[Any]] = [
        ["Total person count", *counts],
        ["Conversion rate", *(percent(count, counts[0]) for count in counts)],
        ["Dropoff rate", *(percent(a - b, a) for a, b in zip(before, counts, strict=True))],
        ["Average conversion time", *(_time(s.get("average_conversion_time")) for s in steps)],
        ["Median conversion time", *(_time(s.get("median_conversion_time")) for s in steps)],
    ]
    names = [str(step.get("custom_name") or step.get("name") or "") for step in steps]
    text = table(["Metric", *names], rows)
    if not has_heading:
        return text
    value = steps[0].get("breakdown_value")
    return f"---{', '.join(map(str, value)) if isinstance(value, list) else value}\n{text}"


def _funnel_trends(rows: Rows, source: Mapping[str, Any]) -> str:
    series = source.get("series") or [{}]
    first, last = (
        str(one.get("custom_name") or one.get("event") or "") for one in (series[0], series[-1])
    )
    name = f"{first} -> {last}"
    parts = []
    for row in rows:
        pairs = zip(row.get("days") or [], row.get("data") or [], strict=False)
        lines = [[moment(day), f"{number(rate)}%", f"{number(100 - rate)}%"] for day, rate in pairs]
        parts.append(table(["Date", f"{name} conversion", f"{name} drop-off"], lines))
    return "\n\n".join(parts)


def retention_text(rows: Rows, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return cohorts with their sizes and the shares that came back."""
    if not rows:
        return NO_DATA
    heads = [str(value.get("label", "")) for value in rows[0].get("values", [])]
    lines = []
    for row in rows:
        counts = [value.get("count") or 0 for value in row.get("values", [])]
        size = counts[0] if counts else 0
        lines.append([moment(row.get("date")), size, *(percent(count, size) for count in counts)])
    begin = moment(rows[0].get("date"))
    return f"Start Date: {begin}\n\n" + table(["Date", "Number of persons on date", *heads], lines)


def lifecycle_text(rows: Rows, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return the four states by date."""
    by_status = {row.get("status"): row for row in rows}
    days = max((row.get("days") or [] for row in rows), key=len, default=[])
    if not days:
        return NO_DATA
    data = [(by_status.get(status) or {}).get("data") or [] for status in STATUSES]
    return table(
        ["Date", *(status.capitalize() for status in STATUSES)],
        [[moment(day), *(_at(one, n) for one in data)] for n, day in enumerate(days)],
    )


def paths_text(rows: Rows, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return the links of paths. Times are said in seconds, where rows have milliseconds."""
    if not rows:
        return NO_DATA
    return table(
        ["Source", "Target", "Users", "Avg. conversion time"],
        [[row["source"], row["target"], row["value"], _time(_seconds(row))] for row in rows],
    )


def sql_text(rows: Any, extras: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """Return the rows of SQL below the names of their columns."""
    heads = [str(name) for name in extras.get("columns") or []]
    return table(heads, [row if isinstance(row, list) else [row] for row in rows])


def _seconds(row: Mapping[str, Any]) -> float | None:
    time = row.get("average_conversion_time")
    return None if time is None else time / 1000


def _time(seconds: Any) -> str:
    return "-" if seconds is None else f"{number(round(float(seconds), 2))}s"


def _at(data: Sequence[Any], n: int) -> Any:
    return data[n] if n < len(data) else 0
