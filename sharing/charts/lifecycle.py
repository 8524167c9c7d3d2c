"""Draws the lifecycle: people who are new, return, come back, and stay away below the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharing.charts import axes
from sharing.charts.colors import Look
from sharing.charts.drawing import Drawing
from sharing.charts.formats import NumberFormat
from sharing.charts.series import Series, labels_of, legend_of, time_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sharing.charts.colors import Palette

# The colors that the web app gives them, whatever the theme.
COLORS = {
    "new": "hsl(161, 43%, 58%)",
    "returning": "hsl(195, 58%, 79%)",
    "resurrecting": "hsl(222, 37%, 67%)",
    "dormant": "hsl(17, 96%, 69%)",
}


def draw_lifecycle(
    rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> Drawing:
    """Return the drawing of lifecycle rows by their `lifecycleFilter`; themes do not count."""
    toggled = settings.get("toggledLifecycles")
    wanted = set(map(str, toggled)) if isinstance(toggled, list) else set(COLORS)
    series = [_series(row) for row in rows if str(row.get("status")) in wanted]
    stack = None if settings.get("stacked") is False else "people"
    drawn = [axes.bars(one.name, one.data, one.look, stack=stack) for one in series]
    if settings.get("showValuesOnSeries") is True:
        drawn = [one | {"label": {"show": True}} for one in drawn]
    option = axes.axes_frame(
        series=drawn,
        legend=legend_of(series) if settings.get("showLegend") is not False else None,
        categories=labels_of(series),
        values=[axes.value_axis()],
    )
    return Drawing(
        table=time_table(series, NumberFormat()),
        option=axes.chart(option, NumberFormat(), look="pale"),
        description="Bars of people who are new, returning, resurrecting and dormant.",
    )


def _series(row: Mapping[str, Any]) -> Series:
    status = str(row.get("status"))
    data, labels = row.get("data"), row.get("labels")
    return Series(
        name=status.capitalize(),
        data=data if isinstance(data, list) else [],
        labels=labels if isinstance(labels, list) else [],
        total=row.get("count"),
        look=Look(COLORS.get(status, "#8a8f9c")),
        is_previous=False,
    )
