"""Timestamps of events: what their sender said, corrected by the server's clock.

Pure: `now`, the moment of receiving, comes as an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)  # the engine's DateTime64 begins here
TOLERANCE = timedelta(hours=23)  # of clocks that are ahead
LONGEST = 64  # characters of any form below
LAST_YEAR_WITHOUT_SDKS = 2020  # a query parameter that gives it was no moment

_UNITS = {10: 1, 13: 1_000, 19: 1_000_000_000}  # digits of a unix time -> its parts of a second
_SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)
_SHORT_ZONE = re.compile(r"(:\d\d(?:\.\d+)?)([+-]\d\d)", re.ASCII)


def parse_moment(text: str) -> datetime | None:
    """The moment that a text names, in UTC; None where it names none.

    RFC 3339, with a zone of hours only or none (UTC); dates alone, also with slashes; RFC 2822;
    unix seconds, milliseconds and nanoseconds.
    """
    if text[10:11] == "T" and len(text) <= LONGEST:  # RFC 3339, which SDKs send
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _parse_other(text)
        if moment.tzinfo is UTC:
            return moment
    return _parse_other(text)


def _parse_other(text: str) -> datetime | None:
    text = text.strip()
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        moment = _from_digits(text) if text.isdigit() else _from_words(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _from_digits(text: str) -> datetime:
    parts = _UNITS.get(len(text))
    if parts is None:
        raise ValueError("no unix time")
    return EPOCH + timedelta(microseconds=int(text) * 1_000_000 // parts)


def _from_words(text: str) -> datetime:
    if slashes := _SLASHES.match(text):
        year, month, day = (int(number) for number in slashes.groups())
        text = f"{year:04}-{month:02}-{day:02}{text[slashes.end() :]}"
    if text[:4].isdigit():
        return datetime.fromisoformat(
            _SHORT_ZONE.sub(r"\1\2:00", text) if _is_short(text) else text
        )
    return parsedate_to_datetime(text)


def _is_short(text: str) -> bool:
    return len(text) > 3 and text[-3] in "+-" and ":" in text


def parse_sent_at(text: str | None, milliseconds: str | None) -> datetime | None:
    """Return when a request was sent by its sender's clock: of the envelope, else of the query."""
    if text is not None and (moment := parse_moment(text)) is not None:
        return moment
    if not milliseconds or not milliseconds.isascii() or not milliseconds.isdigit():
        return None
    try:
        moment = EPOCH + timedelta(milliseconds=int(milliseconds[:20]))
    except OverflowError:
        return None
    return moment if moment.year > LAST_YEAR_WITHOUT_SDKS else None


def resolve_timestamp(
    *,
    now: datetime,
    timestamp: str | None = None,
    offset: int | None = None,
    sent_at: datetime | None = None,
) -> datetime:
    """Return when an event happened. An offset in milliseconds before now beats its timestamp.

    `sent_at` tells how far the sender's clock is off; leave it out where that shall not count.
    """
    try:
        moment = _as_said(now, timestamp, offset, sent_at)
    except OverflowError:
        return EPOCH
    if FIRST_MOMENT <= moment <= now:
        return moment
    return now if moment > now + TOLERANCE else max(moment, FIRST_MOMENT)


def _as_said(
    now: datetime, timestamp: str | None, offset: int | None, sent_at: datetime | None
) -> datetime:
    if offset is not None:
        return now - timedelta(milliseconds=offset)
    moment = None if timestamp is None else parse_moment(timestamp)
    if moment is None:
        return now
    return moment if sent_at is None else moment - (sent_at - now)
