"""Ranges and buckets. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from datetime import datetime

import pytest

from posthog_lite.query.dates import previous_dates, resolve_dates
from posthog_lite.query.errors import ParseError, TooManyIntervals
from posthog_lite.query.labels import days_of
from posthog_lite.query.nodes.common import DateRange, Interval
from tests.posthog_lite.query.date_ranges import DAY_END, bounds, context, resolved


def test_rule_001_today_is_the_projects_day() -> None:
    found = resolved("dStart", None, "day", "2020-01-02T01:00:00Z", timezone="US/Pacific")
    assert bounds(found) == ("2020-01-01T00:00:00", f"2020-01-01{DAY_END}")


@pytest.mark.parametrize("text", ["2020-01-02T10:00:00Z", "2020-01-02T12:00:00+02:00"])
def test_rule_002_a_zone_of_its_own_makes_a_time_absolute(text: str) -> None:
    found = resolved(text, None, "hour", "2020-01-02T12:30:00Z", timezone="Asia/Tokyo")
    assert bounds(found)[0] == "2020-01-02T19:00:00"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("-7d", "2020-03-24T00:00:00"),
        ("-2w", "2020-03-17T00:00:00"),
        ("-1m", "2020-02-29T00:00:00"),
        ("-1y", "2019-03-31T00:00:00"),
        ("-1q", "2019-12-31T00:00:00"),
    ],
)
def test_rule_003_relative_days_start_at_local_midnight(text: str, start: str) -> None:
    assert bounds(resolved(text, None, "day", "2020-03-31T15:20:00Z"))[0] == start


@pytest.mark.parametrize("text", ["-7d", None])
def test_rule_004_seven_days_are_eight_buckets_and_the_default(text: str | None) -> None:
    assert len(resolved(text, None, "day", "2020-01-24T05:00:00Z").starts) == 8


@pytest.mark.parametrize(("text", "buckets"), [("-24h", 2), ("-48h", 3)])
def test_rule_005_hours_keep_the_clock_by_day(text: str, buckets: int) -> None:
    found = resolved(text, None, "day", "2020-11-04T10:20:00Z")
    assert len(found.starts) == buckets
    assert bounds(found)[0].endswith("T10:20:00")


def test_rule_006_hours_are_floored_by_hour() -> None:
    found = resolved("-24h", None, "hour", "2020-01-02T13:05:00Z")
    assert len(found.starts) == 25
    assert bounds(found)[0] == "2020-01-01T13:00:00"


@pytest.mark.parametrize(
    ("text", "interval", "now", "buckets"),
    [
        ("-1d", "hour", "2020-01-02T13:05:00Z", 38),
        ("-2d", "hour", "2020-01-02T12:00:00Z", 61),
        ("-30d", "hour", "2020-02-02T00:00:00Z", 721),
        ("-1h", "minute", "2020-01-02T13:05:30Z", 61),
        ("-2M", "second", "2020-01-02T13:05:30Z", 121),
    ],
)
def test_rule_007_days_by_hour_run_from_midnight_to_the_running_hour(
    text: str, interval: str, now: str, buckets: int
) -> None:
    assert len(resolved(text, None, interval, now).starts) == buckets


def test_rule_008_days_end_with_the_local_day() -> None:
    found = resolved("-1d", None, "day", "2020-01-02T16:00:00Z", timezone="Asia/Tokyo")
    assert bounds(found)[1] == f"2020-01-03{DAY_END}"
    found = resolved("2020-01-01", "2020-01-05T10:00:00", "week", "2020-02-02T16:00:00Z")
    assert bounds(found)[1] == f"2020-01-05{DAY_END}"


@pytest.mark.parametrize(("end", "last"), [(None, "13:59:59"), ("-1h", "12:59:59")])
def test_rule_009_open_and_relative_ends_by_hour_take_the_running_hour(
    end: str | None, last: str
) -> None:
    found = resolved("dStart", end, "hour", "2020-01-02T13:05:00Z")
    assert bounds(found)[1] == f"2020-01-02T{last}.999999"


def test_rule_010_explicit_ends_by_hour_are_literal() -> None:
    now = "2020-02-02T00:00:00Z"
    assert days_of(resolved("2020-01-09", "2020-01-09", "hour", now)) == ["2020-01-09 00:00:00"]
    assert len(resolved("2020-01-09", "2020-01-10", "hour", now).starts) == 25


def test_rule_011_a_bare_day_is_included_by_day() -> None:
    found = resolved("2020-01-09", "2020-01-10", "day", "2020-02-02T00:00:00Z")
    assert bounds(found)[1] == f"2020-01-10{DAY_END}"


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ("dStart", None, ("2020-03-24T00:00:00", f"2020-03-24{DAY_END}")),
        ("-1dStart", "-1dEnd", ("2020-03-23T00:00:00", f"2020-03-23{DAY_END}")),
        ("-1d", "-1d", ("2020-03-23T00:00:00", f"2020-03-23{DAY_END}")),
        ("mStart", None, ("2020-03-01T00:00:00", f"2020-03-24{DAY_END}")),
        ("yStart", None, ("2020-01-01T00:00:00", f"2020-03-24{DAY_END}")),
        ("-1mStart", "-1mEnd", ("2020-02-01T00:00:00", f"2020-02-29{DAY_END}")),
        ("-1yStart", "-1yEnd", ("2019-01-01T00:00:00", f"2019-12-31{DAY_END}")),
        ("wStart", None, ("2020-03-22T00:00:00", f"2020-03-24{DAY_END}")),
    ],
)
def test_rule_012_starts_and_ends_are_those_of_the_calendar(
    start: str, end: str | None, wanted: tuple[str, str]
) -> None:
    assert bounds(resolved(start, end, "day", "2020-03-24T05:00:00Z")) == wanted


def test_rule_013_all_starts_with_the_first_event() -> None:
    where = context("2020-01-05T05:00:00Z")
    first = datetime.fromisoformat("2020-01-02T09:00:00Z")
    found = resolve_dates(DateRange("all"), Interval.DAY, where, earliest=first)
    assert bounds(found) == ("2020-01-02T00:00:00", f"2020-01-05{DAY_END}")
    assert len(resolve_dates(DateRange("all"), Interval.DAY, where).starts) == 1


@pytest.mark.parametrize("text", ["2020-6-7", "2020-06-07", "2020-6-7 00:00:00"])
def test_rule_014_leading_zeros_are_optional(text: str) -> None:
    assert bounds(resolved(text, None, "day", "2020-06-08T00:00:00Z"))[0] == "2020-06-07T00:00:00"


def test_rule_015_an_end_before_the_start_is_an_empty_range() -> None:
    assert resolved("2020-01-05", "2020-01-02", "day", "2020-06-08T00:00:00Z").starts == ()


def test_rule_016_weeks_have_true_starts_and_count_from_the_day() -> None:
    found = resolved("2020-01-10", "2020-01-16", "week", "2020-06-08T00:00:00Z")
    assert days_of(found) == ["2020-01-05", "2020-01-12"]
    assert found.counted_from.isoformat() == "2020-01-10T00:00:00+00:00"


@pytest.mark.parametrize(
    ("interval", "start"),
    [("month", "2020-05-01"), ("quarter", "2020-04-01"), ("year", "2020-01-01")],
)
def test_rule_017_months_and_longer_are_counted_whole(interval: str, start: str) -> None:
    found = resolved("2020-05-20", "2020-06-16", interval, "2020-07-08T00:00:00Z")
    assert found.counted_from.isoformat() == f"{start}T00:00:00+00:00"


@pytest.mark.parametrize(("week_start", "start"), [(0, "2020-01-05"), (1, "2020-01-06")])
def test_rule_018_weeks_start_on_the_projects_day(week_start: int, start: str) -> None:
    found = resolved(
        "2020-01-08", "2020-01-09", "week", "2020-02-02T00:00:00Z", week_start=week_start
    )
    assert days_of(found) == [start]


@pytest.mark.parametrize(
    ("text", "interval", "now", "buckets"),
    [
        ("-180d", "month", "2020-01-20T00:00:00Z", 7),
        ("-180d", "week", "2020-01-20T00:00:00Z", 27),
        ("-2w", "week", "2020-01-20T00:00:00Z", 3),
        ("-2m", "month", "2020-01-20T00:00:00Z", 3),
        ("-90d", "month", "2020-11-30T00:00:00Z", 3),
        ("-30d", "week", "2020-01-20T00:00:00Z", 6),
        ("-30d", "week", "2020-01-11T00:00:00Z", 5),
    ],
)
def test_rule_019_numbers_of_buckets(text: str, interval: str, now: str, buckets: int) -> None:
    assert len(resolved(text, None, interval, now).starts) == buckets


@pytest.mark.parametrize("zone", ["US/Pacific", "Europe/Berlin", "Australia/Lord_Howe"])
def test_rule_020_a_clock_change_costs_no_bucket(zone: str) -> None:
    for year_part in ("2020-01-01", "2020-07-01"):
        start = datetime.fromisoformat(year_part)
        end = start.replace(month=start.month + 5, day=28)
        found = resolved(
            year_part, end.date().isoformat(), "day", "2021-01-01T00:00:00Z", timezone=zone
        )
        assert len(set(days_of(found))) == len(found.starts) == (end - start).days + 1
        assert {at.hour for at in found.starts} == {0}


def test_rule_020_hours_of_a_clock_change_are_elapsed_ones() -> None:
    spring = resolved(
        "2020-03-08", "2020-03-09", "hour", "2021-01-01T00:00:00Z", timezone="US/Pacific"
    )
    autumn = resolved(
        "2020-11-01", "2020-11-02", "hour", "2021-01-01T00:00:00Z", timezone="US/Pacific"
    )
    assert (len(spring.starts), len(autumn.starts)) == (24, 26)


@pytest.mark.parametrize(
    ("start", "end"), [("2020-01-01T10:20:00", "2020-01-03T08:00:00"), ("-2d", "-1d")]
)
def test_rule_021_explicit_dates_are_literal(start: str, end: str) -> None:
    now = "2020-01-03T10:20:00Z"
    found = resolved(start, end, "day", now, explicit=True)
    assert bounds(found)[0] == "2020-01-01T10:20:00"
    assert bounds(found)[1] in ("2020-01-03T08:00:00", "2020-01-02T10:20:00")


def test_an_explicit_date_counts_from_the_middle_of_a_month() -> None:
    now = "2020-03-03T10:20:00Z"
    found = resolved("2020-01-20", "2020-03-01", "month", now, explicit=True)
    assert found.counted_from == found.date_from
    assert found.starts[0].day == 1


def test_rule_022_incomplete_periods_can_be_left_out() -> None:
    now = "2020-01-24T05:00:00Z"
    found = resolved("-7d", None, "day", now, exclude_incomplete=True)
    assert bounds(found) == ("2020-01-17T00:00:00", f"2020-01-23{DAY_END}")
    found = resolved("2020-01-08", None, "week", now, exclude_incomplete=True)
    assert bounds(found) == ("2020-01-12T00:00:00", f"2020-01-18{DAY_END}")
    found = resolved("dStart", None, "day", now, exclude_incomplete=True)
    assert bounds(found) == ("2020-01-24T00:00:00", f"2020-01-24{DAY_END}")


@pytest.mark.parametrize("interval", list(Interval))
def test_rule_023_all_intervals_are_known(interval: str) -> None:
    found = resolved("2020-01-01", "2020-01-01T10:00:00", interval, "2020-02-01T00:00:00Z")
    assert found.starts[0].isoformat() == (
        "2019-12-29T00:00:00+00:00" if interval == "week" else "2020-01-01T00:00:00+00:00"
    )


def test_a_day_as_the_end_of_a_single_number_is_whole() -> None:
    now = "2020-01-24T05:30:00Z"
    days = resolved("-7d", "-1d", "day", now, exact=True)
    assert bounds(days) == ("2020-01-17T05:30:00", f"2020-01-23{DAY_END}")
    hours = resolved("-3h", "-1h", "day", now, exact=True)
    assert bounds(hours) == ("2020-01-24T02:30:00", "2020-01-24T04:30:00")


@pytest.mark.parametrize("text", ["yesterday", "2020-13-01", "2020-01-32", "-99999y", "-7x", "1"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        resolved(text, None, "day", "2020-01-24T13:05:00Z")
    assert refused.value.attr == "query.dateRange.date_from"


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T23:59:59Z", "2300-01-01", "0001-01-01"])
def test_a_date_beyond_what_the_engine_stores_is_refused(text: str) -> None:
    """And not taken for a day whose end no calendar has."""
    for start, end in ((text, None), ("-7d", text)):
        with pytest.raises(ParseError, match="is not in the years 1900 to 2299"):
            resolved(start, end, "day", "2020-01-24T13:05:00Z")


def test_the_last_day_that_can_be_asked_for_has_its_neighbours() -> None:
    found = resolved("2299-12-01", "2299-12-31", "month", "2020-01-24T13:05:00Z")
    assert len(found.starts) == 1
    assert previous_dates(found, None, context("2020-01-24T13:05:00Z")).date_to.year == 2299
    assert bounds(resolved("1900-01-01", "1900-01-02", "week", "2020-01-24T13:05:00Z"))


def test_more_intervals_than_an_answer_may_have_are_refused() -> None:
    with pytest.raises(TooManyIntervals):
        _ = resolved("2019-01-01", None, "minute", "2020-01-24T13:05:00Z").starts
