"""The rows of a trends answer, from the engine's numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from posthog_lite.query.breakdowns import is_other, label_of, rank_of
from posthog_lite.query.buckets import keys_of
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import CLOCK_INTERVALS, QueryDateRange
from posthog_lite.query.formulas import compile_formula
from posthog_lite.query.labels import days_of, labels_of, moments_of
from posthog_lite.query.matching import entity_name, series_label
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.series import ActionsNode, GroupNode, Series
from posthog_lite.query.nodes.trends import Formula, TrendsQuery
from posthog_lite.query.runners.trends_statements import TICK_SECONDS, Part, window_start

Value = str | tuple[str, ...]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Counted:
    """The numbers of one series in one period, by breakdown value; one number for totals."""

    dates: QueryDateRange
    numbers: dict[Value, list[float]] = field(default_factory=dict)
    is_known: bool = True


def part_counted(part: Part, rows: Iterable[Sequence[Any]]) -> Counted:
    """The numbers of a part from rows of `bucket, breakdown, value`."""
    if not part.is_known:
        return Counted(part.dates, is_known=False)
    numbers = _by_tick(part, rows) if part.slides else _by_bucket(part, rows)
    if part.columns is None:
        numbers = numbers or {"": [0.0] * _width(part)}
    return Counted(part.dates, numbers)


def _width(part: Part) -> int:
    return 1 if part.is_total else len(part.dates.starts)


def _named(part: Part, value: Any) -> Value:
    return "" if part.columns is None else part.columns.named(value)


def _by_bucket(part: Part, rows: Iterable[Sequence[Any]]) -> dict[Value, list[float]]:
    keys = {0: 0} if part.is_total else keys_of(part.dates)
    width = _width(part)
    numbers: dict[Value, list[float]] = {}
    for bucket, value, number in rows:
        found = numbers.setdefault(_named(part, value), [0.0] * width)
        if bucket in keys:
            found[keys[bucket]] += finite(number)
    return numbers


def _by_tick(part: Part, rows: Iterable[Sequence[Any]]) -> dict[Value, list[float]]:
    """Running sums of changes, read at the start of every bucket."""
    start = window_start(part).date_from
    ticks = [tick_of(at, start, part.dates.interval) for at in part.dates.starts]
    changes: dict[Value, dict[int, float]] = {}
    for tick, value, change in rows:
        found = changes.setdefault(_named(part, value), {})
        found[tick] = found.get(tick, 0.0) + change
    read = {value: _read_at(ticks, found) for value, found in changes.items()}
    return {value: numbers for value, numbers in read.items() if any(numbers)}


def tick_of(at: datetime, start: datetime, interval: Interval) -> int:
    """Return the number of days, or of shorter intervals, between two starts."""
    if interval not in CLOCK_INTERVALS:
        return (at.date() - start.date()).days
    return int(at.timestamp() - start.timestamp()) // TICK_SECONDS[interval]


def _read_at(ticks: Sequence[int], changes: dict[int, float]) -> list[float]:
    ordered = sorted(changes.items(), reverse=True)
    running, numbers = 0.0, []
    for tick in ticks:
        while ordered and ordered[-1][0] <= tick:
            running += ordered.pop()[1]
        numbers.append(running)
    return numbers


def finite(number: Any) -> float:
    """The number, 0 for none and for what JSON cannot say."""
    return float(number) if number is not None and math.isfinite(number) else 0.0


def plain(number: float) -> float:
    """A whole number without its fraction."""
    return int(number) if number.is_integer() else number


def rows_of(
    query: TrendsQuery, context: QueryContext, counted: Sequence[Sequence[Counted]]
) -> tuple[Rows, bool]:
    """The rows of the answer, and whether values beyond the limit exist."""
    has_more = any(
        is_other(value) for periods in counted for found in periods for value in found.numbers
    )
    writer = _Writer(query, context)
    rows = writer.formula_rows(counted) if query.formulas else writer.series_rows(counted)
    return rows, has_more


@dataclass(frozen=True)
class _Writer:
    query: TrendsQuery
    context: QueryContext

    @property
    def splits(self) -> bool:
        return bool(self.query.breakdown.breakdowns)

    def series_rows(self, counted: Sequence[Sequence[Counted]]) -> Rows:
        return [
            row
            for period in range(len(counted[0]))
            for order, periods in enumerate(counted)
            if periods[period].is_known
            for row in self._rows(order, period, periods[period])
        ]

    def _rows(self, order: int, period: int, found: Counted) -> Rows:
        series = self.query.series[order]
        axis, action = self._axis(found.dates), self._action(series, order, found.dates)
        rows = [
            self._row(value, self._finished(found.numbers[value]), period, axis)
            | {"label": self._label(series, value), "order": order, "action": action}
            for value in self._shown(found.numbers)
        ]
        return sorted(rows, key=_place) if self.splits else rows

    def _shown(self, values: Iterable[Value]) -> list[Value]:
        hides = self.query.breakdown.hide_other
        return [value for value in values if not (hides and is_other(value))]

    def _finished(self, numbers: list[float]) -> list[float]:
        if self.query.display.is_total:
            return numbers
        if self.query.display == "ActionsLineGraphCumulative":
            numbers = list(accumulate(numbers))
        return smoothed(numbers, self.query.smoothing) if self.query.smoothing > 1 else numbers

    def formula_rows(self, counted: Sequence[Sequence[Counted]]) -> Rows:
        return [
            row
            for order, formula in enumerate(self.query.formulas)
            for period in range(len(counted[0]))
            for row in self._formula(order, formula, period, [found[period] for found in counted])
        ]

    def _formula(
        self, order: int, formula: Formula, period: int, counted: Sequence[Counted]
    ) -> Rows:
        number = compile_formula(formula.text, len(counted))
        dates = counted[0].dates
        axis = self._axis(dates)
        zeros = [0.0] * (1 if self.query.display.is_total else len(dates.starts))
        values = dict.fromkeys(value for found in counted for value in found.numbers)
        label = formula.custom_name or f"Formula ({formula.text})"
        rows = []
        for value in self._shown(values):
            # A formula reads the lines as they are shown: running totals and means included.
            lines = [self._finished(found.numbers.get(value) or zeros) for found in counted]
            row = self._row(value, [number(at) for at in zip(*lines, strict=True)], period, axis)
            changed = {"data": None} if self.query.display.is_total else {"count": sum(row["data"])}
            rows.append(row | changed | {"label": label, "order": order, "action": None})
        if not self.splits:
            return rows
        compares = self.query.compare.compare
        return _as_compared(rows) if compares else sorted(rows, key=_formula_place, reverse=True)

    def _row(
        self, value: Value, numbers: list[float], period: int, axis: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        row = self._total(numbers) if self.query.display.is_total else self._line(numbers, axis)
        row["filter"] = self._echo()
        if self.query.compare.compare:
            row |= {"compare": True, "compare_label": "previous" if period else "current"}
        if self.splits:
            row["breakdown_value"] = list(value) if isinstance(value, tuple) else value
        return row

    @staticmethod
    def _total(numbers: list[float]) -> dict[str, Any]:
        return {"data": [], "days": [], "count": 0, "aggregated_value": plain(numbers[0])}

    def _axis(self, dates: QueryDateRange) -> Mapping[str, list[str]]:
        """The labels and days that all lines of a period share; totals have none."""
        if self.query.display.is_total:
            return {}
        return {"labels": labels_of(dates), "days": days_of(dates)}

    def _line(self, numbers: list[float], axis: Mapping[str, list[str]]) -> dict[str, Any]:
        cumulative = self.query.display == "ActionsLineGraphCumulative"
        last = numbers[-1] if numbers else 0.0
        return {
            "data": [plain(number) for number in numbers],
            **axis,
            "count": float(last if cumulative else math.fsum(numbers)),
        }

    def _label(self, series: Series, value: Value) -> str:
        name = series_label(series, self.context)
        if not self.splits:
            return name
        text = label_of(value)
        return text if len(self.query.series) == 1 else f"{name} - {text}"

    def _action(self, series: Series, order: int, dates: QueryDateRange) -> dict[str, Any]:
        counting = series.counting
        is_action = isinstance(series, ActionsNode)
        found: dict[str, Any] = {
            "id": series.id if isinstance(series, ActionsNode) else self._event(series),
            "type": "actions" if is_action else "events",
            "order": order,
            "name": entity_name(series, self.context) or "All events",
            "custom_name": series.custom_name,
            "math": counting.math or "total",
            "math_property": counting.property,
            "math_hogql": counting.hogql,
            "math_group_type_index": counting.group_type_index,
            "properties": {},
        }
        return found if self.query.display.is_total else {"days": moments_of(dates)} | found

    def _event(self, series: Series) -> str | None:
        return None if isinstance(series, GroupNode) else entity_name(series, self.context)

    def _echo(self) -> dict[str, Any]:
        query = self.query
        dates = query.base.date_range
        found: dict[str, Any] = {
            "insight": "TRENDS",
            "interval": str(query.interval),
            "date_from": dates.date_from or "-7d",
            "date_to": dates.date_to,
            "display": str(query.display),
        }
        if self.splits and not query.breakdown.is_list:
            (breakdown,) = query.breakdown.breakdowns
            found |= {"breakdown": breakdown.property, "breakdown_type": str(breakdown.kind)}
        return {key: value for key, value in found.items() if value is not None}


def smoothed(numbers: Sequence[float], length: int) -> list[float]:
    """Means over the last buckets, fewer at the start, rounded down."""
    sums = [0.0, *accumulate(numbers)]
    found = []
    for at in range(len(numbers)):
        start = max(0, at + 1 - length)
        found.append(float(math.floor((sums[at + 1] - sums[start]) / (at + 1 - start))))
    return found


def _value_of(row: dict[str, Any]) -> Value:
    value = row["breakdown_value"]
    return tuple(value) if isinstance(value, list) else str(value)


def _total_of(row: dict[str, Any]) -> float:
    # The sum of the line also where `count` is its last number, as for running totals.
    return float(row["aggregated_value"] if "aggregated_value" in row else math.fsum(row["data"]))


def _place(row: dict[str, Any]) -> tuple[int, float, Value]:
    value = _value_of(row)
    return rank_of(value), -_total_of(row), value


def _formula_place(row: dict[str, Any]) -> tuple[int, float, list[float], str]:
    """The place of a formula's row, greatest first; ties go by the line, then by the value.

    Null and Other come last, though not where values are lists.
    """
    value = _value_of(row)
    rank = 0 if isinstance(value, tuple) else -rank_of(value)
    return rank, _total_of(row), row["data"] or [], repr(row["breakdown_value"])


def _as_compared(rows: Rows) -> Rows:
    """Rows of a formula in one of two periods: by count alone, ties in natural order."""
    return sorted(rows, key=lambda row: (-row["count"], natural(label_of(_value_of(row)))))


def natural(text: str) -> list[str | int]:
    """The key that puts `item 9` before `item 10`, whatever the case of letters."""
    parts = re.split(r"(\d+)", text.casefold())
    return [int(part) if at % 2 else part for at, part in enumerate(parts)]
