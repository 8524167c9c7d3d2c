from __future__ import annotations

import base64
import gzip
import time
import zlib
from collections.abc import Callable
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthog_lite.events.compression import MAX_LZ64_BYTES, Packing, read_form, unpack
from posthog_lite.events.refusals import PayloadTooLarge, Undecodable
from tests.posthog_lite.events.lz_string import compress_to_base64

LIMIT = 1_000_000
BODY = b'{"event":"signed up","properties":{"name":"M\xc3\xbcller \xf0\x9f\x91\x8b"}}'

json_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(
    lambda text: b"{" + text.encode() + b"}"
)
wrappings: st.SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from(
    [gzip.compress, zlib.compress, base64.b64encode, base64.encodebytes]
)


@given(json_texts, st.lists(wrappings, max_size=5))
def test_wrappings_are_seen_from_the_bytes_in_any_order(
    body: bytes, layers: list[Callable[[bytes], bytes]]
) -> None:
    wrapped = body
    for wrap in layers:
        wrapped = wrap(wrapped)
    assert unpack(wrapped, packing=Packing.NONE, limit=LIMIT) == body


@given(json_texts)
def test_lz_string_is_understood(body: bytes) -> None:
    packed = compress_to_base64(body.decode()).encode()
    assert unpack(packed, packing=Packing.LZ64, limit=LIMIT) == body


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        ("N4IgpgbmB2AuIC4QGcCWBzaYAmACArgA4gA0IhATgPaFgWypjKKjQCGAtmIiALIA/AG0F1cgXg3A0jsgAvtKA===",
         '{"event":"signed up","properties":{"name":"Müller 👋"}}'),
        ("Q===", ""),
        ("IZA=", "a"),
        ("IY19A===", "a" * 15),
        ("N4IgHiBcIIYEYGN5MctqMq+7mf70N2IJKNIvKqxAF8g=", '{"x":"' + "abc" * 50 + '"}'),
    ],
)  # fmt: skip
def test_lz_string_as_the_original_writes_it(packed: str, text: str) -> None:
    assert unpack(packed.encode(), packing=Packing.LZ64, limit=LIMIT) == text.encode()


@given(st.sampled_from(list(Packing)), st.binary(max_size=300))
def test_any_bytes_under_any_name_are_text_or_refused(packing: Packing, body: bytes) -> None:
    try:
        text = unpack(body, packing=packing, limit=LIMIT)
    except (Undecodable, PayloadTooLarge):
        return
    assert len(text) <= LIMIT


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.GZIP_JS])
def test_what_is_said_to_be_gzip_and_is_not_is_refused(packing: Packing) -> None:
    assert unpack(gzip.compress(BODY), packing=packing, limit=LIMIT) == BODY
    with pytest.raises(Undecodable, match="failed to decode request: invalid GZIP data"):
        unpack(BODY, packing=packing, limit=LIMIT)


@pytest.mark.parametrize("cut", [1, 10, -1])
def test_a_cut_stream_is_refused(cut: int) -> None:
    with pytest.raises(Undecodable):
        unpack(gzip.compress(BODY * 10)[:cut], packing=Packing.GZIP, limit=LIMIT)


def test_deflate_may_come_with_its_header_or_raw() -> None:
    raw = zlib.compressobj(wbits=-15)
    for packed in (zlib.compress(BODY), raw.compress(BODY) + raw.flush()):
        assert unpack(packed, packing=Packing.DEFLATE, limit=LIMIT) == BODY


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_bomb_is_given_up_at_the_limit(compress: Callable[[bytes], bytes]) -> None:
    bomb = compress(b"0" * 50_000_000)
    assert len(bomb) < 60_000
    started = time.perf_counter()
    with pytest.raises(PayloadTooLarge, match=r"^maximum event size exceeded$"):
        unpack(bomb, packing=Packing.NONE, limit=LIMIT)
    assert time.perf_counter() - started < 0.5
    assert unpack(compress(b"{" * LIMIT), packing=Packing.NONE, limit=LIMIT) == b"{" * LIMIT


def test_a_body_that_is_not_packed_has_the_same_limit() -> None:
    with pytest.raises(PayloadTooLarge):
        unpack(b"{" * (LIMIT + 1), packing=Packing.NONE, limit=LIMIT)


def test_a_bomb_in_a_bomb_is_given_up_too() -> None:
    inner = base64.b64encode(gzip.compress(b"0" * 5_000_000))
    with pytest.raises(PayloadTooLarge):
        unpack(gzip.compress(inner), packing=Packing.NONE, limit=LIMIT)


def test_lz_string_bombs_are_given_up() -> None:
    bomb = compress_to_base64("a" * 3_000_000).encode()
    with pytest.raises(PayloadTooLarge):
        unpack(bomb, packing=Packing.LZ64, limit=LIMIT)
    with pytest.raises(PayloadTooLarge):
        unpack(b"A" * (MAX_LZ64_BYTES + 1), packing=Packing.LZ64, limit=LIMIT)


@pytest.mark.parametrize(
    "body", [b"\n" * 2_000_000 + b"{", b"A" * 2_000_000 + b"!", b"=" * 999_999]
)
def test_what_almost_is_base64_takes_no_time(body: bytes) -> None:
    started = time.perf_counter()
    assert unpack(body, packing=Packing.NONE, limit=2 * LIMIT + 1) == body
    assert time.perf_counter() - started < 0.5


@given(st.binary(max_size=200))
def test_forms_hold_base64_escaped_or_not(body: bytes) -> None:
    packed = base64.b64encode(b"{" + body)
    escaped = f"data={quote_plus(packed)}&compression=base64".encode()
    for form in (escaped, b"data=" + packed, b"ip=1&data=" + packed + b"&compression=base64"):
        data, packing = read_form(form)
        assert unpack(data, packing=packing, limit=LIMIT) == b"{" + body


def test_forms_may_hold_json_and_name_its_compression() -> None:
    assert read_form(urlencode({"data": BODY}).encode()) == (BODY, Packing.NONE)
    assert read_form(b"compression=lz64&data=abc") == (b"abc", Packing.LZ64)
    assert read_form(b"compression=rot13&data=abc") == (b"abc", Packing.NONE)


@pytest.mark.parametrize("body", [b"", b"{}", b"a=1", BODY, b"&" * 1000, b"a=1&" * 1000])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable, match="expected form data in POST request payload"):
        read_form(body)


def test_a_known_name_says_how_it_was_packed() -> None:
    assert Packing.named(None, "", "identity", " GZIP ") is Packing.GZIP
    assert Packing.named(None, "br") is Packing.NONE
