"""An insight with a result for each way of drawing one, as the API shows them."""

from __future__ import annotations

from typing import Any

DAYS = [f"2026-11-{day:02}" for day in range(12, 26)]
LABELS = [f"{day}-Nov-2026" for day in range(12, 26)]
WAVES = (
    [12, 18, 9, 22, 31, 28, 35, 30, 41, 38, 44, 52, 47, 55],
    [5, 7, 6, 9, 12, 10, 9, 14, 13, 17, 15, 18, 20, 19],
    [2, 1, 4, 3, 2, 5, 6, 4, 7, 5, 8, 9, 6, 10],
)
NO_VALUE = "$$_posthog_breakdown_null_$$"
OTHER = "$$_posthog_breakdown_other_$$"


def trends_row(order: int, label: str, data: list[Any], **more: Any) -> dict[str, Any]:
    """Return a row of a trends answer over time."""
    return {
        "data": data,
        "labels": LABELS[: len(data)],
        "days": DAYS[: len(data)],
        "count": sum(value or 0 for value in data),
        "label": label,
        "order": order,
        "action": {"id": label, "name": label, "order": order, "custom_name": None},
        **more,
    }


def total_row(order: int, label: str, value: Any, **more: Any) -> dict[str, Any]:
    """Return a row of a trends answer as a total."""
    row = trends_row(order, label, [], **more)
    return row | {"labels": [], "days": [], "count": 0, "aggregated_value": value}


def insight(name: str, source: dict[str, Any], result: Any, **more: Any) -> dict[str, Any]:
    """Return an insight around a query source."""
    return {
        "name": name,
        "query": {"kind": "InsightVizNode", "source": source},
        "result": result,
        "last_refresh": "2026-11-25T09:30:00Z",
        **more,
    }


