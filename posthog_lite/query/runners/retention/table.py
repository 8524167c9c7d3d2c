"""The rows of retention on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from posthog_lite.query.breakdowns import OTHER
from posthog_lite.query.moments import iso
from posthog_lite.query.nodes.retention import AggregationType
from posthog_lite.query.runners.retention.intervals import column_labels
from posthog_lite.query.runners.retention.people import Retention

Cells = dict[tuple[int, int], tuple[int, float]]
Row = dict[str, Any]


def table_rows(retention: Retention, rows: Iterable[Sequence[Any]]) -> list[Row]:
    """All rows: of one table, or of one table for each value, the largest cohorts first."""
    tables: dict[str, Cells] = {}
    for value, row, column, persons, total in rows:
        cells = tables.setdefault(value, {})
        cells[row, column] = (persons, total)
    if not retention.has_breakdown:
        return _table(retention, tables.get("", {}), None)
    if retention.query.breakdown.hide_other:
        tables.pop(OTHER, None)
    ranked = sorted(tables, key=lambda value: (value == OTHER, -_size(tables[value]), value))
    return [row for value in ranked for row in _table(retention, tables[value], value)]


def _size(cells: Cells) -> int:
    return sum(persons for (_, column), (persons, _) in cells.items() if column == 0)


def _table(retention: Retention, cells: Cells, value: str | None) -> list[Row]:
    labels = column_labels(retention.query)
    return [
        {
            "label": f"{retention.query.period} {at}",
            "date": iso(start),
            "breakdown_value": value,
            "values": _values(retention, cells, at, labels),
        }
        for at, start in enumerate(retention.dates.starts)
    ]


def _values(retention: Retention, cells: Cells, row: int, labels: list[str]) -> list[Row]:
    found = [cells.get((row, column), (0, 0.0)) for column in range(len(labels))]
    if retention.query.is_cumulative:
        found = [found[0], *_from_the_right(found[1:])]
    return [
        _cell(retention, label, persons, total)
        for label, (persons, total) in zip(labels, found, strict=True)
    ]


def _from_the_right(cells: list[tuple[int, float]]) -> list[tuple[int, float]]:
    added: list[tuple[int, float]] = []
    persons, total = 0, 0.0
    for more, amount in reversed(cells):
        persons, total = persons + more, total + amount
        added.append((persons, total))
    return added[::-1]


def _cell(retention: Retention, label: str, persons: int, total: float) -> Row:
    cell: Row = {"count": persons, "label": label}
    kind = retention.query.aggregation
    if kind is AggregationType.SUM:
        cell["aggregation_value"] = total
    elif kind is AggregationType.AVG:
        cell["aggregation_value"] = total / persons if persons else 0.0
    return cell
