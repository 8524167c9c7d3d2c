"""Draws retention: the table of cohorts with its heat, and a line for each cohort."""

from __future__ import annotations

from datetime import datetime, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from posthog_lite.query.text.cells import NO_DATA
from sharing.charts import axes
from sharing.charts.colors import Look, Palette
from sharing.charts.drawing import Drawing, HeatCell, HeatRow, HeatTable, make_table
from sharing.charts.formats import NumberFormat, as_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PERCENT = NumberFormat(style="percentage", decimals=1)
COUNT = NumberFormat()
MOST_ROWS = 200


def draw_retention(
    result: Any, settings: Mapping[str, Any], palette: Palette, *, now: datetime
) -> Drawing:
    """Return the drawing of a retention answer by its `retentionFilter`.

    Cells of periods that have not begun at `now` stay blank, as their zeros say nothing. Dates
    are those of the zone of `now`.
    """
    rows = [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []
    rows = rows[:MOST_ROWS]
    if not rows:
        return Drawing(words=NO_DATA)
    to_previous = settings.get("retentionReference") == "previous"
    shares = [_shares(row, to_previous=to_previous) for row in rows]
    known = _known_cells(rows, now)
    columns = [str(cell.get("label", "")) for cell in _values(rows[0])]
    heat = HeatTable(
        columns=tuple(columns),
        rows=(
            *_mean_row(rows, shares, known, settings),
            *(
                _heat_row(row, own, until, now.tzinfo)
                for row, own, until in zip(rows, shares, known, strict=True)
            ),
        ),
    )
    table = make_table(
        ["Cohort", "Size", *columns],
        [[one.name, one.size, *(cell.text for cell in one.cells)] for one in heat.rows],
    )
    if settings.get("dashboardDisplay") == "graph_only":
        option = _lines(rows, shares, known, columns, palette, now.tzinfo)
        return Drawing(table=table, option=option, description="A chart of retention.")
    return Drawing(table=table, heat=heat, description="A table of retention.")


def _values(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = row.get("values")
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _counts(row: Mapping[str, Any]) -> list[float]:
    return [as_number(cell.get("count")) or 0.0 for cell in _values(row)]


def _shares(row: Mapping[str, Any], *, to_previous: bool) -> list[float]:
    """Each count in percent of the cohort's size, or of the count before."""
    counts = _counts(row)
    shares = []
    for n, count in enumerate(counts):
        whole = counts[n - 1] if to_previous and n else counts[0]
        shares.append(count / whole * 100 if whole else 0.0)
    return shares


def _known_cells(rows: list[dict[str, Any]], now: datetime) -> list[int]:
    """Return the number of begun cells of each cohort; a column lasts one step of the dates."""
    starts = [_moment(row.get("date")) for row in rows]
    distinct = sorted({start for start in starts if start is not None})
    if len(distinct) < 2:
        return [len(_values(row)) for row in rows]
    step = min(b - a for a, b in pairwise(distinct))
    return [
        len(_values(row)) if start is None else max(1, int((now - start) / step) + 1)
        for row, start in zip(rows, starts, strict=True)
    ]


def _day(row: Mapping[str, Any], zone: tzinfo | None) -> str:
    moment = _moment(row.get("date"))
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d}"


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _heat_row(
    row: Mapping[str, Any], shares: Sequence[float], known: int, zone: tzinfo | None
) -> HeatRow:
    counts = _counts(row)
    cells = [
        HeatCell("", None) if n >= known else _cell(share, COUNT.text(counts[n]))
        for n, share in enumerate(shares)
    ]
    name = str(row.get("label", ""))
    date = _day(row, zone)
    value = row.get("breakdown_value")
    named = " · ".join(part for part in (name, date, "" if value is None else str(value)) if part)
    return HeatRow(named, COUNT.text(counts[0] if counts else 0), tuple(cells))


def _cell(share: float, title: str) -> HeatCell:
    return HeatCell(PERCENT.text(share), max(0, min(10, round(share / 10))), title)


def _mean_row(
    rows: list[dict[str, Any]],
    shares: list[list[float]],
    known: list[int],
    settings: Mapping[str, Any],
) -> list[HeatRow]:
    """The mean over cohorts: of their percentages, or weighted by their sizes."""
    way = settings.get("meanRetentionCalculation", "simple")
    if way == "none":
        return []
    sizes = [(_counts(row) or [0.0])[0] for row in rows]
    weights = sizes if way == "weighted" else [float(size > 0) for size in sizes]
    width = max((len(one) for one in shares), default=0)
    cells = []
    for n in range(width):
        parts = [
            (own[n], weight)
            for own, weight, until in zip(shares, weights, known, strict=True)
            if n < min(len(own), until)
        ]
        whole = sum(weight for _, weight in parts)
        mean = sum(share * weight for share, weight in parts) / whole if whole else None
        cells.append(HeatCell("", None) if mean is None else _cell(mean, "Mean of the cohorts"))
    name = "Weighted mean" if way == "weighted" else "Mean"
    return [HeatRow(name, COUNT.text(sum(sizes) / len(sizes)), tuple(cells))]


def _lines(
    rows: list[dict[str, Any]],
    shares: list[list[float]],
    known: list[int],
    columns: list[str],
    palette: Palette,
    zone: tzinfo | None,
) -> dict[str, Any]:
    names = [f"{row.get('label', '')} {_day(row, zone)}".strip() for row in rows]
    series = [
        axes.line(name, [round(share, 2) for share in own[:until]], Look(palette.at(n)))
        for n, (name, own, until) in enumerate(zip(names, shares, known, strict=True))
    ]
    option = axes.axes_frame(
        series=series,
        legend=dict.fromkeys(names, True) if len(names) > 1 else None,
        categories=columns,
        values=[axes.value_axis(highest=100)],
    )
    return axes.chart(option, PERCENT)
