from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthog_lite.events.timestamps import (
    EPOCH,
    FIRST_MOMENT,
    TOLERANCE,
    parse_moment,
    parse_sent_at,
    resolve_timestamp,
)

NOW = datetime(2026, 11, 20, 10, 0, 5, 250_000, tzinfo=UTC)
MOMENT = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:00:00.000Z",
        "2026-11-20t10:00:00.000000000Z",
        "2026-11-20T13:00:00+03:00",
        "2026-11-20T13:00:00+03",
        "2026-11-20 07:00:00-03",
        "2026-11-20 10:00:00",
        " 2026-11-20T10:00:00 ",
        "2026/11/20 10:00:00",
        "Fri, 20 Nov 2026 10:00:00 +0000",
        "Fri, 20 Nov 2026 10:00:00 GMT",
        "20 Nov 2026 12:00:00 +0200",
        "1795168800",
        "1795168800000",
        "1795168800000000000",
    ],
)
def test_every_form_names_the_moment(text: str) -> None:
    assert parse_moment(text) == MOMENT


def test_dates_alone_are_midnight_in_utc() -> None:
    midnight = datetime(2026, 11, 2, tzinfo=UTC)
    assert parse_moment("2026-11-02") == midnight
    assert parse_moment("2026/11/2") == midnight


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "yesterday",
        "2026-13-01",
        "12345",
        "9" * 500,
        "\u0662\u0660\u0662\u0666-11-20",
        "NaN",
        "[]",
        "0-0-0",
    ],
)
def test_everything_else_names_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.tzinfo is UTC


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_a_moment_survives_being_written_in_any_zone(moment: datetime, minutes: int) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_moment(there.isoformat()) == moment
    assert parse_moment(there.isoformat(sep=" ")) == moment


def test_the_query_says_when_it_was_sent_only_where_the_envelope_does_not() -> None:
    assert parse_sent_at("2026-11-20T10:00:00Z", "1") == MOMENT
    assert parse_sent_at(None, "1795168800000") == MOMENT
    assert parse_sent_at("no moment", "1795168800000") == MOMENT


@pytest.mark.parametrize("text", [None, "", "soon", "-1", "1577836800000", "9" * 30, "1795168800"])
def test_what_is_no_time_of_sending_is_ignored(text: str | None) -> None:
    assert parse_sent_at(None, text) is None


@given(moments, moments, st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_clock_that_is_off_is_set_right(
    happened: datetime, now: datetime, error: timedelta
) -> None:
    """The sender's clock shows `error` more than ours, both when it happened and when it left."""
    found = resolve_timestamp(
        now=now, timestamp=(happened + error).isoformat(), sent_at=now + error
    )
    assert found == (happened if happened <= now + TOLERANCE else now)


@given(moments, moments)
def test_without_a_time_of_sending_the_timestamp_counts(happened: datetime, now: datetime) -> None:
    expected = happened if happened <= now + TOLERANCE else now
    assert resolve_timestamp(now=now, timestamp=happened.isoformat()) == expected


def test_the_offset_beats_everything() -> None:
    found = resolve_timestamp(now=NOW, timestamp="2020-01-01", offset=1500, sent_at=MOMENT)
    assert found == NOW - timedelta(milliseconds=1500)


@pytest.mark.parametrize("text", [None, "", "never"])
def test_no_timestamp_is_now_and_not_corrected(text: str | None) -> None:
    assert resolve_timestamp(now=NOW, timestamp=text, sent_at=MOMENT) == NOW


def test_more_than_23_hours_ahead_is_now() -> None:
    ahead = NOW + timedelta(hours=23)
    assert resolve_timestamp(now=NOW, timestamp=ahead.isoformat()) == ahead
    later = ahead + timedelta(seconds=1)
    assert resolve_timestamp(now=NOW, timestamp=later.isoformat()) == NOW
    assert resolve_timestamp(now=NOW, offset=-(24 * 3600 * 1000)) == NOW


def test_the_distant_past_is_what_can_be_stored() -> None:
    assert resolve_timestamp(now=NOW, timestamp="0001-01-01") == FIRST_MOMENT
    assert resolve_timestamp(now=NOW, offset=10**30) == EPOCH
    assert resolve_timestamp(now=NOW, offset=10**14) == EPOCH


@given(
    st.none() | st.text() | moments.map(str),
    st.none() | st.integers(),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_the_answer_can_always_be_stored(
    timestamp: str | None, offset: int | None, sent_at: datetime | None
) -> None:
    found = resolve_timestamp(now=NOW, timestamp=timestamp, offset=offset, sent_at=sent_at)
    assert FIRST_MOMENT <= found <= NOW + TOLERANCE
    assert found.tzinfo is UTC
