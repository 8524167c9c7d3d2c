"""Takes the wrapping off capture bodies: forms, base64, gzip, deflate, zstd and LZ-string.

SDKs say in five ways how they wrapped a body, and some of them nothing at all: what can be seen
from the bytes counts before what is said. Nothing is unpacked beyond its limit.
"""

from __future__ import annotations

import binascii
import re
import sys
import zlib
from enum import StrEnum
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from posthog_lite.events import lz64
from posthog_lite.events.refusals import PayloadTooLarge, Undecodable

# By name: mypy's cache loses what is in the namespace `backports`.
zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

GZIP_MAGIC = b"\x1f\x8b\x08"
ZLIB_MAGIC = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
GZIP, ZLIB, RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
# The window that each body at work may ask for, 8 MB: no level below the `--ultra` ones needs more.
ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
MAX_LAYERS = 6  # of one wrapping in another
MAX_LZ64_BYTES = 2 * 1024 * 1024  # slow to unpack, and only old browsers send it
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]++={0,2}+\s*+")


class Packing(StrEnum):
    """The compression that a sender declares."""

    NONE = ""
    GZIP = "gzip"
    GZIP_JS = "gzip-js"
    DEFLATE = "deflate"
    BASE64 = "base64"
    LZ64 = "lz64"
    ZSTD = "zstd"

    @classmethod
    def named(cls, *names: str | None) -> Packing:
        """The one that is named, if any."""
        for name in filter(None, names):
            if (packing := _PACKINGS.get(name.strip().lower())) is not None:
                return packing
        return cls.NONE


_PACKINGS = {packing.value: packing for packing in Packing if packing.value}


def read_form(body: bytes) -> tuple[bytes, Packing]:
    """The `data` of a form, and the packing that the form names."""
    text = body.strip().decode("latin-1")  # any byte is a character, and comes back as it was
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=100, encoding="latin-1")
    except ValueError:
        fields = {}
    if "data" not in fields:
        raise Undecodable("expected form data in POST request payload")
    data = fields["data"][-1].encode("latin-1")
    unescaped = data.replace(b" ", b"+")  # what a plus sign reads as that was not escaped
    is_base64 = _BASE64.fullmatch(unescaped) is not None
    return unescaped if is_base64 else data, Packing.named(*fields.get("compression", []))


def unpack(body: bytes, *, packing: Packing, limit: int) -> bytes:
    """The text in a body. Raises Undecodable, and PayloadTooLarge beyond `limit` bytes."""
    if packing is Packing.LZ64:
        text = _lz64(body, limit)
    elif packing is Packing.ZSTD:
        text = _zstd(body, limit)
    else:
        text = _unwrap(body, packing, limit)
    if len(text) > limit:
        raise PayloadTooLarge
    return text


def _unwrap(body: bytes, packing: Packing, limit: int) -> bytes:
    is_unpacked = packing not in (Packing.GZIP, Packing.GZIP_JS, Packing.DEFLATE)
    for _ in range(MAX_LAYERS):
        if body.startswith(GZIP_MAGIC):
            body, is_unpacked = _stream(body, wbits=GZIP, limit=limit), True
        elif body.startswith(ZLIB_MAGIC):
            body, is_unpacked = _stream(body, wbits=ZLIB, limit=limit), True
        elif _BASE64.fullmatch(body):
            body = _base64(body)
        elif packing is Packing.DEFLATE and not is_unpacked:
            body, is_unpacked = _stream(body, wbits=RAW_DEFLATE, limit=limit), True
        else:
            break
    if not is_unpacked:
        raise Undecodable("invalid GZIP data")
    return body


def _stream(body: bytes, *, wbits: int, limit: int) -> bytes:
    kind = "GZIP" if wbits == GZIP else "deflate"
    stream = zlib.decompressobj(wbits)
    try:
        text = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise Undecodable(f"invalid {kind} data") from error
    if len(text) > limit:
        raise PayloadTooLarge
    if not stream.eof:
        raise Undecodable(f"invalid {kind} data")
    return text


def _zstd(body: bytes, limit: int) -> bytes:
    stream = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
    try:
        text: bytes = stream.decompress(body, limit + 1)
    except zstd.ZstdError as error:
        raise Undecodable("invalid zstd data") from error
    if len(text) <= limit and not stream.eof:
        raise Undecodable("invalid zstd data")
    return text


def _base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body.rstrip(b"=\r\n\t ") + b"==")
    except binascii.Error as error:
        raise Undecodable("invalid base64 data") from error


def _lz64(body: bytes, limit: int) -> bytes:
    if len(body) > MAX_LZ64_BYTES:
        raise PayloadTooLarge
    try:
        return lz64.decompress(body.strip(), limit=limit).encode()
    except lz64.TooLong as error:
        raise PayloadTooLarge from error
    except ValueError as error:  # no base64, no bits, no text
        raise Undecodable("invalid LZ64 data") from error
