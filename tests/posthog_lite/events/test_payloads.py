from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthog_lite.events.json_bodies import MAX_CONTAINERS, MAX_DEPTH, load_json
from posthog_lite.events.payloads import (
    MAX_EVENTS,
    CapturedEvent,
    Reception,
    check_token,
    possible_tokens,
    read_envelope,
    read_events,
)
from posthog_lite.events.refusals import (
    CaptureRefusal,
    EmptyEventName,
    InconsistentTokens,
    InvalidToken,
    MissingDistinctID,
    MissingToken,
    NoEvents,
    PayloadTooLarge,
    Undecodable,
    Unparsable,
)

NOW = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
RECEPTION = Reception(now=NOW, ip="203.0.113.7")
UUID_TEXT = "0198c0de-0000-7000-8000-000000000001"


def read(data: Any, reception: Reception = RECEPTION) -> list[CapturedEvent]:
    return read_events(read_envelope(data, reception), reception)


def read_one(**keys: Any) -> CapturedEvent:
    [event] = read({"api_key": "phc_x", "event": "e", "distinct_id": "u", **keys})
    return event


def test_a_batch_is_read_whole() -> None:
    envelope = {
        "api_key": " phc_x ",
        "sent_at": "2026-11-20T10:00:15Z",
        "historical_migration": False,
        "batch": [
            {
                "event": "signed up",
                "distinct_id": "u1",
                "uuid": UUID_TEXT,
                "timestamp": "2026-11-20T10:00:10Z",
                "properties": {"plan": "pro", "$lib": "posthog-python"},
                "$set": {"email": "u1@example.org"},
                "$set_once": {"first": 1},
                "messageId": "ignored",
            }
        ],
    }
    assert read_envelope(envelope, RECEPTION).token == "phc_x"
    assert read(envelope) == [
        CapturedEvent(
            event="signed up",
            distinct_id="u1",
            uuid=UUID_TEXT,
            timestamp=NOW - timedelta(seconds=5),
            properties={"plan": "pro", "$lib": "posthog-python"},
            set={"email": "u1@example.org"},
            set_once={"first": 1},
            ip="203.0.113.7",
        )
    ]


@pytest.mark.parametrize("key", ["api_key", "token", "$token"])
def test_single_events_and_lists_name_their_token_themselves(key: str) -> None:
    event = {key: "phc_x", "event": "e", "distinct_id": "u"}
    for data in (event, [event], [event, event | {"event": "f"}]):
        assert read_envelope(data, RECEPTION).token == "phc_x"


def test_the_token_may_stand_in_the_properties() -> None:
    event = {"event": "e", "distinct_id": "u", "properties": {"token": "phc_x"}}
    assert read_envelope(event, RECEPTION).token == "phc_x"
    assert read_envelope({"batch": [event]}, RECEPTION).token == "phc_x"


def test_the_token_of_an_envelope_counts_more_than_those_of_its_events() -> None:
    event = {"event": "e", "distinct_id": "u", "properties": {"token": "phc_y"}}
    assert read_envelope({"token": "phc_x", "batch": [event]}, RECEPTION).token == "phc_x"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"distinct_id": 23}, "23"),
        ({"distinct_id": ["a"]}, '["a"]'),
        ({"distinct_id": None, "$distinct_id": "other"}, "other"),
        ({"distinct_id": None, "properties": {"distinct_id": "inner"}}, "inner"),
        ({"distinct_id": "outer", "properties": {"distinct_id": "inner"}}, "outer"),
        ({"distinct_id": "x" * 300}, "x" * 200),
        ({"distinct_id": False}, "false"),
    ],
)
def test_distinct_ids_become_text(keys: dict[str, Any], expected: str) -> None:
    assert read_one(**keys).distinct_id == expected


def test_names_of_events_are_cut() -> None:
    assert read_one(event="n" * 201).event == "n" * 200


def test_only_engage_takes_events_without_a_name() -> None:
    event = {"api_key": "phc_x", "distinct_id": "u"}
    [found] = read(event, Reception(now=NOW, default_event="$identify"))
    assert found.event == "$identify"
    with pytest.raises(Unparsable, match="missing field `event`"):
        read(event)


@pytest.mark.parametrize(
    "text", [UUID_TEXT, UUID_TEXT.upper(), UUID_TEXT.replace("-", ""), f"urn:uuid:{UUID_TEXT}"]
)
def test_ids_of_events_come_in_any_form(text: str) -> None:
    assert read_one(uuid=text).uuid == UUID_TEXT


@pytest.mark.parametrize("absent", ["", None])
def test_events_without_an_id_get_one_in_order_of_time(absent: str | None) -> None:
    first, second = read_one(uuid=absent).uuid, read_one(uuid=absent).uuid
    assert first != second
    assert str(UUID(first)) == first
    assert UUID(first).version == 7
    later = {"api_key": "t", "event": "e", "distinct_id": "u"}
    [event] = read(later, Reception(now=NOW + timedelta(milliseconds=1)))
    assert event.uuid > max(first, second)


@pytest.mark.parametrize("name", ["$performance_event", "$$heatmap", "$snapshot"])
def test_events_of_other_products_are_dropped(name: str) -> None:
    assert read({"api_key": "t", "event": name, "distinct_id": "u"}) == []


def test_the_time_of_sending_in_the_query_corrects_clocks_too() -> None:
    event = {"api_key": "t", "event": "e", "distinct_id": "u", "timestamp": "2026-11-20T10:01:00Z"}
    [found] = read(event, Reception(now=NOW, sent_at="1795168865000"))
    assert found.timestamp == NOW - timedelta(seconds=5)


