"""Results as lines for spreadsheets, per kind of query."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.query.text.lines import answer_lines
from tests.sharing.charts import gallery
from tests.sharing.charts.gallery import GALLERY, total_row, trends_row


def lines(kind: str, result: Any, columns: Any = None) -> list[list[Any]]:
    source = {"kind": kind}
    query = {"kind": "InsightVizNode", "source": source}
    return list(answer_lines(query, result, columns))


@pytest.mark.parametrize("insight", GALLERY, ids=lambda insight: str(insight["name"]))
def test_every_line_is_as_wide_as_the_names(insight: dict[str, Any]) -> None:
    written = list(answer_lines(insight["query"], insight["result"], insight.get("columns")))
    assert len({len(line) for line in written}) == 1


def test_trends_have_a_line_for_each_day_of_each_series() -> None:
    rows = [
        trends_row(0, "$pageview", [1, 2.5], compare_label="current", breakdown_value="Chrome"),
        trends_row(
            0, "$pageview", [3, None], compare_label="previous", breakdown_value=gallery.NO_VALUE
        ),
    ]
    rows[1]["days"] = ["2026-10-01", "2026-10-02"]  # the earlier period has dates of its own
    assert lines("TrendsQuery", rows) == [
        ["series", "breakdown", "compare", "date", "value"],
        ["$pageview", "Chrome", "current", "2026-11-12", 1],
        ["$pageview", "Chrome", "current", "2026-11-13", 2.5],
        ["$pageview", "None (i.e. no value)", "previous", "2026-10-01", 3],
        ["$pageview", "None (i.e. no value)", "previous", "2026-10-02", None],
    ]


def test_several_breakdowns_have_a_column_each() -> None:
    rows = [total_row(0, "a", 7, breakdown_value=["Chrome", "DE"])]
    assert lines("TrendsQuery", rows) == [
        ["series", "breakdown 1", "breakdown 2", "value"],
        ["a", "Chrome", "DE", 7],
    ]


def test_totals_have_a_line_for_each_series() -> None:
    rows = [total_row(0, "$pageview", 1234567.891), total_row(1, "paid", None)]
    assert lines("TrendsQuery", rows)[1:] == [["$pageview", 1234567.891], ["paid", None]]


def test_funnels_have_a_line_for_each_step_of_each_group() -> None:
    [names, first, *rest] = lines("FunnelsQuery", gallery.GROUPED_STEPS)
    assert names[:4] == ["breakdown", "step", "name", "count"]
    assert first == ["Chrome", 1, "$pageview", 300, None, None]
    assert len(rest) == 8


def test_time_to_convert_is_a_table_of_bins() -> None:
    assert lines("FunnelsQuery", {"bins": [[0, 12], [60, 31]]}) == [
        ["from_seconds", "count"],
        [0, 12],
        [60, 31],
    ]


def test_retention_has_a_line_for_each_cohort() -> None:
    [names, first, *rest] = lines("RetentionQuery", gallery.RETENTION)
    assert names[:4] == ["cohort", "date", "Day 0", "Day 1"]
    assert first[:4] == ["Day 0", "2026-11-18T00:00:00Z", 60, 34]
    assert len(rest) == 7


def test_lifecycle_and_paths_and_sql() -> None:
    assert lines("LifecycleQuery", gallery.LIFECYCLE)[1] == ["new", "2026-11-12", 2]
    assert lines("PathsQuery", gallery.PATHS)[1][2:] == [40, 8.2]
    assert lines("HogQLQuery", gallery.ROWS, ["day", "people", "minutes"]) == [
        ["day", "people", "minutes"],
        *gallery.ROWS,
    ]


@pytest.mark.parametrize("result", [None, [], {}, "x", 3, [None, 1, "a"], [{"days": 3, "data": 1}]])
@pytest.mark.parametrize(
    "kind", ["TrendsQuery", "FunnelsQuery", "RetentionQuery", "PathsQuery", "WebStatsTableQuery"]
)
def test_odd_results_are_no_failure(kind: str, result: Any) -> None:
    assert lines(kind, result)
