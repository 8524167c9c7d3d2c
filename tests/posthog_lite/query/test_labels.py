"""Days and labels of buckets."""

from __future__ import annotations

from datetime import datetime

import pytest

from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import resolve_dates
from posthog_lite.query.labels import days_of, labels_of, moments_of
from posthog_lite.query.nodes.common import DateRange, Interval


def labelled(start: str, end: str, interval: str, zone: str = "UTC") -> tuple[list[str], ...]:
    where = QueryContext(1, datetime.fromisoformat("2021-01-01T00:00:00Z"), zone)
    found = resolve_dates(DateRange(start, end), Interval(interval), where)
    return days_of(found), labels_of(found), moments_of(found)


def test_rule_025_days_are_local_dates() -> None:
    assert labelled("2020-01-09", "2020-01-10", "day")[0] == ["2020-01-09", "2020-01-10"]
    days = labelled("2020-01-09T05:00:00Z", "2020-01-09T06:00:00Z", "hour", "Asia/Tokyo")[0]
    assert days == ["2020-01-09 14:00:00", "2020-01-09 15:00:00"]


@pytest.mark.parametrize(
    ("interval", "label"),
    [
        ("day", "9-Jan-2020"),
        ("hour", "9-Jan 00:00"),
        ("minute", "9-Jan 00:00"),
        ("second", "9-Jan 00:00:00"),
        ("month", "Jan 2020"),
        ("quarter", "1-Jan-2020"),
        ("year", "1-Jan-2020"),
    ],
)
def test_rule_026_labels_name_the_start(interval: str, label: str) -> None:
    assert labelled("2020-01-09", "2020-01-09", interval)[1] == [label]


def test_rule_027_weeks_are_clipped_to_the_range() -> None:
    assert labelled("2020-10-29", "2020-11-03", "week")[1] == ["29–31 Oct", "1–3 Nov"]  # noqa: RUF001
    assert labelled("2020-10-31", "2020-11-07", "week")[1] == ["31-Oct-2020", "1–7 Nov"]  # noqa: RUF001
    assert labelled("2019-12-29", "2020-01-04", "week")[1] == [
        "29-Dec-2019 – 4-Jan-2020"  # noqa: RUF001
    ]
    assert labelled("2020-09-27", "2020-10-03", "week")[1] == ["27-Sep – 3-Oct"]  # noqa: RUF001


def test_moments_carry_the_projects_offset() -> None:
    assert labelled("2020-01-09", "2020-01-09", "day")[2] == ["2020-01-09T00:00:00Z"]
    assert labelled("2020-01-09", "2020-01-09", "day", "Asia/Tokyo")[2] == [
        "2020-01-09T00:00:00+09:00"
    ]
