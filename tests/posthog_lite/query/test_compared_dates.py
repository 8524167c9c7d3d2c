"""Periods that ranges are compared with. Names carry the numbers of the rules they prove."""

from __future__ import annotations

import pytest

from tests.posthog_lite.query.date_ranges import DAY_END, bounds, previous, resolved


def test_rule_059_explicit_dates_compare_with_as_many_days_before() -> None:
    found = previous("2020-01-11", "2020-01-20", "day", "2020-02-01T00:00:00Z")
    assert bounds(found) == ("2020-01-01T00:00:00", f"2020-01-10{DAY_END}")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("-7d", "2020-01-10", "2020-01-17"), ("-14d", "2019-12-27", "2020-01-10")],
)
def test_rule_060_relative_days_are_shifted_by_so_many(text: str, start: str, end: str) -> None:
    found = previous(text, None, "day", "2020-01-24T00:00:00Z")
    assert bounds(found) == (f"{start}T00:00:00", f"{end}{DAY_END}")


@pytest.mark.parametrize(
    ("text", "end", "interval", "wanted"),
    [
        ("-3d", None, "day", ("2020-01-17", "2020-01-20")),
        ("-30d", None, "day", ("2019-11-24", "2019-12-24")),
        ("-1w", None, "day", ("2020-01-09", "2020-01-16")),
        ("-7d", None, "week", ("2020-01-09", "2020-01-16")),
        ("-7d", "-1d", "day", ("2020-01-10", "2020-01-16")),
        ("-7d", "2020-01-22", "day", ("2020-01-10", "2020-01-15")),
    ],
)
def test_only_whole_weeks_of_days_share_a_day_with_the_period_before(
    text: str, end: str | None, interval: str, wanted: tuple[str, str]
) -> None:
    found = previous(text, end, interval, "2020-01-24T05:00:00Z")
    assert bounds(found) == (f"{wanted[0]}T00:00:00", f"{wanted[1]}{DAY_END}")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("wStart", "2020-03-08", "2020-03-14"),
        ("mStart", "2020-02-01", "2020-02-29"),
        ("qStart", "2019-10-01", "2019-12-31"),
        ("yStart", "2019-01-01", "2019-12-31"),
    ],
)
def test_a_running_unit_is_compared_with_the_whole_of_the_one_before(
    text: str, start: str, end: str
) -> None:
    found = previous(text, None, "day", "2020-03-18T05:00:00Z")
    assert bounds(found) == (f"{start}T00:00:00", f"{end}{DAY_END}")


def test_rule_061_starts_compare_without_overlap() -> None:
    found = previous("-1dStart", None, "day", "2020-01-24T05:00:00Z")
    assert bounds(found) == ("2020-01-21T00:00:00", f"2020-01-22{DAY_END}")
    found = previous("dStart", None, "hour", "2020-01-24T05:30:00Z")
    assert bounds(found) == ("2020-01-23T00:00:00", "2020-01-23T05:59:59.999999")


@pytest.mark.parametrize(
    ("shift", "start", "end"),
    [
        ("-2d", "2020-01-09", "2020-01-18"),
        ("-1w", "2020-01-04", "2020-01-13"),
        ("-1m", "2019-12-11", "2019-12-20"),
    ],
)
def test_rule_062_compare_to_shifts_by_exactly_that(shift: str, start: str, end: str) -> None:
    found = previous("2020-01-11", "2020-01-20", "day", "2020-02-01T00:00:00Z", shift)
    assert bounds(found) == (f"{start}T00:00:00", f"{end}{DAY_END}")


def test_a_shift_by_a_month_keeps_the_length_of_the_range() -> None:
    found = previous("2020-03-01", "2020-03-31", "day", "2020-04-01T00:00:00Z", "-1m")
    assert bounds(found) == ("2020-02-01T00:00:00", f"2020-03-02{DAY_END}")


def test_rule_033_a_single_number_takes_exactly_so_many_hours() -> None:
    now = "2020-01-24T05:30:00Z"
    current = resolved("-7d", None, "day", now, exact=True)
    assert bounds(current) == ("2020-01-17T05:30:00", "2020-01-24T05:30:00")
    before = previous("-7d", None, "day", now, exact=True)
    assert bounds(before) == ("2020-01-10T05:30:00", "2020-01-17T05:30:00")


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ("2020-01-11", "2020-01-20", ("2020-01-01T00:00:00", f"2020-01-10{DAY_END}")),
        ("dStart", None, ("2020-01-23T00:00:00", "2020-01-23T05:30:00")),
        ("-24h", None, ("2020-01-22T05:30:00", "2020-01-23T05:30:00")),
        ("-2h", None, ("2020-01-24T01:30:00", "2020-01-24T03:29:59.999999")),
    ],
)
def test_a_single_number_compares_with_as_much_before(
    start: str, end: str | None, wanted: tuple[str, str]
) -> None:
    assert bounds(previous(start, end, "day", "2020-01-24T05:30:00Z", exact=True)) == wanted


@pytest.mark.parametrize(
    ("text", "interval", "start", "end"),
    [
        ("-24h", "hour", "2020-01-22T13:00:00", "2020-01-23T13:59:59.999999"),
        ("-1h", "hour", "2020-01-24T10:00:00", "2020-01-24T11:59:59.999999"),
        ("-1h", "minute", "2020-01-24T11:04:00", "2020-01-24T12:04:59.999999"),
    ],
)
def test_hours_and_minutes_compare_with_those_before(
    text: str, interval: str, start: str, end: str
) -> None:
    assert bounds(previous(text, None, interval, "2020-01-24T13:05:00Z")) == (start, end)
