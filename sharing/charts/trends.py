"""Draws trends over time: lines, areas and bars, with goals and added lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sharing.charts import axes
from sharing.charts.colors import PALE
from sharing.charts.drawing import Drawing
from sharing.charts.formats import NumberFormat, as_number, axis_format
from sharing.charts.series import Series, labels_of, legend_of, names_of, read_series, time_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sharing.charts.colors import Palette

STACKED = frozenset({"ActionsBar", "ActionsStackedBar", "ActionsAreaGraph"})
BARS = frozenset({"ActionsBar", "ActionsStackedBar", "ActionsUnstackedBar"})
LINE = "ActionsLineGraph"
MOST_AXES = 8


def draw_trends(
    rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> Drawing:
    """Return the drawing of trends rows by their `trendsFilter` (or `stickinessFilter`)."""
    series = read_series(rows, settings, palette)
    display = str(settings.get("display") or LINE)
    is_percent = settings.get("showPercentStackView") is True and display in STACKED
    shown = _in_percent(series) if is_percent else series
    number_format = axis_format(settings)
    option = axes.axes_frame(
        series=_drawn_series(shown, display, settings) + _added(shown, settings),
        legend=_legend(series, settings),
        categories=labels_of(series),
        values=_value_axes(shown, display, settings),
    )
    axis = NumberFormat(style="percentage", decimals=1) if is_percent else number_format
    return Drawing(
        table=time_table(series, number_format),
        option=axes.chart(option, axis),
        description=f"A chart of {names_of(series)} over time.",
    )


def _legend(series: list[Series], settings: Mapping[str, Any]) -> dict[str, bool] | None:
    """Series can be hidden only by a legend, so those that hide some have one."""
    is_wanted = settings.get("showLegend") is True or any(one.look.is_hidden for one in series)
    return legend_of(series) if is_wanted else None


def _drawn_series(
    series: list[Series], display: str, settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    drawn = [_drawn(one, display, settings) for one in series]
    if _is_log(settings):
        drawn = [one | {"data": _above_zero(one["data"])} for one in drawn]
    if _has_several_axes(series, settings):
        drawn = [one | {"yAxisIndex": position} for position, one in enumerate(drawn)]
    marks = _goals(series, display, settings)
    if marks and drawn:
        drawn[0]["markLine"] = marks
    return drawn


def _value_axes(
    series: list[Series], display: str, settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    is_log = _is_log(settings)
    if _has_several_axes(series, settings):
        return axes.axis_per_series(len(series), is_log=is_log)
    if settings.get("showPercentStackView") is True and display in STACKED:
        return [axes.value_axis(highest=100)]
    goal = axes.highest_goal(_goals(series, display, settings))
    is_above = goal > 0 and goal > _highest(series, is_stacked=display in STACKED)
    return [axes.value_axis(is_log=is_log, highest=goal if is_above else None)]


def _goals(
    series: list[Series], display: str, settings: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the goal lines; only they need the highest value, which takes a while to find."""
    if not settings.get("goalLines"):
        return None
    return axes.goal_lines(settings, _highest(series, is_stacked=display in STACKED))


def _is_log(settings: Mapping[str, Any]) -> bool:
    return settings.get("yAxisScaleType") == "log10"


def _has_several_axes(series: list[Series], settings: Mapping[str, Any]) -> bool:
    return settings.get("showMultipleYAxes") is True and 1 < len(series) <= MOST_AXES


def _above_zero(data: Sequence[Any]) -> list[Any]:
    """A logarithmic axis has no place for zero."""
    return [value if (as_number(value) or 0) > 0 else None for value in data]


def _drawn(one: Series, display: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    stack = f"previous:{one.is_previous}" if display in STACKED else None
    if display in BARS:
        drawn = axes.bars(one.name, one.data, one.look, stack=stack)
    else:
        drawn = axes.line(one.name, one.data, one.look, is_area=display == "ActionsAreaGraph")
        if stack is not None:
            drawn["stack"] = stack
    if one.is_previous:
        drawn["itemStyle"] = {"opacity": PALE}
        drawn["lineStyle"] = {"width": 2, "type": "dashed", "opacity": PALE}
    if settings.get("showValuesOnSeries") is True:
        drawn["label"] = {"show": True, "position": "top"}
        drawn["labelLayout"] = {"hideOverlap": True}
    return drawn


def _added(series: list[Series], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines that the settings ask for beside the values themselves."""
    added = []
    for one in series:
        if settings.get("showTrendLines") is True and (data := axes.trend_line(one.data)):
            added.append(axes.added_line(f"{one.name} (trend)", data, one.look))
        if settings.get("showMovingAverage") is True:
            span = int(as_number(settings.get("movingAverageIntervals")) or 7)
            data = axes.moving_average(one.data, max(1, span))
            added.append(axes.added_line(f"{one.name} (moving average)", data, one.look))
    return added


def _in_percent(series: list[Series]) -> list[Series]:
    """Each value as its share of all values of its bucket and period."""
    sums: dict[tuple[bool, int], float] = {}
    for one in series:
        for n, value in enumerate(one.data):
            key = (one.is_previous, n)
            sums[key] = sums.get(key, 0.0) + (as_number(value) or 0.0)

    def share(one: Series, n: int, value: Any) -> float:
        whole = sums[one.is_previous, n]
        return round((as_number(value) or 0.0) / whole * 100, 4) if whole else 0.0

    return [
        replace(one, data=[share(one, n, value) for n, value in enumerate(one.data)])
        for one in series
    ]


def _highest(series: list[Series], *, is_stacked: bool) -> float:
    columns: dict[int, float] = {}
    for one in series:
        for n, value in enumerate(one.data):
            number, before = as_number(value) or 0.0, columns.get(n, 0.0)
            columns[n] = before + number if is_stacked else max(before, number)
    return max(columns.values(), default=0.0)
