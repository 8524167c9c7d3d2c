from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.queries.dates import parse_moment

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-7d", "2026-03-24T00:00:00"),
        ("-24h", "2026-03-30T12:30:00"),
        ("-2w", "2026-03-17T00:00:00"),
        ("-1m", "2026-02-28T00:00:00"),
        ("-1q", "2025-12-31T00:00:00"),
        ("-1y", "2025-03-31T00:00:00"),
        ("hStart", "2026-03-31T12:00:00"),
        ("dStart", "2026-03-31T00:00:00"),
        ("wStart", "2026-03-29T00:00:00"),
        ("mStart", "2026-03-01T00:00:00"),
        ("-1mStart", "2026-02-01T00:00:00"),
        ("qStart", "2026-01-01T00:00:00"),
        ("yStart", "2026-01-01T00:00:00"),
        ("-1dStart", "2026-03-30T00:00:00"),
        ("-1dEnd", "2026-03-30T23:59:59.999999"),
        ("-1mEnd", "2026-02-28T23:59:59.999999"),
        ("-1wEnd", "2026-03-28T23:59:59.999999"),
        ("-1hEnd", "2026-03-31T11:59:59.999999"),
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("2026-01-05T10:00:00+02:00", "2026-01-05T08:00:00"),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00"),
    ],
)
def test_a_date_is_read_as_clients_mean_it(text: str, expected: str) -> None:
    assert parse_moment(text, now=NOW, zone=UTC) == datetime.fromisoformat(expected + "+00:00")


def test_days_begin_at_midnight_of_the_projects_zone() -> None:
    zone = ZoneInfo("America/New_York")

    for text in ("2026-03-30", "-1d"):
        assert parse_moment(text, now=NOW, zone=zone) == datetime(2026, 3, 30, 4, tzinfo=UTC)


def test_all_is_no_bound() -> None:
    assert parse_moment("all", now=NOW, zone=UTC) is None


@pytest.mark.parametrize(
    "text",
    ["", "d", "yesterday", "-d", "7d", "-7x", "-9999999d", "-999999y", "-999999w", "2026-13-01"],
)
def test_what_is_no_date_raises_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # its message is the parser's
        parse_moment(text, now=NOW, zone=UTC)


@given(st.from_regex(r"-?\d{0,6}[hdwmqy](Start|End)?", fullmatch=True) | st.text(max_size=12))
def test_nothing_raises_anything_else(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_moment(text, now=NOW, zone=ZoneInfo("Europe/Berlin"))
