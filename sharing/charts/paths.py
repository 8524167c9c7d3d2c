"""Draws paths: where people went from where, as a sankey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.text.cells import NO_DATA
from sharing.charts import axes
from sharing.charts.drawing import Drawing, make_table
from sharing.charts.formats import NumberFormat, as_number, duration
from sharing.charts.names import short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sharing.charts.colors import Palette

MOST_LINKS = 200
LABEL_WIDTH = 95  # pixels


def draw_paths(
    rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> Drawing:
    """Return the drawing of path links by their `pathsFilter`."""
    links = [link for row in rows[:MOST_LINKS] if (link := _link(row)) is not None]
    if not links:
        return Drawing(words=NO_DATA)
    option = axes.frame(series=[_sankey(links, settings, palette)], legend=None)
    option["tooltip"]["trigger"] = "item"
    table = make_table(
        ["From", "To", "People", "Average time"],
        [_table_row(row) for row in rows],
        numeric_from=2,
    )
    return Drawing(
        table=table,
        option=axes.chart(option, NumberFormat(), look="tall"),
        description="Paths that people took, step by step.",
    )


def _sankey(
    links: list[dict[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> dict[str, Any]:
    names = dict.fromkeys(name for link in links for name in (link["source"], link["target"]))
    is_full = settings.get("showFullUrls") is True
    return {
        "type": "sankey",
        "data": [_node(name, palette, is_full=is_full) for name in names],
        "links": links,
        "nodeGap": 12,
        "nodeWidth": 14,
        "left": 8,
        "right": LABEL_WIDTH + 10,
        "top": 12,
        "bottom": 12,
        "draggable": False,
        # Where columns stand close, names that would lie on others are left to the table.
        "label": {"width": LABEL_WIDTH, "overflow": "truncate"},
        "labelLayout": {"hideOverlap": True},
        "emphasis": {"focus": "adjacency"},
        "lineStyle": {"color": "source", "opacity": 0.3},
    }


def _node(name: str, palette: Palette, *, is_full: bool) -> dict[str, Any]:
    depth = _depth(name)
    return {
        "name": name,
        "depth": depth,
        "itemStyle": {"color": palette.at(depth)},
        "label": {"formatter": short_name(_bare_name(name), is_full=is_full)},
    }


def _link(row: Mapping[str, Any]) -> dict[str, Any] | None:
    value = as_number(row.get("value"))
    source, target = row.get("source"), row.get("target")
    if value is None or not isinstance(source, str) or not isinstance(target, str):
        return None
    return {"source": source, "target": target, "value": value}


def _depth(name: str) -> int:
    """Names begin with the number of their step, such as `2_/pricing`."""
    number, _, rest = name.partition("_")
    return max(0, int(number) - 1) if rest and number.isdigit() and len(number) < 4 else 0


def _bare_name(name: str) -> str:
    number, _, rest = name.partition("_")
    return rest if rest and number.isdigit() else name


def _table_row(row: Mapping[str, Any]) -> list[str]:
    time = as_number(row.get("average_conversion_time"))
    return [
        _bare_name(str(row.get("source", ""))),
        _bare_name(str(row.get("target", ""))),
        NumberFormat().text(row.get("value")),
        "" if time is None else duration(time / 1000),
    ]
