"""Draws trends as totals: a number, a pie, lying bars, a table, the map of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharing.charts import axes
from sharing.charts.colors import PALE, Look
from sharing.charts.countries import country_name
from sharing.charts.drawing import BigNumber, Drawing, make_table
from sharing.charts.formats import NumberFormat, as_number, axis_format
from sharing.charts.names import short_name
from sharing.charts.series import Series, legend_of, names_of, read_series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sharing.charts.colors import Palette

MANY_BARS = 12
LETTER, PADDING, MOST_ROOM = 7, 12, 120  # pixels, of the values behind bars


def draw_totals(
    rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> Drawing:
    """Return the drawing of trends rows by one of the displays in TOTAL_DISPLAYS."""
    draw_series = TOTAL_DISPLAYS[str(settings.get("display"))]
    return draw_series(read_series(rows, settings, palette), settings, axis_format(settings))


def _number(
    series: list[Series], settings: Mapping[str, Any], number_format: NumberFormat
) -> Drawing:
    current = next((one for one in series if not one.is_previous), None)
    previous = next((one for one in series if one.is_previous), None)
    table = _total_table(series, settings, number_format).table
    if current is None:
        return Drawing(table=table)
    text = number_format.text(current.total)
    if previous is None:
        return Drawing(table=table, number=BigNumber(text))
    change, direction = _change(current.total, previous.total)
    before = f"{number_format.text(previous.total)} in the previous period"
    return Drawing(table=table, number=BigNumber(text, change, direction, before))


def _change(now: Any, before: Any) -> tuple[str, str]:
    """The change in percent of the period before, and its direction."""
    new, old = as_number(now), as_number(before)
    if new is None or not old:
        return "", ""
    change = (new - old) / abs(old) * 100
    if change == 0:
        return "No change", "level"
    text = NumberFormat(decimals=1).text(abs(change))
    return (f"Up {text}%", "up") if change > 0 else (f"Down {text}%", "down")


def _total_table(
    series: list[Series], settings: Mapping[str, Any], number_format: NumberFormat
) -> Drawing:
    rows = [[one.name, number_format.text(one.total)] for one in series]
    return Drawing(table=make_table(["Series", "Value"], rows))


def _pie(series: list[Series], settings: Mapping[str, Any], number_format: NumberFormat) -> Drawing:
    slices = [
        {
            "name": one.name,
            "value": as_number(one.total) or 0,
            "itemStyle": {"color": one.look.color},
        }
        for one in series
        if not one.is_previous
    ]
    pie: dict[str, Any] = {
        "type": "pie",
        "radius": ["45%", "75%"],
        "data": slices,
        "label": {
            "show": settings.get("showLabelsOnSeries") is True
            or settings.get("showValuesOnSeries") is True
        },
    }
    legend = legend_of([one for one in series if not one.is_previous])
    option = axes.frame(
        series=[pie], legend=legend if settings.get("showLegend") is not False else None
    )
    option["tooltip"]["trigger"] = "item"
    if not _hides_total(settings):
        total = sum(as_number(one.total) or 0 for one in series if not one.is_previous)
        option["title"] = {
            "text": number_format.text(total),
            "left": "center",
            "top": "center",
            "textStyle": {"fontSize": 22},
        }
    return Drawing(
        table=_total_table(series, settings, number_format).table,
        option=axes.chart(option, number_format),
        description=f"A pie of {names_of(series)}.",
    )


def _hides_total(settings: Mapping[str, Any]) -> bool:
    options = settings.get("vizSpecificOptions")
    pie = options.get("ActionsPie") if isinstance(options, dict) else None
    return isinstance(pie, dict) and pie.get("hideAggregation") is True


def _lying_bars(
    series: list[Series], settings: Mapping[str, Any], number_format: NumberFormat
) -> Drawing:
    data = [
        {"value": as_number(one.total), "itemStyle": {"color": one.look.color, "opacity": PALE}}
        if one.is_previous
        else {"value": as_number(one.total), "itemStyle": {"color": one.look.color}}
        for one in series
    ]
    drawn = axes.bars("Value", data, Look(""))
    del drawn["color"]
    is_labelled = settings.get("showValuesOnSeries") is not False
    if is_labelled:
        drawn["label"] = {"show": True, "position": "right"}
    option = axes.axes_frame(
        series=[drawn],
        legend=None,
        categories=[short_name(one.name) for one in series],
        values=[axes.value_axis()],
        is_lying=True,
    )
    if is_labelled:  # the longest bar may end where the chart does
        longest = max((len(number_format.text(one.total)) for one in series), default=0)
        option["grid"]["right"] = min(PADDING + longest * LETTER, MOST_ROOM)
    return Drawing(
        table=_total_table(series, settings, number_format).table,
        option=axes.chart(option, number_format, look="tall" if len(series) > MANY_BARS else ""),
        description=f"Bars of {names_of(series)}.",
    )


def _world(
    series: list[Series], settings: Mapping[str, Any], number_format: NumberFormat
) -> Drawing:
    found = {str(_first(one.value)): one for one in series if not one.is_previous}
    option = axes.frame(series=[_map_of(found)], legend=None)
    option["tooltip"]["trigger"] = "item"
    option["visualMap"] = _shades(found)
    rows = [[country_name(code), number_format.text(one.total)] for code, one in found.items()]
    drawing = axes.chart(option, number_format)
    drawing["names"] = {code: country_name(code) for code in found}
    return Drawing(
        table=make_table(["Country", "Value"], rows),
        option=drawing,
        description="A map of the world by country.",
    )


def _map_of(found: Mapping[str, Series]) -> dict[str, Any]:
    """Return the map's series, of whatever is named by the two letters of a country."""
    return {
        "type": "map",
        "map": "world",
        "nameProperty": "code",
        "data": [
            {"name": code, "value": as_number(one.total) or 0}
            for code, one in found.items()
            if len(code) == 2
        ],
        "itemStyle": {"borderWidth": 0.5},
        "label": {"show": False},
        "emphasis": {"label": {"show": False}},
        "select": {"disabled": True},
    }


def _shades(found: Mapping[str, Series]) -> dict[str, Any]:
    """Return the scale from pale to the full color of the first series."""
    highest = max((as_number(one.total) or 0 for one in found.values()), default=0)
    color = next((one.look.color for one in found.values()), "#1d4aff")
    return {
        "min": 0,
        "max": highest or 1,
        "show": False,
        "inRange": {"color": [f"{color}33" if len(color) == 7 else color, color]},
    }


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


TOTAL_DISPLAYS: dict[str, Callable[[list[Series], Mapping[str, Any], NumberFormat], Drawing]] = {
    "BoldNumber": _number,
    "ActionsPie": _pie,
    "ActionsTable": _total_table,
    "ActionsBarValue": _lying_bars,
    "WorldMap": _world,
}
