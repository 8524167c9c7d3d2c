"""Chooses how an insight is drawn, by the kind of its query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.nodes.parsing import WRAPPERS
from posthog_lite.query.text.cells import NO_DATA
from sharing.charts.drawing import Drawing
from sharing.charts.funnels import draw_funnel
from sharing.charts.lifecycle import draw_lifecycle
from sharing.charts.paths import draw_paths
from sharing.charts.retention import draw_retention
from sharing.charts.sql import draw_sql, read_rows, rows_table
from sharing.charts.totals import TOTAL_DISPLAYS, draw_totals
from sharing.charts.trends import draw_trends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sharing.charts.colors import Palette

    Rows = Sequence[Mapping[str, Any]]

LEGENDS = ("trendsFilter", "stickinessFilter", "lifecycleFilter")
NO_RESULT = "No result has been computed for this insight yet."
NOT_DRAWN = "This kind of insight is not drawn here. Its result is in the data of this page."
FAILED = "This insight could not be computed."
NOT_READY = "This result is still being computed. Reload the page in a moment."


def draw(
    insight: Mapping[str, Any], palette: Palette, *, now: datetime, has_legend: bool = False
) -> Drawing:
    """Return the drawing of an insight as the API shows it: `query`, `result`, `columns`, ….

    `has_legend` draws legends whatever the insights say.
    Never raises for what is stored: odd settings count as absent, odd results are said in words.
    """
    failure = _failure(insight)
    if failure:
        return Drawing(words=failure, is_failure=True)
    result = insight.get("result")
    if result is None:
        return Drawing(words=NOT_READY if _is_running(insight) else NO_RESULT)
    node = insight.get("query")
    node = node if isinstance(node, dict) else {}
    source = node.get("source") if node.get("kind") in WRAPPERS else node
    source = source if isinstance(source, dict) else {}
    if has_legend:
        node, source = _with_legend(node, "chartSettings"), _with_legend(source, *LEGENDS)
    return _by_kind(insight, node, source, palette, now)


def _failure(insight: Mapping[str, Any]) -> str:
    status = insight.get("query_status")
    if not isinstance(status, dict) or status.get("error") is not True:
        return ""
    message = status.get("error_message")
    return message if isinstance(message, str) and message else FAILED


def _is_running(insight: Mapping[str, Any]) -> bool:
    status = insight.get("query_status")
    return isinstance(status, dict) and status.get("complete") is False


def _by_kind(
    insight: Mapping[str, Any],
    node: Mapping[str, Any],
    source: Mapping[str, Any],
    palette: Palette,
    now: datetime,
) -> Drawing:
    kind, result = source.get("kind"), insight["result"]
    if kind == "FunnelsQuery":
        return draw_funnel(result, _part(source, "funnelsFilter"), palette)
    if kind == "RetentionQuery":
        return draw_retention(result, _part(source, "retentionFilter"), palette, now=now)
    draw_rows = ROW_KINDS.get(kind) if isinstance(kind, str) else None
    if draw_rows is not None:
        filter_name, drawer = draw_rows
        rows = [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []
        return drawer(rows, _part(source, filter_name), palette) if rows else Drawing(words=NO_DATA)
    table = read_rows(result, insight.get("columns"), insight.get("types"))
    if node.get("kind") == "DataVisualizationNode":
        return draw_sql(table, node, palette)
    if isinstance(result, list):
        return Drawing(table=rows_table(table))
    return Drawing(words=NOT_DRAWN)


def _draw_trends(rows: Rows, settings: Mapping[str, Any], palette: Palette) -> Drawing:
    is_total = str(settings.get("display")) in TOTAL_DISPLAYS
    return (draw_totals if is_total else draw_trends)(rows, settings, palette)


def _with_legend(node: Mapping[str, Any], *places: str) -> dict[str, Any]:
    return {**node, **{place: {**_part(node, place), "showLegend": True} for place in places}}


def _part(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


ROW_KINDS: dict[str, tuple[str, Callable[[Rows, Mapping[str, Any], Palette], Drawing]]] = {
    "TrendsQuery": ("trendsFilter", _draw_trends),
    "StickinessQuery": ("stickinessFilter", _draw_trends),
    "LifecycleQuery": ("lifecycleFilter", draw_lifecycle),
    "PathsQuery": ("pathsFilter", draw_paths),
}