def test_correction_is_left_out_where_the_event_says_so() -> None:
    envelope = {
        "api_key": "t",
        "sent_at": "2026-11-20T10:00:15Z",
        "batch": [
            {
                "event": "e",
                "distinct_id": "u",
                "timestamp": "2026-11-20T10:00:00Z",
                "properties": {"$ignore_sent_at": is_ignored},
            }
            for is_ignored in (True, "true")
        ],
    }
    left, corrected = read(envelope)
    assert left.timestamp == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert corrected.timestamp == datetime(2026, 11, 20, 9, 59, 50, tzinfo=UTC)


GOOD = {"api_key": "t", "event": "e", "distinct_id": "u"}


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (None, Unparsable),
        ("text", Unparsable),
        ([1], Unparsable),
        ([GOOD, None], Unparsable),
        ([], NoEvents),
        ({"api_key": "t", "batch": []}, NoEvents),
        ({"api_key": "t", "batch": {}}, Unparsable),
        ({"api_key": 1, "batch": [GOOD]}, Unparsable),
        ({}, MissingToken),
        ({"event": "e", "distinct_id": "u"}, MissingToken),
        ([GOOD, GOOD | {"api_key": "other"}], InconsistentTokens),
        (GOOD | {"api_key": ""}, InvalidToken),
        (GOOD | {"event": ""}, EmptyEventName),
        (GOOD | {"event": 1}, Unparsable),
        (GOOD | {"event": None}, Unparsable),
        (GOOD | {"distinct_id": ""}, MissingDistinctID),
        (GOOD | {"distinct_id": None}, MissingDistinctID),
        (GOOD | {"properties": []}, Unparsable),
        (GOOD | {"$set": "x"}, Unparsable),
        (GOOD | {"$set_once": 1}, Unparsable),
        (GOOD | {"timestamp": 1795168800}, Unparsable),
        (GOOD | {"offset": "1"}, Unparsable),
        (GOOD | {"offset": True}, Unparsable),
        (GOOD | {"uuid": "no-uuid"}, Unparsable),
        (GOOD | {"uuid": UUID_TEXT.replace("0", "_")}, Unparsable),
        ([GOOD] * (MAX_EVENTS + 1), PayloadTooLarge),
    ],
)
def test_what_is_wrong_refuses_the_whole_request(data: Any, refusal: type[CaptureRefusal]) -> None:
    with pytest.raises(refusal):
        read(data)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("  ", "empty"),
        ("t" * 65, "too_long"),
        ("phc_\u00e9", "not_ascii"),
        ("phc_\0", "null_byte"),
        ("phx_secret", "personal_api_key"),
    ],
)
def test_what_cannot_be_a_token_is_refused_with_the_reason(token: str, reason: str) -> None:
    with pytest.raises(InvalidToken, match=f"^API key is not valid: {reason}$"):
        check_token(token)


def test_tokens_are_found_without_reading_the_body() -> None:
    text = b'{"batch":[{"properties":{"token" : "phc_a"}},{"$token":"phc_b"}],"api_key":\n" phc_c "'
    assert possible_tokens(text) == ["phc_a", "phc_b", "phc_c"]
    many = b"".join(b'"token":"%d"' % number for number in range(1000)) + b'"api_key":"last"'
    found = possible_tokens(many)
    assert len(found) == 50
    assert {"0", "last"} <= set(found)


def test_text_that_cannot_be_stored_is_cleaned() -> None:
    data = load_json(
        rb'{"a\u0000b":["x\u0000","\ud83d\udc4b","cut \ud83d","\udc4b cut","\\ud83d"]}'
    )
    assert data == {"ab": ["x", "\U0001f44b", "cut \ufffd", "\ufffd cut", "\\ud83d"]}
    assert read_one(**load_json(rb'{"distinct_id":"u\u00001","event":"e\u0000"}')).event == "e"


@pytest.mark.parametrize(
    "text", [b"\xff{}", b'"\xed\xa0\x80"', b'{"a":"\xc3"}', '{"a":1}'.encode("utf-16")]
)
def test_other_encodings_are_refused(text: bytes) -> None:
    with pytest.raises(Undecodable):
        load_json(text)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"NaN",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b"{'a':1}",
        b'{"a":01}',
        b'"\\ud83d',
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(text: bytes) -> None:
    with pytest.raises(Unparsable):
        load_json(text)


def test_depth_is_counted_not_guessed() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert load_json(deepest)
    assert len(load_json(b"[" + b",".join([b"[]"] * 1000) + b"]")) == 1000


def test_huge_numbers_stay_storable() -> None:
    data = load_json(b'{"a":123456789012345678901234567890,"b":-9223372036854775808,"c":1e300}')
    assert orjson.loads(orjson.dumps(data)) == data


def test_a_body_of_nothing_but_brackets_is_refused_unread() -> None:
    with pytest.raises(PayloadTooLarge):
        load_json(b"[" + b"[]," * MAX_CONTAINERS + b"[]]")


KEYS = [
    *("event", "distinct_id", "$distinct_id", "properties", "batch", "api_key", "token", "uuid"),
    *("offset", "timestamp", "sent_at", "$set", "$set_once"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=8)
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_events_or_refused(data: Any) -> None:
    try:
        events = read(data)
    except CaptureRefusal:
        return
    for event in events:
        assert 0 < len(event.event) <= 200
        assert 0 < len(event.distinct_id) <= 200
        assert event.timestamp.tzinfo is UTC


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_json_or_refused(text: bytes) -> None:
    with suppress(CaptureRefusal):
        orjson.dumps(load_json(text))


@given(json_values.map(repr).map(str.encode))
def test_almost_json_is_refused_or_read(text: bytes) -> None:
    with suppress(CaptureRefusal):
        orjson.dumps(load_json(text))