def trends(name: str, rows: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    """Return a trends insight with a trendsFilter."""
    return insight(name, {"kind": "TrendsQuery", "trendsFilter": settings}, rows)


SERIES = [
    trends_row(0, "$pageview", list(WAVES[0])),
    trends_row(1, "signed up", list(WAVES[1])),
    trends_row(2, "paid", list(WAVES[2])),
]
COMPARED = [
    trends_row(0, "$pageview", list(WAVES[0]), compare=True, compare_label="current"),
    trends_row(0, "$pageview", [n * 0.7 for n in WAVES[0]], compare=True, compare_label="previous"),
]
LONG_VALUES = [total_row(0, "Chrome", 9_999_990), total_row(1, "Safari", 7)]
BROWSERS = [
    total_row(0, "Chrome", 310, breakdown_value="Chrome"),
    total_row(0, "Safari", 120, breakdown_value="Safari"),
    total_row(0, NO_VALUE, 31, breakdown_value=NO_VALUE),
    total_row(0, OTHER, 12, breakdown_value=OTHER),
]
COUNTRIES = [
    total_row(0, code, value, breakdown_value=code)
    for code, value in (("US", 420), ("DE", 210), ("BR", 90), ("JP", 60), ("SG", 4), ("XX", 1))
]


def step(name: str, order: int, count: int, seconds: float | None, **more: Any) -> dict[str, Any]:
    """Return a step of a funnel."""
    return {
        "action_id": name,
        "name": name,
        "custom_name": None,
        "order": order,
        "count": count,
        "type": "events",
        "average_conversion_time": seconds,
        "median_conversion_time": seconds and seconds / 2,
        **more,
    }


STEPS = [
    step("$pageview", 0, 400, None),
    step("signed up", 1, 180, 95.5),
    step("A step with a name that is rather long", 2, 61, 86_400.0),
]
GROUPED_STEPS = [
    [
        step("$pageview", 0, size, None, breakdown=[name], breakdown_value=[name]),
        step("signed up", 1, size // 2, 60.0, breakdown=[name], breakdown_value=[name]),
        step("paid", 2, size // 5, 3600.0, breakdown=[name], breakdown_value=[name]),
    ]
    for name, size in (("Chrome", 300), ("Safari", 90), ("Firefox", 40))
]
RETENTION = [
    {
        "label": f"Day {row}",
        "date": f"2026-11-{18 + row}T00:00:00Z",
        "breakdown_value": None,
        "values": [
            {"label": f"Day {cell}", "count": max(0, 40 - row * 2 - cell * 6) if cell else 60 - row}
            for cell in range(8)
        ],
    }
    for row in range(8)
]
LIFECYCLE = [
    {
        "status": status,
        "label": f"$pageview - {status}",
        "data": data,
        "labels": LABELS,
        "days": DAYS,
    }
    for status, data in (
        ("new", list(WAVES[2])),
        ("returning", list(WAVES[1])),
        ("resurrecting", [1] * 14),
        ("dormant", [-n for n in WAVES[2]]),
    )
]
PATHS = [
    {"source": source, "target": target, "value": value, "average_conversion_time": 8200.0}
    for source, target, value in (
        ("1_https://example.com/", "2_https://example.com/pricing", 40),
        ("1_https://example.com/", "2_https://example.com/docs/a/very/long/way/to/a/page", 25),
        ("2_https://example.com/pricing", "3_signed up", 12),
        ("2_https://example.com/docs/a/very/long/way/to/a/page", "3_signed up", 5),
    )
]
ROWS = [["2026-11-20", 12, 3.5], ["2026-11-21", 15, 2.25], ["2026-11-22", 9, 7.0]]


def sql(name: str, display: str | None = None, **settings: Any) -> dict[str, Any]:
    """Return a SQL insight drawn by a display and `chartSettings`."""
    node = {
        "kind": "DataVisualizationNode",
        "source": {"kind": "HogQLQuery", "query": "select 1"},
        "display": display,
        "chartSettings": settings,
    }
    return {
        "name": name,
        "query": node,
        "result": ROWS,
        "columns": ["day", "people", "minutes"],
        "types": [["day", "Date"], ["people", "UInt64"], ["minutes", "Float64"]],
        "last_refresh": "2026-11-25T09:30:00Z",
    }


def funnel(name: str, result: Any, **settings: Any) -> dict[str, Any]:
    """Return a funnel insight with a funnelsFilter."""
    return insight(name, {"kind": "FunnelsQuery", "funnelsFilter": settings}, result)


def retention(name: str, **settings: Any) -> dict[str, Any]:
    """Return a retention insight with a retentionFilter."""
    return insight(name, {"kind": "RetentionQuery", "retentionFilter": settings}, RETENTION)


GALLERY = [
    trends("Line", SERIES, showLegend=True),
    trends("Area", SERIES, display="ActionsAreaGraph"),
    trends("Bars, stacked", SERIES, display="ActionsBar", showLegend=True),
    trends("Bars, side by side", SERIES, display="ActionsUnstackedBar", showValuesOnSeries=True),
    trends("Shares of 100", SERIES, display="ActionsBar", showPercentStackView=True),
    trends("Cumulative", SERIES[:1], display="ActionsLineGraphCumulative"),
    trends("Compared", COMPARED, showLegend=True),
    trends("Logarithmic", SERIES, yAxisScaleType="log10"),
    trends("Several axes", SERIES, showMultipleYAxes=True, showLegend=True),
    trends(
        "Goals",
        SERIES[:1],
        goalLines=[{"label": "Goal", "value": 80, "borderColor": "#c02020"}],
        showTrendLines=True,
        showMovingAverage=True,
    ),
    trends("Durations", SERIES[:1], aggregationAxisFormat="duration"),
    trends("Number", [total_row(0, "$pageview", 1234567.891)], display="BoldNumber"),
    trends(
        "Number, compared",
        [
            total_row(0, "$pageview", 130, compare_label="current"),
            total_row(0, "$pageview", 100, compare_label="previous"),
        ],
        display="BoldNumber",
        aggregationAxisFormat="currency",
    ),
    trends("Pie", BROWSERS, display="ActionsPie", showLegend=True),
    trends("Lying bars", BROWSERS, display="ActionsBarValue"),
    trends("Lying bars to the end", LONG_VALUES, display="ActionsBarValue"),
    trends("Table", BROWSERS, display="ActionsTable"),
    trends("World", COUNTRIES, display="WorldMap"),
    funnel("Funnel", STEPS),
    funnel("Funnel, lying", GROUPED_STEPS, layout="horizontal"),
    funnel("Funnel by browser", GROUPED_STEPS, funnelStepReference="previous"),
    funnel(
        "Time to convert",
        {"bins": [[0, 12], [60, 31], [120, 9], [180, 2]], "average_conversion_time": 74.0},
        funnelVizType="time_to_convert",
    ),
    funnel(
        "Conversion over time",
        [trends_row(0, "", [40.0, 35.5, 51.25, 60.0])],
        funnelVizType="trends",
    ),
    retention("Retention"),
    retention("Retention, lines", dashboardDisplay="graph_only"),
    insight("Lifecycle", {"kind": "LifecycleQuery"}, LIFECYCLE),
    insight(
        "Stickiness", {"kind": "StickinessQuery"}, [trends_row(0, "$pageview", [30, 12, 5, 2])]
    ),
    insight("Paths", {"kind": "PathsQuery"}, PATHS),
    sql("SQL table"),
    sql("SQL line", "ActionsLineGraph"),
    sql(
        "SQL, two axes",
        "ActionsBar",
        yAxis=[
            {"column": "people", "settings": {"display": {"color": "#b64fbf"}}},
            {
                "column": "minutes",
                "settings": {"display": {"displayType": "line", "yAxisPosition": "right"}},
            },
        ],
        showLegend=True,
    ),
    sql("SQL number", "BoldNumber"),
    insight("Empty", {"kind": "TrendsQuery"}, []),
    {"name": "Not computed", "query": {"kind": "TrendsQuery"}, "result": None},
    {
        "name": "Failed",
        "query": {"kind": "HogQLQuery", "query": "selec"},
        "result": None,
        "query_status": {"error": True, "error_message": "A syntax error at the first word."},
    },
]
