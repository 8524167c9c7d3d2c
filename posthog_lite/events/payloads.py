"""Events as their senders meant them, read from the bodies of capture requests.

Pure: the moment of receiving comes as an argument, nothing is looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from posthog_lite.events.refusals import (
    EmptyEventName,
    InconsistentTokens,
    InvalidToken,
    MissingDistinctID,
    MissingToken,
    NoEvents,
    PayloadTooLarge,
    Unparsable,
)
from posthog_lite.events.timestamps import parse_sent_at, resolve_timestamp
from posthog_lite.ids import PERSONAL_API_KEY_PREFIX, new_event_uuid

if TYPE_CHECKING:
    from datetime import datetime

MAX_EVENTS = 20_000
LONGEST_NAME = 200  # of events and of distinct ids; the rest is cut off
LONGEST_TOKEN = 64
MOST_TOKENS = 50  # that are looked for in one body
TOKEN_KEYS = ("token", "$token", "api_key")
# They belong to products that are not here; `$exception` is kept like any event.
DROPPED = frozenset(
    [
        "$performance_event",
        "$$client_ingestion_warning",
        "$$heatmap",
        "$snapshot",
        "$snapshot_items",
    ]
)
_TOKENS = re.compile(rb'"(?:api_key|\$?token)"\s*+:\s*+"([ !#-\[\]-~]{1,128})"')
_USUAL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID = re.compile(r"\{?(?:urn:uuid:)?[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\}?")


@dataclass(slots=True)  # one is made for every event: frozen ones take three times as long to make
class CapturedEvent:
    """One event, checked and cleaned: no NUL, no lone surrogate, names and ids cut to size.

    `set` and `set_once` are what stood beside `properties`, where they win over the same keys
    in them. `timestamp` is the corrected one, aware and in UTC; `uuid` is written
    with hyphens and in small letters.
    """

    event: str
    distinct_id: str
    uuid: str
    timestamp: datetime
    properties: dict[str, Any]
    set: dict[str, Any] | None = None
    set_once: dict[str, Any] | None = None
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """The moment, address and URL parameters of a capture request."""

    now: datetime
    ip: str | None = None
    sent_at: str | None = None  # milliseconds, of the query
    default_event: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """The events of one request and what holds for all of them."""

    token: str
    sent_at: datetime | None
    events: list[dict[str, Any]]


def possible_tokens(text: bytes) -> list[str]:
    """Whatever may be the token of a body, found without building its objects."""
    found = list(dict.fromkeys(match[1] for match in _TOKENS.finditer(text)))
    if len(found) > MOST_TOKENS:  # an envelope names it first or last
        found = found[: MOST_TOKENS // 2] + found[-MOST_TOKENS // 2 :]
    return [token.decode().strip() for token in found]


def check_token(token: str) -> str:
    """A token that could be a project's. Raises InvalidToken with the reason."""
    token = token.strip()
    reasons = {
        "empty": not token,
        "too_long": len(token) > LONGEST_TOKEN,
        "not_ascii": not token.isascii(),
        "null_byte": "\0" in token,
        "personal_api_key": token.startswith(PERSONAL_API_KEY_PREFIX),
    }
    for reason, is_so in reasons.items():
        if is_so:
            raise InvalidToken(reason)
    return token


def read_envelope(data: Any, reception: Reception) -> Envelope:
    """A list of events, an object with a `batch` of them, or one event."""
    own_token, sent_at = None, None
    if isinstance(data, dict) and "batch" in data:
        own_token = _text(data, "api_key") or _text(data, "token")
        sent_at = data.get("sent_at")
        data = data["batch"]
    elif isinstance(data, dict):
        data = [data]
    events = _events_in(data)
    token = own_token if own_token is not None else _token_of(events)
    moment = parse_sent_at(sent_at if isinstance(sent_at, str) else None, reception.sent_at)
    return Envelope(check_token(token), moment, events)


