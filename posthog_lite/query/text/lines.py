"""Writes answers as lines of one width, for spreadsheets: names of columns, then values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.breakdowns import WORDS
from posthog_lite.query.nodes.parsing import WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Row = Mapping[str, Any]
    Line = list[Any]


def answer_lines(query: Any, result: Any, columns: Any = None) -> Iterator[Line]:
    """Yield the names of the columns, then a line for each value of a result as it came.

    Numbers stay as exact as they are. What is odd counts as absent; a kind that has no form of its
    own is written as the rows it has.
    """
    node = query if isinstance(query, dict) else {}
    while node.get("kind") in WRAPPERS and isinstance(node.get("source"), dict):
        node = node["source"]
    write = KINDS.get(str(node.get("kind")))
    if write is None:
        return _sql(result, columns)
    if isinstance(result, dict):
        return _bins(result)
    rows = result if isinstance(result, list) else []
    return write([row for row in _flat(rows) if isinstance(row, dict)])


def _flat(rows: Sequence[Any]) -> Iterator[Any]:
    """Yield rows; the steps of a funnel with a breakdown are lists of their own."""
    for row in rows:
        yield from row if isinstance(row, list) else [row]


def _trends(rows: Sequence[Row]) -> Iterator[Line]:
    names = ["series", *_breakdown_names(rows), *_compare_name(rows)]
    if not any(row.get("days") for row in rows):
        yield [*names, "value"]
        for row in rows:
            yield [*_trends_head(row, names), row.get("aggregated_value", row.get("count"))]
        return
    yield [*names, "date", "value"]
    for row in rows:
        for day, value in _points(row):
            yield [*_trends_head(row, names), day, value]


def _trends_head(row: Row, names: Sequence[str]) -> Line:
    action = row.get("action")
    own = (action.get("custom_name") or action.get("name")) if isinstance(action, dict) else None
    compared = [row.get("compare_label")] if "compare" in names else []
    return [own or row.get("label"), *_breakdown(row, names), *compared]


def _compare_name(rows: Sequence[Row]) -> list[str]:
    return ["compare"] if any(row.get("compare_label") for row in rows) else []


def _points(row: Row) -> Iterator[tuple[Any, Any]]:
    days, data = row.get("days"), row.get("data")
    if isinstance(days, list) and isinstance(data, list):
        yield from zip(days, data, strict=False)


def _lifecycle(rows: Sequence[Row]) -> Iterator[Line]:
    yield ["status", "date", "value"]
    for row in rows:
        for day, value in _points(row):
            yield [row.get("status"), day, value]


def _funnel(rows: Sequence[Row]) -> Iterator[Line]:
    if any("data" in row for row in rows):
        yield from _conversions(rows)
        return
    names = _breakdown_names(rows)
    yield [
        *names,
        *("step", "name", "count", "average_conversion_time", "median_conversion_time"),
    ]
    for row in rows:
        order = row.get("order")
        yield [
            *_breakdown(row, names),
            order + 1 if isinstance(order, int) else None,
            row.get("custom_name") or row.get("name"),
            row.get("count"),
            row.get("average_conversion_time"),
            row.get("median_conversion_time"),
        ]


def _conversions(rows: Sequence[Row]) -> Iterator[Line]:
    names = _breakdown_names(rows)
    yield [*names, "date", "conversion_rate"]
    for row in rows:
        for day, value in _points(row):
            yield [*_breakdown(row, names), day, value]


def _bins(result: Row) -> Iterator[Line]:
    """Yield how many took how long: the answer of a funnel's time to convert."""
    yield ["from_seconds", "count"]
    bins = result.get("bins")
    for entry in bins if isinstance(bins, list) else []:
        if isinstance(entry, list) and len(entry) == 2:
            yield list(entry)


def _retention(rows: Sequence[Row]) -> Iterator[Line]:
    names = _breakdown_names(rows)
    values = [_cells(row) for row in rows]
    widest = max(values, key=len, default=[])
    yield ["cohort", "date", *names, *(cell.get("label") for cell in widest)]
    for row, cells in zip(rows, values, strict=True):
        counts = [cell.get("count") for cell in cells]
        head = [row.get("label"), row.get("date"), *_breakdown(row, names)]
        yield [*head, *counts, *[None] * (len(widest) - len(counts))]


def _cells(row: Row) -> list[Row]:
    values = row.get("values")
    return [cell for cell in values if isinstance(cell, dict)] if isinstance(values, list) else []


def _paths(rows: Sequence[Row]) -> Iterator[Line]:
    yield ["source", "target", "count", "average_conversion_seconds"]
    for row in rows:
        time = row.get("average_conversion_time")  # in milliseconds
        seconds = time / 1000 if isinstance(time, int | float) else None
        yield [row.get("source"), row.get("target"), row.get("value"), seconds]


def _sql(result: Any, columns: Any) -> Iterator[Line]:
    rows = result if isinstance(result, list) else [] if result is None else [result]
    keys = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    lines = [[row.get(key) for key in keys] if isinstance(row, dict) else row for row in rows]
    lines = [line if isinstance(line, list) else [line] for line in lines]
    width = max((len(line) for line in lines), default=0)
    named = columns if isinstance(columns, list) else keys
    yield [*named, *(f"column {n + 1}" for n in range(len(named), width))]
    yield from lines


def _breakdown_names(rows: Sequence[Row]) -> list[str]:
    """Return a column for each property that the rows are broken down by."""
    width = max((len(_values(row)) for row in rows), default=0)
    return ["breakdown"] if width == 1 else [f"breakdown {n + 1}" for n in range(width)]


def _breakdown(row: Row, names: Sequence[str]) -> Line:
    """Return the row's values under the columns of breakdowns."""
    values = _values(row)
    width = sum(name.startswith("breakdown") for name in names)
    return [*(_in_words(value) for value in values), *[None] * (width - len(values))]


def _values(row: Row) -> list[Any]:
    value = row.get("breakdown_value")
    return value if isinstance(value, list) else [] if value is None else [value]


def _in_words(value: Any) -> Any:
    return WORDS.get(value, value) if isinstance(value, str) else value


KINDS: dict[str, Callable[[Sequence[Row]], Iterator[Line]]] = {
    "TrendsQuery": _trends,
    "StickinessQuery": _trends,
    "LifecycleQuery": _lifecycle,
    "FunnelsQuery": _funnel,
    "RetentionQuery": _retention,
    "PathsQuery": _paths,
}
