"""What is drawn, as data: per display and setting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.charts.colors import make_palette
from sharing.charts.draw import ROW_KINDS, draw
from sharing.charts.drawing import Drawing
from tests.sharing.charts import gallery
from tests.sharing.charts.gallery import GALLERY, funnel, retention, sql, total_row, trends

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PALETTE = make_palette(["#111111", "#222222", "#333333"], [])


def drawn(insight: dict[str, Any], palette: Any = PALETTE) -> Drawing:
    return draw(insight, palette, now=NOW)


def option(insight: dict[str, Any], palette: Any = PALETTE) -> dict[str, Any]:
    drawing = drawn(insight, palette)
    assert drawing.option is not None
    found: dict[str, Any] = drawing.option["option"]
    return found


@pytest.mark.parametrize("insight", GALLERY, ids=lambda insight: str(insight["name"]))
def test_each_has_one_thing_to_draw_and_its_numbers_in_a_table(insight: dict[str, Any]) -> None:
    drawing = drawn(insight)
    parts = (drawing.option, drawing.number, drawing.funnel, drawing.heat, drawing.words or None)
    assert sum(part is not None for part in parts) == (0 if drawing.is_table else 1)
    if not drawing.words:
        assert drawing.table is not None
        assert all(len(row) == len(drawing.table.columns) for row in drawing.table.rows)
        assert orjson.dumps(drawing.option)


class TestTrends:
    @pytest.mark.parametrize(
        ("display", "kind", "is_stacked", "is_area"),
        [
            (None, "line", False, False),
            ("ActionsLineGraph", "line", False, False),
            ("ActionsLineGraphCumulative", "line", False, False),
            ("ActionsAreaGraph", "line", True, True),
            ("ActionsBar", "bar", True, False),
            ("ActionsStackedBar", "bar", True, False),
            ("ActionsUnstackedBar", "bar", False, False),
            ({"odd": 1}, "line", False, False),
        ],
    )
    def test_displays_over_time(
        self, display: Any, kind: str, is_stacked: bool, is_area: bool
    ) -> None:
        series = option(trends("x", gallery.SERIES, display=display))["series"]
        assert [one["type"] for one in series] == [kind] * 3
        assert {"stack" in one for one in series} == {is_stacked}
        assert {"areaStyle" in one for one in series} == {is_area}

    def test_colors_come_in_the_order_of_the_theme_and_begin_anew(self) -> None:
        rows = [gallery.trends_row(n, f"event {n}", [n]) for n in range(4)]
        colors = [one["color"] for one in option(trends("x", rows))["series"]]
        assert colors == ["#111111", "#222222", "#333333", "#111111"]

    def test_the_period_before_has_the_same_color_paler(self) -> None:
        now, before = option(trends("x", gallery.COMPARED))["series"]
        assert now["color"] == before["color"]
        assert before["itemStyle"]["opacity"] < 1
        assert (now["name"], before["name"]) == ("$pageview", "Previous")

    def test_colors_set_by_value_by_position_and_by_the_dashboard(self) -> None:
        rows = gallery.BROWSERS
        key = '{"series":0,"breakdown_value":["Chrome"]}'
        by_value = {key: {"assignmentBy": "value", "color": "preset-3", "hidden": True}}
        bars = option(trends("x", rows, display="ActionsPie", resultCustomizations=by_value))
        assert bars["series"][0]["data"][0]["itemStyle"] == {"color": "#333333"}
        assert bars["legend"]["selected"]["Chrome"] is False
        by_position = {"1": {"assignmentBy": "position", "color": "preset-3"}}
        bars = option(
            trends(
                "x",
                rows,
                display="ActionsPie",
                resultCustomizationBy="position",
                resultCustomizations=by_position,
            )
        )
        assert bars["series"][0]["data"][1]["itemStyle"] == {"color": "#333333"}
        palette = make_palette(
            ["#111111", "#222222"], [{"breakdownValue": "Chrome", "colorToken": "preset-2"}]
        )
        bars = option(trends("x", rows, display="ActionsPie"), palette)
        assert bars["series"][0]["data"][0]["itemStyle"] == {"color": "#222222"}

    def test_shares_add_up_to_100_and_the_table_keeps_the_numbers(self) -> None:
        insight = trends("x", gallery.SERIES, display="ActionsBar", showPercentStackView=True)
        sums = [sum(one["data"][n] for one in option(insight)["series"]) for n in range(14)]
        assert sums == pytest.approx([100.0] * 14, abs=0.01)
        table = drawn(insight).table
        assert table is not None
        assert table.rows[0] == ("12-Nov-2026", "12", "5", "2")

    def test_goals_are_drawn_unless_crossed_and_fit_on_the_axis(self) -> None:
        goals = [
            {"label": "far", "value": 200},
            {"label": "crossed", "value": 10, "displayIfCrossed": False},
            {"label": "unnamed", "value": 20, "displayLabel": False},
            {"label": "odd", "value": "x"},
        ]
        made = option(trends("x", gallery.SERIES, goalLines=goals))
        marks = made["series"][0]["markLine"]["data"]
        assert [(mark["yAxis"], mark["label"]["show"]) for mark in marks] == [
            (200, True),
            (20, False),
        ]
        assert made["yAxis"]["max"] == 200

    def test_a_logarithmic_axis_leaves_zeros_out(self) -> None:
        rows = [gallery.trends_row(0, "a", [0, 5])]
        made = option(trends("x", rows, yAxisScaleType="log10"))
        assert made["yAxis"]["type"] == "log"
        assert made["series"][0]["data"] == [None, 5]

    def test_an_axis_for_each_series(self) -> None:
        made = option(trends("x", gallery.SERIES, showMultipleYAxes=True))
        assert [axis["position"] for axis in made["yAxis"]] == ["left", "right", "left"]
        assert [one["yAxisIndex"] for one in made["series"]] == [0, 1, 2]
        plain = option(trends("x", gallery.SERIES))
        assert made["grid"]["left"] > plain["grid"]["left"]  # the third stands beside the first
        assert made["grid"]["right"] == plain["grid"]["right"]

    def test_the_legend_is_shown_when_asked_for(self) -> None:
        assert "legend" not in option(trends("x", gallery.SERIES))
        made = option(trends("x", gallery.SERIES, showLegend=True))
        assert made["legend"]["data"] == ["$pageview", "signed up", "paid"]
        hidden = option(trends("x", gallery.SERIES, hiddenLegendIndexes=[1]))
        assert hidden["legend"]["selected"]["signed up"] is False

    def test_added_lines(self) -> None:
        rows = [gallery.trends_row(0, "a", [1, 3, 5])]
        made = option(
            trends("x", rows, showTrendLines=True, showMovingAverage=True, movingAverageIntervals=2)
        )
        assert [one["data"] for one in made["series"]] == [[1, 3, 5], [1, 3, 5], [1, 2, 4]]

    def test_series_of_the_same_name_stay_apart(self) -> None:
        rows = [gallery.trends_row(n, "a", [n]) for n in range(2)]
        assert [one["name"] for one in option(trends("x", rows))["series"]] == ["a", "a (2)"]


class TestTotals:
    @pytest.mark.parametrize(
        ("format_settings", "text"),
        [
            ({}, "1,234.57"),
            ({"decimalPlaces": 0}, "1,235"),
            ({"minDecimalPlaces": 2, "decimalPlaces": 3}, "1,234.568"),
            ({"aggregationAxisFormat": "duration"}, "20m 35s"),
            ({"aggregationAxisFormat": "duration_ms"}, "1s"),
            ({"aggregationAxisFormat": "percentage"}, "1,234.57%"),
            ({"aggregationAxisFormat": "percentage_scaled"}, "123,456.78%"),
            ({"aggregationAxisFormat": "currency"}, "$1,234.57"),
            ({"aggregationAxisFormat": "short"}, "1.23K"),
            ({"aggregationAxisPrefix": "~", "aggregationAxisPostfix": " h"}, "~1,234.57 h"),
            ({"aggregationAxisFormat": ["odd"], "decimalPlaces": "x"}, "1,234.57"),
        ],
    )
    def test_a_number_in_its_format(self, format_settings: dict[str, Any], text: str) -> None:
        insight = trends(
            "x", [total_row(0, "a", 1234.5678)], display="BoldNumber", **format_settings
        )
        number = drawn(insight).number
        assert number is not None
        assert number.text == text

    @pytest.mark.parametrize(
        ("now", "before", "change", "direction"),
        [
            (130, 100, "Up 30%", "up"),
            (50, 100, "Down 50%", "down"),
            (7, 7, "No change", "level"),
            (7, 0, "", ""),
        ],
    )
    def test_a_number_against_the_period_before(
        self, now: int, before: int, change: str, direction: str
    ) -> None:
        rows = [
            total_row(0, "a", now, compare_label="current"),
            total_row(0, "a", before, compare_label="previous"),
        ]
        number = drawn(trends("x", rows, display="BoldNumber")).number
        assert number is not None
        assert (number.change, number.direction) == (change, direction)

    def test_values_without_a_name_are_said_in_words(self) -> None:
        table = drawn(trends("x", gallery.BROWSERS, display="ActionsTable")).table
        assert table is not None
        assert [row[0] for row in table.rows] == [
            "Chrome",
            "Safari",
            "None (i.e. no value)",
            "Other (i.e. all remaining values)",
        ]

    def test_the_map_has_countries_by_code_and_the_table_by_name(self) -> None:
        insight = trends("x", gallery.COUNTRIES, display="WorldMap")
        assert {"name": "DE", "value": 210.0} in option(insight)["series"][0]["data"]
        table = drawn(insight).table
        assert table is not None
        assert ("Germany", "210") in table.rows
        assert ("XX", "1") in table.rows


class TestFunnels:
    def test_shares_of_the_first_step_or_of_the_step_before(self) -> None:
        for reference, shares in (("total", [100, 45, 15.25]), ("previous", [100, 45, 33.89])):
            steps = drawn(funnel("x", gallery.STEPS, funnelStepReference=reference)).funnel
            assert steps is not None
            assert [step[0].share for step in steps.steps] == shares

    def test_groups_have_a_bar_each_in_every_step(self) -> None:
        steps = drawn(funnel("x", gallery.GROUPED_STEPS, layout="horizontal")).funnel
        assert steps is not None
        assert steps.is_lying
        assert [[bar.group for bar in step] for step in steps.steps] == [
            ["Chrome", "Safari", "Firefox"]
        ] * 3
        hidden = drawn(funnel("x", gallery.GROUPED_STEPS, hiddenLegendBreakdowns=["Safari"])).funnel
        assert hidden is not None
        assert [bar.group for bar in hidden.steps[0]] == ["Chrome", "Firefox"]

    def test_nobody_at_all(self) -> None:
        steps = [gallery.step("a", 0, 0, None), gallery.step("b", 1, 0, None)]
        made = drawn(funnel("x", steps)).funnel
        assert made is not None
        assert [step[0].share_text for step in made.steps] == ["0%", "0%"]
        empty: dict[str, Any] = {"bins": [], "average_conversion_time": None}
        assert drawn(funnel("x", empty, funnelVizType="time_to_convert")).words


class TestRetention:
    def test_cells_that_have_not_begun_are_blank(self) -> None:
        heat = drawn(retention("x")).heat
        assert heat is not None
        assert [sum(cell.heat is not None for cell in row.cells) for row in heat.rows] == [
            8,
            8,
            7,
            6,
            5,
            4,
            3,
            2,
            1,
        ]

    @pytest.mark.parametrize(
        ("way", "first"),
        [("simple", "Mean"), ("weighted", "Weighted mean"), ("none", "Day 0 · 2026-11-18")],
    )
    def test_the_mean_of_the_cohorts(self, way: str, first: str) -> None:
        heat = drawn(retention("x", meanRetentionCalculation=way)).heat
        assert heat is not None
        assert heat.rows[0].name == first


class TestSQL:
    def test_the_columns_are_chosen_by_their_types(self) -> None:
        made = option(sql("x", "ActionsLineGraph"))
        assert made["xAxis"]["data"] == ["2026-11-20", "2026-11-21", "2026-11-22"]
        assert [one["name"] for one in made["series"]] == ["people", "minutes"]

    def test_a_breakdown_column_makes_series_of_rows(self) -> None:
        insight = sql("x", "ActionsBar", seriesBreakdownColumn="plan", yAxis=[{"column": "people"}])
        insight |= {
            "columns": ["day", "plan", "people"],
            "types": [["day", "Date"], ["plan", "String"], ["people", "UInt64"]],
            "result": [["a", "free", 1], ["a", "paid", 2], ["b", "free", 3]],
        }
        series = option(insight)["series"]
        assert [(one["name"], one["data"]) for one in series] == [
            ("free", [1.0, 3.0]),
            ("paid", [2.0, None]),
        ]

    def test_rows_without_settings_are_a_table(self) -> None:
        drawing = drawn(sql("x"))
        assert drawing.is_table
        assert drawing.table is not None
        assert drawing.table.numeric == {1, 2}

    def test_long_results_are_cut_and_counted(self) -> None:
        insight = sql("x") | {"result": [[n, n, n] for n in range(1200)]}
        table = drawn(insight).table
        assert table is not None
        assert (len(table.rows), table.left_out) == (1000, 200)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "labels", "count", "values", "bins", "action", "label", "kind"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from([*ROW_KINDS, "FunnelsQuery", "RetentionQuery", "HogQLQuery", "?"])
DISPLAYS = [
    "ActionsBar",
    "BoldNumber",
    "ActionsPie",
    "ActionsBarValue",
    "WorldMap",
    "ActionsTable",
]


def test_what_is_no_list_among_the_groups_of_a_funnel_is_left_out() -> None:
    query = {"kind": "FunnelsQuery", "series": []}
    odd = drawn({"query": query, "result": [[{"name": "up", "count": 2}], None, 1, "x"]})
    assert odd.funnel is not None
    assert len(odd.funnel.steps) == 1


@given(
    kind=KINDS,
    result=JSON
    | st.lists(
        st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "labels",
                    "count",
                    "values",
                    "aggregated_value",
                    "breakdown_value",
                    "source",
                    "target",
                    "value",
                    "date",
                    "action",
                ]
            ),
            JSON,
            max_size=6,
        ),
        max_size=4,
    ),
    chosen=st.dictionaries(
        st.sampled_from(
            [
                "display",
                "goalLines",
                "resultCustomizations",
                "hiddenLegendIndexes",
                "funnelVizType",
                "toggledLifecycles",
                "showTrendLines",
                "showMovingAverage",
                "movingAverageIntervals",
                "vizSpecificOptions",
                "dashboardDisplay",
            ]
        ),
        JSON | st.just(True) | st.sampled_from([*DISPLAYS, "time_to_convert", "trends"]),
        max_size=5,
    ),
)
@settings(max_examples=300)
def test_whatever_is_stored_is_drawn_or_said_in_words(kind: str, result: Any, chosen: Any) -> None:
    filters = {name: chosen for name, _ in ROW_KINDS.values()}
    source = {"kind": kind, "funnelsFilter": chosen, "retentionFilter": chosen, **filters}
    for query in (
        {"kind": "InsightVizNode", "source": source},
        {"kind": "DataVisualizationNode", "source": source, "chartSettings": chosen, **chosen},
    ):
        drawing = drawn({"query": query, "result": result, "columns": result, "types": result})
        assert isinstance(drawing, Drawing)