def _events_in(data: Any) -> list[dict[str, Any]]:
    if not isinstance(data, list) or not all(type(item) is dict for item in data):
        raise Unparsable("expected an event, a list of events, or a batch of them")
    if not data:
        raise NoEvents
    if len(data) > MAX_EVENTS:
        raise PayloadTooLarge
    return data


def _token_of(events: list[dict[str, Any]]) -> str:
    tokens = {token.strip() for token in map(_own_token, events) if token is not None}
    if not tokens:
        raise MissingToken
    if len(tokens) > 1:
        raise InconsistentTokens
    return tokens.pop()


def _own_token(event: dict[str, Any]) -> str | None:
    for key in TOKEN_KEYS:
        if (token := _text(event, key)) is not None:
            return token
    properties = event.get("properties")
    token = properties.get("token") if isinstance(properties, dict) else None
    return token if isinstance(token, str) else None


def read_events(envelope: Envelope, reception: Reception) -> list[CapturedEvent]:
    """Every event that is to be stored. One that is wrong refuses all of them."""
    events = [_read_event(data, envelope.sent_at, reception) for data in envelope.events]
    return [event for event in events if event.event not in DROPPED]


def _read_event(
    data: dict[str, Any], sent_at: datetime | None, reception: Reception
) -> CapturedEvent:
    properties = _object(data, "properties") or {}
    return CapturedEvent(
        event=_event_name(data, reception.default_event),
        distinct_id=_distinct_id(data, properties),
        uuid=_uuid(data, reception.now),
        timestamp=_timestamp(data, properties, sent_at, reception.now),
        properties=properties,
        set=_object(data, "$set"),
        set_once=_object(data, "$set_once"),
        ip=reception.ip,
    )


def _event_name(data: dict[str, Any], default: str | None) -> str:
    name = _text(data, "event")
    if name is None:
        name = default
    if name is None:
        raise Unparsable("missing field `event`")
    if not name:
        raise EmptyEventName
    return name[:LONGEST_NAME]


def _distinct_id(data: dict[str, Any], properties: dict[str, Any]) -> str:
    value = data.get("distinct_id")
    if value is None:
        value = data.get("$distinct_id")
    if value is None:
        value = properties.get("distinct_id")
    if value is None:
        raise MissingDistinctID
    return clean_distinct_id(value)


def clean_distinct_id(value: Any) -> str:
    """An id as text, cut to size. Raises MissingDistinctID for an empty one."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    text = text[:LONGEST_NAME]
    if not text:
        raise MissingDistinctID
    return text


def _uuid(data: dict[str, Any], now: datetime) -> str:
    text = _text(data, "uuid")
    if not text:
        return new_event_uuid(now)
    if _USUAL_UUID.fullmatch(text):
        return text
    uuid = parse_uuid(text)
    if uuid is None:
        raise Unparsable("invalid UUID in field `uuid`")
    return str(uuid)


def parse_uuid(text: str) -> UUID | None:
    """The id that a text gives in any of the usual forms."""
    return UUID(text) if _UUID.fullmatch(text) else None


def _timestamp(
    data: dict[str, Any], properties: dict[str, Any], sent_at: datetime | None, now: datetime
) -> datetime:
    offset = data.get("offset")
    if offset is not None and type(offset) is not int:
        raise Unparsable("field `offset` must be a whole number")
    is_skew_ignored = properties.get("$ignore_sent_at") is True
    return resolve_timestamp(
        now=now,
        timestamp=_text(data, "timestamp"),
        offset=offset,
        sent_at=None if is_skew_ignored else sent_at,
    )


def _text(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise Unparsable(f"field `{key}` must be a string")


def _object(data: dict[str, Any], key: str) -> dict[str, Any] | None:
    value = data.get(key)
    if value is None or type(value) is dict:
        return value
    raise Unparsable(f"field `{key}` must be an object")
