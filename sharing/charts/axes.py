"""Builds the parts that charts with axes share: frame, legend, axes, goal lines, added lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharing.charts.formats import NumberFormat, as_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sharing.charts.colors import Look

MANY_POINTS = 60  # from here on points have no marks of their own
MOST_GOALS = 20
AXIS_WIDTH = 56  # pixels between two axes on one side


def chart(option: dict[str, Any], number_format: NumberFormat, *, look: str = "") -> dict[str, Any]:
    """Return what the page's script needs to draw: an option, and how to write its numbers.

    `look` is the class that it has in the page beside `chart`: `tall` or `pale`.
    """
    return {"option": option, "format": number_format.as_data(), "look": look}


def frame(*, series: list[dict[str, Any]], legend: dict[str, bool] | None) -> dict[str, Any]:
    """Return an option with what all charts have.

    `legend` maps each name to whether it is shown at first; None leaves the legend out.
    """
    option: dict[str, Any] = {
        "animation": False,
        "aria": {"enabled": True},
        "tooltip": {"renderMode": "richText", "confine": True},
        "series": series,
    }
    if legend is not None:
        option["legend"] = {"type": "scroll", "bottom": 0, "data": list(legend), "selected": legend}
    return option


def axes_frame(
    *,
    series: list[dict[str, Any]],
    legend: dict[str, bool] | None,
    categories: Sequence[Any],
    values: list[dict[str, Any]],
    is_lying: bool = False,
) -> dict[str, Any]:
    """Return an option with a category axis and value axes; `is_lying` draws bars sideways."""
    has_bars = any(one["type"] == "bar" for one in series)
    labels: dict[str, Any] = {"hideOverlap": True}
    if not has_bars:  # points at the edges would push their labels over them
        labels |= {"alignMinLabel": "left", "alignMaxLabel": "right"}
    category = {
        "type": "category",
        "data": list(categories),
        "boundaryGap": has_bars,
        "axisLabel": labels,
    }
    if is_lying:
        category |= {
            "inverse": True,
            "axisLabel": {"width": 180, "overflow": "truncate", "interval": 0},
        }
    several = values if len(values) > 1 else values[0]
    option = frame(series=series, legend=legend)
    option["tooltip"]["trigger"] = "axis"
    if has_bars:
        option["tooltip"]["axisPointer"] = {"type": "shadow"}
    option["grid"] = {
        "left": 8 + _room_beside(values, "left"),
        "right": 16 + _room_beside(values, "right"),
        "top": 16,
        "bottom": 8 if legend is None else 36,
        "containLabel": True,
    }
    option["xAxis"], option["yAxis"] = (several, category) if is_lying else (category, several)
    return option


def _room_beside(values: Sequence[Mapping[str, Any]], side: str) -> int:
    """Return the pixels that the axes of a side take beside its first one."""
    return max(
        (axis.get("offset", 0) for axis in values if axis.get("position") == side), default=0
    )


def value_axis(*, is_log: bool = False, highest: float | None = None) -> dict[str, Any]:
    """Return a value axis, reaching at least to `highest`."""
    axis: dict[str, Any] = {"type": "log" if is_log else "value", "splitNumber": 4}
    if highest is not None:
        axis["max"] = highest
    return axis


def axis_per_series(count: int, *, is_log: bool) -> list[dict[str, Any]]:
    """Return an axis for each series, on the left and right in turn."""
    return [
        value_axis(is_log=is_log)
        | {
            "position": "right" if position % 2 else "left",
            "offset": position // 2 * AXIS_WIDTH,
            "splitLine": {"show": position == 0},
        }
        for position in range(count)
    ]


def line(name: str, data: Sequence[Any], look: Look, *, is_area: bool = False) -> dict[str, Any]:
    """Return a line."""
    series: dict[str, Any] = {
        "type": "line",
        "name": name,
        "data": list(data),
        "color": look.color,
        "showSymbol": len(data) <= MANY_POINTS,
        "symbolSize": 5,
        "sampling": "lttb",
        "lineStyle": {"width": 2},
        "emphasis": {"focus": "series"},
    }
    if is_area:
        series["areaStyle"] = {"opacity": 0.35}
    return series


def bars(name: str, data: Sequence[Any], look: Look, *, stack: str | None = None) -> dict[str, Any]:
    """Return bars, on top of others of the same `stack`."""
    series: dict[str, Any] = {
        "type": "bar",
        "name": name,
        "data": list(data),
        "color": look.color,
        "barMaxWidth": 64,
        "emphasis": {"focus": "series"},
    }
    if stack is not None:
        series["stack"] = stack
    return series


def goal_lines(settings: Mapping[str, Any], highest: float) -> dict[str, Any] | None:
    """Return the mark lines of an insight's goals, or None where none is to be drawn."""
    goals = settings.get("goalLines")
    marks = [
        mark
        for goal in (goals if isinstance(goals, list) else [])[:MOST_GOALS]
        if isinstance(goal, dict) and (mark := _goal(goal, highest))
    ]
    if not marks:
        return None
    return {"silent": True, "symbol": "none", "data": marks, "lineStyle": {"type": "dashed"}}


def highest_goal(marks: dict[str, Any] | None) -> float:
    """Return the value of the highest goal line; 0 without any."""
    return max((mark["yAxis"] for mark in marks["data"]), default=0.0) if marks else 0.0


def trend_line(data: Sequence[Any]) -> list[float]:
    """Return the straight line closest to the values (least squares)."""
    points = [(x, y) for x, value in enumerate(data) if (y := as_number(value)) is not None]
    if len(points) < 2:
        return []
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return [round(mean_y + slope * (x - mean_x), 6) for x in range(len(data))]


def moving_average(data: Sequence[Any], intervals: int) -> list[float]:
    """Return the mean of each value and those before it, `intervals` of them at most."""
    numbers = [as_number(value) or 0.0 for value in data]
    averages = []
    for end in range(1, len(numbers) + 1):
        window = numbers[max(0, end - intervals) : end]
        averages.append(round(sum(window) / len(window), 6))
    return averages


def added_line(name: str, data: Sequence[float], look: Look) -> dict[str, Any]:
    """Return a thin dashed line that stands beside the values."""
    series = line(name, data, look)
    return series | {"showSymbol": False, "lineStyle": {"width": 1, "type": "dashed"}}


def _goal(goal: Mapping[str, Any], highest: float) -> dict[str, Any] | None:
    value = as_number(goal.get("value"))
    if value is None or (goal.get("displayIfCrossed") is False and highest >= value):
        return None
    label = goal.get("label")
    mark: dict[str, Any] = {
        "yAxis": value,
        "name": label if isinstance(label, str) else "",
        "label": {
            "show": goal.get("displayLabel") is not False,
            "formatter": "{b}",
            "position": "insideEndTop",
        },
    }
    if isinstance(goal.get("borderColor"), str):
        mark["lineStyle"] = {"color": goal["borderColor"]}
    return mark
