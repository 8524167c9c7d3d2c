"""Draws rows of SQL: as a table, a number, or a chart by `chartSettings`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sharing.charts import axes
from sharing.charts.colors import Look, Palette
from sharing.charts.drawing import BigNumber, Drawing, Table, make_table
from sharing.charts.formats import NumberFormat, as_number, column_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHARTS = frozenset({"ActionsLineGraph", "ActionsBar", "ActionsStackedBar", "ActionsAreaGraph"})
LONGEST_CELL = 500
MOST_POINTS = 10_000
MOST_SERIES = 50


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer of SQL: its rows, and the names and engine types of their columns."""

    rows: Sequence[Sequence[Any]]
    columns: Sequence[str]
    types: Sequence[str]

    def position(self, name: Any) -> int | None:
        """Return the position of a column, or None."""
        return self.columns.index(name) if name in self.columns else None

    def is_number(self, position: int) -> bool:
        """Return whether a column holds numbers."""
        return any(word in self.types[position] for word in ("Int", "Float", "Decimal"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is drawn, with its settings."""

    position: int
    name: str
    number_format: NumberFormat
    display: Mapping[str, Any]


def read_rows(result: Any, columns: Any, types: Any) -> Rows:
    """Return an answer of SQL, with junk left out; rows that are no lists have one cell."""
    rows = result if isinstance(result, list) else []
    rows = [row if isinstance(row, list) else [row] for row in rows]
    width = max((len(row) for row in rows), default=0)
    names = [str(name) for name in columns] if isinstance(columns, list) else []
    names += [f"Column {n + 1}" for n in range(len(names), width)]
    kinds = [_type(one) for one in types] if isinstance(types, list) else []
    kinds += [""] * (len(names) - len(kinds))
    return Rows(rows, names, kinds)


def draw_sql(rows: Rows, node: Mapping[str, Any], palette: Palette) -> Drawing:
    """Return the drawing of SQL rows by the settings of their DataVisualizationNode."""
    table = rows_table(rows)
    if not rows.rows:
        return Drawing(table=table, words="The query returned no rows.")
    settings = _settings(node, "chartSettings")
    display = str(node.get("display"))
    if display == "BoldNumber":
        return _number(rows, settings, table)
    x, ys = _chosen_columns(rows, settings)
    if display not in CHARTS or x is None or not ys:
        return Drawing(table=table)
    return Drawing(
        table=table,
        option=_chart(rows, x, ys, display, settings, palette),
        description="A chart of the rows of a query.",
    )


def rows_table(rows: Rows) -> Table:
    """Return the rows as a table of text."""
    table = make_table(
        rows.columns, [[_cell(cell) for cell in row] for row in rows.rows], numeric_from=None
    )
    numeric = frozenset(n for n in range(len(table.columns)) if rows.is_number(n))
    return Table(table.columns, table.rows, table.left_out, numeric)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _plain(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _number(rows: Rows, settings: Mapping[str, Any], table: Table) -> Drawing:
    """The first number of the first row."""
    _, ys = _chosen_columns(rows, settings)
    formats = {column.position: column.number_format for column in ys}
    for n, cell in enumerate(rows.rows[0]):
        if as_number(cell) is not None:
            return Drawing(table=table, number=BigNumber(formats.get(n, NumberFormat()).text(cell)))
    return Drawing(table=table, number=BigNumber(_cell(rows.rows[0][0]) if rows.rows[0] else ""))


def _chosen_columns(rows: Rows, settings: Mapping[str, Any]) -> tuple[int | None, list[Column]]:
    """The columns along and up: as set, else the first date or text, and every number."""
    x = rows.position(_settings(settings, "xAxis").get("column"))
    wanted = settings.get("yAxis")
    entries = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    ys = [
        _column(rows, position, _settings(entry, "settings"))
        for entry in entries
        if (position := rows.position(entry.get("column"))) is not None
    ]
    if x is None:
        x = _default_x(rows)
    if not ys:
        numbers = [n for n in range(len(rows.columns)) if rows.is_number(n) and n != x]
        ys = [_column(rows, n, {}) for n in numbers]
    return x, ys[:MOST_SERIES]


def _default_x(rows: Rows) -> int | None:
    for word in ("Date", "String"):
        for n, kind in enumerate(rows.types):
            if word in kind:
                return n
    return 0 if rows.columns else None


def _column(rows: Rows, position: int, settings: Mapping[str, Any]) -> Column:
    display = _settings(settings, "display")
    label = display.get("label")
    return Column(
        position,
        label if isinstance(label, str) and label else rows.columns[position],
        column_format(_settings(settings, "formatting")),
        display,
    )


def _chart(
    rows: Rows,
    x: int,
    ys: list[Column],
    display: str,
    settings: Mapping[str, Any],
    palette: Palette,
) -> dict[str, Any]:
    categories, series = _points(rows, x, ys, settings)
    is_percent = settings.get("stackBars100") is True
    if is_percent:
        series = _shares(series)
    drawn = [
        _series(column, data, display, Look(_color(column, palette, n)))
        for n, (column, data) in enumerate(series)
    ]
    highest = max((as_number(v) or 0.0 for _, data in series for v in data), default=0.0)
    marks = axes.goal_lines(settings, highest)
    if marks and drawn:
        drawn[0]["markLine"] = marks
    names = {column.name: True for column, _ in series}
    option = axes.axes_frame(
        series=drawn,
        legend=names if settings.get("showLegend") is True else None,
        categories=categories,
        values=_value_axes(ys, settings),
    )
    axis = NumberFormat(style="percentage", decimals=1) if is_percent else ys[0].number_format
    return axes.chart(option, axis)


def _points(
    rows: Rows, x: int, ys: list[Column], settings: Mapping[str, Any]
) -> tuple[list[str], list[tuple[Column, list[Any]]]]:
    """The categories, and the values of each series; a breakdown column makes series of rows."""
    breakdown = rows.position(settings.get("seriesBreakdownColumn"))
    kept = rows.rows[:MOST_POINTS]
    if breakdown is None or breakdown == x:
        categories = [_cell(_at(row, x)) for row in kept]
        return categories, [(y, [_at(row, y.position) for row in kept]) for y in ys]
    categories = list(dict.fromkeys(_cell(_at(row, x)) for row in kept))
    places = {name: n for n, name in enumerate(categories)}
    found: dict[tuple[str, int], tuple[Column, list[Any]]] = {}
    for row in kept:
        for y in ys:
            value = _cell(_at(row, breakdown)) or "(empty)"
            name = value if len(ys) == 1 else f"{value} · {y.name}"
            column = Column(y.position, name, y.number_format, {})
            key = (name, y.position)
            if key not in found and len(found) >= MOST_SERIES:
                continue
            _, data = found.setdefault(key, (column, [None] * len(categories)))
            data[places[_cell(_at(row, x))]] = _at(row, y.position)
    return categories, list(found.values())


def _shares(series: list[tuple[Column, list[Any]]]) -> list[tuple[Column, list[Any]]]:
    width = max((len(data) for _, data in series), default=0)
    sums = [sum(as_number(_at(data, n)) or 0.0 for _, data in series) for n in range(width)]
    return [
        (
            column,
            [
                round((as_number(v) or 0.0) / sums[n] * 100, 4) if sums[n] else 0
                for n, v in enumerate(data)
            ],
        )
        for column, data in series
    ]


def _series(column: Column, data: list[Any], display: str, look: Look) -> dict[str, Any]:
    kind = column.display.get("displayType")
    is_bar = kind == "bar" or (kind != "line" and display in ("ActionsBar", "ActionsStackedBar"))
    values = [as_number(value) for value in data]
    if is_bar:
        stack = "rows" if display == "ActionsStackedBar" else None
        series = axes.bars(column.name, values, look, stack=stack)
    else:
        series = axes.line(column.name, values, look, is_area=display == "ActionsAreaGraph")
    if column.display.get("yAxisPosition") == "right":
        series["yAxisIndex"] = 1
    return series


def _value_axes(ys: list[Column], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    left = _value_axis(_settings(settings, "leftYAxisSettings"), settings)
    if all(column.display.get("yAxisPosition") != "right" for column in ys):
        return [left]
    right = _value_axis(_settings(settings, "rightYAxisSettings"), settings)
    return [left, right | {"position": "right", "splitLine": {"show": False}}]


def _value_axis(own: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    axis = axes.value_axis(is_log=own.get("scale") == "logarithmic")
    from_zero = own.get("startAtZero", settings.get("yAxisAtZero", True))
    axis["scale"] = from_zero is False
    if isinstance(own.get("label"), str) and own["label"]:
        axis["name"] = own["label"]
    if own.get("showGridLines") is False:
        axis["splitLine"] = {"show": False}
    if own.get("showTicks") is False:
        axis["axisLabel"] = {"show": False}
    return axis


def _color(column: Column, palette: Palette, n: int) -> str:
    return palette.token(column.display.get("color")) or palette.at(n)


def _settings(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def _type(one: Any) -> str:
    """Types come as names, or as pairs of a column and a name."""
    if isinstance(one, list) and len(one) == 2:
        return str(one[1])
    return one if isinstance(one, str) else ""


def _at(row: Sequence[Any], n: int) -> Any:
    return row[n] if n < len(row) else None
