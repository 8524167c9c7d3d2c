"""Draws funnels: steps with their conversions, the time to convert, the conversion over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.breakdowns import WORDS
from posthog_lite.query.text.cells import NO_DATA
from sharing.charts import axes
from sharing.charts.colors import Look, Palette
from sharing.charts.drawing import Drawing, FunnelBar, FunnelSteps, Table, make_table
from sharing.charts.formats import NumberFormat, as_number, duration
from sharing.charts.series import (
    labels_of,
    legend_of,
    read_series,
    time_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PERCENT = NumberFormat(style="percentage", decimals=2)
COUNT = NumberFormat()
MOST_GROUPS = 50


def draw_funnel(result: Any, settings: Mapping[str, Any], palette: Palette) -> Drawing:
    """Return the drawing of a funnel's answer by its `funnelsFilter`."""
    kind = settings.get("funnelVizType")
    if kind == "time_to_convert":
        return _time_to_convert(result, palette)
    if kind == "trends":
        return _over_time(result, settings, palette)
    return _steps(result, settings, palette)


def _steps(result: Any, settings: Mapping[str, Any], palette: Palette) -> Drawing:
    groups = [group for group in _groups(result) if group][:MOST_GROUPS]
    if not groups:
        return Drawing(words=NO_DATA)
    compared = settings.get("funnelStepReference") == "previous"
    looks = _looks(groups, settings, palette)
    bars = [
        _bars(group, look, compared_to_previous=compared)
        for group, look in zip(groups, looks, strict=True)
        if not look.is_hidden
    ]
    steps = tuple(zip(*bars, strict=False))
    return Drawing(
        table=_steps_table(groups),
        funnel=FunnelSteps(steps=steps, is_lying=settings.get("layout") == "horizontal"),
        description=f"A funnel of {len(steps)} steps.",
    )


def _groups(result: Any) -> list[list[dict[str, Any]]]:
    """The steps of each breakdown value; one group without a breakdown."""
    rows = result if isinstance(result, list) else []
    if rows and isinstance(rows[0], list):
        lists = (row for row in rows if isinstance(row, list))
        return [[step for step in row if isinstance(step, dict)] for row in lists]
    return [[step for step in rows if isinstance(step, dict)]]


def _looks(
    groups: list[list[dict[str, Any]]], settings: Mapping[str, Any], palette: Palette
) -> list[Look]:
    chosen = settings.get("resultCustomizations")
    hidden = settings.get("hiddenLegendBreakdowns")
    looks = []
    for position, group in enumerate(groups):
        name = group_name(group[0])
        own = chosen.get(name) if isinstance(chosen, dict) else None
        own = own if isinstance(own, dict) else {}
        color = palette.token(own.get("color")) or palette.by_breakdown.get(name)
        is_hidden = own.get("hidden") is True or (isinstance(hidden, list) and name in hidden)
        looks.append(Look(color or palette.at(position), is_hidden))
    return looks


def group_name(step: Mapping[str, Any]) -> str:
    """Return the breakdown value of a step in words; "" without a breakdown."""
    value = step.get("breakdown_value", step.get("breakdown"))
    if value is None:
        return ""
    parts = value if isinstance(value, list) else [value]
    return "::".join(WORDS.get(str(part), str(part)) for part in parts)


def _bars(
    group: list[dict[str, Any]], look: Look, *, compared_to_previous: bool
) -> list[FunnelBar]:
    first = as_number(group[0].get("count")) or 0.0
    before, bars = first, []
    for step in group:
        count = as_number(step.get("count")) or 0.0
        share = _percent(count, before if compared_to_previous else first)
        bars.append(
            FunnelBar(
                name=step_name(step),
                group=group_name(step),
                color=look.color,
                share=share,
                share_text=PERCENT.text(share),
                count_text=COUNT.text(count),
                dropped_text=COUNT.text(max(0.0, before - count)),
                time_text=_time(step.get("average_conversion_time")),
            )
        )
        before = count
    return bars


def step_name(step: Mapping[str, Any]) -> str:
    """Return what a step is called."""
    return str(step.get("custom_name") or step.get("name") or "Untitled step")


def _percent(part: float, whole: float) -> float:
    return max(0.0, min(100.0, round(part / whole * 100, 2))) if whole else 0.0


def _time(seconds: Any) -> str:
    number = as_number(seconds)
    return "" if number is None else duration(number)


def _steps_table(groups: list[list[dict[str, Any]]]) -> Table:
    has_groups = any(group_name(group[0]) for group in groups)
    heads = ["Step", "Count", "Conversion", "Dropped off", "Average time", "Median time"]
    rows = []
    for group in groups:
        bars = _bars(group, Look(""), compared_to_previous=False)
        for step, bar in zip(group, bars, strict=True):
            row = [bar.name, bar.count_text, bar.share_text, bar.dropped_text]
            row += [bar.time_text, _time(step.get("median_conversion_time"))]
            rows.append([bar.group, *row] if has_groups else row)
    if has_groups:
        return make_table(["Breakdown", *heads], rows, numeric_from=2)
    return make_table(heads, rows)


def _time_to_convert(result: Any, palette: Palette) -> Drawing:
    bins = result.get("bins") if isinstance(result, dict) else None
    pairs = [
        (start, count)
        for one in (bins if isinstance(bins, list) else [])
        if isinstance(one, list) and len(one) == 2
        for start, count in [(as_number(one[0]), as_number(one[1]))]
        if start is not None and count is not None
    ]
    if not pairs:
        return Drawing(words="Nobody converted in this time period.")
    names = [duration(start) for start, _ in pairs]
    counts = [count for _, count in pairs]
    drawn = axes.bars("People", counts, Look(palette.at(0))) | {"barCategoryGap": "4%"}
    option = axes.axes_frame(
        series=[drawn], legend=None, categories=names, values=[axes.value_axis()]
    )
    average = as_number(result.get("average_conversion_time"))
    notes = (f"Average time to convert: {duration(average)}",) if average is not None else ()
    return Drawing(
        table=make_table(
            ["Time from", "People"],
            [[name, COUNT.text(count)] for name, count in zip(names, counts, strict=True)],
        ),
        option=axes.chart(option, COUNT),
        description="Bars of how long people took to convert.",
        notes=notes,
    )


def _over_time(result: Any, settings: Mapping[str, Any], palette: Palette) -> Drawing:
    rows = [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []
    series = read_series(
        [row | {"label": group_name(row) or "Conversion"} for row in rows], settings, palette
    )
    lines = [axes.line(one.name, one.data, one.look) for one in series]
    marks = axes.goal_lines(settings, 100)
    if marks and lines:
        lines[0]["markLine"] = marks
    if settings.get("showValuesOnSeries") is True:
        lines = [one | {"label": {"show": True, "position": "top"}} for one in lines]
    option = axes.axes_frame(
        series=lines,
        legend=legend_of(series) if len(series) > 1 else None,
        categories=labels_of(series),
        values=[axes.value_axis()],
    )
    return Drawing(
        table=time_table(series, PERCENT),
        option=axes.chart(option, PERCENT),
        description="A chart of the conversion over time.",
    )
